// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>
#include <gust/testing/exchange.hpp>

#include <string>

std::string serve() {
    gust::Router router{gust::on<"GET /">(42)};
    return gust::testing::exchange(router, "");
}
// error: gust: the target of a rule is an application, a Response, redirect_to<...>, or callable
