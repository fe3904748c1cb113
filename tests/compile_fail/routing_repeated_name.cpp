// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>

#include <string>

std::string url() {
    gust::Router router{
        gust::on<"GET /a", "page">([] { return gust::Response{}; }),
        gust::on<"GET /b", "page">([] { return gust::Response{}; }),
    };
    return router.reverse<"page">();
}
// error: gust: two rules of a router have the same name
