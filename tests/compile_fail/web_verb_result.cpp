// SPDX-License-Identifier: MIT
#include <gust/web.hpp>

#include <string>

struct Home : gust::RequestHandler {
    std::string get() { return "home"; }
};

auto rule = gust::handle<"/", Home>();
// error: gust: a verb of a RequestHandler returns void or an awaitable of void
