// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_PEER_ADDRESS_IPP
#define GUST_NET_IMPL_PEER_ADDRESS_IPP

#include <gust/core/join.hpp>
#include <gust/net/peer_address.hpp>

#include <arpa/inet.h>
#include <array>
#include <cstring>

namespace gust {

GUST_DECL void PeerAddress::assign(const sockaddr* address, socklen_t size) noexcept {
    if (size < sizeof(sa_family_t)) {
        return;
    }
    if (address->sa_family == AF_INET && size >= sizeof address_.v4) {
        std::memcpy(&address_.v4, address, sizeof address_.v4);
    } else if (address->sa_family == AF_INET6 && size >= sizeof address_.v6) {
        std::memcpy(&address_.v6, address, sizeof address_.v6);
    } else if (address->sa_family == AF_UNIX) {
        address_.any.sa_family = AF_UNIX;
    }
}

GUST_DECL std::uint16_t PeerAddress::port() const noexcept {
    switch (family()) {
    case AF_INET:
        return ntohs(address_.v4.sin_port);
    case AF_INET6:
        return ntohs(address_.v6.sin6_port);
    default:
        return 0;
    }
}

GUST_DECL std::string PeerAddress::ip() const {
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (family() == AF_INET) {
        ::inet_ntop(AF_INET, &address_.v4.sin_addr, text.data(), text.size());
    } else if (family() == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&address_.v6.sin6_addr)) {
        ::inet_ntop(AF_INET, address_.v6.sin6_addr.s6_addr + 12, text.data(), text.size());
    } else if (family() == AF_INET6) {
        ::inet_ntop(AF_INET6, &address_.v6.sin6_addr, text.data(), text.size());
    }
    return text.data();
}

GUST_DECL std::string PeerAddress::text() const {
    if (!is_ip()) {
        return is_unix() ? "unix" : "unknown";
    }
    const std::string address = ip();
    const std::string number = std::to_string(port());
    const bool has_colons = address.find(':') != std::string::npos;
    return has_colons ? detail::join({"[", address, "]:", number})
                      : detail::join({address, ":", number});
}

} // namespace gust

#endif // GUST_NET_IMPL_PEER_ADDRESS_IPP
