// SPDX-License-Identifier: MIT
#include <gust/testing/exchange.hpp>
#include <gust/web.hpp>

struct Counting : gust::Middleware {
    void headers_received(int conn) {}
};
struct Hello : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "Hello"); }
};

auto answer = gust::testing::exchange(Counting{} | gust::each<Hello>, "");
// error: gust: `headers_received` of a middleware must be callable with (conn, const
// RequestStartLine&, const
