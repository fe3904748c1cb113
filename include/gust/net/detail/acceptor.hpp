// SPDX-License-Identifier: MIT
// The accept loop of one server, whatever the server makes of a connection.
#ifndef GUST_NET_DETAIL_ACCEPTOR_HPP
#define GUST_NET_DETAIL_ACCEPTOR_HPP

#include <gust/config.hpp>
#include <gust/core/awaitable.hpp>
#include <gust/core/counted.hpp>
#include <gust/core/reserved_memory.hpp>
#include <gust/net/detail/descriptor.hpp>
#include <gust/net/loop.hpp>
#include <gust/net/peer_address.hpp>
#include <gust/net/sockets.hpp>

#include <asio/basic_socket_acceptor.hpp>
#include <asio/basic_waitable_timer.hpp>
#include <asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace gust::detail {

/// Accepts connections in batches and hands their descriptors on.
///
///     accepting ─room() is false─► full ─resume(), connection_ended()─► accepting
///     accepting, full ─pause()─► paused ─resume()─► accepting
///     accepting ─no descriptor─► backing_off ─100 ms─► accepting
///     any ─stop()─► stopping ─what waits is accepted─► stopped
///     any ─abandon()─► stopped
///
/// Counted by the server and by each wait, so it may outlive the server; it is abandoned then.
class Acceptor : public Counted {
public:
    enum class state : std::uint8_t { accepting, full, paused, backing_off, stopping, stopped };

    /// Takes over a connected descriptor, whatever happens.
    using accept_function = void(void* server, AcceptedSocket accepted, const PeerAddress& peer);
    using room_function = bool(void* server) noexcept;

    GUST_DECL Acceptor(asio::io_context& io, void* server, room_function* room);

    GUST_DECL void add(ListeningSocket socket, accept_function* accept);
    GUST_DECL void pause() noexcept;
    GUST_DECL void resume() noexcept;
    /// Accepts what waits, then closes.
    GUST_DECL void stop();
    /// Closes at once and never calls the server again.
    GUST_DECL void abandon() noexcept;

    void connection_started() noexcept { ++running_; }
    /// Counts a connection down, logs what ended it, and goes on accepting if it was waited for.
    GUST_DECL void connection_ended(const std::exception_ptr& error) noexcept;
    GUST_DECL void connection_failed(const std::exception_ptr& error) noexcept;

    std::size_t running() const noexcept { return running_; }
    bool is_stopped() const noexcept { return state_ >= state::stopping; }
    Loop& loop() noexcept { return loop_; }
    GUST_DECL std::vector<std::uint16_t> ports() const;
    GUST_DECL std::vector<std::string> local_endpoints() const;

private:
    struct Listener : Counted {
        GUST_DECL Listener(const executor& loop, ListeningSocket taken, accept_function* function);

        // Owns the descriptor and waits on it, which is all that is asked of it: any family will
        // do.
        asio::basic_socket_acceptor<asio::ip::tcp, executor> socket;
        accept_function* accept;
        int family;
        bool is_waiting = false;
        ReservedMemory<256> memory_for_wait;
    };
    using listener_ptr = CountedPtr<Listener>;
    enum class outcome : std::uint8_t { accepted, again, drained, exhausted };

    static constexpr int batch = 64;
    static constexpr int most_drained = 4096;
    static constexpr std::chrono::milliseconds back_off_time{100};

    GUST_DECL void wait(const listener_ptr& listener) noexcept;
    GUST_DECL void wait_all() noexcept;
    GUST_DECL void ready(const listener_ptr& listener, std::error_code ec);
    GUST_DECL void accept_batch(Listener& listener);
    GUST_DECL outcome accept_one(Listener& listener);
    GUST_DECL bool has_right_thread() noexcept;
    GUST_DECL void back_off(int error);
    GUST_DECL void finish_stop();
    GUST_DECL void close_all() noexcept;

    Loop& loop_;
    void* server_;
    room_function* room_;
    std::vector<listener_ptr> listeners_;
    ReservedMemory<256> memory_for_timer_;
    asio::basic_waitable_timer<
        std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>,
        executor>
        timer_;
    std::size_t running_ = 0;
    state state_ = state::accepting;
    bool is_in_batch_ = false;
    bool is_shortage_logged_ = false;
};

} // namespace gust::detail

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/acceptor.ipp>
#endif

#endif // GUST_NET_DETAIL_ACCEPTOR_HPP
