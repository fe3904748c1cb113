// SPDX-License-Identifier: MIT
#include <gust/testing/exchange.hpp>
#include <gust/web.hpp>

struct Counting : gust::Middleware {
    bool headers_received(auto&, const auto&, const auto&) { return true; }
};
struct Hello : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "Hello"); }
};

auto answer = gust::testing::exchange(Counting{} | gust::each<Hello>, "");
// error: gust: `headers_received` of a middleware returns void, gust::step, or an awaitable of
// either
