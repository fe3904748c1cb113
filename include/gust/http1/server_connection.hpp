// SPDX-License-Identifier: MIT
// HTTP1ServerConnection: the keep-alive loop of one connection, and the only part templated on user
// code.
#ifndef GUST_HTTP1_SERVER_CONNECTION_HPP
#define GUST_HTTP1_SERVER_CONNECTION_HPP

#include <gust/core/list_link.hpp>
#include <gust/http/delegate.hpp>
#include <gust/http1/connection.hpp>
#include <gust/http1/hook_runner.hpp>

#include <cstddef>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace gust {

namespace detail {

/// The delegate that an application makes, or a sentence about what it lacks.
template <class App, class ServerConn, class Conn>
struct started {
    static_assert(
        requires(App& app, ServerConn& server_conn, Conn& conn) {
            app.start_request(server_conn, conn);
        },
        "gust: an application has `start_request(auto& server_conn, auto& conn)`, which returns a "
        "message delegate; or it is a callable from `HTTPServerRequest&` to `Response`"
    );
    using type = decltype(std::declval<App&>().start_request(
        std::declval<ServerConn&>(), std::declval<Conn&>()
    ));
};

} // namespace detail

/// A connection as its server sees it: a member of a list, closed or drained without knowing its
/// stream.
class ServedConnection : public detail::ListLink {
public:
    /// Takes no further request.
    virtual void drain() = 0;
    /// Cuts it.
    virtual void close() = 0;

protected:
    ~ServedConnection() = default;
};

/// Serves the requests of one connection, one after the other.
///
/// `Core` is what all connections of a server share: `app()`, `parameters()`, `is_serving()`,
/// `begun(connection)` and `ended(connection)`; each connection keeps it alive. The connection owns
/// itself: it lives while a completion handler, a hook or a `ResponseHandle` refers to it.
template <class Stream, class Core>
class HTTP1ServerConnection final : public HTTP1Connection<Stream>, public ServedConnection {
    using Connection = HTTP1Connection<Stream>;

public:
    using App = typename Core::App;

    /// Takes the stream of a connection that was accepted and begins to serve it.
    static void start(Stream&& stream, typename Core::Ref core, const PeerAddress& peer) {
        auto* self = new HTTP1ServerConnection{std::move(stream), std::move(core), peer};
        self->start_serving();
    }

    /// Cuts the connection. The delegate still gets its ending hooks.
    void close() override { HTTPConnection::close(); }
    /// Takes no further request: an idle peer is told to go, a busy one gets its answer.
    void drain() override {
        this->exchange_.drain();
        this->touch();
    }
    bool is_busy() const noexcept { return delegate_ != nullptr; }

private:
    friend Core;
    using Delegate = typename detail::started<App, HTTP1ServerConnection, Connection>::type;
    using event = Exchange::event;

    HTTP1ServerConnection(Stream&& stream, typename Core::Ref core, const PeerAddress& peer)
        : Connection{std::move(stream), core->parameters(), peer}, core_{std::move(core)} {
        core_->begun(*this);
    }
    ~HTTP1ServerConnection() override {
        destroy_delegate();
        report_end();
    }

    void start_serving() {
        const ConnectionRef keeps_alive{*this};
        this->read_early();
        pump();
    }
    void pump() noexcept override;
    void run();
    void deliver(event e);
    void begin_request();
    template <class Hook>
    void call(Hook&& hook);
    void destroy_delegate() noexcept;
    /// Happens once; inlined, it would cost every pump.
    [[gnu::noinline]] void report_end() noexcept;

    static void on_hook_end(HTTPConnection& connection, const std::exception_ptr& error) {
        static_cast<HTTP1ServerConnection&>(connection).hook_ended(error);
    }

    enum class presence : std::uint8_t { listed, reported };

    typename Core::Ref core_;
    presence presence_ = presence::listed;
    Delegate* delegate_ = nullptr; // in `place_` while a request is served
    alignas(Delegate) std::byte place_[sizeof(Delegate)];
    [[no_unique_address]] detail::hook_runner_of<Delegate, Connection> hooks_;
};

} // namespace gust

#include <gust/http1/impl/server_connection.hpp>

#endif // GUST_HTTP1_SERVER_CONNECTION_HPP
