// SPDX-License-Identifier: MIT
// Every way in which gust itself fails, as std::error_code.
#ifndef GUST_CORE_ERROR_HPP
#define GUST_CORE_ERROR_HPP

#include <gust/config.hpp>

#include <exception>
#include <system_error>

namespace gust {

/// What went wrong. Errors of the operating system keep their own category.
enum class errc {
    /// The stream is closed: the peer has gone, or this side closed it.
    closed = 1,
    /// A read asked for something that can no longer come: the delimiter lies beyond `max`, or the
    /// peer ended too early.
    unsatisfiable,
    /// A buffer reached its bound; nothing of the call that hit it was queued.
    buffer_full,
    /// A deadline of the peer passed.
    timed_out,
    /// A second read was started while one was outstanding.
    busy,

    /// 400: the request does not follow the grammar.
    bad_request,
    /// 400: Content-Length, Transfer-Encoding and version do not give one body length (RFC 9112
    /// §6.3).
    bad_framing,
    /// 400: the chunked coding is broken, or its size lines or extensions are over their limit (RFC
    /// 9112 §7.1).
    bad_chunk,
    /// 400: Host is missing, repeated or invalid (RFC 9112 §3.2).
    bad_host,
    /// 400: a target form that the method does not allow, or bytes that no URI holds (RFC 9112
    /// §3.2).
    bad_target,
    /// 408: head or body did not arrive in time.
    request_timeout,
    /// 413: the body is over its limit.
    body_too_large,
    /// 414: the target is over its limit.
    target_too_long,
    /// 417: an expectation other than 100-continue.
    expectation_failed,
    /// 421: an https target on a connection without TLS.
    misdirected,
    /// 431: the head has too many bytes or too many fields.
    head_too_large,
    /// 501: a method that nobody knows.
    unknown_method,
    /// 501: a transfer coding other than chunked.
    unknown_coding,
    /// 505: neither HTTP/1.0 nor HTTP/1.1.
    unsupported_version,
    /// 500: a hook threw, or a delegate ended without an answer.
    no_answer,

    /// Misuse: a field name, value or reason with a byte that it cannot carry.
    invalid_field,
    /// Misuse: a field that the connection itself decides (Transfer-Encoding), or one that
    /// contradicts another.
    forbidden_field,
    /// Misuse: a verb in the wrong order, for example `write` before `write_headers`, or a second
    /// final head.
    wrong_order,
    /// Misuse: body bytes where the status allows none (1xx, 204, 205, 304).
    body_not_allowed,
    /// Misuse: more bytes than Content-Length announced.
    body_too_long,
    /// Misuse: fewer bytes than Content-Length announced.
    body_too_short,
};

GUST_DECL const std::error_category& error_category() noexcept;

inline std::error_code make_error_code(errc e) noexcept {
    return {static_cast<int>(e), error_category()};
}

/// The status that answers a peer's mistake: 400 408 413 414 417 421 431 500 501 505; 0 for every
/// other code.
GUST_DECL unsigned status_of(errc e) noexcept;

/// The mistake of the peer that an exception tells of: an error of gust that has a status. `errc{}`
/// for every other exception.
GUST_DECL errc peers_mistake(const std::exception_ptr& error) noexcept;

/// Throws `std::system_error` with `e`: how a verb tells its caller of a mistake.
[[noreturn]] GUST_DECL void throw_error(errc e);

} // namespace gust

template <>
struct std::is_error_code_enum<gust::errc> : std::true_type {};

#if defined(GUST_HEADER_ONLY)
#include <gust/core/impl/error.ipp>
#endif

#endif // GUST_CORE_ERROR_HPP
