// SPDX-License-Identifier: MIT
// Whole responses in one call, for a connection or for a handle.
#ifndef GUST_HTTP_RESPOND_HPP
#define GUST_HTTP_RESPOND_HPP

#include <gust/http/connection.hpp>

#include <concepts>
#include <initializer_list>
#include <utility>

namespace gust {

/// What a response can be written to: a connection, or a handle on one.
template <class T>
concept http_connection = std::derived_from<T, HTTPConnection> || std::same_as<T, ResponseHandle>;

/// Answers with `body` as plain text, or as nothing where the status has no body.
/// @{
template <http_connection Conn>
void respond(Conn& conn, Chunk body) {
    conn.respond({status::ok}, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body));
}

template <http_connection Conn>
void respond(Conn& conn, status code, Chunk body = {}) {
    if (body.empty()) {
        conn.respond({code}, {}, std::move(body));
    } else {
        conn.respond({code}, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body));
    }
}
/// @}

/// Answers with the fields given, and the length of `body`.
/// @{
template <http_connection Conn>
void respond(Conn& conn, status code, std::initializer_list<Field> fields, Chunk body = {}) {
    conn.respond({code}, fields, std::move(body));
}

template <http_connection Conn>
void respond(Conn& conn, status code, const FieldLines& fields, Chunk body = {}) {
    conn.respond({code}, fields, std::move(body));
}
/// @}

/// Sends the client elsewhere: `location` is checked as a field value, and is not encoded.
template <http_connection Conn>
void redirect(Conn& conn, FieldValue location, status code = status::found) {
    conn.respond({code}, {{"Location", location}}, {});
}

} // namespace gust

#endif // GUST_HTTP_RESPOND_HPP
