// SPDX-License-Identifier: MIT
// Faults of the machine, over real sockets whose system calls fail when the test wants it: each
// costs at most the connection that it happened to, and the server goes on.
#include <gust/gust.hpp>

#include <asio/buffer.hpp>
#include <asio/write.hpp>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "support/catch.hpp"

using namespace std::chrono_literals;

namespace {

/// The next calls of one function that fail, and how.
struct Failing {
    int times = 0;
    int error = 0;
    int failed = 0;

    void with(int code, int count) {
        times = count;
        error = code;
        failed = 0;
    }
    bool fails() noexcept {
        if (times == 0) {
            return false;
        }
        --times;
        ++failed;
        errno = error;
        return true;
    }
};

Failing accepting;
Failing registering;
Failing receiving;
Failing sending;
Failing sending_files;
int broken_pipes = 0;

ssize_t noted(ssize_t sent) noexcept {
    broken_pipes += sent == -1 && errno == EPIPE ? 1 : 0;
    return sent;
}

} // namespace

// The linker sends what gust asks of the system here (--wrap).
extern "C" {
int __real_accept4(int listener, sockaddr* address, socklen_t* size, int flags);
int __real_epoll_ctl(int set, int operation, int descriptor, epoll_event* event);
ssize_t __real_recv(int descriptor, void* into, std::size_t size, int flags);
ssize_t __real_send(int descriptor, const void* from, std::size_t size, int flags);
ssize_t __real_sendmsg(int descriptor, const msghdr* message, int flags);
ssize_t __real_sendfile(int descriptor, int file, off_t* offset, std::size_t size);

int __wrap_accept4(int listener, sockaddr* address, socklen_t* size, int flags);
int __wrap_epoll_ctl(int set, int operation, int descriptor, epoll_event* event);
ssize_t __wrap_recv(int descriptor, void* into, std::size_t size, int flags);
ssize_t __wrap_send(int descriptor, const void* from, std::size_t size, int flags);
ssize_t __wrap_sendmsg(int descriptor, const msghdr* message, int flags);
ssize_t __wrap_sendfile(int descriptor, int file, off_t* offset, std::size_t size);

int __wrap_accept4(int listener, sockaddr* address, socklen_t* size, int flags) {
    return accepting.fails() ? -1 : __real_accept4(listener, address, size, flags);
}
int __wrap_epoll_ctl(int set, int operation, int descriptor, epoll_event* event) {
    const bool fails = operation == EPOLL_CTL_ADD && registering.fails();
    return fails ? -1 : __real_epoll_ctl(set, operation, descriptor, event);
}
ssize_t __wrap_recv(int descriptor, void* into, std::size_t size, int flags) {
    return receiving.fails() ? -1 : __real_recv(descriptor, into, size, flags);
}
ssize_t __wrap_send(int descriptor, const void* from, std::size_t size, int flags) {
    return sending.fails() ? -1 : noted(__real_send(descriptor, from, size, flags));
}
ssize_t __wrap_sendmsg(int descriptor, const msghdr* message, int flags) {
    return sending.fails() ? -1 : noted(__real_sendmsg(descriptor, message, flags));
}
ssize_t __wrap_sendfile(int descriptor, int file, off_t* offset, std::size_t size) {
    return sending_files.fails() ? -1 : __real_sendfile(descriptor, file, offset, size);
}
}

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view get_kept = "GET /kept HTTP/1.1\r\nHost: h\r\n\r\n";

/// What the hooks of all requests were told.
struct Counts {
    gust::ResponseHandle kept;
    int finished = 0;
    int closed_early = 0;
    int sent = 0;
    int gone = 0;
};

/// Answers with a text, or with a file.
struct Answer : gust::HTTPMessageDelegate {
    Answer(Counts& c, int f) : counts{&c}, file{f} {}
    void finish(gust::HTTPConnection& conn) {
        ++counts->finished;
        if (conn.target().path == "/file") {
            conn.respond({gust::status::ok}, {}, gust::file{file, 0, 5});
        } else if (conn.target().path == "/kept") {
            counts->kept = conn.keep();
        } else {
            respond(conn, "hello");
        }
    }
    void on_connection_close() noexcept { ++counts->closed_early; }
    void response_ended(gust::outcome outcome) noexcept {
        ++(outcome == gust::outcome::sent ? counts->sent : counts->gone);
    }
    Counts* counts;
    int file;
};

struct Application : gust::HTTPServerConnectionDelegate {
    explicit Application(Counts& c, int f) : counts{&c}, file{f} {}
    Answer start_request(auto&, auto&) { return Answer{*counts, file}; }
    Counts* counts;
    int file;
};

struct Records {
    void operator()(const gust::LogRecord& record) { texts.emplace_back(record.text); }
    std::vector<std::string> texts;
};

