// SPDX-License-Identifier: MIT
// Where a connection comes from: what `accept` returns, as text when somebody asks.
#ifndef GUST_NET_PEER_ADDRESS_HPP
#define GUST_NET_PEER_ADDRESS_HPP

#include <gust/config.hpp>

#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

namespace gust {

/// The address of a peer. Small, copied freely; a peer over a Unix socket has none.
class PeerAddress {
public:
    PeerAddress() noexcept { address_.any.sa_family = AF_UNSPEC; }
    /// Takes what a system call has filled in.
    PeerAddress(const sockaddr* address, socklen_t size) noexcept : PeerAddress{} {
        assign(address, size);
    }

    /// AF_INET, AF_INET6, AF_UNIX, or AF_UNSPEC when unknown.
    int family() const noexcept { return address_.any.sa_family; }
    bool is_ip() const noexcept { return family() == AF_INET || family() == AF_INET6; }
    bool is_unix() const noexcept { return family() == AF_UNIX; }

    /// The port; 0 where there is none.
    GUST_DECL std::uint16_t port() const noexcept;
    /// The address alone: `127.0.0.1`, `::1`; empty for a Unix socket. An IPv4 address mapped into
    /// IPv6 is written as IPv4.
    GUST_DECL std::string ip() const;
    /// Address and port: `127.0.0.1:80`, `[::1]:80`, `unix`.
    GUST_DECL std::string text() const;

    /// For system calls.
    const sockaddr* native() const noexcept { return &address_.any; }

private:
    GUST_DECL void assign(const sockaddr* address, socklen_t size) noexcept;

    union {
        sockaddr any;
        sockaddr_in v4;
        sockaddr_in6 v6;
    } address_{};
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/peer_address.ipp>
#endif

#endif // GUST_NET_PEER_ADDRESS_HPP
