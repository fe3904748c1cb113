// SPDX-License-Identifier: MIT
// request_id: a name for each request, to find it again in the logs of several programs.
#ifndef GUST_WEB_REQUEST_ID_HPP
#define GUST_WEB_REQUEST_ID_HPP

#include <gust/config.hpp>
#include <gust/http/connection.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/start_line.hpp>
#include <gust/web/middleware.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace gust {

/// What to do with an id that a request brings.
enum class incoming_id : std::uint8_t {
    /// Keep it: there is a proxy in front that sets or checks it.
    accept,
    /// Make a new one.
    replace,
};

/// Whether an id may go into logs and fields: 1 to 128 letters, digits and `-._~+/=:@`.
GUST_DECL bool is_request_id(std::string_view text) noexcept;
/// A new one: 32 random hexadecimal digits, which nobody can guess.
GUST_DECL std::string make_request_id();

/// A middleware that puts an id into the response as `X-Request-Id`, whoever sends that. `of` reads
/// it inside.
class RequestId : public Middleware {
public:
    static constexpr std::string_view name = "X-Request-Id";

    explicit RequestId(incoming_id policy) noexcept : policy_{policy} {}

    GUST_DECL void
    headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders& headers);

    /// The id of the request, or "" without this middleware. Valid until the response has ended.
    static std::string_view of(const HTTPConnection& conn) noexcept {
        return conn.added_response_field(name);
    }

private:
    incoming_id policy_;
};

inline RequestId request_id(incoming_id policy = incoming_id::accept) noexcept {
    return RequestId{policy};
}

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/web/impl/request_id.ipp>
#endif

#endif // GUST_WEB_REQUEST_ID_HPP