/// A client on the server's own thread; it asks the kernel directly.
class Client {
public:
    Client(asio::io_context& io, std::uint16_t port) : socket_{io} {
        socket_.connect({asio::ip::address_v4::loopback(), port});
    }
    void send(std::string_view bytes) {
        CHECK(__real_send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
    }
    void receive() {
        char piece[4096];
        ssize_t n = 0;
        do {
            n = __real_recv(socket_.native_handle(), piece, sizeof piece, MSG_DONTWAIT);
            text.append(piece, n > 0 ? static_cast<std::size_t>(n) : 0);
        } while (n > 0);
        is_over = n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
    }
    bool is_answered() const {
        return text.starts_with("HTTP/1.1 200 ") && text.ends_with("\r\n\r\nhello");
    }

    std::string text;
    bool is_over = false;

private:
    asio::ip::tcp::socket socket_;
};

struct Fixture {
    Fixture() {
        std::string name = "/tmp/gust-test-XXXXXX";
        file = ::mkstemp(name.data());
        REQUIRE(file != -1);
        ::unlink(name.c_str());
        REQUIRE(::write(file, "hello", 5) == 5);
        gust::Loop::of(io).set_log(gust::log_to(records), gust::log_level::info);
        server.emplace(io, Application{counts, file});
        server->listen(0, {.address = "127.0.0.1"});
    }
    Fixture(const Fixture&) = delete;
    Fixture& operator=(const Fixture&) = delete;
    ~Fixture() { ::close(file); }

    Client connect() { return Client{io, server->port()}; }
    /// Runs the loop until `is_done`, for ten seconds at most.
    template <class F>
    bool run_until(F is_done) {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (!is_done() && std::chrono::steady_clock::now() < end) {
            io.restart();
            turns += static_cast<int>(io.run_one_for(10ms));
        }
        return is_done();
    }
    bool is_served(Client& client, std::string_view request = get) {
        client.text.clear();
        client.send(request);
        return run_until([&client] {
            client.receive();
            return client.is_answered();
        });
    }
    /// Whether a client's connection ends without an answer.
    bool is_cut(Client& client, std::string_view request = get) {
        client.send(request);
        const bool is_over = run_until([&client] {
            client.receive();
            return client.is_over;
        });
        return is_over && !client.is_answered();
    }

    asio::io_context io;
    Records records;
    Counts counts;
    int file = -1;
    std::optional<gust::HTTPServer<Application>> server;
    int turns = 0;
};

} // namespace

TEST_CASE("a lack of descriptors or buffers lets accept back off, and recover", "[faults]") {
    for (const int error : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
        INFO(std::strerror(error));
        Fixture f;
        Client early = f.connect();
        REQUIRE(f.is_served(early));
        accepting.with(error, 3);
        f.turns = 0;
        const auto begin = std::chrono::steady_clock::now();
        Client late = f.connect();
        CHECK(f.is_served(early)); // who is there is served meanwhile
        CHECK(f.is_served(late));
        CHECK(std::chrono::steady_clock::now() - begin >= 300ms); // three times a tenth of a second
        CHECK(accepting.failed == 3);
        CHECK(f.turns < 30); // no spinning
        REQUIRE(f.records.texts.size() == 1);
        CHECK(f.records.texts[0].find("cannot accept connections for now") == 0);
    }
}

TEST_CASE("a connection that went before it was accepted costs nobody anything", "[faults]") {
    for (const int error : {ECONNABORTED, EPROTO, EINTR, EPERM, ENETDOWN, EHOSTUNREACH}) {
        INFO(std::strerror(error));
        Fixture f;
        accepting.with(error, 1);
        const auto begin = std::chrono::steady_clock::now();
        Client client = f.connect();
        CHECK(f.is_served(client));
        CHECK(std::chrono::steady_clock::now() - begin < 90ms); // did not back off
        CHECK(accepting.failed == 1);
        CHECK(f.records.texts.empty());
    }
}

TEST_CASE("a connection that the system cannot watch ends, and its hooks are told", "[faults]") {
    for (const std::string_view request : {get, get_kept}) {
        for (const int error : {ENOSPC, ENOMEM}) {
            INFO(request << std::strerror(error));
            Fixture f;
            Client victim = f.connect(); // the first one is read before it is waited for
            victim.send(request);
            registering.with(error, 1);
            CHECK(f.run_until([] { return registering.failed == 1; }));
            CHECK(f.run_until([&f] { return f.server->connections() == 0; }));
            CHECK(f.counts.finished == 1);
            CHECK(f.counts.sent + f.counts.gone == 1);
            CHECK_FALSE(f.counts.kept);
            CHECK(f.run_until([&victim] {
                victim.receive();
                return victim.is_over;
            }));
            f.counts.kept = {};
            Client next = f.connect();
            CHECK(f.is_served(next));
        }
    }
}

