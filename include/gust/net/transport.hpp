// SPDX-License-Identifier: MIT
// What a byte stream has to offer to carry gust: any Asio stream will do, and some can be tried
// without waiting.
#ifndef GUST_NET_TRANSPORT_HPP
#define GUST_NET_TRANSPORT_HPP

#include <gust/core/awaitable.hpp>

#include <asio/buffer.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <sys/uio.h>
#include <system_error>

namespace gust {

/// How a transport answered when it was tried.
enum class io_status {
    /// `n` bytes were moved.
    ok,
    /// Nothing was; it will go on when bytes can be read.
    want_read,
    /// Nothing was; it will go on when bytes can be written.
    want_write,
    /// The peer has ended its side.
    eof,
    /// The transport failed; `error` says how.
    error,
};

/// What one attempt moved.
struct io_result {
    io_status status = io_status::ok;
    std::size_t n = 0;
    std::error_code error{};
};

/// What to wait for.
enum class io_want { read, write };

namespace detail {

struct transfer_handler {
    void operator()(std::error_code, std::size_t) {}
};

struct wait_handler {
    void operator()(std::error_code) {}
};

} // namespace detail

template <class T>
concept reads_some =
    requires(T& t, asio::mutable_buffer in) { t.async_read_some(in, detail::transfer_handler{}); };

template <class T>
concept writes_some = requires(T& t, std::span<const asio::const_buffer> out) {
    t.async_write_some(out, detail::transfer_handler{});
};

/// A byte stream on a socket: any Asio stream, or a layer that forwards to one.
template <class T>
concept transport =
    std::move_constructible<T> && reads_some<T> && writes_some<T> && requires(T& t) {
        typename T::lowest_layer_type;
        { t.get_executor() } noexcept -> std::convertible_to<executor>;
        { t.lowest_layer() } -> std::same_as<typename T::lowest_layer_type&>;
    };

/// A transport that can be tried without waiting: no buffer is held while it waits.
///
/// `try_read` fills part of the buffer, `try_write` sends part of the pieces, `try_peek` looks for
/// one byte without taking it. `async_wait` completes when the want may be met, or with an error
/// when the transport was closed. `is_reset` tells whether the peer has gone for good, even behind
/// unread bytes.
///
/// Of use where it can be told: `bool is_quiet() noexcept`, whether the peer's side has
/// acknowledged all that was written, and nothing of the peer's is unread.
template <class T>
concept direct_transport =
    transport<T>
    && requires(T& t, std::span<char> in, std::span<const iovec> out, std::error_code& ec) {
           { t.try_read(in) } noexcept -> std::same_as<io_result>;
           { t.try_write(out) } noexcept -> std::same_as<io_result>;
           { t.try_peek() } noexcept -> std::same_as<io_result>;
           { t.is_reset() } noexcept -> std::same_as<bool>;
           { t.shutdown_send() } noexcept;
           { t.close() } noexcept;
           { t.is_open() } noexcept -> std::same_as<bool>;
           t.async_wait(io_want::read, detail::wait_handler{});
       };

} // namespace gust

#endif // GUST_NET_TRANSPORT_HPP
