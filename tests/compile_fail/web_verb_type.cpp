// SPDX-License-Identifier: MIT
#include <gust/web.hpp>

struct User : gust::RequestHandler {
    void get(int id) {}
    void put(short id) {}
};

auto rule = gust::handle<"/users/{id:int}", User>();
// error: gust: a parameter of a RequestHandler's verb cannot hold the capture at its position
