// SPDX-License-Identifier: MIT
// The bare delegate that the hello servers serve.
#ifndef GUST_BENCHMARKS_SUPPORT_HELLO_HPP
#define GUST_BENCHMARKS_SUPPORT_HELLO_HPP

#include <gust/gust.hpp>

#include <string>
#include <string_view>

namespace bench {

using gust::literals::operator""_MiB;

inline constexpr gust::Field text_type{"Content-Type", "text/plain"};
inline constexpr gust::Field server_name{"Server", "gust"};

/// What `GET /big` answers.
inline std::string_view big_body() {
    static const std::string body(1_MiB, 'x');
    return body;
}

/// Any request: a greeting. POST: the request's body, streamed. `GET /big`: 1 MiB, not copied.
struct Hello : gust::HTTPMessageDelegate {
    void headers_received(
        auto& conn, const gust::RequestStartLine& start, const gust::HTTPHeaders& headers
    ) {
        if (start.method != gust::method::post) {
            return;
        }
        // No length: then the answer is chunked, as the request is.
        if (const auto length = headers.get("Content-Length")) {
            conn.write_headers(
                {gust::status::ok}, {text_type, server_name, {"Content-Length", *length}}
            );
        } else {
            conn.write_headers({gust::status::ok}, {text_type, server_name});
        }
    }
    void data_received(auto& conn, gust::bytes piece) {
        if (conn.start_line().method == gust::method::post) {
            conn.write(piece);
        }
    }
    void finish(auto& conn) {
        const gust::RequestStartLine& start = conn.start_line();
        if (start.method == gust::method::post) {
            conn.finish();
        } else if (start.target == "/big") {
            respond(conn, gust::status::ok, {text_type, server_name}, gust::unowned(big_body()));
        } else {
            respond(conn, gust::status::ok, {text_type, server_name}, "Hello, World!");
        }
    }
};

} // namespace bench

#endif // GUST_BENCHMARKS_SUPPORT_HELLO_HPP
