// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>

void serve() {
    gust::Router inner{gust::on<"GET /">([] { return gust::Response{}; })};
    gust::Router outer{gust::on<"/api/{rest...}">(inner)};
}
// error: gust: a router is mounted: gust::mount
