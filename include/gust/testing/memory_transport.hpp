// SPDX-License-Identifier: MIT
// A connection in memory: both ends in one thread, without sockets and without chance.
#ifndef GUST_TESTING_MEMORY_TRANSPORT_HPP
#define GUST_TESTING_MEMORY_TRANSPORT_HPP

#include <gust/core/awaitable.hpp>
#include <gust/net/detail/completion.hpp>
#include <gust/net/detail/tried_transfer.hpp>
#include <gust/net/loop.hpp>
#include <gust/net/transport.hpp>

#include <asio/associator.hpp>
#include <asio/async_result.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/socket_base.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace gust::testing {

namespace detail {

/// One thing an end can wait for. A timer that never expires keeps the handler.
struct MemoryWait {
    explicit MemoryWait(const executor& loop) : timer{loop} {}

    void wake() {
        ++wakes;
        timer.cancel();
    }

    asio::basic_waitable_timer<
        std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>,
        executor>
        timer;
    std::uint64_t wakes = 0;
};

/// One end, as its peer sees it.
struct MemoryEnd {
    enum class state { open, shut, closed };
    enum class acknowledgement { at_once, when_read };

    MemoryEnd(const executor& loop, std::size_t most)
        : capacity{most}, readable{loop}, writable{loop} {}

    std::string inbox;    // sent by the peer, not yet read
    std::size_t capacity; // of the inbox: what makes the peer wait
    std::size_t read_size = std::numeric_limits<std::size_t>::max();
    acknowledgement acknowledges = acknowledgement::when_read;
    state sending = state::open;
    MemoryWait readable;
    MemoryWait writable;
};

struct MemoryChannel {
    MemoryChannel(const executor& loop, std::size_t capacity)
        : ends{MemoryEnd{loop, capacity}, MemoryEnd{loop, capacity}} {}

    void wake_all() {
        for (MemoryEnd& end : ends) {
            end.readable.wake();
            end.writable.wake();
        }
    }

    std::array<MemoryEnd, 2> ends;
    bool is_reset = false;
};

/// Turns "the timer was cancelled" back into what happened.
template <class Handler>
struct MemoryWaitHandler {
    Handler handler;
    std::shared_ptr<MemoryChannel> channel;
    std::size_t side;
    io_want want;
    std::uint64_t armed_at;

    void operator()(std::error_code) {
        MemoryEnd& end = channel->ends[side];
        const MemoryWait& wait = want == io_want::read ? end.readable : end.writable;
        const bool was_woken = wait.wakes != armed_at && end.sending != MemoryEnd::state::closed;
        channel.reset();
        std::move(handler)(was_woken ? std::error_code{} : asio::error::operation_aborted);
    }
};

} // namespace detail

/// One end of a connection in memory; a model of `direct_transport`.
///
/// It behaves as TCP does: data arrives before the FIN or the reset that follows it; closing with
/// unread data resets; writing to a peer that has closed succeeds once and then resets. What is
/// sent and not yet read is bounded. Completions are posted on the `io_context`, in the order in
/// which they became due, so a run is repeatable.
class MemoryTransport {
public:
    using executor_type = executor;
    using lowest_layer_type = MemoryTransport;

    MemoryTransport(
        const executor& loop, std::shared_ptr<detail::MemoryChannel> channel, std::size_t side
    ) noexcept
        : loop_{loop}, channel_{std::move(channel)}, side_{side} {}
    MemoryTransport(MemoryTransport&&) noexcept = default;
    MemoryTransport& operator=(MemoryTransport&&) = delete;
    ~MemoryTransport() { close(); }

    executor_type get_executor() const noexcept { return loop_; }
    lowest_layer_type& lowest_layer() noexcept { return *this; }

    io_result try_read(std::span<char> into) noexcept {
        if (!is_open()) {
            return failed(std::errc::bad_file_descriptor);
        }
        if (into.empty()) {
            return {};
        }
        std::string& inbox = near().inbox;
        if (inbox.empty()) {
            return try_peek();
        }
        const std::size_t n = std::min({inbox.size(), into.size(), near().read_size});
        inbox.copy(into.data(), n);
        inbox.erase(0, n);
        far().writable.wake();
        return {.status = io_status::ok, .n = n, .error = {}};
    }

