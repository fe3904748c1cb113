// SPDX-License-Identifier: MIT
// Hello world behind a router with twenty routes, among them every kind of capture; all of them
// lead to the same delegate, and so does what none of them takes.
#include <gust/gust.hpp>
#include <gust/routing/router.hpp>

#include <string_view>

#include "support/hello.hpp"
#include "support/serve.hpp"

namespace {

/// The greeting, whatever was captured.
struct Captured : bench::Hello {
    explicit Captured(const auto&...) noexcept {}
};

constexpr auto hello = gust::each<bench::Hello>;

} // namespace

int main(int argc, char** argv) {
    const gust::Router router{
        gust::on<"/">(hello),
        gust::on<"GET /big">(hello),
        gust::on<"GET /about">(hello),
        gust::on<"GET /health">(hello),
        gust::on<"GET /users">(hello),
        gust::on<"POST /users">(hello),
        gust::on<"GET /users/{id:int}">([](int id) { return Captured{id}; }),
        gust::on<"PUT /users/{id:int}">([](int id) { return Captured{id}; }),
        gust::on<"DELETE /users/{id:int}">([](int id) { return Captured{id}; }),
        gust::on<"GET /users/{id:int}/posts">([](int id) { return Captured{id}; }),
        gust::on<"GET /posts/{slug}">([](std::string_view slug) { return Captured{slug}; }),
        gust::on<"GET /posts/{slug}/comments">([](std::string_view slug) { return Captured{slug}; }
        ),
        gust::on<"GET /files/{path...}">([](std::string_view path) { return Captured{path}; }),
        gust::on<"PUT /files/{path...}">([](std::string_view path) { return Captured{path}; }),
        gust::on<"GET /api/v1/items">(hello),
        gust::on<"GET /api/v1/items/{name}">([](std::string_view name) { return Captured{name}; }),
        gust::on<"GET /api/v2/items">(hello),
        gust::on<"GET /api/v2/items/{name}">([](std::string_view name) { return Captured{name}; }),
        gust::on<"GET /metrics">(hello),
        gust::when(gust::AnyMatches{}, hello),
    };
    return bench::serve(argc, argv, router);
}