TEST_CASE("a call that a signal interrupts is made again", "[faults]") {
    Fixture f;
    Client client = f.connect();
    REQUIRE(f.is_served(client));
    receiving.with(EINTR, 3);
    sending.with(EINTR, 3);
    CHECK(f.is_served(client));
    CHECK(receiving.failed == 3);
    CHECK(sending.failed == 3);
    sending_files.with(EINTR, 3);
    CHECK(f.is_served(client, "GET /file HTTP/1.1\r\nHost: h\r\n\r\n"));
    CHECK(sending_files.failed == 3);
    CHECK(f.counts.sent == 3);
    CHECK(f.records.texts.empty());
}

TEST_CASE("a send that fails ends its connection, once, and no other", "[faults]") {
    for (const int error : {EPIPE, ECONNRESET, ENOBUFS, ENOMEM, ETIMEDOUT, EHOSTUNREACH}) {
        INFO(std::strerror(error));
        Fixture f;
        Client healthy = f.connect();
        REQUIRE(f.is_served(healthy));
        f.counts = {};
        Client victim = f.connect();
        sending.with(error, 1);
        CHECK(f.is_cut(victim));
        CHECK(sending.failed == 1);
        CHECK(f.counts.finished + f.counts.closed_early == 1);
        CHECK(f.counts.sent + f.counts.gone == 1);
        CHECK(f.server->connections() == 1);
        CHECK(f.is_served(healthy));
        CHECK(f.records.texts.empty());
    }
}

TEST_CASE("a file that cannot be sent cuts its response", "[faults]") {
    for (const int error : {EIO, EPIPE, ENOMEM}) {
        INFO(std::strerror(error));
        Fixture f;
        Client victim = f.connect();
        sending_files.with(error, 1);
        CHECK(f.is_cut(victim, "GET /file HTTP/1.1\r\nHost: h\r\n\r\n"));
        CHECK(victim.text.find("Content-Length: 5\r\n") != std::string::npos);
        Client next = f.connect();
        CHECK(f.is_served(next));
    }
}

TEST_CASE("a receive that fails ends its connection, once, and no other", "[faults]") {
    for (const int error : {ECONNRESET, ENOBUFS, ENOMEM, ETIMEDOUT, EIO}) {
        INFO(std::strerror(error));
        Fixture f;
        Client healthy = f.connect();
        REQUIRE(f.is_served(healthy));
        f.counts = {};
        Client victim = f.connect();
        REQUIRE(f.is_served(victim, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx"));
        victim.text.clear();
        f.counts = {};
        victim.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n");
        for (int i = 0; i != 20; ++i) {
            f.io.restart();
            f.io.poll();
        }
        receiving.with(error, 1);
        CHECK(f.is_cut(victim, "body"));
        CHECK(f.counts.finished == 0);
        CHECK(f.counts.closed_early == 1);
        CHECK(f.counts.gone == 1);
        CHECK(f.server->connections() == 1);
        CHECK(f.is_served(healthy));
        CHECK(f.records.texts.empty());
    }
}

TEST_CASE("no signal of a broken pipe reaches the process", "[faults]") {
    struct sigaction before{};
    struct sigaction loud{};
    static volatile std::sig_atomic_t signals = 0;
    signals = broken_pipes = 0;
    loud.sa_handler = [](int) { signals = signals + 1; };
    REQUIRE(::sigaction(SIGPIPE, &loud, &before) == 0);
    Fixture f;
    {
        Client victim = f.connect();
        REQUIRE(f.is_served(victim));
        std::string many;
        for (int i = 0; i != 5000; ++i) {
            many += get;
        }
        victim.send(many);
    } // goes without reading any answer
    CHECK(f.run_until([&f] { return f.server->connections() == 0; }));
    CHECK(broken_pipes > 0);
    CHECK(signals == 0);
    ::sigaction(SIGPIPE, &before, nullptr);
    Client next = f.connect();
    CHECK(f.is_served(next));
}

TEST_CASE("a port in use is named, and what listens there goes on", "[faults]") {
    Fixture f;
    gust::HTTPServer second{f.io, Application{f.counts, f.file}};
    const std::uint16_t port = f.server->port();
    try {
        second.listen(port, {.address = "127.0.0.1"});
        FAIL("two servers listen on one port");
    } catch (const std::system_error& error) {
        CHECK(error.code() == std::errc::address_in_use);
        const std::string text = error.what();
        CHECK(text.find("127.0.0.1:" + std::to_string(port)) != std::string::npos);
    }
    Client client = f.connect();
    CHECK(f.is_served(client));
}
