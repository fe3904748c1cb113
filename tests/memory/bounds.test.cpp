// SPDX-License-Identifier: MIT
// The memory that one connection may hold, whatever its peer or its delegate does: a block of
// input, and output up to the high-water mark and one piece more.
#include <gust/gust.hpp>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fcntl.h>
#include <malloc.h>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "support/catch.hpp"

using namespace std::chrono_literals;
using namespace gust::literals;

namespace {

/// What this process holds of the heap.
std::size_t held() {
    return ::mallinfo2().uordblks;
}

constexpr std::size_t piece_size = 64_KiB;

/// Streams without end, takes a body slowly, or answers at once, as its path says.
struct Delegate : gust::HTTPMessageDelegate {
    Delegate(std::size_t& f, asio::steady_timer& g) : finished{&f}, gate{&g} {}

    gust::awaitable<> data_received(auto&, gust::bytes) {
        std::error_code ignored;
        co_await gate->async_wait(asio::redirect_error(gust::use_awaitable, ignored));
    }
    gust::awaitable<> finish(auto& conn) {
        if (conn.target().path == "/endless") {
            return stream(conn);
        }
        ++*finished;
        respond(conn, std::string(100, 'x'));
        return {};
    }
    static gust::awaitable<> stream(gust::HTTPConnection& conn) {
        const std::string piece(piece_size, 'x');
        conn.write_headers({gust::status::ok}, {});
        for (;;) {
            conn.write(std::string_view{piece});
            co_await conn.drained();
        }
    }

    std::size_t* finished;
    asio::steady_timer* gate;
};

struct Application : gust::HTTPServerConnectionDelegate {
    Application(std::size_t& f, asio::steady_timer& g) : finished{&f}, gate{&g} {}
    Delegate start_request(auto&, auto&) { return Delegate{*finished, *gate}; }
    std::size_t* finished;
    asio::steady_timer* gate;
};

/// A peer that never reads, and holds nothing of what it sends on the heap.
class Client {
public:
    explicit Client(std::uint16_t port) : descriptor_{::socket(AF_INET, SOCK_STREAM, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::fcntl(descriptor_, F_SETFL, O_NONBLOCK) == 0);
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { ::close(descriptor_); }

    /// Sends what the kernel takes.
    std::size_t send(std::string_view bytes) {
        const ssize_t n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    /// Takes and forgets what is there.
    std::size_t receive() {
        static char into[65536];
        const ssize_t n = ::recv(descriptor_, into, sizeof into, 0);
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }

private:
    int descriptor_;
};

struct Fixture {
    Fixture() {
        server.listen(0, {.address = "127.0.0.1"});
        gate.expires_at(asio::steady_timer::time_point::max());
        run();
    }
    /// Lets everything that is ready happen, and notes the most that was held.
    void run() {
        for (int quiet = 0; quiet != 3;) {
            io.restart();
            quiet = io.poll_one() == 0 ? quiet + 1 : 0;
            most = std::max(most, held());
        }
    }
    /// Sends all of `bytes` again and again, until neither the kernel nor the server takes more.
    void flood(Client& client, std::string_view bytes) {
        std::string_view left = bytes;
        for (int idle = 0; idle != 5;) {
            const std::size_t n = client.send(left);
            left.remove_prefix(n);
            if (left.empty()) {
                left = bytes;
            }
            idle = n == 0 ? idle + 1 : 0;
            sent += n;
            run();
        }
    }

    asio::io_context io;
    asio::steady_timer gate{io};
    std::size_t finished = 0;
    gust::HTTPServer<Application> server{io, Application{finished, gate}};
    std::size_t sent = 0;
    std::size_t most = 0;
};

const gust::HTTP1ConnectionParameters defaults;
/// Blocks, and what a connection itself takes.
constexpr std::size_t overhead = 128_KiB;
const std::size_t bound =
    static_cast<std::size_t>(defaults.output_high_water) + piece_size + overhead;

} // namespace

TEST_CASE("a slow reader of an endless answer costs a bounded memory", "[memory][bounds]") {
    Fixture f;
    Client client{f.server.port()};
    f.run();
    const std::size_t before = f.most = held();
    client.send("GET /endless HTTP/1.1\r\nHost: h\r\n\r\n");
    f.run();
    CHECK(f.most < before + bound);
    std::size_t received = 0;
    for (int i = 0; i != 500; ++i) { // it goes on as the peer takes it, and costs no more
        received += client.receive();
        f.run();
    }
    CHECK(received > 1_MiB);
    CHECK(f.most < before + bound);
}

TEST_CASE("a slow delegate with a fast sender costs a bounded memory", "[memory][bounds]") {
    Fixture f;
    Client client{f.server.port()};
    f.run();
    const std::string body(1_MiB, 'x');
    const std::size_t before = f.most = held();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n");
    f.flood(client, body);
    CHECK(f.sent > 100'000);
    CHECK(f.most < before + overhead);
    f.gate.cancel(); // one piece further, as the delegate lets it
    f.flood(client, body);
    CHECK(f.most < before + overhead);
}

TEST_CASE("10,000 requests in one write cost a bounded memory", "[memory][bounds]") {
    Fixture f;
    Client client{f.server.port()};
    std::string requests;
    for (int i = 0; i != 10'000; ++i) {
        requests += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    }
    f.run();
    const std::size_t before = f.most = held();
    f.flood(client, requests); // reads no answer
    CHECK(f.finished > 1000);
    CHECK(f.most < before + bound);
    const std::size_t unread = f.finished;
    for (int i = 0; i != 500; ++i) {
        client.receive();
        f.run();
    }
    CHECK(f.finished > unread);
    CHECK(f.most < before + bound);
}

TEST_CASE("idle connections hold no buffer", "[memory][bounds]") {
    Fixture f;
    constexpr std::size_t count = 200;
    std::vector<std::unique_ptr<Client>> clients;
    for (std::size_t i = 0; i != count; ++i) {
        clients.push_back(std::make_unique<Client>(f.server.port()));
    }
    f.run();
    const std::size_t before = held();
    for (const auto& client : clients) {
        client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    f.run();
    CHECK(f.finished == count);
    CHECK(gust::Loop::of(f.io).blocks().blocks_in_use() == 0);
    // What is kept for all of them together is the loop's, and bounded.
    CHECK(held() < before + 64 * 16_KiB + count * 4_KiB);
}
