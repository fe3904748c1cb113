// SPDX-License-Identifier: MIT
// IOStream: a transport with an input buffer and an output queue.
#ifndef GUST_NET_IO_STREAM_HPP
#define GUST_NET_IO_STREAM_HPP

#include <gust/core/awaitable.hpp>
#include <gust/core/chunk.hpp>
#include <gust/core/error.hpp>
#include <gust/net/detail/completion_transport.hpp>
#include <gust/net/detail/read_condition.hpp>
#include <gust/net/detail/stream_operations.hpp>
#include <gust/net/loop.hpp>
#include <gust/net/stream_buffer.hpp>
#include <gust/net/transport.hpp>

#include <asio/async_result.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace gust {

namespace detail {

template <class Stream>
struct StreamWait;

} // namespace detail

/// A buffered byte stream over a transport. Belongs to one loop.
///
/// Two kinds of client use it, never both at once.
///
/// **The read family and `write`** are asynchronous operations, by default awaitables:
/// * One read at a time: a second one ends with `errc::busy`. Reads look at what is buffered first,
/// even after the
///   stream was closed. A view that a read returns is valid until the next read begins.
/// * Several writes may be outstanding, beside a read. They are sent and completed in order.
/// * A FIN ends reading with `errc::closed`, and writing goes on. A failure of the transport closes
/// the stream and
///   ends both with its error code.
/// * A read that can no longer be satisfied (`errc::unsatisfiable`, `errc::buffer_full`) closes the
/// stream.
/// * Cancelling loses no byte and closes nothing: unread bytes stay for the next read, and what was
/// given to
///   `write` is still sent.
/// * Closing or destroying the stream completes what is outstanding with `errc::closed`. The stream
/// may be moved
///   meanwhile.
///
/// **The primitives** serve a protocol that drives itself: `fill`, `input().consume`,
/// `output().push`, `flush`, and a wait for each direction. They allocate nothing on a transport
/// that can be tried.
template <transport Transport>
class IOStream {
public:
    using transport_type = Transport;
    using executor_type = executor;

    explicit IOStream(Loop& loop, Transport transport)
        : loop_{&loop},
          transport_{make_holder(loop, std::move(transport))},
          input_{loop.blocks()},
          output_{loop.blocks(), loop.segments()} {}
    IOStream(IOStream&& other) noexcept
        : loop_{other.loop_},
          transport_{std::move(other.transport_)},
          input_{std::move(other.input_)},
          output_{std::move(other.output_)},
          operations_{std::move(other.operations_)} {
        if (operations_) {
            operations_->stream = this;
        }
    }
    IOStream& operator=(IOStream&&) = delete;
    ~IOStream() { leave(); }

    executor_type get_executor() noexcept { return loop_->context().get_executor(); }
    Loop& loop() noexcept { return *loop_; }
    Transport& transport() noexcept {
        if constexpr (is_direct) {
            return transport_;
        } else {
            return transport_->transport;
        }
    }

    /// Default: `StreamOptions`. For the read family and `write`.
    void set_options(const StreamOptions& options) { operations().options = options; }
    const StreamOptions& options() { return operations().options; }

    /// Reads whatever there is, at least one byte and at most `most`.
    /// Errors: `errc::closed` at the end of the stream.
    template <class Token = const asio::use_awaitable_t<>&>
    auto read_some(std::size_t most, Token&& token = use_awaitable) {
        return read(detail::ReadSome{most}, std::forward<Token>(token));
    }
    auto read_some() { return read_some(std::numeric_limits<std::size_t>::max()); }

    /// Reads up to and including the first `delimiter`.
    /// Errors: `errc::unsatisfiable` when it does not end within `most` bytes; `errc::closed` at
    /// the end of the stream.
    template <class Token = const asio::use_awaitable_t<>&>
    auto read_until(std::string_view delimiter, std::size_t most, Token&& token = use_awaitable) {
        return read(detail::ReadUntilDelimiter{delimiter, most}, std::forward<Token>(token));
    }

    /// Reads a message whose end `predicate` finds: it is called with the unread bytes and returns
    /// the length of the message at their front, which may be more than there is so far, or
    /// `std::nullopt` while it is not known. Between calls the bytes only grow, so a predicate with
    /// state need not look at any of them twice. Errors: `errc::unsatisfiable` when it is longer
    /// than `most` bytes; `errc::closed` at the end of the stream.
    template <class Predicate, class Token = const asio::use_awaitable_t<>&>
        requires std::is_invocable_r_v<std::optional<std::size_t>, Predicate&, std::string_view>
    auto read_until(Predicate predicate, std::size_t most, Token&& token = use_awaitable) {
        return read(
            detail::ReadUntilPredicate<Predicate>{std::move(predicate), most},
            std::forward<Token>(token)
        );
    }

    /// Reads `size` bytes; none completes at once, even on a closed stream.
    /// Errors: `errc::closed` when the stream ends before; `errc::buffer_full` for more than
    /// `max_buffer_size`.
    template <class Token = const asio::use_awaitable_t<>&>
    auto read_exactly(std::size_t size, Token&& token = use_awaitable) {
        return read(detail::ReadExactly{size}, std::forward<Token>(token));
    }

