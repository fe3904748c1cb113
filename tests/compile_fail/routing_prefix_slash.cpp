// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>

void serve() {
    gust::Router inner{gust::on<"GET /">([] { return gust::Response{}; })};
    gust::Router outer{gust::mount<"/api/">(inner)};
}
// error: gust: a prefix is written without a slash at its end
