// SPDX-License-Identifier: MIT
// System calls on connected sockets, as attempts that never wait and never raise a signal.
#ifndef GUST_NET_DETAIL_SOCKET_IO_HPP
#define GUST_NET_DETAIL_SOCKET_IO_HPP

#include <gust/config.hpp>
#include <gust/net/transport.hpp>

#include <cstdint>
#include <span>
#include <sys/uio.h>

namespace gust::detail {

GUST_DECL io_result receive(int descriptor, std::span<char> into) noexcept;
GUST_DECL io_result send(int descriptor, std::span<const iovec> parts) noexcept;
/// Sends from an open file. A file that ends before `size` bytes is an error.
GUST_DECL io_result
send_file(int descriptor, int file, std::uint64_t offset, std::uint64_t size) noexcept;
/// Reads from an open file. Its end is an error: the promised length cannot be kept.
GUST_DECL io_result read_file(int file, std::uint64_t offset, std::span<char> into) noexcept;
/// Sends from an open file by way of memory, where the kernel cannot do without.
GUST_DECL io_result
copy_file(int descriptor, int file, std::uint64_t offset, std::uint64_t size) noexcept;
/// Looks for one byte, the end or an error without taking anything.
GUST_DECL io_result look(int descriptor) noexcept;
/// Whether the connection is broken or closed in both directions; a FIN alone is neither.
GUST_DECL bool is_reset(int descriptor) noexcept;
GUST_DECL void shutdown_send(int descriptor) noexcept;
/// Whether the peer's side has acknowledged all that was sent; on a Unix domain socket it has then
/// read it. False where the system does not tell.
GUST_DECL bool is_delivered(int descriptor) noexcept;
/// Whether it has, and nothing of the peer's is unread. A reset may leave it so as well: nothing is
/// on its way any more.
/// @{
GUST_DECL bool is_quiet(int descriptor) noexcept;
GUST_DECL bool is_quiet_tcp(int descriptor) noexcept; // with one system call
/// @}
/// Makes the next close send RST and drop what is unsent.
GUST_DECL void reset_on_close(int descriptor) noexcept;
/// Sends small pieces at once. Does nothing to a socket that is not TCP.
GUST_DECL void set_no_delay(int descriptor) noexcept;
/// Keeps SIGPIPE away where a flag of the send cannot.
GUST_DECL void suppress_sigpipe(int descriptor) noexcept;

} // namespace gust::detail

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/socket_io.ipp>
#endif

#endif // GUST_NET_DETAIL_SOCKET_IO_HPP
