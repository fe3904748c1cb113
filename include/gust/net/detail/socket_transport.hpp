// SPDX-License-Identifier: MIT
// What TCPTransport and UnixTransport have in common.
#ifndef GUST_NET_DETAIL_SOCKET_TRANSPORT_HPP
#define GUST_NET_DETAIL_SOCKET_TRANSPORT_HPP

#include <gust/core/awaitable.hpp>
#include <gust/net/detail/descriptor.hpp>
#include <gust/net/detail/socket_io.hpp>
#include <gust/net/transport.hpp>

#include <asio/basic_stream_socket.hpp>

#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <sys/socket.h>
#include <system_error>
#include <utility>

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
    explicit SocketTransport(socket_type socket)
        : loop_{socket.get_executor()}, socket_{std::move(socket)} {
        prepare();
    }
    /// Takes over a connected descriptor. Throws std::system_error, and the descriptor is then
    /// still the caller's.
    SocketTransport(const executor& loop, const Protocol& protocol, int descriptor)
        : loop_{loop}, socket_{loop} {
        socket_->assign(protocol, descriptor);
        prepare();
    }
    SocketTransport(const executor& loop, AcceptedSocket accepted) noexcept
        : loop_{loop}, accepted_{std::move(accepted)} {
        suppress_sigpipe(native_handle());
    }

    executor_type get_executor() noexcept { return loop_; }
    /// Asio's view of it.
    /// @{
    socket_type& socket() noexcept {
        if (!socket_) {
            hand_over();
        }
        return *socket_;
    }
    lowest_layer_type& lowest_layer() noexcept { return socket().lowest_layer(); }
    /// @}
    int native_handle() noexcept {
        return socket_ ? socket_->native_handle() : accepted_.descriptor.number();
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

    /// Sends FIN behind what was written.
    void shutdown_send() noexcept { detail::shutdown_send(native_handle()); }
    /// Closes; waits complete with an error. What was written and not yet received is still
    /// delivered.
    void close() noexcept {
        accepted_.descriptor.close();
        if (socket_) {
            std::error_code ignored;
            socket_->close(ignored);
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
        return socket_ ? socket_->is_open() : accepted_.descriptor.is_open();
    }

private:
    void hand_over() noexcept {
        socket_.emplace(loop_);
        if (accepted_.descriptor.is_open() && register_accepted()) {
            accepted_.descriptor.release();
            prepare();
        }
        accepted_.descriptor.close();
    }
    bool register_accepted() noexcept {
        std::error_code error;
        try {
            socket_->assign(protocol_of(accepted_), accepted_.descriptor.number(), error);
        } catch (const std::bad_alloc&) {
            return false;
        }
        return !error;
    }
    static Protocol protocol_of([[maybe_unused]] const AcceptedSocket& accepted) noexcept {
        if constexpr (requires { Protocol::v6(); }) {
            return accepted.family == AF_INET6 ? Protocol::v6() : Protocol::v4();
        } else {
            return Protocol{};
        }
    }
    void prepare() noexcept {
        if (!socket_->native_non_blocking()) {
            std::error_code ignored; // the first wait tries again, and reports
            socket_->native_non_blocking(true, ignored);
        }
        suppress_sigpipe(native_handle());
    }

    executor loop_;
    AcceptedSocket accepted_; // until Asio has it
    std::optional<socket_type> socket_;
};

} // namespace gust::detail

#endif // GUST_NET_DETAIL_SOCKET_TRANSPORT_HPP
