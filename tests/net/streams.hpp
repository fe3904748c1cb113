// SPDX-License-Identifier: MIT
// Connected pairs of streams over every kind of transport, and coroutines run to their end.
#ifndef GUST_TESTS_NET_STREAMS_HPP
#define GUST_TESTS_NET_STREAMS_HPP

#include <gust/core/awaitable.hpp>
#include <gust/net/io_stream.hpp>
#include <gust/net/layer.hpp>
#include <gust/net/tcp.hpp>
#include <gust/net/unix.hpp>
#include <gust/testing/memory_transport.hpp>

#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>

#include <arpa/inet.h>
#include <array>
#include <chrono>
#include <exception>
#include <fcntl.h>
#include <functional>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <type_traits>
#include <unistd.h>
#include <utility>

#include "support/catch.hpp"

namespace gust::testing {

/// Runs `body()` to its end, at most ten seconds, and passes on what it throws. Not a template:
/// Catch's cases are many.
inline void run(asio::io_context& io, const std::function<awaitable<>()>& body) {
    bool is_done = false;
    std::exception_ptr failure;
    asio::co_spawn(io, body(), [&](const std::exception_ptr& error) {
        is_done = true;
        failure = error;
    });
    io.restart();
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (!is_done && io.run_one_until(end) != 0) {
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
    REQUIRE(is_done);
}

/// What an operation ended with.
struct Result {
    int calls = 0;
    std::error_code error;
    std::error_code reason;
    std::string text;
    std::size_t n = 0;
    std::function<void()> then; // called last
};

/// The one handler that the tests use.
struct Into {
    Result* result;

    void operator()(std::error_code ec) const { finish(ec); }
    void operator()(std::error_code ec, std::size_t n) const {
        result->n = n;
        finish(ec);
    }
    void operator()(std::error_code ec, std::string_view view) const {
        result->text = view;
        finish(ec);
    }
    void operator()(std::error_code ec, std::error_code reason) const {
        result->reason = reason;
        finish(ec);
    }

private:
    void finish(std::error_code ec) const {
        ++result->calls;
        result->error = ec;
        if (const auto then = result->then) {
            then();
        }
    }
};

inline Into into(Result& result) {
    return {&result};
}

inline awaitable<> pause() {
    asio::steady_timer timer{co_await asio::this_coro::executor, std::chrono::milliseconds{2}};
    co_await timer.async_wait(use_awaitable);
}

/// Lets everything that is ready happen, and what follows from it.
inline void settle(asio::io_context& io) {
    for (int quiet = 0; quiet != 3;) {
        io.restart();
        quiet = io.poll() == 0 ? quiet + 1 : 0;
        if (quiet != 0) {
            std::this_thread::sleep_for(std::chrono::milliseconds{1}); // for the kernel
        }
    }
}

/// What an awaitable throws; no error if it does not.
template <class T>
awaitable<std::error_code> error_of(awaitable<T> operation) {
    try {
        co_await std::move(operation);
    } catch (const std::system_error& e) {
        co_return e.code();
    }
    co_return std::error_code{};
}

template <class T>
awaitable<std::string> text_of(awaitable<T> operation) {
    const std::string_view view = co_await std::move(operation);
    co_return std::string{view};
}

/// A layer without anything of its own but what any Asio stream has.
template <transport Next>
class Forward : public TransportLayer<Next> {
public:
    using TransportLayer<Next>::TransportLayer;

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return this->next().async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return this->next().async_write_some(buffers, std::forward<Token>(token));
    }
};
static_assert(transport<Forward<TCPTransport>> && !direct_transport<Forward<TCPTransport>>);

/// Two connected descriptors over loopback.
inline std::array<int, 2> tcp_descriptors() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    REQUIRE(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const int near = ::socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(::connect(near, reinterpret_cast<sockaddr*>(&address), size) == 0);
    const int far = ::accept(listener, nullptr, nullptr);
    REQUIRE(far != -1);
    ::close(listener);
    return {near, far};
}

inline std::array<int, 2> unix_descriptors() {
    std::array<int, 2> pair{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) == 0);
    return pair;
}

template <class T>
struct PairOf;

template <>
struct PairOf<MemoryTransport> {
    static std::pair<MemoryTransport, MemoryTransport> make(Loop& loop) {
        MemoryPair pair = make_memory_pair(loop);
        return {std::move(pair.near), std::move(pair.far)};
    }
};
template <>
struct PairOf<TCPTransport> {
    static std::pair<TCPTransport, TCPTransport> make(Loop& loop) {
        const std::array<int, 2> pair = tcp_descriptors();
        const executor ex = loop.context().get_executor();
        return {
            TCPTransport{ex, asio::ip::tcp::v4(), pair[0]},
            TCPTransport{ex, asio::ip::tcp::v4(), pair[1]}
        };
    }
};
template <>
struct PairOf<UnixTransport> {
    static std::pair<UnixTransport, UnixTransport> make(Loop& loop) {
        const std::array<int, 2> pair = unix_descriptors();
        const executor ex = loop.context().get_executor();
        return {
            UnixTransport{ex, asio::local::stream_protocol{}, pair[0]},
            UnixTransport{ex, asio::local::stream_protocol{}, pair[1]}
        };
    }
};
template <class Next>
struct PairOf<Forward<Next>> {
    static std::pair<Forward<Next>, Forward<Next>> make(Loop& loop) {
        auto pair = PairOf<Next>::make(loop);
        return {Forward<Next>{std::move(pair.first)}, Forward<Next>{std::move(pair.second)}};
    }
};

/// Two streams that are connected.
template <class T>
struct Streams {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    std::pair<T, T> transports = PairOf<T>::make(loop);
    IOStream<T> near{loop, std::move(transports.first)};
    IOStream<T> far{loop, std::move(transports.second)};
};

} // namespace gust::testing

#endif // GUST_TESTS_NET_STREAMS_HPP
