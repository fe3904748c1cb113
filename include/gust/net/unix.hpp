// SPDX-License-Identifier: MIT
// Unix domain sockets, as a transport.
#ifndef GUST_NET_UNIX_HPP
#define GUST_NET_UNIX_HPP

#include <gust/net/detail/socket_transport.hpp>

#include <asio/local/stream_protocol.hpp>

namespace gust {

/// A connection over a Unix domain socket.
class UnixTransport : public detail::SocketTransport<asio::local::stream_protocol> {
public:
    using SocketTransport::SocketTransport;
};

} // namespace gust

#endif // GUST_NET_UNIX_HPP
