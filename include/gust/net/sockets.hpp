// SPDX-License-Identifier: MIT
// Listening sockets: bound by name, by path, or opened by somebody else.
#ifndef GUST_NET_SOCKETS_HPP
#define GUST_NET_SOCKETS_HPP

#include <gust/config.hpp>
#include <gust/net/detail/descriptor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace gust {

/// The versions of IP to listen on.
enum class ip_family : std::uint8_t { any, v4, v6 };

/// How to listen on TCP.
struct ListenOptions {
    /// A host name or an address; every address of a name is bound. Default: all interfaces.
    std::string address{};
    /// Default: each version that this machine has.
    ip_family family = ip_family::any;
    /// Connections that wait for `accept`; the kernel bounds it (net.core.somaxconn). Default:
    /// 4096.
    int backlog = 4096;
    /// Lets several sockets listen on the same port and share its connections (SO_REUSEPORT).
    /// Default: off.
    bool reuse_port = false;
};

/// How to listen on a path.
struct UnixListenOptions {
    /// Who may connect, as the permissions of the file. Default: only this user.
    mode_t mode = 0600;
    /// Connections that wait for `accept`. Default: 4096.
    int backlog = 4096;
};

namespace detail {

/// What a socket is bound to: AF_UNSPEC, 0 and "unknown" for what is none.
GUST_DECL int family_of(int descriptor) noexcept;
GUST_DECL std::uint16_t port_of(int descriptor) noexcept;
GUST_DECL std::string local_endpoint_of(int descriptor);

} // namespace detail

/// A listening socket. Closes it when destroyed.
class ListeningSocket {
public:
    /// Takes over a descriptor.
    explicit ListeningSocket(int descriptor) noexcept : descriptor_{descriptor} {}

    int descriptor() const noexcept { return descriptor_.number(); }
    bool is_open() const noexcept { return descriptor_.is_open(); }
    /// Gives the descriptor away.
    int release() noexcept { return descriptor_.release(); }
    void close() noexcept { descriptor_.close(); }

    /// AF_INET, AF_INET6 or AF_UNIX; AF_UNSPEC when closed.
    int family() const noexcept { return detail::family_of(descriptor()); }
    /// The port; 0 for a Unix socket.
    std::uint16_t port() const noexcept { return detail::port_of(descriptor()); }
    /// `127.0.0.1:80`, `[::1]:80`, `unix:/run/app`, `unix:@abstract`.
    std::string local_endpoint() const { return detail::local_endpoint_of(descriptor()); }

private:
    detail::Descriptor descriptor_;
};

namespace detail {

/// Throws std::system_error if one of them is a Unix socket.
GUST_DECL void require_tcp(const std::vector<ListeningSocket>& sockets);

} // namespace detail

/// Binds and listens on every address that `options` name, one socket for each.
///
/// IPv4 and IPv6 get a socket each (IPV6_V6ONLY), so they never clash; with port 0 all share one
/// free port. Left out without a word: an IP version that this machine lacks, and `::1` as an
/// address of "localhost" where nothing has it. Sockets do not block, are closed on exec, and may
/// be bound again at once (SO_REUSEADDR). Throws std::system_error that names the address and the
/// port; everything opened so far is closed.
GUST_DECL std::vector<ListeningSocket>
bind_sockets(std::uint16_t port, const ListenOptions& options = {});

/// Binds and listens on a path. A socket that was left there is removed first, a file of any other
/// kind is not: std::errc::file_exists. Nobody can connect before `mode` holds. The path stays when
/// the socket is closed.
///
/// A name that begins with a NUL byte is an abstract one (Linux): it is no file, has no mode and
/// goes with the socket.
GUST_DECL ListeningSocket
bind_unix_socket(std::string_view path, const UnixListenOptions& options = {});

/// Takes over sockets that somebody else has bound and that listen already: makes them non-blocking
/// and closed on exec. Throws std::system_error for a descriptor that is no listening stream socket
/// of TCP or Unix, and then takes over none.
GUST_DECL std::vector<ListeningSocket> adopt_sockets(std::span<const int> descriptors);

/// Takes over the sockets that systemd hands to this process (LISTEN_PID, LISTEN_FDS); none when it
/// did not start it so. Call it once, before other threads may set the environment: the descriptors
/// belong to the result.
GUST_DECL std::vector<ListeningSocket> sockets_from_systemd();

/// Connections that this process can hold: its limit of descriptors less a part for the
/// application.
GUST_DECL std::size_t connections_by_descriptor_limit() noexcept;

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/sockets.ipp>
#endif

#endif // GUST_NET_SOCKETS_HPP
