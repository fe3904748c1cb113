// SPDX-License-Identifier: MIT
// What a request asks of the system: under load, on an idle loop, and on a connection of its own.
#include <gust/gust.hpp>

#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>

#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "support/catch.hpp"

namespace {

struct Calls {
    int accepts = 0;
    int reads = 0;
    int sends = 0;
    int epoll = 0;
    int waits = 0;
    int timers = 0;
};

Calls operator-(const Calls& a, const Calls& b) {
    return {
        .accepts = a.accepts - b.accepts,
        .reads = a.reads - b.reads,
        .sends = a.sends - b.sends,
        .epoll = a.epoll - b.epoll,
        .waits = a.waits - b.waits,
        .timers = a.timers - b.timers
    };
}

Calls calls;

} // namespace

// The linker sends what gust and Asio ask of the system here (--wrap).
extern "C" {
int __real_accept4(int listener, sockaddr* address, socklen_t* size, int flags);
ssize_t __real_recv(int descriptor, void* into, std::size_t size, int flags);
ssize_t __real_send(int descriptor, const void* from, std::size_t size, int flags);
int __real_epoll_ctl(int set, int operation, int descriptor, epoll_event* event);
int __real_epoll_wait(int set, epoll_event* events, int most, int timeout);
int __real_timerfd_settime(int timer, int flags, const itimerspec* at, itimerspec* before);

int __wrap_accept4(int listener, sockaddr* address, socklen_t* size, int flags);
ssize_t __wrap_recv(int descriptor, void* into, std::size_t size, int flags);
ssize_t __wrap_send(int descriptor, const void* from, std::size_t size, int flags);
int __wrap_epoll_ctl(int set, int operation, int descriptor, epoll_event* event);
int __wrap_epoll_wait(int set, epoll_event* events, int most, int timeout);
int __wrap_timerfd_settime(int timer, int flags, const itimerspec* at, itimerspec* before);

int __wrap_accept4(int listener, sockaddr* address, socklen_t* size, int flags) {
    const int accepted = __real_accept4(listener, address, size, flags);
    calls.accepts += accepted != -1 ? 1 : 0;
    return accepted;
}
ssize_t __wrap_recv(int descriptor, void* into, std::size_t size, int flags) {
    ++calls.reads;
    return __real_recv(descriptor, into, size, flags);
}
ssize_t __wrap_send(int descriptor, const void* from, std::size_t size, int flags) {
    ++calls.sends;
    return __real_send(descriptor, from, size, flags);
}
int __wrap_epoll_ctl(int set, int operation, int descriptor, epoll_event* event) {
    ++calls.epoll;
    return __real_epoll_ctl(set, operation, descriptor, event);
}
int __wrap_epoll_wait(int set, epoll_event* events, int most, int timeout) {
    ++calls.waits;
    return __real_epoll_wait(set, events, most, timeout);
}
int __wrap_timerfd_settime(int timer, int flags, const itimerspec* at, itimerspec* before) {
    ++calls.timers;
    return __real_timerfd_settime(timer, flags, at, before);
}
}

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view get_once = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

struct Hello : gust::HTTPMessageDelegate {
    void finish(gust::HTTPConnection& conn) { respond(conn, "hello"); }
};

/// Answers after one turn of the loop.
struct LateHello : gust::HTTPMessageDelegate {
    gust::awaitable<> finish(gust::HTTPConnection& conn) {
        co_await asio::post(gust::use_awaitable);
        respond(conn, "hello");
    }
};

/// A client without Asio, whose calls are not counted.
class Client {
public:
    explicit Client(std::uint16_t port) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
        const asio::ip::tcp::endpoint server{asio::ip::address_v4::loopback(), port};
        REQUIRE(::connect(socket_.number(), server.data(), socklen_t(server.size())) == 0);
    }
    void send(std::string_view text) {
        CHECK(__real_send(socket_.number(), text.data(), text.size(), MSG_NOSIGNAL) > 0);
    }
    /// What has come since the last call.
    std::string receive() {
        char piece[4096];
        std::string text;
        ssize_t n = 0;
        while ((n = __real_recv(socket_.number(), piece, sizeof piece, MSG_DONTWAIT)) > 0) {
            text.append(piece, static_cast<std::size_t>(n));
        }
        has_ended_ = n == 0;
        return text;
    }
    /// Whether an answer has come since the last one.
    bool has_answer() { return !receive().empty(); }
    /// Whether the server had ended the connection by then.
    bool has_ended() const noexcept { return has_ended_; }

private:
    gust::detail::Descriptor socket_;
    bool has_ended_ = false;
};

constexpr int clients = 16;

/// Serves `requests` to clients that ask again as soon as they have their answer.
template <class Delegate, class AskAgain>
Calls serve_busily(int requests, std::string_view request, AskAgain ask_again) {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Delegate>};
    server.listen(0, {.address = "127.0.0.1"});
    std::list<Client> asking;
    for (int i = 0; i != clients; ++i) {
        asking.emplace_back(server.port()).send(request);
    }
    const Calls before = calls;
    int answers = 0;
    std::function<void()> look = [&] {
        for (Client& client : asking) {
            if (client.has_answer()) {
                ++answers;
                ask_again(client, server.port());
            }
        }
        answers < requests ? asio::post(io, look) : io.stop();
    };
    asio::post(io, look);
    io.run();
    return calls - before;
}

