// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_SOCKETS_IPP
#define GUST_NET_IMPL_SOCKETS_IPP

#include <gust/core/join.hpp>
#include <gust/net/detail/socket_io.hpp>
#include <gust/net/peer_address.hpp>
#include <gust/net/sockets.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <initializer_list>
#include <limits>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace gust {
namespace detail {

/// Any address that a listening socket can have.
union SocketAddress {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
    sockaddr_un local;
};

[[noreturn]] inline void
throw_system_error(std::error_code error, std::initializer_list<std::string_view> what) {
    throw std::system_error{error, join(what)};
}

[[noreturn]] inline void throw_errno(int error, std::initializer_list<std::string_view> what) {
    throw_system_error({error, std::system_category()}, what);
}

/// The addresses behind a host name, in the order of their families.
class ResolvedAddresses {
public:
    ResolvedAddresses(std::uint16_t port, const ListenOptions& options) {
        addrinfo hints{};
        hints.ai_family = options.family == ip_family::v4   ? AF_INET
                          : options.family == ip_family::v6 ? AF_INET6
                                                            : AF_UNSPEC;
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
        const char* host = options.address.empty() ? nullptr : options.address.c_str();
        addrinfo* found = nullptr;
        const int error = ::getaddrinfo(host, std::to_string(port).c_str(), &hints, &found);
        if (error == EAI_SYSTEM) {
            throw_errno(errno, {"cannot listen on ", options.address});
        }
        if (error != 0) {
            throw_system_error(
                std::make_error_code(std::errc::address_not_available),
                {"cannot listen on ", options.address, " (", ::gai_strerror(error), ")"}
            );
        }
        list_.reset(found);
        for (const int family : {AF_INET, AF_INET6}) {
            for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
                if (entry->ai_family == family && !is_known(*entry)) {
                    entries_.push_back(entry);
                }
            }
        }
    }

    const std::vector<const addrinfo*>& entries() const noexcept { return entries_; }

private:
    bool is_known(const addrinfo& entry) const noexcept {
        for (const addrinfo* known : entries_) {
            if (known->ai_addrlen == entry.ai_addrlen
                && std::memcmp(known->ai_addr, entry.ai_addr, entry.ai_addrlen) == 0) {
                return true;
            }
        }
        return false;
    }
    struct Free {
        void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
    };

    std::unique_ptr<addrinfo, Free> list_;
    std::vector<const addrinfo*> entries_;
};

inline void set_close_on_exec_and_non_blocking(int descriptor) {
    const int flags = ::fcntl(descriptor, F_GETFL);
    if (flags == -1 || ::fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == -1
        || ::fcntl(descriptor, F_SETFD, FD_CLOEXEC) == -1) {
        throw_errno(errno, {"cannot prepare a listening socket"});
    }
}

/// A new socket, or errno.
inline int open_socket(int family) noexcept {
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
    return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
    return ::socket(family, SOCK_STREAM, 0);
#endif
}

inline void set_flag(int descriptor, int level, int option, const char* name) {
    const int on = 1;
    if (::setsockopt(descriptor, level, option, &on, sizeof on) != 0) {
        throw_errno(errno, {"cannot set ", name});
    }
}

inline void set_options(int descriptor, int family, const ListenOptions& options) {
    set_close_on_exec_and_non_blocking(descriptor);
    set_flag(descriptor, SOL_SOCKET, SO_REUSEADDR, "SO_REUSEADDR");
#if defined(SO_REUSEPORT)
    if (options.reuse_port) {
        set_flag(descriptor, SOL_SOCKET, SO_REUSEPORT, "SO_REUSEPORT");
    }
#endif
    if (family == AF_INET6) {
        set_flag(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, "IPV6_V6ONLY");
    }
    set_no_delay(descriptor); // accepted sockets inherit it
}

/// Whether failing to bind `address` leaves it out instead of being an error.
inline bool may_be_left_out(const addrinfo& address, int error, const ListenOptions& options) {
    if (address.ai_family != AF_INET6 || options.family == ip_family::v6) {
        return false;
    }
    if (options.address == "localhost") {
        return error == EADDRNOTAVAIL;
    }
    return options.address.empty() && (error == EADDRNOTAVAIL || error == EAFNOSUPPORT);
}