    io_result try_write(std::span<const iovec> parts) noexcept {
        if (!is_open()) {
            return failed(std::errc::bad_file_descriptor);
        }
        if (channel_->is_reset) {
            return failed(std::errc::connection_reset);
        }
        if (near().sending == state::shut) {
            return failed(std::errc::broken_pipe);
        }
        std::size_t sent = 0;
        for (const iovec& part : parts) {
            const std::size_t n = std::min(part.iov_len, room());
            if (far().sending != state::closed) {
                try {
                    far().inbox.append(static_cast<const char*>(part.iov_base), n);
                } catch (const std::bad_alloc&) {
                    return failed(std::errc::no_buffer_space);
                }
            }
            sent += n;
        }
        if (sent == 0) {
            return {.status = io_status::want_write, .n = 0, .error = {}};
        }
        if (far().sending == state::closed) {
            channel_->is_reset = true;
            channel_->wake_all();
        }
        far().readable.wake();
        return {.status = io_status::ok, .n = sent, .error = {}};
    }

    io_result try_peek() noexcept {
        if (!is_open()) {
            return failed(std::errc::bad_file_descriptor);
        }
        if (!near().inbox.empty()) {
            return {.status = io_status::ok, .n = 1, .error = {}};
        }
        if (channel_->is_reset) {
            return failed(std::errc::connection_reset);
        }
        if (far().sending != state::open) {
            return {.status = io_status::eof, .n = 0, .error = {}};
        }
        return {.status = io_status::want_read, .n = 0, .error = {}};
    }

    bool is_reset() const noexcept { return channel_ != nullptr && channel_->is_reset; }

    /// Completes with `void(std::error_code)` when an attempt may get on.
    template <class Token>
    auto async_wait(io_want want, Token&& token) {
        return asio::async_initiate<Token, void(std::error_code)>(
            [this](auto handler, io_want wanted) { this->start_wait(wanted, std::move(handler)); },
            token,
            want
        );
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return gust::detail::transfer_by_trying<asio::mutable_buffer>(
            *this, buffers, std::forward<Token>(token)
        );
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return gust::detail::transfer_by_trying<asio::const_buffer>(
            *this, buffers, std::forward<Token>(token)
        );
    }

    bool is_quiet() noexcept {
        return is_open() && !channel_->is_reset && near().inbox.empty()
               && (far().acknowledges == acknowledgement::at_once || far().inbox.empty());
    }
    void shutdown_send() noexcept {
        if (is_open() && near().sending == state::open) {
            near().sending = state::shut;
            far().readable.wake();
        }
    }
    void close() noexcept {
        if (!is_open()) {
            return;
        }
        channel_->is_reset = channel_->is_reset || !near().inbox.empty();
        near().sending = state::closed;
        channel_->wake_all();
    }
    /// Closes with a reset.
    void abort() noexcept {
        if (is_open()) {
            channel_->is_reset = true;
            close();
        }
    }
    bool is_open() const noexcept {
        return channel_ != nullptr && channel_->ends[side_].sending != state::closed;
    }

    // As a socket spells them, for layers that know sockets only.
    void close(std::error_code& ec) noexcept {
        ec.clear();
        close();
    }
    void shutdown(asio::socket_base::shutdown_type, std::error_code& ec) noexcept {
        ec.clear();
        shutdown_send();
    }

private:
    friend class MemoryPeer;
    using state = detail::MemoryEnd::state;
    using acknowledgement = detail::MemoryEnd::acknowledgement;

    static io_result failed(std::errc code) noexcept {
        return {.status = io_status::error, .n = 0, .error = std::make_error_code(code)};
    }
    detail::MemoryEnd& near() noexcept { return channel_->ends[side_]; }
    detail::MemoryEnd& far() noexcept { return channel_->ends[1 - side_]; }
    std::size_t room() noexcept {
        const std::size_t used = far().inbox.size();
        return used < far().capacity ? far().capacity - used : 0;
    }
    bool is_ready(io_want want) noexcept {
        if (want == io_want::read) {
            return try_peek().status != io_status::want_read;
        }
        return channel_->is_reset || near().sending != state::open || far().sending == state::closed
               || room() != 0;
    }

