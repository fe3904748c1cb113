// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>
#include <gust/testing/exchange.hpp>

#include <string>

std::string serve() {
    gust::Router router{
        gust::on<"GET /users/{id:int}/{page:int}">([](gust::HTTPServerRequest&, int) {
            return gust::Response{};
        }),
    };
    return gust::testing::exchange(router, "");
}
// error: gust: the target of a rule takes as many parameters as its pattern has captures