/// One attempt at binding all addresses. Empty: the port that the first one got was taken for
/// another, so try again.
inline std::optional<std::vector<ListeningSocket>>
try_bind_all(const ResolvedAddresses& addresses, std::uint16_t port, const ListenOptions& options) {
    std::vector<ListeningSocket> sockets;
    std::uint16_t shared_port = port;
    for (const addrinfo* address : addresses.entries()) {
        SocketAddress target{};
        std::memcpy(
            &target, address->ai_addr, std::min<std::size_t>(sizeof target, address->ai_addrlen)
        );
        (address->ai_family == AF_INET ? target.v4.sin_port : target.v6.sin6_port) =
            htons(shared_port);

        const int descriptor = open_socket(address->ai_family);
        if (descriptor == -1 && errno == EAFNOSUPPORT) {
            continue;
        }
        if (descriptor == -1) {
            throw_errno(errno, {"cannot open a socket"});
        }
        ListeningSocket socket{descriptor};
        set_options(descriptor, address->ai_family, options);
        if (::bind(descriptor, &target.any, address->ai_addrlen) != 0
            || ::listen(descriptor, options.backlog) != 0) {
            const int error = errno;
            if (may_be_left_out(*address, error, options)) {
                continue;
            }
            if (error == EADDRINUSE && port == 0 && !sockets.empty()) {
                return std::nullopt;
            }
            throw_errno(
                error, {"cannot listen on ", PeerAddress{&target.any, address->ai_addrlen}.text()}
            );
        }
        if (shared_port == 0) {
            shared_port = socket.port();
        }
        sockets.push_back(std::move(socket));
    }
    if (sockets.empty()) {
        throw_errno(EADDRNOTAVAIL, {"cannot listen on ", options.address});
    }
    return sockets;
}

/// The name that `getsockname` tells, and its length.
inline std::pair<SocketAddress, socklen_t> local_address(int descriptor) noexcept {
    SocketAddress address{};
    socklen_t size = sizeof address;
    address.any.sa_family = AF_UNSPEC;
    if (::getsockname(descriptor, &address.any, &size) != 0) {
        size = 0;
    }
    return {address, size};
}

inline bool is_listening_stream(int descriptor) noexcept {
    const auto option = [&](int name) {
        int value = 0;
        socklen_t size = sizeof value;
        return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
    };
    const int family = local_address(descriptor).first.any.sa_family;
    return option(SO_TYPE) == SOCK_STREAM && option(SO_ACCEPTCONN) == 1
           && (family == AF_INET || family == AF_INET6 || family == AF_UNIX);
}

/// Removes a socket that an earlier process left behind.
inline void remove_stale_socket(const std::string& path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) {
        if (errno == ENOENT) {
            return;
        }
        throw_errno(errno, {"cannot listen on unix:", path});
    }
    if (!S_ISSOCK(status.st_mode)) {
        throw_errno(EEXIST, {"cannot listen on unix:", path, ", which is not a socket"});
    }
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        throw_errno(errno, {"cannot remove the old socket unix:", path});
    }
}

GUST_DECL int family_of(int descriptor) noexcept {
    return local_address(descriptor).first.any.sa_family;
}

GUST_DECL std::uint16_t port_of(int descriptor) noexcept {
    const auto [address, size] = local_address(descriptor);
    return PeerAddress{&address.any, size}.port();
}

GUST_DECL std::string local_endpoint_of(int descriptor) {
    const auto [address, size] = local_address(descriptor);
    if (address.any.sa_family != AF_UNIX) {
        return PeerAddress{&address.any, size}.text();
    }
    constexpr std::size_t offset = offsetof(sockaddr_un, sun_path);
    const std::size_t length = size > offset ? size - offset : 0;
    if (length != 0 && address.local.sun_path[0] == '\0') {
        return join({"unix:@", {address.local.sun_path + 1, length - 1}});
    }
    return join({"unix:", {address.local.sun_path, ::strnlen(address.local.sun_path, length)}});
}

GUST_DECL void require_tcp(const std::vector<ListeningSocket>& sockets) {
    for (const ListeningSocket& socket : sockets) {
        if (socket.family() == AF_UNIX) {
            throw_system_error(
                std::make_error_code(std::errc::address_family_not_supported),
                {"add_sockets takes TCP sockets; for ",
                 socket.local_endpoint(),
                 " call add_unix_sockets"}
            );
        }
    }
}

} // namespace detail

