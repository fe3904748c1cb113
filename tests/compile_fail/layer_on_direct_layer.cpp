// SPDX-License-Identifier: MIT
#include <gust/net/io_stream.hpp>
#include <gust/net/layer.hpp>
#include <gust/net/tcp.hpp>

template <class Next>
struct Lower : gust::DirectLayer<Next> { // not DirectLayer<Next, Lower<Next>>
    using gust::DirectLayer<Next>::DirectLayer;
};
template <class Next>
struct Upper : gust::TransportLayer<Next> {
    using gust::TransportLayer<Next>::TransportLayer;
    auto async_read_some(const auto& buffers, auto&& token) {
        return this->next().async_read_some(buffers, std::forward<decltype(token)>(token));
    }
    auto async_write_some(const auto& buffers, auto&& token) {
        return this->next().async_write_some(buffers, std::forward<decltype(token)>(token));
    }
};

template class gust::IOStream<Upper<Lower<gust::TCPTransport>>>;
// error: gust: a layer that cannot be tried stands on one that can
