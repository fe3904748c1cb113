// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>

#include <string>

std::string url() {
    gust::Router router{gust::on<"GET /users/{id:int}", "user">([](int) { return gust::Response{}; }
    )};
    return router.reverse<"users">(42);
}
// error: gust: no rule of this router has that name