    template <class Handler>
    void start_wait(io_want want, Handler handler) {
        if (!is_open()) {
            gust::detail::post_completion(
                loop_, std::move(handler), std::make_error_code(std::errc::bad_file_descriptor)
            );
            return;
        }
        if (is_ready(want)) {
            gust::detail::post_completion(loop_, std::move(handler), std::error_code{});
            return;
        }
        detail::MemoryWait& wait = want == io_want::read ? near().readable : near().writable;
        wait.timer.expires_at(std::chrono::steady_clock::time_point::max());
        wait.timer.async_wait(detail::MemoryWaitHandler<Handler>{
            std::move(handler), channel_, side_, want, wait.wakes
        });
    }

    executor loop_;
    std::shared_ptr<detail::MemoryChannel> channel_;
    std::size_t side_;
};

static_assert(direct_transport<MemoryTransport>);

/// The two ends that `make_memory_pair` makes.
struct MemoryPair {
    MemoryTransport near;
    MemoryTransport far;
};

/// Makes a connection whose ends hold at most `capacity` unread bytes for each other.
inline MemoryPair make_memory_pair(asio::io_context& io, std::size_t capacity = 64 * 1024) {
    const executor loop = io.get_executor();
    auto channel = std::make_shared<detail::MemoryChannel>(loop, capacity);
    return {MemoryTransport{loop, channel, 0}, MemoryTransport{loop, channel, 1}};
}
inline MemoryPair make_memory_pair(Loop& loop, std::size_t capacity = 64 * 1024) {
    return make_memory_pair(loop.context(), capacity);
}

/// The far end, driven by a test with plain calls. Nothing here waits: run the `io_context` in
/// between.
class MemoryPeer {
public:
    explicit MemoryPeer(MemoryTransport end) noexcept : end_{std::move(end)} {}

    /// Sends everything, whatever the capacity.
    void write(std::string_view text) {
        if (!end_.channel_->is_reset && end_.far().sending != state::closed) {
            end_.far().inbox.append(text);
            end_.far().readable.wake();
        }
    }
    /// Takes all that has arrived.
    std::string read_all() { return read(end_.near().inbox.size()); }
    /// Takes at most `n` bytes of what has arrived.
    std::string read(std::size_t n) {
        std::string& inbox = end_.near().inbox;
        std::string taken = inbox.substr(0, n);
        inbox.erase(0, n);
        if (!taken.empty()) {
            end_.far().writable.wake();
        }
        return taken;
    }
    /// What has arrived and was not taken.
    std::string_view unread() noexcept { return end_.near().inbox; }

    /// Whether the other end has sent FIN, or closed.
    bool has_ended() noexcept { return end_.far().sending != state::open; }
    /// Whether the other end has closed.
    bool is_closed() noexcept { return end_.far().sending == state::closed; }
    bool is_reset() const noexcept { return end_.is_reset(); }

    /// Sends FIN.
    void shutdown() noexcept { end_.shutdown_send(); }
    void close() noexcept { end_.close(); }
    void reset() noexcept { end_.abort(); }

    /// How much the other end may send before it has to wait for `read`.
    void set_capacity(std::size_t n) {
        end_.near().capacity = n;
        end_.far().writable.wake();
    }
    /// How much the other end gets from one read: 1 cuts everything into single bytes.
    void set_read_size(std::size_t n) noexcept { end_.far().read_size = n; }

    /// From here on what the other end sends counts as acknowledged before it is read, as over TCP.
    void acknowledge_at_once() noexcept {
        end_.near().acknowledges = detail::MemoryEnd::acknowledgement::at_once;
    }

    /// The end itself, for a stream of its own.
    MemoryTransport& transport() noexcept { return end_; }

private:
    using state = detail::MemoryEnd::state;

    MemoryTransport end_;
};

} // namespace gust::testing

template <template <class, class> class Associator, class Handler, class Default>
struct asio::associator<Associator, gust::testing::detail::MemoryWaitHandler<Handler>, Default>
    : Associator<Handler, Default> {
    static decltype(auto) get(const gust::testing::detail::MemoryWaitHandler<Handler>& self
    ) noexcept {
        return Associator<Handler, Default>::get(self.handler);
    }
    static decltype(auto)
    get(const gust::testing::detail::MemoryWaitHandler<Handler>& self,
        const Default& fallback) noexcept {
        return Associator<Handler, Default>::get(self.handler, fallback);
    }
};

#endif // GUST_TESTING_MEMORY_TRANSPORT_HPP
