// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>
#include <gust/testing/exchange.hpp>

#include <string>

std::string serve() {
    gust::Router router{gust::on<"GET /">([] { return 42; })};
    return gust::testing::exchange(router, "");
}
// error: gust: a callable target returns a Response, an awaitable of one, a message delegate or