void on_the_same_connection(Client& client, std::uint16_t) {
    client.send(get);
}
void on_a_new_connection(Client& client, std::uint16_t port) {
    CHECK(client.has_ended());
    client = Client{port};
    client.send(get_once);
}

} // namespace

TEST_CASE("a busy loop serves a request with one read and one send", "[system_calls]") {
    const Calls made = serve_busily<Hello>(1000, get, on_the_same_connection);
    CHECK(made.sends >= 1000);
    CHECK(made.reads <= made.sends + 2 * clients);
    CHECK(made.epoll <= 4 * clients);
}

TEST_CASE("a busy loop waits for few hooks that end on its next turn", "[system_calls]") {
    const Calls made = serve_busily<LateHello>(1000, get, on_the_same_connection);
    CHECK(made.sends >= 1000);
    // The first hook of a round ends just before its connection reads.
    CHECK(made.reads <= made.sends + made.sends / clients + 2 * clients);
    CHECK(made.epoll <= made.sends / clients + 4 * clients);
}

TEST_CASE(
    "pipelined hooks that end on the next turn are answered with one send", "[system_calls]"
) {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<LateHello>};
    server.listen(0, {.address = "127.0.0.1"});
    Client client{server.port()};
    constexpr std::size_t requests = 16;
    std::string pipeline;
    for (std::size_t i = 0; i != requests; ++i) {
        pipeline += get;
    }
    const auto sends_of_pipeline = [&] {
        const int before = calls.sends;
        client.send(pipeline);
        std::string answers;
        const auto count = [&answers] {
            std::size_t n = 0;
            for (auto at = answers.find("hello"); at != answers.npos;
                 at = answers.find("hello", at + 1)) {
                ++n;
            }
            return n;
        };
        while (count() != requests) {
            io.run_one();
            answers += client.receive();
        }
        return calls.sends - before;
    };
    int sends = 0;
    for (int i = 0; i != 100 && sends != 1; ++i) { // a machine that stalls makes them leave earlier
        sends = sends_of_pipeline();
    }
    CHECK(sends == 1);
}

TEST_CASE("a busy loop waits for no connection that is there for one request", "[system_calls]") {
    const Calls made = serve_busily<Hello>(1000, get_once, on_a_new_connection);
    CHECK(made.sends >= 1000);
    CHECK(made.accepts <= made.sends + clients);
    CHECK(made.reads <= made.sends + 2 * clients);
    CHECK(made.epoll <= made.accepts / clients + 4 * clients); // waits for the next ones
}

TEST_CASE("an idle loop seldom reads what is not there", "[system_calls]") {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Hello>};
    server.listen(0, {.address = "127.0.0.1"});
    Client client{server.port()};
    constexpr int requests = 2048;
    const Calls before = calls;
    for (int i = 0; i != requests; ++i) {
        client.send(get);
        while (!client.has_answer()) {
            io.run_one();
        }
        io.poll(); // until the loop has nothing to do
    }
    CHECK(calls.sends - before.sends == requests);
    CHECK(calls.reads - before.reads <= requests + requests / 128);
}

TEST_CASE(
    "an idle loop waits once for a connection that is there for one request", "[system_calls]"
) {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Hello>};
    server.listen(0, {.address = "127.0.0.1"});
    constexpr int requests = 100;
    const Calls before = calls;
    for (int i = 0; i != requests; ++i) {
        Client client{server.port()};
        while (calls.accepts - before.accepts == i) {
            io.run_one();
        }
        io.poll(); // until it waits for the request
        client.send(get_once);
        while (!client.has_answer()) {
            io.run_one();
        }
        CHECK(client.has_ended());
        CHECK(server.connections() == 0); // the client's own end was not waited for
    }
    const Calls made = calls - before;
    CHECK(made.sends == requests);
    // It is made known, waited for and taken back; the acceptor waits for the next.
    CHECK(made.epoll <= 4 * requests + 4);
    CHECK(made.reads <= requests + 4);
}

TEST_CASE("connections that come one by one are not looked for in vain", "[system_calls]") {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Hello>};
    server.listen(0, {.address = "127.0.0.1"});
    constexpr int requests = 1024;
    const Calls before = calls;
    for (int i = 0; i != requests; ++i) {
        Client client{server.port()};
        client.send(get_once);
        while (!client.has_answer()) {
            io.run_one();
        }
        CHECK(server.connections() == 0);
    }
    const Calls made = calls - before;
    CHECK(made.accepts == requests);
    CHECK(made.reads <= requests + 4);
    CHECK(made.epoll <= requests + 4); // the acceptor waits for the next
    CHECK(made.waits <= requests + 32);
    CHECK(made.timers <= 4 + requests / 128); // the clock does not stop in between
}
