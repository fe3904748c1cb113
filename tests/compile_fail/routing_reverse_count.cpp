// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>

#include <string>

std::string url() {
    gust::Router router{gust::on<"GET /users/{id:int}", "user">([](int) { return gust::Response{}; }
    )};
    return router.reverse<"user">();
}
// error: gust: reverse takes as many values as the rule's pattern has captures
