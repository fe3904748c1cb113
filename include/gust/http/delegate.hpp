// SPDX-License-Identifier: MIT
// HTTPMessageDelegate: the hooks that user code implements, and what is checked of them.
#ifndef GUST_HTTP_DELEGATE_HPP
#define GUST_HTTP_DELEGATE_HPP

#include <gust/core/awaitable.hpp>
#include <gust/core/bytes.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/outcome.hpp>
#include <gust/http/respond.hpp>
#include <gust/http/start_line.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace gust {

/// Receives one request and answers it.
///
/// A subclass hides the hooks it needs; `finish` it must have. Each takes the connection as its
/// first argument, as `auto&` or as `HTTPConnection&`, and returns `void` or an awaitable, which is
/// waited for before the next hook and before the next read: that is the back-pressure on the
/// sender. Hooks of one message never overlap.
///
///     headers_received ─► data_received … ─► finish              ─► response_ended
///                     └───────────────────► on_connection_close ─┘
///
/// After `headers_received`, exactly one of `finish` and `on_connection_close` is called: the first
/// when the whole request has arrived and the answer is not yet complete, the second otherwise.
/// `response_ended` is always the last. A delegate answers in any hook, or later through
/// `conn.keep()`. An exception that leaves a hook is answered while nothing of the response was
/// sent, with 500, or with the status of the mistake that gust has found in what the peer sent
/// (`peers_mistake`); else the connection is cut.
///
/// A `bytes` view is valid until its hook completes; target, headers and captures until the
/// response has ended.
struct HTTPMessageDelegate {
    /// The head is complete. Limits of this exchange are set here.
    void headers_received(auto& /*conn*/, const RequestStartLine&, const HTTPHeaders&) {}
    /// A piece of the body, at most `chunk_size` bytes.
    void data_received(auto& /*conn*/, bytes) {}
    /// The peer has gone, or the answer was complete before the request was.
    void on_connection_close() noexcept {}
    /// The exchange is over. The delegate is destroyed next.
    void response_ended(outcome) noexcept {}
};

namespace detail {

template <class D, class Conn>
concept receives_headers =
    requires(D& d, Conn& conn, const RequestStartLine& start, const HTTPHeaders& headers) {
        { d.headers_received(conn, start, headers) } -> hook_result;
    };

template <class D, class Conn>
concept receives_data = requires(D& d, Conn& conn, bytes chunk) {
    { d.data_received(conn, chunk) } -> hook_result;
};

template <class D, class Conn>
concept finishes = requires(D& d, Conn& conn) {
    { d.finish(conn) } -> hook_result;
};

template <class D>
concept notices_close = requires(D& d) {
    { d.on_connection_close() } noexcept -> std::same_as<void>;
};

template <class D>
concept notices_end = requires(D& d, outcome o) {
    { d.response_ended(o) } noexcept -> std::same_as<void>;
};

} // namespace detail

/// What a connection can deliver a request to.
template <class D, class Conn>
concept message_delegate =
    detail::receives_headers<D, Conn> && detail::receives_data<D, Conn> && detail::finishes<D, Conn>
    && detail::notices_close<D> && detail::notices_end<D>;

/// Names the first hook that does not fit, one sentence each.
template <class D, class Conn>
consteval bool check_delegate() {
    static_assert(
        detail::finishes<D, Conn>,
        "gust: a message delegate needs `finish(auto& conn)`, returning void or an awaitable of "
        "void"
    );
    static_assert(
        detail::receives_headers<D, Conn>,
        "gust: `headers_received` must be callable with (conn, const RequestStartLine&, const "
        "HTTPHeaders&), "
        "returning void or an awaitable of void"
    );
    static_assert(
        detail::receives_data<D, Conn>,
        "gust: `data_received` must be callable with (conn, gust::bytes), returning void or an "
        "awaitable of void"
    );
    static_assert(
        detail::notices_close<D>,
        "gust: `on_connection_close()` takes nothing, returns void and is noexcept"
    );
    static_assert(
        detail::notices_end<D>, "gust: `response_ended(gust::outcome)` returns void and is noexcept"
    );
    return true;
}

/// Makes the delegate of each request: what `HTTPServer` serves, and what a router is.
///
/// `start_request` is called when a head is complete. Its result is built in place in the
/// connection and never moved. `on_close(server_conn)`, if there is one, is called once when the
/// connection has ended.
template <class App, class ServerConn, class Conn>
concept connection_delegate = requires(App& app, ServerConn& server_conn, Conn& conn) {
    { app.start_request(server_conn, conn) } -> message_delegate<Conn>;
};

/// A subclass may derive from this for the defaults; it has to have `start_request`.
struct HTTPServerConnectionDelegate {
    void on_close(auto& /*server_conn*/) noexcept {}
};

/// An application that makes a fresh `D` for each request.
template <std::default_initializable D>
struct Each {
    D start_request(auto& /*server_conn*/, auto& /*conn*/) const { return D{}; }
};

template <std::default_initializable D>
inline constexpr Each<D> each{};

} // namespace gust

#endif // GUST_HTTP_DELEGATE_HPP