GUST_DECL std::vector<ListeningSocket>
bind_sockets(std::uint16_t port, const ListenOptions& options) {
#if !defined(SO_REUSEPORT)
    if (options.reuse_port) {
        detail::throw_errno(ENOTSUP, {"this system has no SO_REUSEPORT"});
    }
#endif
    const detail::ResolvedAddresses addresses{port, options};
    constexpr int attempts = 32; // at a port that is free for every address
    for (int attempt = 0; attempt != attempts; ++attempt) {
        if (auto sockets = detail::try_bind_all(addresses, port, options)) {
            return std::move(*sockets);
        }
    }
    detail::throw_errno(EADDRINUSE, {"cannot find a port that is free for every address"});
}

GUST_DECL ListeningSocket
bind_unix_socket(std::string_view path, const UnixListenOptions& options) {
    const bool is_abstract = !path.empty() && path.front() == '\0';
    const std::string name =
        is_abstract ? detail::join({"unix:@", path.substr(1)}) : detail::join({"unix:", path});
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path
        || (!is_abstract && path.find('\0') != std::string_view::npos)) {
        detail::throw_errno(path.empty() ? EINVAL : ENAMETOOLONG, {"cannot listen on ", name});
    }
    path.copy(address.sun_path, path.size());
    // An abstract name is as long as it says; a path ends with NUL.
    const auto size = static_cast<socklen_t>(
        offsetof(sockaddr_un, sun_path) + path.size() + (is_abstract ? 0U : 1U)
    );

    const int descriptor = detail::open_socket(AF_UNIX);
    if (descriptor == -1) {
        detail::throw_errno(errno, {"cannot open a socket"});
    }
    ListeningSocket socket{descriptor};
    detail::set_close_on_exec_and_non_blocking(descriptor);
    if (!is_abstract) {
        detail::remove_stale_socket(address.sun_path);
        ::fchmod(
            descriptor, options.mode
        ); // Linux makes the file with it; elsewhere this fails and chmod follows
    }
    if (::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size) != 0
        || (!is_abstract && ::chmod(address.sun_path, options.mode) != 0)
        || ::listen(descriptor, options.backlog) != 0) { // only now can anybody connect
        detail::throw_errno(errno, {"cannot listen on ", name});
    }
    return socket;
}

GUST_DECL std::vector<ListeningSocket> adopt_sockets(std::span<const int> descriptors) {
    for (const int descriptor : descriptors) {
        if (!detail::is_listening_stream(descriptor)) {
            detail::throw_errno(
                ENOTSOCK,
                {"descriptor ", std::to_string(descriptor), " is not a listening stream socket"}
            );
        }
        detail::set_close_on_exec_and_non_blocking(descriptor);
    }
    std::vector<ListeningSocket> sockets;
    sockets.reserve(descriptors.size());
    for (const int descriptor : descriptors) {
        detail::set_no_delay(descriptor);
        sockets.emplace_back(descriptor);
    }
    return sockets;
}

GUST_DECL std::vector<ListeningSocket> sockets_from_systemd() {
    // NOLINTBEGIN(concurrency-mt-unsafe): called while a program starts, as its comment says
    const char* process = std::getenv("LISTEN_PID");
    const char* count = std::getenv("LISTEN_FDS");
    // NOLINTEND(concurrency-mt-unsafe)
    if (process == nullptr || count == nullptr
        || std::strtol(process, nullptr, 10) != static_cast<long>(::getpid())) {
        return {};
    }
    constexpr int first = 3;
    const long n = std::clamp(std::strtol(count, nullptr, 10), 0L, 4096L);
    std::vector<int> descriptors;
    for (int i = 0; i != static_cast<int>(n); ++i) {
        descriptors.push_back(first + i);
    }
    return adopt_sockets(descriptors);
}

GUST_DECL std::size_t connections_by_descriptor_limit() noexcept {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) {
        return std::numeric_limits<std::size_t>::max();
    }
    const auto all = static_cast<std::size_t>(limit.rlim_cur);
    const std::size_t kept = std::max<std::size_t>(32, all / 8);
    return all > kept + 1 ? all - kept : 1;
}

} // namespace gust

#endif // GUST_NET_IMPL_SOCKETS_IPP
