// SPDX-License-Identifier: MIT
// The first line of a request and of a response: two types, never a union.
#ifndef GUST_HTTP_START_LINE_HPP
#define GUST_HTTP_START_LINE_HPP

#include <gust/http/method.hpp>
#include <gust/http/status.hpp>

#include <cstdint>
#include <string_view>

namespace gust {

/// The versions that are spoken. A request of any other is answered with 505.
enum class version : std::uint8_t { http_1_0, http_1_1 };

constexpr std::string_view to_string(version v) noexcept {
    return v == version::http_1_0 ? "HTTP/1.0" : "HTTP/1.1";
}

/// `method target version`, as received (RFC 9112 §3). `target` is lent until the response has
/// ended.
struct RequestStartLine {
    gust::method method = gust::method::get;
    std::string_view target;
    gust::version version = gust::version::http_1_1;
};

/// The status of a response (RFC 9112 §4). The version on the wire is always HTTP/1.1.
struct ResponseStartLine {
    gust::status status = gust::status::ok;
    /// Default: the phrase registered for the status.
    std::string_view reason = {};
};

} // namespace gust

#endif // GUST_HTTP_START_LINE_HPP
