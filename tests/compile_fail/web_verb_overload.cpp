// SPDX-License-Identifier: MIT
#include <gust/web.hpp>

#include <string_view>

struct User : gust::RequestHandler {
    void get(int id, int other) {}
    void get(std::string_view name) {}
};

auto rule = gust::handle<"/users/{id:int}", User>();
// error: gust: no overload of a RequestHandler's verb is public and takes the captures of the
// pattern
