// SPDX-License-Identifier: MIT
#include <gust/net/tcp_server.hpp>
#include <gust/net/unix.hpp>

#include <array>
#include <chrono>
#include <dirent.h>
#include <functional>
#include <memory>
#include <netinet/tcp.h>
#include <optional>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/un.h>
#include <thread>
#include <vector>

#include "net/streams.hpp"
#include "support/catch.hpp"

using namespace gust;
using namespace gust::testing;
using namespace std::chrono_literals;

namespace {

/// A blocking client, with deadlines.
class Client {
public:
    explicit Client(std::uint16_t port)
        : descriptor_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        is_connected_ =
            ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    explicit Client(const std::string& path)
        : descriptor_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        is_connected_ =
            ::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    Client(Client&& other) noexcept
        : descriptor_{std::exchange(other.descriptor_, -1)}, is_connected_{other.is_connected_} {}
    Client& operator=(Client&& other) noexcept {
        std::swap(descriptor_, other.descriptor_);
        is_connected_ = other.is_connected_;
        return *this;
    }
    ~Client() { ::close(descriptor_); }

    bool is_connected() const { return is_connected_; }
    void send(std::string_view text) {
        REQUIRE(
            ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL)
            == static_cast<ssize_t>(text.size())
        );
    }
    void wait_for_acknowledgement() const {
        const auto give_up = std::chrono::steady_clock::now() + 10s;
        while (!gust::detail::is_delivered(descriptor_)) {
            REQUIRE(std::chrono::steady_clock::now() < give_up);
            std::this_thread::yield();
        }
    }
    void wait_for_answer() const {
        pollfd entry{.fd = descriptor_, .events = POLLIN, .revents = 0};
        REQUIRE(::poll(&entry, 1, 10'000) == 1);
    }
    /// What is there now; nothing when the connection has ended or was reset.
    std::optional<std::string> receive() {
        std::array<char, 1000> memory;
        const ssize_t n = ::recv(descriptor_, memory.data(), memory.size(), MSG_DONTWAIT);
        return n > 0 ? std::optional{std::string{memory.data(), static_cast<std::size_t>(n)}}
                     : std::nullopt;
    }
    /// Whether the peer has closed.
    bool is_over() {
        char byte = 0;
        const ssize_t n = ::recv(descriptor_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return n == 0 || (n < 0 && errno != EAGAIN);
    }

private:
    int descriptor_;
    bool is_connected_ = false;
};

/// Calls a function for each connection.
struct Calling : TCPServer<Calling> {
    using TCPServer::TCPServer;
    void handle_stream(IOStream<TCPTransport> stream, const PeerAddress& peer) {
        ++accepted;
        if (then) {
            then(std::move(stream), peer);
        }
    }
    int accepted = 0;
    std::function<void(IOStream<TCPTransport>, const PeerAddress&)> then;
};

/// Sends lines back, over any transport.
struct Echo : TCPServer<Echo> {
    using TCPServer::TCPServer;
    template <class Transport>
    awaitable<> handle_stream(IOStream<Transport> stream, PeerAddress peer) {
        last_peer = peer;
        while (true) {
            const std::string_view line = co_await stream.read_until("\n", 100);
            if (line == "throw\n") {
                throw std::runtime_error{"as told"};
            }
            co_await stream.write(line);
        }
    }
    PeerAddress last_peer;
};

struct Records {
    void operator()(const LogRecord& record) { texts.emplace_back(record.text); }
    std::vector<std::string> texts;
};

/// Runs the loop until `condition`, at most five seconds.
template <class Condition>
void run_until(asio::io_context& io, Condition condition) {
    const auto end = std::chrono::steady_clock::now() + 5s;
    while (!condition() && std::chrono::steady_clock::now() < end) {
        io.restart();
        io.run_one_for(5ms);
    }
    CHECK(condition());
}

std::size_t open_descriptors() {
    std::size_t n = 0;
    DIR* folder = ::opendir("/proc/self/fd");
    while (::readdir(folder) != nullptr) {
        ++n;
    }
    ::closedir(folder);
    return n;
}

constexpr ListenOptions loopback() {
    return {.address = "127.0.0.1"};
}

} // namespace

TEST_CASE("a server makes a stream of every connection", "[net][tcp_server]") {
    asio::io_context io;
    Echo server{io};
    server.listen(0, {.address = "127.0.0.1"});
    REQUIRE(server.ports().size() == 1);
    CHECK(server.local_endpoints()[0] == "127.0.0.1:" + std::to_string(server.port()));
    Client one{server.port()};
    Client two{server.port()};
    one.send("one\n");
    two.send("two\n");
    run_until(io, [&] { return server.connections() == 2; });
    settle(io);
    CHECK(one.receive() == "one\n");
    CHECK(two.receive() == "two\n");
    CHECK(server.last_peer.ip() == "127.0.0.1");
    CHECK(server.last_peer.port() != 0);
}

TEST_CASE("a server listens on many ports, and on paths", "[net][tcp_server]") {
    std::string folder = "/tmp/gust-test-XXXXXX";
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    const std::string path = folder + "/socket";
    asio::io_context io;
    Echo server{io};
    server.listen(0, {.address = "127.0.0.1"});
    server.listen(0, {.address = "127.0.0.1"});
    server.listen_unix(path);
    CHECK(server.ports().size() == 2);
    CHECK(server.local_endpoints().back() == "unix:" + path);
    std::vector<Client> clients;
    clients.emplace_back(server.ports()[0]);
    clients.emplace_back(server.ports()[1]);
    clients.emplace_back(path);
    for (Client& client : clients) {
        REQUIRE(client.is_connected());
        client.send("hello\n");
    }
    settle(io);
    for (Client& client : clients) {
        CHECK(client.receive() == "hello\n");
    }
    CHECK(server.last_peer.is_unix());
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
}

TEST_CASE("bound sockets wait for start", "[net][tcp_server]") {
    asio::io_context io;
    Calling server{io};
    server.bind(0, loopback());
    server.bind(0, loopback());
    CHECK(server.ports().empty());
    server.start();
    CHECK(server.ports().size() == 2);
    server.bind(0, loopback()); // at once
    CHECK(server.ports().size() == 3);
    server.start(); // harmless
    CHECK(server.ports().size() == 3);
    std::vector<Client> clients;
    for (const std::uint16_t port : server.ports()) {
        clients.emplace_back(port);
    }
    run_until(io, [&] { return server.accepted == 3; });
}

TEST_CASE("sockets of others are accepted from, each family by its name", "[net][tcp_server]") {
    asio::io_context io;
    Echo server{io};
    auto sockets = bind_sockets(0, loopback());
    const std::uint16_t port = sockets[0].port();
    server.add_sockets(std::move(sockets));
    const std::string name = std::string{'\0'} + "gust-server-" + std::to_string(::getpid());
    std::vector<ListeningSocket> local;
    local.push_back(bind_unix_socket(name));
    CHECK_THROWS_AS(server.add_sockets(std::move(local)), std::system_error);
    local.clear();
    local.push_back(bind_unix_socket(name));
    server.add_unix_sockets(std::move(local));
    CHECK(server.ports() == std::vector<std::uint16_t>{port});
    CHECK(server.local_endpoints().size() == 2);
}

TEST_CASE(
    "an accepted socket does not block, is closed on exec and sends at once", "[net][tcp_server]"
) {
    asio::io_context io;
    Calling server{io};
    server.listen(0, loopback());
    bool is_checked = false;
    server.then = [&](IOStream<TCPTransport> stream, const PeerAddress&) {
        const int descriptor = stream.transport().native_handle();
        CHECK((::fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0);
        CHECK((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
        int value = 0;
        socklen_t size = sizeof value;
        ::getsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &value, &size);
        CHECK(value != 0);
        is_checked = true;
    };
    const Client client{server.port()};
    run_until(io, [&] { return is_checked; });
}

TEST_CASE(
    "an exception in handle_stream closes its connection and nothing else", "[net][tcp_server]"
) {
    asio::io_context io;
    Records records;
    Loop::of(io).set_log(log_to(records), log_level::info);
    Calling server{io};
    server.listen(0, loopback());
    server.then = [&](IOStream<TCPTransport>, const PeerAddress&) {
        if (server.accepted == 1) {
            throw std::runtime_error{"no more tea"};
        }
    };
    Client first{server.port()};
    run_until(io, [&] { return first.is_over(); });
    REQUIRE(records.texts.size() == 1);
    CHECK(records.texts[0] == "handle_stream failed: no more tea");
    Client second{server.port()};
    run_until(io, [&] { return server.accepted == 2; });
    CHECK(records.texts.size() == 1);
}

TEST_CASE(
    "an exception in a coroutine closes its connection and is logged; a departure is not",
    "[net][tcp_server]"
) {
    asio::io_context io;
    Records records;
    Loop::of(io).set_log(log_to(records), log_level::info);
    Echo server{io};
    server.listen(0, loopback());
    Client client{server.port()};
    client.send("hello\nthrow\n");
    std::string received;
    run_until(io, [&] {
        received += client.receive().value_or("");
        return client.is_over();
    });
    CHECK(received == "hello\n");
    REQUIRE(records.texts.size() == 1);
    CHECK(records.texts[0] == "handle_stream failed: as told");
    {
        Client leaving{server.port()};
        leaving.send("bye\n");
        settle(io);
    }
    settle(io);
    CHECK(server.connections() == 0);
    CHECK(records.texts.size() == 1);
}

TEST_CASE("stopping twice is stopping, and established connections go on", "[net][tcp_server]") {
    asio::io_context io;
    Echo server{io};
    server.listen(0, loopback());
    const std::uint16_t port = server.port();
    Client client{port};
    settle(io);
    server.stop();
    server.stop();
    CHECK(server.is_stopped());
    CHECK(server.ports().empty());
    CHECK(server.port() == 0);
    CHECK_FALSE(Client{port}.is_connected());
    client.send("still there\n");
    settle(io);
    CHECK(client.receive() == "still there\n");
    CHECK_THROWS_AS(server.listen(0, loopback()), std::system_error);
}

TEST_CASE("stopping accepts what waits already", "[net][tcp_server]") {
    asio::io_context io;
    Calling server{io};
    server.listen(0, loopback());
    std::vector<Client> clients;
    for (int i = 0; i != 100; ++i) {
        clients.emplace_back(server.port());
    }
    for (Client& client : clients) { // a byte is acknowledged by what waits to be accepted
        client.send("x");
        client.wait_for_acknowledgement();
    }
    server.stop(); // the loop has not run yet
    CHECK(server.accepted == 100);
    settle(io);
}

TEST_CASE(
    "a server may be stopped by a connection of the batch that it accepts", "[net][tcp_server]"
) {
    asio::io_context io;
    Calling server{io};
    server.listen(0, loopback());
    server.listen(0, loopback());
    server.then = [&](IOStream<TCPTransport>, const PeerAddress&) { server.stop(); };
    std::vector<Client> clients;
    for (int i = 0; i != 40; ++i) {
        clients.emplace_back(server.ports()[static_cast<std::size_t>(i % 2)]);
    }
    run_until(io, [&] { return server.ports().empty(); });
    settle(io);
    CHECK(server.accepted == 40);
}

TEST_CASE("a server may be destroyed by a connection, and while it waits", "[net][tcp_server]") {
    asio::io_context io;
    auto server = std::make_unique<Calling>(io);
    server->listen(0, loopback());
    int accepted = 0;
    server->then = [&](IOStream<TCPTransport>, const PeerAddress&) {
        ++accepted;
        const auto doomed = std::move(server->then);
        server.reset();
    };
    std::vector<Client> clients;
    for (int i = 0; i != 5; ++i) {
        clients.emplace_back(server->port());
    }
    run_until(io, [&] { return server == nullptr; });
    settle(io);
    CHECK(accepted == 1);
    auto waiting = std::make_unique<Calling>(io);
    waiting->listen(0, loopback());
    settle(io);
    waiting.reset();
    settle(io);
}

TEST_CASE(
    "connections that wait together are accepted in one turn of the loop",
    "[net][tcp_server][epoll]"
) {
    asio::io_context io;
    Calling server{io};
    server.listen(0, loopback());
    for (int i = 0; i != 20; ++i) { // whatever came before
        const Client single{server.port()};
        run_until(io, [&] { return server.accepted == i + 1; });
    }
    std::vector<Client> burst;
    for (int i = 0; i != 20; ++i) {
        burst.emplace_back(server.port());
    }
    io.restart();
    CHECK(io.run_one() == 1);
    CHECK(server.accepted == 40);
}

TEST_CASE("nothing is accepted while it is paused", "[net][tcp_server]") {
    asio::io_context io;
    Calling server{io};
    server.listen(0, loopback());
    server.pause_accepting();
    const Client first{server.port()};
    CHECK(first.is_connected()); // by the kernel
    settle(io);
    CHECK(server.accepted == 0);
    server.resume_accepting();
    run_until(io, [&] { return server.accepted == 1; });
    server.pause_accepting();
    const Client second{server.port()};
    settle(io);
    CHECK(server.accepted == 1);
    server.resume_accepting();
    run_until(io, [&] { return server.accepted == 2; });
}

TEST_CASE("at most so many coroutines run at a time", "[net][tcp_server]") {
    asio::io_context io;
    Echo server{io};
    CHECK(server.max_connections() == connections_by_descriptor_limit());
    server.set_max_connections(3);
    server.listen(0, loopback());
    std::vector<Client> clients;
    for (int i = 0; i != 10; ++i) {
        clients.emplace_back(server.port());
        clients.back().send("hello\n");
    }
    settle(io);
    CHECK(server.connections() == 3);
    CHECK_FALSE(clients[3].receive());
    clients.erase(clients.begin());
    settle(io);
    CHECK(server.connections() == 3);
    CHECK(clients[2].receive() == "hello\n");
    clients.clear();
    settle(io);
    CHECK(server.connections() == 0);
}

TEST_CASE("a server that returns void counts for itself", "[net][tcp_server]") {
    struct Counting : TCPServer<Counting> {
        using TCPServer::TCPServer;
        void handle_stream(IOStream<TCPTransport> stream, const PeerAddress&) {
            streams.push_back(std::move(stream));
        }
        std::size_t connections() const noexcept { return streams.size(); }
        std::vector<IOStream<TCPTransport>> streams;
    };
    asio::io_context io;
    Counting server{io};
    server.set_max_connections(2);
    server.streams.reserve(10);
    server.listen(0, loopback());
    std::vector<Client> clients;
    for (int i = 0; i != 5; ++i) {
        clients.emplace_back(server.port());
    }
    settle(io);
    CHECK(server.streams.size() == 2);
    server.streams.pop_back();
    server.resume_accepting();
    settle(io);
    CHECK(server.streams.size() == 2);
    CHECK(clients[1].is_over());
    server.stop();
    settle(io);
}

TEST_CASE("without descriptors a server waits and goes on, and says so once", "[net][tcp_server]") {
    asio::io_context io;
    Records records;
    Loop::of(io).set_log(log_to(records), log_level::info);
    Calling server{io};
    std::vector<IOStream<TCPTransport>> streams;
    streams.reserve(100);
    server.then = [&](IOStream<TCPTransport> stream, const PeerAddress&) {
        streams.push_back(std::move(stream));
    };
    server.set_max_connections(1000);
    server.listen(0, loopback());
    std::vector<Client> clients;
    for (int i = 0; i != 30; ++i) {
        clients.emplace_back(server.port());
    }
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit few{open_descriptors() + 10, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &few) == 0);
    std::size_t turns = 0;
    const auto end = std::chrono::steady_clock::now() + 350ms;
    while (std::chrono::steady_clock::now() < end) {
        io.restart();
        turns += io.run_one_for(20ms);
    }
    const std::size_t accepted = streams.size();
    CHECK(accepted > 0);
    CHECK(accepted < 30);
    CHECK(turns < 30); // no spinning
    CHECK(records.texts.size() == 1);
    streams.clear(); // room again
    run_until(io, [&] { return server.accepted > static_cast<int>(accepted); });
    ::setrlimit(RLIMIT_NOFILE, &before);
    run_until(io, [&] { return server.accepted == 30; });
    CHECK(records.texts.size() == 1);

    for (int i = 0; i != 20; ++i) { // the next shortage is told as well
        clients.emplace_back(server.port());
    }
    const rlimit none{open_descriptors() - 1, before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    run_until(io, [&] { return records.texts.size() == 2; });
    ::setrlimit(RLIMIT_NOFILE, &before);
    run_until(io, [&] { return server.accepted == 50; });
    CHECK(records.texts.size() == 2);
}

TEST_CASE("a second thread that runs the loop is refused, not served", "[net][tcp_server]") {
    asio::io_context io;
    Records records;
    Loop::of(io).set_log(log_to(records));
    Echo server{io};
    server.listen(0, loopback());
    Client first{server.port()};
    run_until(io, [&] { return server.connections() == 1; });
    Client second{server.port()};
    std::thread{[&] {
        io.restart();
        io.run_for(50ms);
    }}.join();
    CHECK(server.connections() == 1);
    CHECK(second.is_over());
    REQUIRE(!records.texts.empty());
    CHECK(records.texts[0].find("more than one thread") != std::string::npos);
}

TEST_CASE("loops of several threads share a port", "[net][tcp_server]") {
    auto probe = bind_sockets(0, {.address = "127.0.0.1", .reuse_port = true});
    const std::uint16_t port =
        probe[0].port(); // bound, and never accepted from: closed before anybody connects
    struct Server {
        asio::io_context io;
        Echo echo{io};
    };
    std::vector<std::unique_ptr<Server>> servers;
    for (int i = 0; i != 3; ++i) {
        servers.push_back(std::make_unique<Server>());
        servers.back()->echo.listen(port, {.address = "127.0.0.1", .reuse_port = true});
    }
    probe.clear();
    std::vector<std::thread> threads;
    for (const auto& server : servers) {
        threads.emplace_back([&server] { server->io.run_for(1s); });
    }
    std::vector<Client> clients;
    for (int i = 0; i != 30; ++i) {
        clients.emplace_back(port);
        clients.back().send("hello\n");
    }
    for (Client& client : clients) {
        client.wait_for_answer();
        CHECK(client.receive() == "hello\n");
    }
    clients.clear();
    for (std::thread& thread : threads) {
        thread.join();
    }
}
