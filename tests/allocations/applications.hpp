// SPDX-License-Identifier: MIT
// The applications whose allocations are counted.
#ifndef GUST_TESTS_ALLOCATIONS_APPLICATIONS_HPP
#define GUST_TESTS_ALLOCATIONS_APPLICATIONS_HPP

#include <gust/gust.hpp>
#include <gust/routing/router.hpp>
#include <gust/web/access_log.hpp>
#include <gust/web/limits.hpp>
#include <gust/web/response_headers.hpp>

#include <asio/post.hpp>

#include <string_view>

namespace allocations {

/// The body of a request back, or a greeting.
struct Plain : gust::HTTPMessageDelegate {
    void
    headers_received(auto& conn, const gust::RequestStartLine&, const gust::HTTPHeaders& headers) {
        if (const auto length = headers.get("Content-Length")) {
            conn.write_headers({gust::status::ok}, {{"Content-Length", *length}});
        }
    }
    void data_received(auto& conn, gust::bytes piece) { conn.write(piece); }
    void finish(auto& conn) {
        if (conn.headers().contains("Content-Length")) {
            conn.finish();
        } else {
            respond(conn, "Hello, World!");
        }
    }
};

/// Sends back what its route has captured.
struct Captured : gust::HTTPMessageDelegate {
    explicit Captured(std::string_view text) noexcept : captured{text} {}
    void finish(auto& conn) { respond(conn, captured); }
    std::string_view captured;
};

inline auto routed() {
    return gust::Router{
        gust::on<"GET /">(gust::each<Plain>),
        gust::on<"GET /users/{id:int}">([](int) { return Plain{}; }),
        gust::on<"GET /files/{path...}">([](std::string_view path) { return Captured{path}; }),
    };
}

/// The same behind middleware that looks at every request and adds to every response.
inline auto layered() {
    const auto ignore = [](const gust::AccessRecord& record) noexcept {
        static_cast<void>(record.status());
    };
    return gust::access_log(ignore) | gust::response_headers({{"X-Served-By", "gust"}})
           | gust::body_limit(1024) | routed();
}

/// Goes once through its loop before it answers.
struct Suspending : gust::HTTPMessageDelegate {
    gust::awaitable<> finish(auto& conn) {
        co_await asio::post(gust::use_awaitable);
        respond(conn, "Hello, World!");
    }
};

inline gust::Response plain_callable(gust::HTTPServerRequest&) {
    return gust::Response::text("Hello, World!");
}

inline gust::awaitable<gust::Response> suspending_callable(gust::HTTPServerRequest&) {
    co_await asio::post(gust::use_awaitable);
    co_return gust::Response::text("Hello, World!");
}

} // namespace allocations

#endif // GUST_TESTS_ALLOCATIONS_APPLICATIONS_HPP
