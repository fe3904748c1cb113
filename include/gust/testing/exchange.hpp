// SPDX-License-Identifier: MIT
// exchange(): a raw request in, the raw response out, through a whole connection in memory.
#ifndef GUST_TESTING_EXCHANGE_HPP
#define GUST_TESTING_EXCHANGE_HPP

#include <gust/http/callable.hpp>
#include <gust/http1/parameters.hpp>
#include <gust/http1/server_connection.hpp>
#include <gust/server/detail/server_core.hpp>
#include <gust/testing/memory_transport.hpp>

#include <asio/io_context.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace gust::testing {

/// Serves an application on connections in memory, in time that stands still until `pass`.
///
/// One thread; nothing runs but in `run` and what calls it.
template <class App>
class MemoryServer {
public:
    template <class T>
    explicit MemoryServer(T served, const HTTP1ConnectionParameters& parameters = {})
        : core_{new Core{App{std::move(served)}, parameters, loop(), *this}} {
        loop().stop_timer();
    }
    ~MemoryServer() { core_->abandon(); }

    asio::io_context& context() noexcept { return io_; }
    Loop& loop() { return Loop::of(io_); }
    App& app() noexcept { return core_->app(); }
    std::size_t connections() const noexcept { return core_->size(); }

    /// Opens a connection and returns the peer's end of it.
    MemoryPeer connect() {
        auto [near, far] = make_memory_pair(io_);
        using Stream = IOStream<MemoryTransport>;
        HTTP1ServerConnection<Stream, Core>::start(
            Stream{loop(), std::move(near)}, core_, PeerAddress{}
        );
        return MemoryPeer{std::move(far)};
    }

    /// Runs what is ready.
    void run() {
        io_.restart();
        while (io_.poll() != 0) {
            io_.restart();
        }
    }
    /// Lets time pass, tick by tick.
    void pass(std::chrono::milliseconds time) {
        for (auto passed = std::chrono::milliseconds{}; passed < time;
             passed += loop().interval()) {
            loop().tick();
            run();
        }
    }

private:
    using Core = gust::detail::ServerCore<MemoryServer, App>;
    friend Core;
    void connection_ended() noexcept {}

    asio::io_context io_;
    typename Core::Ref core_;
};

template <class T>
MemoryServer(T) -> MemoryServer<application_of<T>>;
template <class T>
MemoryServer(T, const HTTP1ConnectionParameters&) -> MemoryServer<application_of<T>>;

/// What `app` answers to the bytes of `request`, up to the end of the connection or until nothing
/// more comes.
///
/// The peer sends everything, half-closes and reads. For an application that waits for timers or
/// threads use `MemoryServer`: nothing is waited for here.
template <class App>
std::string
exchange(App app, std::string_view request, const HTTP1ConnectionParameters& parameters = {}) {
    MemoryServer server{std::move(app), parameters};
    auto peer = server.connect();
    peer.write(request);
    peer.shutdown();
    std::string response;
    std::size_t before = 0;
    do {
        before = response.size();
        server.run();
        response += peer.read_all();
    } while (response.size() != before);
    return response;
}

} // namespace gust::testing

#endif // GUST_TESTING_EXCHANGE_HPP
