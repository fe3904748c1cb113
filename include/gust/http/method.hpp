// SPDX-License-Identifier: MIT
// Request methods: those that have a number here are dispatched; every other one is answered with
// 501.
#ifndef GUST_HTTP_METHOD_HPP
#define GUST_HTTP_METHOD_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gust {

/// A request method. The numbers are the parser's, which makes the conversion a cast;
/// `http1/parser.hpp` asserts it.
enum class method : std::uint8_t {
    delete_,
    get,
    head,
    post,
    put,
    connect,
    options,
    trace,
    copy,
    lock,
    mkcol,
    move,
    propfind,
    proppatch,
    search,
    unlock,
    bind,
    rebind,
    unbind,
    acl,
    report,
    mkactivity,
    checkout,
    merge,
    m_search,
    notify,
    subscribe,
    unsubscribe,
    patch,
    purge,
    mkcalendar,
    link,
    unlink,
};

namespace detail {

inline constexpr std::string_view method_names[] = {
    "DELETE",     "GET",      "HEAD",       "POST",     "PUT",    "CONNECT",   "OPTIONS",
    "TRACE",      "COPY",     "LOCK",       "MKCOL",    "MOVE",   "PROPFIND",  "PROPPATCH",
    "SEARCH",     "UNLOCK",   "BIND",       "REBIND",   "UNBIND", "ACL",       "REPORT",
    "MKACTIVITY", "CHECKOUT", "MERGE",      "M-SEARCH", "NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE",
    "PATCH",      "PURGE",    "MKCALENDAR", "LINK",     "UNLINK",
};

} // namespace detail

/// How many methods there are; their numbers run from 0.
inline constexpr std::size_t method_count = std::size(detail::method_names);

/// The name on the wire.
constexpr std::string_view to_string(method m) noexcept {
    return detail::method_names[static_cast<std::size_t>(m)];
}

/// The method of that name; nothing for an unknown one. Case matters (RFC 9110 §9.1): `get` is
/// unknown.
constexpr std::optional<method> parse_method(std::string_view name) noexcept {
    for (std::size_t i = 0; i != method_count; ++i) {
        if (detail::method_names[i] == name)
            return static_cast<method>(i);
    }
    return std::nullopt;
}

} // namespace gust

#endif // GUST_HTTP_METHOD_HPP
