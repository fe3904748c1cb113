// SPDX-License-Identifier: MIT
// HTTPServer: an application on listening sockets.
#ifndef GUST_SERVER_HTTP_SERVER_HPP
#define GUST_SERVER_HTTP_SERVER_HPP

#include <gust/core/waiter.hpp>
#include <gust/http/callable.hpp>
#include <gust/http1/parameters.hpp>
#include <gust/http1/server_connection.hpp>
#include <gust/net/layer.hpp>
#include <gust/net/tcp_server.hpp>
#include <gust/server/detail/server_core.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>

namespace gust {

/// Serves `App` over HTTP/1.1 on one `io_context`, which one thread runs.
///
/// `App` is anything with `start_request` (`each<Delegate>`, a router, one of your own), or a
/// callable from request to response. It is stored by value; `std::ref` shares one that outlives
/// the server. N threads are N contexts with a server each, listening with `reuse_port`.
///
///     listening ─► serving ─stop─► draining ─last connection ended─► stopped
///
/// Destruction cuts every connection at once: no hook is called after it. Only `stop` may be called
/// from another thread.
template <class App, stream_layers Layers = Plain>
class HTTPServer : public TCPServer<HTTPServer<App, Layers>> {
    using Base = TCPServer<HTTPServer<App, Layers>>;
    friend Base;
    using Core = detail::ServerCore<HTTPServer, App>;
    friend Core;

public:
    /// What is to be served, and the limits of each connection.
    template <class T>
    HTTPServer(asio::io_context& io, T served, const HTTP1ConnectionParameters& parameters = {})
        : HTTPServer{io, std::move(served), Layers{}, parameters} {}
    /// The same over stream layers: `HTTPServer{io, app, layer<Metered>}`.
    template <class T>
    HTTPServer(
        asio::io_context& io,
        T served,
        Layers layers,
        const HTTP1ConnectionParameters& parameters = {}
    )
        : Base{io},
          core_{new Core{App{std::move(served)}, parameters, this->loop(), *this}},
          layers_{std::move(layers)} {
        this->loop().expect_deadline(shortest_deadline(parameters));
    }
    ~HTTPServer() { core_->abandon(); }

    App& app() noexcept { return core_->app(); }
    const HTTP1ConnectionParameters& parameters() const noexcept { return core_->parameters(); }
    /// Connections that are open now.
    std::size_t connections() const noexcept { return core_->size(); }

    /// Stops: no new connection, every request that has begun is answered, then the peers are told
    /// to go.
    ///
    /// What is not done after `deadline` is cut. Completes with `void(StopReport)` when the last
    /// hook has ended, which a hook that ignores its cancellation delays. Idempotent; may be called
    /// in a hook, and from another thread as long as the server lives until it completes.
    /// Cancellation gives up the waiting, not the stopping.
    template <class Token = asio::use_awaitable_t<>>
    auto stop(std::chrono::milliseconds deadline, Token&& token = {}) {
        return asio::async_initiate<Token, void(StopReport)>(
            [this, deadline](auto handler) {
                // A list: a wait that is cancelled on its way leaves it.
                auto waiting = std::make_unique<detail::WaiterList<StopReport>>();
                waiting->add(detail::make_waiter<StopReport>(
                    std::move(handler), this->get_executor(), StopReport{}
                ));
                asio::post(this->get_executor(), [this, deadline, waiting = std::move(waiting)] {
                    Base::stop();
                    core_->drain(deadline, *waiting);
                });
            },
            token
        );
    }

private:
    template <class Transport>
    void handle_stream(IOStream<Transport> stream, const PeerAddress& peer) {
        if constexpr (std::same_as<Layers, Plain>) {
            serve(std::move(stream), peer);
        } else {
            using Layered = layered<Layers, Transport>;
            serve(IOStream<Layered>{stream.loop(), layers_(std::move(stream.transport()))}, peer);
        }
    }
    template <class Stream>
    void serve(Stream stream, const PeerAddress& peer) {
        HTTP1ServerConnection<Stream, Core>::start(std::move(stream), core_, peer);
    }
    void connection_ended() { this->resume_accepting(); }

    static std::chrono::milliseconds shortest_deadline(const HTTP1ConnectionParameters& p
    ) noexcept {
        return std::min(
            {p.head_timeout,
             p.body_timeout,
             p.idle_timeout,
             p.drain_idle,
             p.write_timeout,
             p.discard_timeout}
        );
    }

    typename Core::Ref core_;
    [[no_unique_address]] Layers layers_;
};

template <class T>
HTTPServer(asio::io_context&, T) -> HTTPServer<application_of<T>>;
template <class T>
HTTPServer(asio::io_context&, T, const HTTP1ConnectionParameters&) -> HTTPServer<application_of<T>>;
template <class T, stream_layers Layers>
HTTPServer(asio::io_context&, T, Layers) -> HTTPServer<application_of<T>, Layers>;
template <class T, stream_layers Layers>
HTTPServer(asio::io_context&, T, Layers, const HTTP1ConnectionParameters&)
    -> HTTPServer<application_of<T>, Layers>;

} // namespace gust

#if defined(GUST_SEPARATE_COMPILATION)
extern template class gust::HTTP1Connection<gust::IOStream<gust::TCPTransport>>;
#endif

#endif // GUST_SERVER_HTTP_SERVER_HPP
