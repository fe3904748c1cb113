// SPDX-License-Identifier: MIT
// TCP, as a transport.
#ifndef GUST_NET_TCP_HPP
#define GUST_NET_TCP_HPP

#include <gust/net/detail/socket_transport.hpp>

#include <asio/ip/tcp.hpp>

#include <utility>

namespace gust {

/// A TCP connection; small pieces go out at once (TCP_NODELAY).
class TCPTransport : public detail::SocketTransport<asio::ip::tcp> {
public:
    /// Takes over a connected socket.
    explicit TCPTransport(socket_type socket) : SocketTransport{std::move(socket)} {
        detail::set_no_delay(native_handle());
    }
    /// Takes over a connected descriptor of the given version of IP. Throws std::system_error, and
    /// the descriptor is then still the caller's.
    TCPTransport(const executor& loop, const asio::ip::tcp& version, int descriptor)
        : SocketTransport{loop, version, descriptor} {
        detail::set_no_delay(descriptor);
    }
    /// Takes over what was accepted, for the loop to see when it has to wait.
    TCPTransport(const executor& loop, detail::AcceptedSocket accepted) noexcept
        : SocketTransport{loop, std::move(accepted)} {
#if !defined(__linux__) // where it came with the listener
        detail::set_no_delay(native_handle());
#endif
    }
};

} // namespace gust

#endif // GUST_NET_TCP_HPP
