// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>
#include <gust/testing/exchange.hpp>

#include <string>
#include <string_view>

std::string serve() {
    gust::Router router{
        gust::on<"GET /users/{id}">([](std::string_view) { return gust::Response{}; }),
        gust::on<"GET /users">([] { return gust::Response{}; }),
        gust::on<"GET /users/{name}">([](std::string_view) { return gust::Response{}; }),
    };
    return gust::testing::exchange(router, "");
}
// error: gust: two rules of a router have the same pattern
