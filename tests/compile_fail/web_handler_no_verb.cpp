// SPDX-License-Identifier: MIT
#include <gust/web.hpp>

struct Home : gust::RequestHandler {
    void Get() {}
};

auto rule = gust::handle<"/", Home>();
// error: gust: a RequestHandler has a verb: get, head, post, put, patch, delete_ or options
