// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_SOCKET_IO_IPP
#define GUST_NET_IMPL_SOCKET_IO_IPP

#include <gust/core/error.hpp>
#include <gust/net/detail/socket_io.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#endif

namespace gust::detail {

#if defined(MSG_NOSIGNAL)
inline constexpr int send_flags = MSG_NOSIGNAL | MSG_DONTWAIT;
#else
inline constexpr int send_flags = MSG_DONTWAIT;
#endif

/// Reads errno after a call that moved nothing.
inline io_result failed_attempt(io_status want) noexcept {
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return {.status = want, .n = 0, .error = {}};
    }
    return {.status = io_status::error, .n = 0, .error = {errno, std::system_category()}};
}

inline io_result moved(ssize_t n) noexcept {
    return {.status = io_status::ok, .n = static_cast<std::size_t>(n), .error = {}};
}

GUST_DECL io_result receive(int descriptor, std::span<char> into) noexcept {
    if (into.empty()) {
        return {};
    }
    while (true) {
        const ssize_t n = ::recv(descriptor, into.data(), into.size(), MSG_DONTWAIT);
        if (n > 0) {
            return moved(n);
        }
        if (n == 0) {
            return {.status = io_status::eof, .n = 0, .error = {}};
        }
        if (errno != EINTR) {
            return failed_attempt(io_status::want_read);
        }
    }
}

GUST_DECL io_result send(int descriptor, std::span<const iovec> parts) noexcept {
    while (true) {
        ssize_t n = 0;
        if (parts.size() == 1) {
            n = ::send(descriptor, parts[0].iov_base, parts[0].iov_len, send_flags);
        } else {
            msghdr message{};
            message.msg_iov = const_cast<iovec*>(parts.data());
            message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(parts.size());
            n = ::sendmsg(descriptor, &message, send_flags);
        }
        if (n >= 0) {
            return moved(n);
        }
        if (errno != EINTR) {
            return failed_attempt(io_status::want_write);
        }
    }
}

GUST_DECL io_result read_file(int file, std::uint64_t offset, std::span<char> into) noexcept {
    ssize_t n = 0;
    do {
        n = ::pread(file, into.data(), into.size(), static_cast<off_t>(offset));
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return {.status = io_status::error, .n = 0, .error = {errno, std::system_category()}};
    }
    if (n == 0) {
        return {.status = io_status::error, .n = 0, .error = make_error_code(errc::body_too_short)};
    }
    return moved(n);
}

GUST_DECL io_result
copy_file(int descriptor, int file, std::uint64_t offset, std::uint64_t size) noexcept {
    std::array<char, 16384> piece;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, piece.size()));
    const io_result got = read_file(file, offset, {piece.data(), wanted});
    if (got.status != io_status::ok) {
        return got;
    }
    const iovec part{piece.data(), got.n};
    return send(descriptor, {&part, 1});
}

GUST_DECL io_result
send_file(int descriptor, int file, std::uint64_t offset, std::uint64_t size) noexcept {
#if defined(__linux__)
    constexpr std::uint64_t most = std::uint64_t{1} << 30U;
    auto position = static_cast<off_t>(offset);
    while (true) {
        const ssize_t n =
            ::sendfile(descriptor, file, &position, static_cast<std::size_t>(std::min(size, most)));
        if (n > 0) {
            return moved(n);
        }
        if (n == 0) {
            return {
                .status = io_status::error, .n = 0, .error = make_error_code(errc::body_too_short)
            };
        }
        if (errno == EINVAL || errno == ENOSYS || errno == EOVERFLOW) {
            break; // not a file that the kernel can map
        }
        if (errno != EINTR) {
            return failed_attempt(io_status::want_write);
        }
    }
#endif
    return copy_file(descriptor, file, offset, size);
}

GUST_DECL io_result look(int descriptor) noexcept {
    while (true) {
        char byte = 0;
        const ssize_t n = ::recv(descriptor, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (n > 0) {
            return moved(n);
        }
        if (n == 0) {
            return {.status = io_status::eof, .n = 0, .error = {}};
        }
        if (errno != EINTR) {
            return failed_attempt(io_status::want_read);
        }
    }
}

GUST_DECL bool is_reset(int descriptor) noexcept {
    pollfd entry{.fd = descriptor, .events = 0, .revents = 0};
    while (::poll(&entry, 1, 0) < 0) {
        if (errno != EINTR) {
            return false;
        }
    }
    return (entry.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

GUST_DECL void shutdown_send(int descriptor) noexcept {
    ::shutdown(descriptor, SHUT_WR);
}

GUST_DECL bool is_delivered([[maybe_unused]] int descriptor) noexcept {
#if defined(SIOCOUTQ)
    int left = 0;
    return ::ioctl(descriptor, SIOCOUTQ, &left) == 0 && left == 0;
#else
    return false;
#endif
}

GUST_DECL bool is_quiet(int descriptor) noexcept {
    return is_delivered(descriptor) && look(descriptor).status != io_status::ok;
}

GUST_DECL bool is_quiet_tcp(int descriptor) noexcept {
#if defined(SO_MEMINFO)
    // What the kernel holds: what is unread, a FIN as well, and what was not acknowledged.
    std::array<std::uint32_t, SK_MEMINFO_VARS> held{};
    socklen_t size = sizeof held;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_MEMINFO, held.data(), &size) == 0
        && size > SK_MEMINFO_BACKLOG * sizeof held[0]) {
        const bool is_delivered = held[SK_MEMINFO_WMEM_QUEUED] == 0;
        const bool is_empty = (held[SK_MEMINFO_RMEM_ALLOC] | held[SK_MEMINFO_BACKLOG]) == 0;
        return is_delivered && (is_empty || look(descriptor).status == io_status::eof);
    }
#endif
    return is_quiet(descriptor);
}

GUST_DECL void reset_on_close(int descriptor) noexcept {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

GUST_DECL void set_no_delay(int descriptor) noexcept {
    const int on = 1;
    ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

GUST_DECL void suppress_sigpipe([[maybe_unused]] int descriptor) noexcept {
#if !defined(MSG_NOSIGNAL) && defined(SO_NOSIGPIPE)
    const int on = 1;
    ::setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
}

} // namespace gust::detail

#endif // GUST_NET_IMPL_SOCKET_IO_IPP
