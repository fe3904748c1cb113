// SPDX-License-Identifier: MIT
// What the fields of a head say about the message (RFC 9112 §3.2, §6, §9).
#ifndef GUST_HTTP1_FRAMING_HPP
#define GUST_HTTP1_FRAMING_HPP

#include <gust/config.hpp>
#include <gust/core/error.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/start_line.hpp>
#include <gust/http1/known_host.hpp>

#include <cstdint>

namespace gust {

/// How the end of a body is found.
enum class body_framing : std::uint8_t { none, length, chunked, until_close };

/// Whether the client waits for a word before it sends the body (RFC 9110 §10.1.1).
enum class expectation : std::uint8_t { none, continue_100 };

/// Whether the connection may carry another request after this one (RFC 9112 §9.3).
enum class persistence : std::uint8_t { close, keep };

/// What a request head says about its message.
struct RequestFraming {
    body_framing body = body_framing::none;
    std::uint64_t length = 0; // of a body framed by length
    persistence persist = persistence::close;
    expectation expect = expectation::none;
};

/// Reads Host, Content-Length, Transfer-Encoding, Connection and Expect.
///
/// `errc{}`, or bad_host, bad_framing, unknown_coding, expectation_failed. Stricter than the RFC
/// where it leaves a choice: Content-Length beside Transfer-Encoding, a repeated Content-Length,
/// any coding but one `chunked`, and Transfer-Encoding in HTTP/1.0 are refused.
GUST_HOT_DECL errc frame_request(
    const RequestStartLine& start,
    const HTTPHeaders& headers,
    KnownHost& host,
    RequestFraming& framing
) noexcept;

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http1/impl/framing.ipp>
#endif

#endif // GUST_HTTP1_FRAMING_HPP
