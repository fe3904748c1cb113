// SPDX-License-Identifier: MIT
// What TCPTransport and UnixTransport have in common.
#ifndef GUST_NET_DETAIL_SOCKET_TRANSPORT_HPP
#define GUST_NET_DETAIL_SOCKET_TRANSPORT_HPP

#include <gust/core/awaitable.hpp>
#include <gust/net/detail/descriptor.hpp>
#include <gust/net/detail/socket_io.hpp>
#include <gust/net/transport.hpp>

#include <asio/basic_stream_socket.hpp>
#include <asio/ip/tcp.hpp>

#include <concepts>
#include <cstdint>
#include <new>
#include <span>
#include <sys/socket.h>
#include <system_error>
#include <utility>
#include <variant>

namespace gust::detail {

/// A connected stream socket that can be tried without waiting.
///
/// The attempts (`try_*`, `is_reset`) are system calls on the descriptor; the waits are Asio's.
/// Errors are those of the operating system. Belongs to the loop of its executor. Destruction
/// closes.
///
/// What was accepted is not Asio's before the first wait: a connection that never waits spares the
/// system calls. Should Asio not take it then, it is closed, and the wait completes with an error.
template <class Protocol>
class SocketTransport {
public:
    using protocol_type = Protocol;
    using executor_type = executor;
    using socket_type = asio::basic_stream_socket<Protocol, executor>;
    using lowest_layer_type = typename socket_type::lowest_layer_type;

    /// Takes over a connected socket.
    explicit SocketTransport(socket_type socket) : held_{std::move(socket)} { prepare(); }
    /// Takes over a connected descriptor. Throws std::system_error, and the descriptor is then
    /// still the caller's.
    SocketTransport(const executor& loop, const Protocol& protocol, int descriptor)
        : held_{socket_type{loop}} {
        std::get<socket_type>(held_).assign(protocol, descriptor);
        prepare();
    }
    SocketTransport(const executor& loop, AcceptedSocket accepted) noexcept
        : held_{Accepted{loop, std::move(accepted)}} {
        suppress_sigpipe(native_handle());
    }

    executor_type get_executor() noexcept {
        return is_accepted() ? accepted().loop : registered().get_executor();
    }
    /// Asio's view of it.
    /// @{
    socket_type& socket() noexcept {
        if (is_accepted()) {
            hand_over();
        }
        return registered();
    }
    lowest_layer_type& lowest_layer() noexcept { return socket().lowest_layer(); }
    /// @}
    int native_handle() noexcept {
        return is_accepted() ? accepted().socket.descriptor.number() : registered().native_handle();
    }

    io_result try_read(std::span<char> into) noexcept { return receive(native_handle(), into); }
    io_result try_write(std::span<const iovec> parts) noexcept {
        return send(native_handle(), parts);
    }
    /// Sends from an open file without copying it through this process.
    io_result try_send_file(int file, std::uint64_t offset, std::uint64_t size) noexcept {
        return send_file(native_handle(), file, offset, size);
    }
    io_result try_peek() noexcept { return look(native_handle()); }
    bool is_reset() noexcept { return detail::is_reset(native_handle()); }

    /// Does what the first wait would have to do, and what needs memory in it.
    void prepare_wait() noexcept { socket(); }
    /// Completes with `void(std::error_code)` when an attempt may get on. One wait of each kind at
    /// a time.
    template <class Token>
    auto async_wait(io_want want, Token&& token) {
        return socket().async_wait(
            want == io_want::read ? socket_type::wait_read : socket_type::wait_write,
            std::forward<Token>(token)
        );
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return socket().async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return socket().async_write_some(buffers, std::forward<Token>(token));
    }

    /// Whether the peer's side has acknowledged all that was written, and nothing is unread.
    bool is_quiet() noexcept {
        if constexpr (std::same_as<Protocol, asio::ip::tcp>) {
            return detail::is_quiet_tcp(native_handle());
        } else {
            return detail::is_quiet(native_handle());
        }
    }
    /// Sends FIN behind what was written.
    void shutdown_send() noexcept { detail::shutdown_send(native_handle()); }
    /// Closes; waits complete with an error. What was written and not yet received is still
    /// delivered.
    void close() noexcept {
        if (is_accepted()) {
            accepted().socket.descriptor.close();
        } else {
            std::error_code ignored;
            registered().close(ignored);
        }
    }
    /// Closes with RST, so that the peer cannot take what it got for the whole.
    void abort() noexcept {
        if (is_open()) {
            reset_on_close(native_handle());
            close();
        }
    }
    bool is_open() const noexcept {
        return is_accepted() ? accepted().socket.descriptor.is_open() : registered().is_open();
    }

private:
    struct Accepted {
        executor loop;
        AcceptedSocket socket;
    };

    bool is_accepted() const noexcept { return held_.index() == 0; }
    // Never those of the other kind.
    Accepted& accepted() noexcept { return *std::get_if<Accepted>(&held_); }
    const Accepted& accepted() const noexcept { return *std::get_if<Accepted>(&held_); }
    socket_type& registered() noexcept { return *std::get_if<socket_type>(&held_); }
    const socket_type& registered() const noexcept { return *std::get_if<socket_type>(&held_); }

    void hand_over() noexcept {
        AcceptedSocket taken = std::move(accepted().socket);
        held_.template emplace<socket_type>(executor{accepted().loop});
        if (taken.descriptor.is_open() && register_accepted(taken)) {
            taken.descriptor.release();
            prepare();
        }
    }
    bool register_accepted(const AcceptedSocket& taken) noexcept {
        std::error_code error;
        try {
            registered().assign(protocol_of(taken), taken.descriptor.number(), error);
        } catch (const std::bad_alloc&) {
            return false;
        }
        return !error;
    }
    static Protocol protocol_of([[maybe_unused]] const AcceptedSocket& taken) noexcept {
        if constexpr (requires { Protocol::v6(); }) {
            return taken.family == AF_INET6 ? Protocol::v6() : Protocol::v4();
        } else {
            return Protocol{};
        }
    }
    void prepare() noexcept {
        if (!registered().native_non_blocking()) {
            std::error_code ignored; // the first wait tries again, and reports
            registered().native_non_blocking(true, ignored);
        }
        suppress_sigpipe(native_handle());
    }

    std::variant<Accepted, socket_type> held_;
};

} // namespace gust::detail

#endif // GUST_NET_DETAIL_SOCKET_TRANSPORT_HPP
