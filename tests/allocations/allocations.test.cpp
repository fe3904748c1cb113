// SPDX-License-Identifier: MIT
// What a request takes from the heap in the steady state, over sockets and in memory.
#include <gust/gust.hpp>
#include <gust/testing/exchange.hpp>

#include <asio/io_context.hpp>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "applications.hpp"
#include "counter.hpp"
#include "support/catch.hpp"

namespace {

using allocations::Counter;

constexpr int warm_up = 64;
constexpr int rounds = 200;

/// A client's socket that allocates nothing.
class Client {
public:
    explicit Client(std::uint16_t port) : descriptor_{::socket(AF_INET, SOCK_STREAM, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
            throw std::system_error{errno, std::generic_category(), "connect"};
        }
    }
    Client(Client&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}
    Client& operator=(Client&&) = delete;
    ~Client() {
        if (descriptor_ != -1) {
            ::close(descriptor_);
        }
    }

    /// What the socket took of `data`.
    std::size_t send(std::string_view data) noexcept {
        return moved(::send(descriptor_, data.data(), data.size(), MSG_DONTWAIT | MSG_NOSIGNAL));
    }
    /// How many bytes were there.
    std::size_t receive() noexcept {
        return moved(::recv(descriptor_, buffer_.data(), buffer_.size(), MSG_DONTWAIT));
    }
    std::string_view received(std::size_t n) const noexcept { return {buffer_.data(), n}; }

private:
    static std::size_t moved(ssize_t n) noexcept { return n > 0 ? static_cast<std::size_t>(n) : 0; }
    int descriptor_;
    std::array<char, 4096> buffer_;
};

/// A server on a loopback port, and its clients, in one thread.
template <class App>
class SocketServer {
public:
    SocketServer(App app, std::size_t connections) : server_{io_, std::move(app)} {
        auto sockets = gust::bind_sockets(0, {.address = "127.0.0.1"});
        const std::uint16_t port = sockets.front().port();
        server_.add_sockets(std::move(sockets));
        for (std::size_t i = 0; i != connections; ++i) {
            clients_.emplace_back(port);
        }
        left_.resize(connections);
    }

