// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_TCP_SERVER_HPP
#define GUST_NET_IMPL_TCP_SERVER_HPP

#include <gust/net/detail/accepted_stream.hpp>
#include <gust/net/tcp_server.hpp>

#include <asio/co_spawn.hpp>

#include <exception>
#include <type_traits>

namespace gust {
namespace detail {

/// Whether `Derived` has a hook for this stream, and what it returns.
template <class Derived, class Transport>
concept handles_stream = requires(Derived& derived, IOStream<Transport> stream, PeerAddress peer) {
    derived.handle_stream(std::move(stream), peer);
};

} // namespace detail

template <class Derived>
void TCPServer<Derived>::bind(std::uint16_t port, const ListenOptions& options) {
    if (is_started_) {
        listen(port, options);
        return;
    }
    for (ListeningSocket& socket : bind_sockets(port, options)) {
        queued_.push_back(std::move(socket));
    }
}

template <class Derived>
void TCPServer<Derived>::start() {
    is_started_ = true;
    add_sockets(std::exchange(queued_, {}));
}

template <class Derived>
void TCPServer<Derived>::add_sockets(std::vector<ListeningSocket> sockets) {
    detail::require_tcp(sockets);
    for (ListeningSocket& socket : sockets) {
        add_socket<TCPTransport>(std::move(socket));
    }
}

template <class Derived>
template <class Transport>
void TCPServer<Derived>::accept(
    void* self, detail::AcceptedSocket accepted, const PeerAddress& peer
) {
    auto& server = *static_cast<TCPServer*>(self);
    server.handle(detail::make_stream<Transport>(server.loop(), std::move(accepted)), peer);
}

template <class Derived>
template <class Transport>
void TCPServer<Derived>::handle(IOStream<Transport> stream, const PeerAddress& peer) {
    auto& derived = static_cast<Derived&>(*this);
    static_assert(
        detail::handles_stream<Derived, Transport>,
        "gust: a TCPServer needs a member function handle_stream(gust::IOStream<Transport>, "
        "gust::PeerAddress), where "
        "Transport is gust::TCPTransport, or gust::UnixTransport for listen_unix"
    );
    if constexpr (detail::handles_stream<Derived, Transport>) {
        using result = decltype(derived.handle_stream(std::move(stream), peer));
        static_assert(
            hook_result<result>, "gust: handle_stream returns void or an awaitable of void"
        );
        if constexpr (std::is_void_v<result>) {
            derived.handle_stream(std::move(stream), peer);
        } else if constexpr (hook_result<result>) {
            result running = derived.handle_stream(std::move(stream), peer);
            asio::co_spawn(
                get_executor(),
                std::move(running),
                [counted = acceptor_](const std::exception_ptr& error) {
                    counted->connection_ended(error);
                }
            );
            acceptor_->connection_started();
        }
    }
}

} // namespace gust

#endif // GUST_NET_IMPL_TCP_SERVER_HPP
