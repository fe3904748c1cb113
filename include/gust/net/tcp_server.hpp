// SPDX-License-Identifier: MIT
// TCPServer: listens, accepts, and makes an IOStream of every connection.
#ifndef GUST_NET_TCP_SERVER_HPP
#define GUST_NET_TCP_SERVER_HPP

#include <gust/core/awaitable.hpp>
#include <gust/net/detail/acceptor.hpp>
#include <gust/net/io_stream.hpp>
#include <gust/net/loop.hpp>
#include <gust/net/peer_address.hpp>
#include <gust/net/sockets.hpp>
#include <gust/net/tcp.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gust {

class UnixTransport;

/// A server over streams. `Derived` supplies what to do with each:
///
/// ```cpp
/// struct Echo : gust::TCPServer<Echo> {
///     using TCPServer::TCPServer;
///     gust::awaitable<> handle_stream(gust::IOStream<gust::TCPTransport> stream, gust::PeerAddress
///     peer);
/// };
/// ```
/// * `handle_stream` returns void or an awaitable, which then runs beside the others. The stream
/// closes when it is
///   destroyed. An exception closes the connection and is logged; accepting goes on.
/// * For `listen_unix` it takes an `IOStream<UnixTransport>`: as an overload, or as a template.
/// * Connections are accepted in batches. Without descriptors or memory the server waits 100 ms and
/// tries again.
/// * At `max_connections` it stops accepting until one goes. It counts the awaitables that run; a
/// server that
///   returns void hides `connections()`, and calls `resume_accepting()` when one goes.
///
/// Belongs to one loop, and outlives the awaitables of its `handle_stream`. Destruction closes the
/// listening sockets at once, and leaves connections alone.
template <class Derived>
class TCPServer {
public:
    using executor_type = executor;

    explicit TCPServer(asio::io_context& io)
        : acceptor_{new detail::Acceptor{io, this, has_room}},
          max_connections_{connections_by_descriptor_limit()} {}
    TCPServer(const TCPServer&) = delete;
    TCPServer& operator=(const TCPServer&) = delete;

    executor_type get_executor() noexcept { return loop().context().get_executor(); }
    Loop& loop() noexcept { return acceptor_->loop(); }

    /// Binds, and accepts from now on. May be called many times. Throws std::system_error, see
    /// `bind_sockets`.
    void listen(std::uint16_t port, const ListenOptions& options = {}) {
        add_sockets(bind_sockets(port, options));
    }
    /// The same on a path, see `bind_unix_socket`. Needs <gust/net/unix.hpp>.
    template <class Transport = UnixTransport>
    void listen_unix(std::string_view path, const UnixListenOptions& options = {}) {
        add_socket<Transport>(bind_unix_socket(path, options));
    }

    /// Binds and queues the sockets for `start`, so that a program can bind before it gives up its
    /// rights.
    void bind(std::uint16_t port, const ListenOptions& options = {});
    /// Accepts from the queued sockets, and at once from what is bound later.
    void start();

    /// Accepts from TCP sockets that listen already.
    void add_sockets(std::vector<ListeningSocket> sockets);
    /// Accepts from Unix sockets that listen already. Needs <gust/net/unix.hpp>.
    template <class Transport = UnixTransport>
    void add_unix_sockets(std::vector<ListeningSocket> sockets) {
        for (ListeningSocket& socket : sockets) {
            add_socket<Transport>(std::move(socket));
        }
    }

    /// Accepts what waits already, then closes the listening sockets for good. Connections go on.
    /// Idempotent; may be called inside `handle_stream`.
    void stop() {
        queued_.clear();
        acceptor_->stop();
    }
    bool is_stopped() const noexcept { return acceptor_->is_stopped(); }

    /// Stops accepting until `resume_accepting`; new connections wait in the kernel.
    void pause_accepting() noexcept { acceptor_->pause(); }
    void resume_accepting() noexcept { acceptor_->resume(); }

    /// Default: what the limit of descriptors allows, see `connections_by_descriptor_limit`.
    void set_max_connections(std::size_t n) noexcept { max_connections_ = n; }
    std::size_t max_connections() const noexcept { return max_connections_; }
    /// Connections that are open, as far as this class knows: the awaitables of `handle_stream`
    /// that run.
    std::size_t connections() const noexcept { return acceptor_->running(); }

    /// The ports it accepts on, in the order in which they were added.
    std::vector<std::uint16_t> ports() const { return acceptor_->ports(); }
    /// The first of them; 0 without one.
    std::uint16_t port() const {
        const std::vector<std::uint16_t> all = ports();
        return all.empty() ? std::uint16_t{0} : all.front();
    }
    /// What it accepts on, as text: `127.0.0.1:80`, `[::1]:80`, `unix:/run/app`.
    std::vector<std::string> local_endpoints() const { return acceptor_->local_endpoints(); }

protected:
    ~TCPServer() { acceptor_->abandon(); }

private:
    static bool has_room(void* self) noexcept {
        const auto& server = static_cast<Derived&>(*static_cast<TCPServer*>(self));
        return server.connections() < server.max_connections();
    }

    template <class Transport>
    void add_socket(ListeningSocket socket) {
        // Lets Asio make now what it keeps for such sockets: a connection is not to fail for it.
        const typename Transport::socket_type unused{get_executor()};
        acceptor_->add(std::move(socket), accept<Transport>);
    }
    template <class Transport>
    static void accept(void* self, detail::AcceptedSocket accepted, const PeerAddress& peer);
    template <class Transport>
    void handle(IOStream<Transport> stream, const PeerAddress& peer);

    detail::CountedPtr<detail::Acceptor> acceptor_;
    std::vector<ListeningSocket> queued_;
    std::size_t max_connections_;
    bool is_started_ = false;
};

} // namespace gust

#include <gust/net/impl/tcp_server.hpp>

#if defined(GUST_SEPARATE_COMPILATION)
extern template class gust::IOStream<gust::TCPTransport>;
extern template gust::IOStream<gust::TCPTransport>
gust::detail::make_stream<gust::TCPTransport>(gust::Loop&, gust::detail::AcceptedSocket);
#endif

#endif // GUST_NET_TCP_SERVER_HPP
