// SPDX-License-Identifier: MIT
// HTTPServerRequest: one request, with its parts computed when they are asked for.
#ifndef GUST_HTTP_REQUEST_HPP
#define GUST_HTTP_REQUEST_HPP

#include <gust/config.hpp>
#include <gust/core/bytes.hpp>
#include <gust/http/connection.hpp>
#include <gust/http/cookie.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/start_line.hpp>
#include <gust/http/target.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gust {

/// A request as callables and handlers see it. Looks into the connection: valid until the response
/// has ended.
///
/// Nothing is parsed or copied before it is asked for, and nothing is remembered: ask once.
class HTTPServerRequest {
public:
    explicit HTTPServerRequest(HTTPConnection& connection, std::string_view body = {}) noexcept
        : connection_{&connection}, body_{body}, begun_{std::chrono::steady_clock::now()} {}

    gust::method method() const noexcept { return connection_->start_line().method; }
    gust::version version() const noexcept { return connection_->start_line().version; }
    /// The target as received.
    std::string_view target() const noexcept { return connection_->start_line().target; }
    /// The path as received, still percent-encoded.
    std::string_view path() const noexcept { return connection_->target().path; }
    /// What follows the first `?`, as received.
    std::string_view query() const noexcept { return connection_->target().query; }
    const HTTPHeaders& headers() const noexcept { return connection_->headers(); }
    const HTTPHeaders& trailers() const noexcept { return connection_->trailers(); }
    /// The whole body, when an adapter has buffered it; else empty.
    std::string_view body() const noexcept { return body_; }

    /// The first value of a query argument, decoded: `+` is a blank, an invalid escape stays as it
    /// is.
    std::optional<std::string> query_argument(std::string_view name) const {
        return first_argument(query(), name);
    }
    /// All of them, in order. Throws errc::bad_request beyond 1000.
    QueryPairs query_arguments() const { return parse_query(query()); }
    /// The arguments of an `application/x-www-form-urlencoded` body; none for another type. Throws
    /// as above.
    GUST_DECL QueryPairs body_arguments() const;
    /// The first value of such an argument.
    GUST_DECL std::optional<std::string> body_argument(std::string_view name) const;

    /// The arguments of the query, then those of the body.
    GUST_DECL QueryPairs arguments() const;

    /// The value of a cookie, unquoted. When a name is repeated the last one counts.
    GUST_DECL std::optional<std::string> cookie(std::string_view name) const;
    /// All of them, in order, each as often as it was sent.
    GUST_DECL std::vector<std::pair<std::string, std::string>> cookies() const;

    /// Host and port as the client named them: of the target in absolute-form, else of Host. Empty
    /// if there is none.
    GUST_DECL std::string_view host() const noexcept;
    /// The same in lower case, without the port.
    GUST_DECL std::string host_name() const;
    std::string_view protocol() const noexcept { return connection_->protocol(); }
    /// Address and port of the peer: "192.0.2.1:49152", or "" for a Unix socket.
    std::string remote_address() const { return connection_->remote_address(); }
    /// The address alone.
    GUST_DECL std::string remote_ip() const;
    /// `protocol://host/target`; an absolute-form target as it is.
    GUST_DECL std::string full_url() const;
    /// Since this object was made, which is when the request was dispatched.
    std::chrono::steady_clock::duration request_time() const noexcept {
        return std::chrono::steady_clock::now() - begun_;
    }

    HTTPConnection& connection() const noexcept { return *connection_; }

    /// For a log: method, target, version, protocol, host and address, never fields or body.
    /// Control characters cannot be in there.
    GUST_DECL std::string summary() const;

private:
    GUST_DECL static std::optional<std::string>
    first_argument(std::string_view pairs, std::string_view name);

    HTTPConnection* connection_;
    std::string_view body_;
    std::chrono::steady_clock::time_point begun_;
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http/impl/request.ipp>
#endif

#endif // GUST_HTTP_REQUEST_HPP
