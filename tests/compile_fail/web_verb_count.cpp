// SPDX-License-Identifier: MIT
#include <gust/web.hpp>

struct User : gust::RequestHandler {
    void get() {}
};

auto rule = gust::handle<"/users/{id:int}", User>();
// error: gust: a verb of a RequestHandler takes as many parameters as the pattern of its rule has
// captures
