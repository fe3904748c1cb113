// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>
#include <gust/testing/exchange.hpp>

#include <string>

std::string serve() {
    gust::Router router{
        gust::on<"GET /users/{id:int64}">([](int) { return gust::Response{}; }),
    };
    return gust::testing::exchange(router, "");
}
// error: gust: a parameter of a rule's target cannot hold the capture at its position
