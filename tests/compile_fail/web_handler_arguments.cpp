// SPDX-License-Identifier: MIT
#include <gust/web.hpp>

struct Store {};
struct Home : gust::RequestHandler {
    explicit Home(Store& s) : store{&s} {}
    Store* store;
    void get() {}
};

auto rule = gust::handle<"/", Home>(Store{});
// error: gust: the arguments of `handle` are those of the handler's constructor