    /// Reads into memory of the caller until it is full. Completes with the number of bytes, which
    /// on an error tells how many lie there already. The memory outlives the operation.
    template <class Token = const asio::use_awaitable_t<>&>
    auto read_into(std::span<std::byte> memory, Token&& token = use_awaitable) {
        return read(
            detail::ReadInto{memory, detail::ReadInto::amount::all}, std::forward<Token>(token)
        );
    }
    /// The same, satisfied with one byte or more.
    template <class Token = const asio::use_awaitable_t<>&>
    auto read_some_into(std::span<std::byte> memory, Token&& token = use_awaitable) {
        return read(
            detail::ReadInto{memory, detail::ReadInto::amount::some}, std::forward<Token>(token)
        );
    }

    /// Reads everything until the stream ends. On a closed stream it returns what is buffered.
    /// Errors: those of the transport; `errc::buffer_full` after `max_buffer_size` bytes.
    template <class Token = const asio::use_awaitable_t<>&>
    auto read_until_close(Token&& token = use_awaitable) {
        return read(detail::ReadUntilClose{}, std::forward<Token>(token));
    }

    /// Sends a chunk, whose type says who owns its bytes. Completes when all of it was given to the
    /// system; an empty one when everything before it was. Errors: `errc::closed`, or what closed
    /// the stream; `errc::buffer_full` when more than `max_write_buffer_size` bytes would wait, and
    /// nothing of it is queued.
    template <class Token = const asio::use_awaitable_t<>&>
    auto write(Chunk chunk, Token&& token = use_awaitable) {
        return asio::async_initiate<Token, void(std::error_code)>(
            [this](auto handler, Chunk data) {
                this->begin_write(std::move(handler), std::move(data));
            },
            token,
            std::move(chunk)
        );
    }

    /// Completes with the reason when the peer has ended its side or has gone, or when this side
    /// closed: `errc::closed`, or the error of the transport. Bytes that arrive first hide the end
    /// until they are read.
    template <class Token = const asio::use_awaitable_t<>&>
    auto wait_until_closed(Token&& token = use_awaitable) {
        return asio::async_initiate<Token, void(std::error_code, std::error_code)>(
            [this](auto handler) { this->begin_watch(std::move(handler)); }, token
        );
    }

    /// The primitives.
    /// @{
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
    /// Whether the peer's side has acknowledged all that was sent, and nothing of the peer's waits
    /// to be read, as far as the transport can tell.
    bool is_quiet() noexcept;

    /// For a stream that will wait sooner or later: does now what its first wait needs memory for.
    void prepare_wait() noexcept;
    /// Completes with `void(std::error_code)` when `fill` may get on, with an error only when the
    /// stream was closed. One at a time; `wanted` as for `fill`.
    template <class Handler>
    void async_wait_readable(std::size_t wanted, Handler&& handler);
    /// Completes with `void(std::error_code)` when `flush` may get on. One at a time.
    template <class Handler>
    void async_wait_writable(Handler&& handler);
    /// @}

    /// Sends FIN behind what was flushed.
    void shutdown_send() noexcept;
    /// Closes at once and drops what is unsent; outstanding waits complete with an error. What was
    /// read stays.
    void close() noexcept;
    /// Closes with a reset where the transport can, so that the peer cannot take what it got for
    /// the whole.
    void abort() noexcept;
    bool is_open() noexcept;

private:
    friend struct detail::StreamWait<IOStream>;

    static constexpr bool is_direct = direct_transport<Transport>;
    static constexpr std::size_t gather_limit = 64;
    /// Bytes of memory for one system call, so that no peer holds the loop for long. Over loopback,
    /// less is up to a third cheaper on some machines, and up to a third dearer on others.
    static constexpr std::size_t send_limit = std::size_t{1} << 20U;
    static constexpr std::size_t least_room = 2048; // less is not worth a system call

    using completion_transport = detail::CompletionTransport<Transport>;
    using holder =
        std::conditional_t<is_direct, Transport, detail::CountedPtr<completion_transport>>;
    enum class progress : std::uint8_t { waiting, complete };

    static holder make_holder(Loop& loop, Transport transport) {
        if constexpr (is_direct) {
            return transport;
        } else {
            return holder{new completion_transport{loop, std::move(transport)}};
        }
    }

    io_result send_front(std::size_t& offered) noexcept;
    io_result send_file(const detail::Segment& segment) noexcept;
    void close_transport() noexcept;
    void leave() noexcept;

    detail::StreamOperations& operations();
    template <class Condition, class Token>
    auto read(Condition condition, Token&& token) {
        return asio::async_initiate<Token, void(std::error_code, typename Condition::result)>(
            [this](auto handler, Condition wanted) {
                this->begin_read(std::move(handler), std::move(wanted));
            },
            token,
            std::move(condition)
        );
    }
    template <class Handler, class Condition>
    void begin_read(Handler handler, Condition condition);
    template <class Handler>
    void begin_write(Handler handler, Chunk data);
    template <class Handler>
    void begin_watch(Handler handler);

    progress advance(detail::ReadCondition& condition, detail::StreamOutcome& outcome);
    progress receive(detail::ReadCondition& condition);
    io_result receive_some(detail::ReadCondition& condition);
    std::size_t room_for(const detail::ReadCondition& condition) const noexcept;
    std::error_code send();
    void shut(std::error_code error) noexcept;
    void interrupt() noexcept;
    void settle();
    void wait_readable();
    void wait_writable();
    void readable(std::error_code error);
    void look_for_end();
    void writable(std::error_code error);

    Loop* loop_;
    holder transport_;
    InputBuffer input_;
    OutputQueue output_;
    detail::CountedPtr<detail::StreamOperations> operations_;
};

} // namespace gust

#include <gust/net/impl/io_stream.hpp>

#endif // GUST_NET_IO_STREAM_HPP
