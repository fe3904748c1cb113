// SPDX-License-Identifier: MIT
#include <gust/web.hpp>

struct Home : gust::RequestHandler {
    void get() {}
};

auto rule = gust::handle<"GET /", Home>();
// error: gust: the pattern of `handle` names no method: it has those that are verbs of the handler
