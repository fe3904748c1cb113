// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>

#include <string>

std::string url() {
    gust::Router router{gust::on<"GET /users/{id:int}", "user">([](int) { return gust::Response{}; }
    )};
    return router.reverse<"user">("42");
}
// error: gust: a value given to reverse is not of the type that the capture at its position takes
