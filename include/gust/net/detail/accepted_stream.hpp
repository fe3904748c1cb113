// SPDX-License-Identifier: MIT
// From a descriptor that `accept` returned to a stream.
#ifndef GUST_NET_DETAIL_ACCEPTED_STREAM_HPP
#define GUST_NET_DETAIL_ACCEPTED_STREAM_HPP

#include <gust/net/detail/socket_transport.hpp>
#include <gust/net/io_stream.hpp>
#include <gust/net/loop.hpp>

#include <utility>

namespace gust::detail {

template <class Transport>
IOStream<Transport> make_stream(Loop& loop, AcceptedSocket accepted) {
    return IOStream<Transport>{loop, Transport{loop.context().get_executor(), std::move(accepted)}};
}

} // namespace gust::detail

#endif // GUST_NET_DETAIL_ACCEPTED_STREAM_HPP
