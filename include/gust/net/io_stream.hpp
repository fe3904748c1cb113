// SPDX-License-Identifier: MIT
// IOStream: a transport with an input buffer and an output queue.
#ifndef GUST_NET_IO_STREAM_HPP
#define GUST_NET_IO_STREAM_HPP

#include <gust/core/error.hpp>
#include <gust/net/loop.hpp>
#include <gust/net/stream_buffer.hpp>
#include <gust/net/transport.hpp>

#include <array>
#include <cstddef>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace gust {

namespace detail {

/// What a transport that cannot be tried has under way. The stream stays where it is meanwhile.
struct PendingTransfer {
    enum class state { none, under_way, done };
    state reading = state::none;
    state writing = state::none;
    std::error_code read_error;
    std::error_code write_error;
};
struct NothingPending {};

} // namespace detail

/// A buffered byte stream over a transport.
///
/// Two clients use it, never at once: the read family and `write` for users, and the four
/// primitives for a protocol that drives itself: `fill`, `input().consume`, `output().push`,
/// `flush`, with a wait for each direction. Belongs to one loop. Movable while nothing is
/// outstanding.
template <transport Transport>
class IOStream {
public:
    using transport_type = Transport;
    using executor_type = executor;

    explicit IOStream(Loop& loop, Transport transport)
        : loop_{&loop},
          transport_{std::move(transport)},
          input_{loop.blocks()},
          output_{loop.blocks(), loop.segments()} {}
    IOStream(IOStream&&) noexcept = default;

    executor_type get_executor() noexcept { return loop_->context().get_executor(); }
    Loop& loop() noexcept { return *loop_; }
    Transport& transport() noexcept { return transport_; }
    InputBuffer& input() noexcept { return input_; }
    OutputQueue& output() noexcept { return output_; }

    /// Reads once, at most what one block holds, without waiting. `wanted` is the room to offer.
    io_result fill(std::size_t wanted);
    /// Sends from the output queue until it is empty (ok), or the transport wants to wait, or
    /// fails.
    io_result flush();
    /// Looks whether the peer has sent something, or has gone, without taking anything.
    io_result peek() noexcept;
    /// Whether the peer has gone for good, even behind unread bytes.
    bool is_reset() noexcept;

    /// Completes with `void(std::error_code)` when `fill` may get on. One at a time; `wanted` as
    /// for `fill`.
    template <class Handler>
    void async_wait_readable(std::size_t wanted, Handler&& handler);
    /// Completes with `void(std::error_code)` when `flush` may get on. One at a time.
    template <class Handler>
    void async_wait_writable(Handler&& handler);

    /// Sends FIN behind what was flushed.
    void shutdown_send() noexcept;
    /// Closes at once and drops what is unsent; outstanding waits complete with an error.
    void close() noexcept;
    bool is_open() noexcept;

private:
    static constexpr bool is_direct = direct_transport<Transport>;
    static constexpr std::size_t gather_limit = 64;

    io_result send_file(const detail::Segment& segment) noexcept;

    Loop* loop_;
    Transport transport_;
    InputBuffer input_;
    OutputQueue output_;
    [[no_unique_address]] std::
        conditional_t<is_direct, detail::NothingPending, detail::PendingTransfer> pending_;
};

} // namespace gust

#include <gust/net/impl/io_stream.hpp>

#endif // GUST_NET_IO_STREAM_HPP