    /// Sends `request` on every connection, and runs the loop until each has `answer_size` bytes.
    void round(std::string_view request, std::size_t answer_size) {
        for (std::size_t i = 0; i != clients_.size(); ++i) {
            left_[i] = {request.size() - clients_[i].send(request), answer_size};
        }
        for (std::size_t waiting = clients_.size(); waiting != 0;) {
            io_.poll();
            waiting = 0;
            for (std::size_t i = 0; i != clients_.size(); ++i) {
                auto& [to_send, to_come] = left_[i];
                if (to_send != 0) {
                    to_send -= clients_[i].send(request.substr(request.size() - to_send));
                }
                to_come -= clients_[i].receive();
                waiting += to_come != 0 ? 1U : 0U;
            }
        }
    }
    /// One exchange on the first connection, to learn what is answered.
    std::string answer_to(std::string_view request) {
        clients_.front().send(request);
        for (;;) {
            io_.poll();
            if (const std::size_t n = clients_.front().receive()) {
                return std::string{clients_.front().received(n)};
            }
        }
    }

private:
    asio::io_context io_;
    gust::HTTPServer<App> server_;
    std::vector<Client> clients_;
    std::vector<std::pair<std::size_t, std::size_t>> left_; // bytes to send, bytes to come
};
template <class App>
SocketServer(App, std::size_t) -> SocketServer<App>;

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr std::string_view browser_get =
    "GET /a/path?with=a&query=1 HTTP/1.1\r\nHost: localhost\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
    "Connection: keep-alive\r\nCookie: session=8c2f6f0f4d0b; theme=dark\r\n"
    "Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n\r\n";

/// What `rounds` rounds of `request` take, after a warm-up. `answers` to a round on a connection.
template <class App>
double per_request_on_sockets(
    App app, std::string_view request, std::size_t connections = 1, std::size_t answers = 1
) {
    SocketServer server{std::move(app), connections};
    const std::string answer = server.answer_to(request);
    REQUIRE(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    for (int i = 0; i != warm_up; ++i) {
        server.round(request, answer.size());
    }
    Counter counter;
    for (int i = 0; i != rounds; ++i) {
        server.round(request, answer.size());
    }
    counter.stop();
    return static_cast<double>(counter.count())
           / static_cast<double>(static_cast<std::size_t>(rounds) * connections * answers);
}

template <class App>
double per_request_in_memory(App app, std::string_view request) {
    gust::testing::MemoryServer server{std::move(app)};
    auto peer = server.connect();
    const auto round = [&] {
        peer.write(request);
        server.run();
    };
    for (int i = 0; i != warm_up; ++i) {
        round();
        REQUIRE(peer.read_all().starts_with("HTTP/1.1 200 OK\r\n"));
    }
    Counter counter;
    for (int i = 0; i != rounds; ++i) {
        round();
        counter.stop();
        (void)peer.read_all();
        counter.go_on();
    }
    counter.stop();
    return static_cast<double>(counter.count()) / rounds;
}

/// The application that a callable makes.
template <class F>
auto callable(F f) {
    return gust::application_of<F>{f};
}

} // namespace

TEST_CASE(
    "the counter sees operator new, aligned and plain, and what Asio takes", "[allocations]"
) {
    Counter counter;
    const std::vector<int> plain(100);
    CHECK(counter.count() == 1);
    struct alignas(64) Aligned {
        std::array<char, 64> bytes;
    };
    const std::vector<Aligned> aligned(2);
    CHECK(counter.count() == 2);
    asio::io_context io;
    const auto before = counter.count();
    asio::post(io, [] {});
    CHECK(counter.count() > before);
    CHECK(plain.size() + aligned.size() == 102);
}

TEST_CASE(
    "a delegate with plain hooks allocates nothing on a kept-alive connection", "[allocations]"
) {
    CHECK(per_request_on_sockets(gust::each<allocations::Plain>, get) == 0);
    CHECK(per_request_on_sockets(gust::each<allocations::Plain>, get, 64) == 0);
    CHECK(per_request_on_sockets(gust::each<allocations::Plain>, browser_get) == 0);
    CHECK(per_request_in_memory(gust::each<allocations::Plain>, get) == 0);
    CHECK(per_request_in_memory(gust::each<allocations::Plain>, browser_get) == 0);
}

TEST_CASE("pipelined requests allocate nothing", "[allocations]") {
    std::string batch;
    for (int i = 0; i != 16; ++i) {
        batch += get;
    }
    CHECK(per_request_on_sockets(gust::each<allocations::Plain>, batch, 1, 16) == 0);
    CHECK(per_request_in_memory(gust::each<allocations::Plain>, batch) == 0);
}

TEST_CASE("a body that is streamed back allocates nothing", "[allocations]") {
    const std::string post = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000\r\n\r\n"
                             + std::string(2000, 'b');
    CHECK(per_request_on_sockets(gust::each<allocations::Plain>, post) == 0);
    CHECK(per_request_in_memory(gust::each<allocations::Plain>, post) == 0);
}

TEST_CASE("a callable that answers with a short text allocates nothing", "[allocations]") {
    CHECK(per_request_on_sockets(callable(&allocations::plain_callable), get) == 0);
    CHECK(per_request_on_sockets(callable(&allocations::plain_callable), get, 64) == 0);
    CHECK(per_request_in_memory(callable(&allocations::plain_callable), get) == 0);
}

TEST_CASE("a routed delegate allocates nothing", "[allocations]") {
    CHECK(per_request_on_sockets(allocations::routed(), get) == 0);
    CHECK(per_request_on_sockets(allocations::routed(), get, 64) == 0);
    for (const std::string path : {"/users/7", "/files/a/b"}) {
        CAPTURE(path);
        const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        CHECK(per_request_on_sockets(allocations::routed(), request) == 0);
        CHECK(per_request_in_memory(allocations::routed(), request) == 0);
    }
}

TEST_CASE("middleware allocates nothing", "[allocations]") {
    CHECK(per_request_on_sockets(allocations::layered(), get) == 0);
    CHECK(per_request_on_sockets(allocations::layered(), get, 64) == 0);
    CHECK(per_request_in_memory(allocations::layered(), get) == 0);
}

TEST_CASE("a hook that suspends once takes few blocks", "[allocations]") {
    CHECK(per_request_on_sockets(gust::each<allocations::Suspending>, get) <= 4);
    CHECK(per_request_on_sockets(gust::each<allocations::Suspending>, get, 64) <= 6);
    CHECK(per_request_in_memory(gust::each<allocations::Suspending>, get) <= 4);
}

TEST_CASE("a coroutine callable that suspends once takes few blocks", "[allocations]") {
    CHECK(per_request_on_sockets(callable(&allocations::suspending_callable), get) <= 4);
    CHECK(per_request_on_sockets(callable(&allocations::suspending_callable), get, 64) <= 6);
    CHECK(per_request_in_memory(callable(&allocations::suspending_callable), get) <= 4);
}
