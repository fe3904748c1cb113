// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>
#include <gust/testing/exchange.hpp>

#include <string>

std::string serve() {
    gust::Router router{gust::on<"/old/{id}">(gust::redirect_to<"/new/{name}">)};
    return gust::testing::exchange(router, "");
}
// error: redirect_location_names_a_capture_that_the_pattern_does_not_have
