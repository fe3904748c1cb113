// SPDX-License-Identifier: MIT
// What happens when memory lacks, over sockets and in memory: a request for which there is none is
// answered or cut, and everybody else is served.
#include <gust/gust.hpp>
#include <gust/net/unix.hpp>
#include <gust/testing/memory_transport.hpp>

#include <asio/async_result.hpp>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/write.hpp>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "support/catch.hpp"
#include "support/lack_of_memory.hpp"

using namespace std::chrono_literals;

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
constexpr std::string_view upload = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                                    "chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n";

/// Answers with a body that needs memory of its own.
struct Answer : gust::HTTPMessageDelegate {
    void finish(gust::HTTPConnection& conn) { respond(conn, std::string(2000, 'x')); }
};

/// A client on the server's own thread.
class Client {
public:
    Client(asio::io_context& io, std::uint16_t port) : socket_{io} {
        socket_.connect({asio::ip::address_v4::loopback(), port});
        socket_.non_blocking(true);
    }
    void send(std::string_view bytes) { asio::write(socket_, asio::buffer(bytes)); }
    /// Takes what is there.
    void receive() {
        char piece[4096];
        std::error_code ec;
        for (std::size_t n = 0; (n = socket_.read_some(asio::buffer(piece), ec)) != 0;) {
            text.append(piece, n);
        }
        is_over = ec != asio::error::would_block;
    }
    bool is_answered() const {
        return text.starts_with("HTTP/1.1 200 ") && text.ends_with(std::string(2000, 'x'));
    }
    /// An error of the server's, or nothing but the end.
    bool is_cut() const { return is_over && (text.empty() || text.starts_with("HTTP/1.1 500 ")); }

    std::string text;
    bool is_over = false;

private:
    asio::ip::tcp::socket socket_;
};

/// Runs the loop until `is_done`, for ten seconds at most; memory lacks meanwhile.
template <class F>
bool run_until(asio::io_context& io, F is_done) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!is_done() && std::chrono::steady_clock::now() < end) {
        const LackOfMemory::Scope scope;
        io.restart();
        io.run_one_for(100ms);
    }
    return is_done();
}

} // namespace

TEST_CASE("a request without the memory for it is answered with 500 or cut", "[memory]") {
    for (const std::string_view request : {get, upload}) {
        for (const std::uint64_t in_a_row : {1U, 4U}) {
            std::uint64_t n = 1;
            int answered = 0;
            int failed = 0;
            for (bool was_refused = true; was_refused; ++n) {
                asio::io_context io;
                gust::HTTPServer server{io, gust::each<Answer>};
                server.listen(0, {.address = "127.0.0.1"});
                Client victim{io, server.port()};
                victim.send(request);
                LackOfMemory::begin(n, in_a_row);
                const auto is_over = [&victim] {
                    victim.receive();
                    return victim.is_answered() || victim.is_over;
                };
                CHECK(run_until(io, is_over));
                was_refused = LackOfMemory::refused() != 0;
                LackOfMemory::end();
                CHECK((victim.is_answered() || victim.is_cut()));
                ++(victim.is_answered() ? answered : failed);

                Client next{io, server.port()};
                next.send(get);
                CHECK(run_until(io, [&next] {
                    next.receive();
                    return next.is_answered();
                }));
            }
            CHECK(n > 5);
            CHECK(answered > 0);
            CHECK(failed > 0);
        }
    }
}

TEST_CASE("the first client on a path is served or cut when memory lacks", "[memory]") {
    const std::string name = std::string{'\0'} + "gust-test-memory-" + std::to_string(::getpid());
    for (const bool is_waited_for : {false, true}) {
        std::uint64_t n = 1;
        int served = 0;
        int cut = 0;
        for (bool was_refused = true; was_refused; ++n) {
            asio::io_context io; // where nobody has had a Unix socket yet
            gust::HTTPServer server{io, gust::each<Answer>};
            server.listen_unix(name);
            sockaddr_un address{};
            address.sun_family = AF_UNIX;
            name.copy(address.sun_path, name.size());
            const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
            const gust::detail::Descriptor client{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)
            };
            REQUIRE(
                ::connect(client.number(), reinterpret_cast<const sockaddr*>(&address), size) == 0
            );
            LackOfMemory::begin(n);
            for (int turns = 0; is_waited_for && turns != 5; ++turns) {
                const LackOfMemory::Scope scope;
                io.restart();
                io.poll();
            }
            ::send(client.number(), get.data(), get.size(), MSG_NOSIGNAL); // unless it was cut
            bool is_served = false;
            bool is_over = false;
            CHECK(run_until(io, [&] {
                char piece[4096];
                const ssize_t got = ::recv(client.number(), piece, sizeof piece, 0);
                is_served = is_served || got > 0;
                is_over = got == 0 || (got == -1 && errno == ECONNRESET);
                return is_served || is_over;
            }));
            was_refused = LackOfMemory::refused() != 0;
            LackOfMemory::end();
            ++(is_served ? served : cut);
        }
        CHECK(n > 5);
        CHECK(served > 0);
        CHECK(cut > 0);
    }
}

TEMPLATE_TEST_CASE("a stream that was prepared for it waits without memory", "[memory]", gust::UnixTransport, gust::DirectLayer<gust::UnixTransport>) {
    asio::io_context io;
    gust::Loop& loop = gust::Loop::of(io);
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    const gust::detail::Descriptor far{ends[1]};
    gust::IOStream<TestType> stream{
        loop,
        TestType{gust::UnixTransport{
            io.get_executor(),
            gust::detail::AcceptedSocket{gust::detail::Descriptor{ends[0]}, AF_UNIX}
        }}
    };
    stream.prepare_wait();
    gust::detail::ReservedMemory<256> memory;
    int calls = 0;
    LackOfMemory::begin();
    {
        const LackOfMemory::Scope scope;
        stream.async_wait_readable(1, gust::detail::in_memory(memory, [&calls](std::error_code ec) {
                                       calls += ec ? 10 : 1;
                                   }));
    }
    CHECK(::send(far.number(), "a", 1, MSG_NOSIGNAL) == 1);
    CHECK(run_until(io, [&calls] { return calls == 1; }));
    LackOfMemory::end();
    CHECK(LackOfMemory::refused() == 0);
}

TEST_CASE("a call is deferred without memory, whatever became of those before", "[memory]") {
    struct Call : gust::detail::DeferredCall {
        explicit Call(int& calls) : DeferredCall{make}, calls_{&calls} {}
        static void make(DeferredCall& self) noexcept { ++*static_cast<Call&>(self).calls_; }
        int* calls_;
    };
    asio::io_context io;
    gust::Loop& loop = gust::Loop::of(io);
    int calls = 0;
    std::optional<Call> gone{std::in_place, calls};
    Call next{calls};
    LackOfMemory::begin();
    {
        const LackOfMemory::Scope scope;
        loop.defer(*gone);
        gone.reset();
        loop.defer(next);
        CHECK(io.poll() == 1);
    }
    LackOfMemory::end();
    CHECK(calls == 1);
    CHECK(LackOfMemory::refused() == 0);
}

TEST_CASE("a connection that is kept lives through a lack of memory beside it", "[memory]") {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Answer>};
    server.listen(0, {.address = "127.0.0.1"});
    Client healthy{io, server.port()};
    const auto is_served = [&healthy] {
        healthy.receive();
        return healthy.is_answered();
    };
    const auto serve = [&] {
        healthy.text.clear();
        healthy.send(get);
        return run_until(io, is_served);
    };
    REQUIRE(serve());
    for (std::uint64_t n = 1; n != 30; ++n) {
        Client victim{io, server.port()};
        victim.send(upload);
        LackOfMemory::begin(n);
        CHECK(run_until(io, [&victim] {
            victim.receive();
            return victim.is_answered() || victim.is_over;
        }));
        LackOfMemory::end();
        CHECK(serve());
    }
}

TEST_CASE("what waits is completed without memory", "[memory]") {
    asio::io_context io;
    gust::Loop& loop = gust::Loop::of(io);
    auto [near, far] = gust::testing::make_memory_pair(loop, 4);
    gust::testing::MemoryPeer peer{std::move(far)};
    gust::IOStream<gust::testing::MemoryTransport> stream{loop, std::move(near)};
    int calls = 0;
    std::string line;
    std::error_code read_error;
    std::error_code write_error = gust::errc::busy;
    std::error_code watch_error = gust::errc::busy;
    stream.read_until("\n", 100, [&](std::error_code ec, std::string_view view) {
        ++calls;
        read_error = ec;
        line.assign(view.begin(), view.end());
    });
    stream.wait_until_closed([&](std::error_code, std::error_code reason) {
        ++calls;
        watch_error = reason;
    });
    stream.write("too long", [&](std::error_code ec) {
        ++calls;
        write_error = ec;
    });
    peer.write("a"); // a block is held for it
    io.poll();
    line.reserve(16);
    SECTION("by what it waits for") {
        peer.write("\n");
        peer.set_capacity(100);
        LackOfMemory::begin();
        {
            const LackOfMemory::Scope scope;
            io.restart();
            io.poll();
        }
        LackOfMemory::end();
        CHECK(line == "a\n");
        CHECK_FALSE(read_error);
        CHECK_FALSE(write_error);
        CHECK(calls == 2);
        stream.close();
        io.restart();
        io.poll();
    }
    SECTION("by a close") {
        LackOfMemory::begin();
        {
            const LackOfMemory::Scope scope;
            stream.close();
            io.restart();
            io.poll();
        }
        LackOfMemory::end();
        CHECK(read_error == gust::errc::closed);
        CHECK(write_error == gust::errc::closed);
    }
    CHECK(watch_error == gust::errc::closed);
    CHECK(calls == 3);
}

TEST_CASE("who waits for an event is told without memory", "[memory]") {
    asio::io_context io;
    gust::detail::WaiterList<int> waiters;
    int told = 0;
    const auto wait = [&](auto handler) {
        waiters.add(gust::detail::make_waiter<int>(std::move(handler), io.get_executor(), -1));
    };
    SECTION("a function") {
        wait([&told](int n) { told = n; });
    }
    SECTION("a coroutine") {
        const auto body = [](const auto& begin, int& result) -> gust::awaitable<> {
            result = co_await asio::async_initiate<const asio::use_awaitable_t<>, void(int)>(
                begin, gust::use_awaitable
            );
            LackOfMemory::end(); // Asio needs some to end a coroutine
        };
        asio::co_spawn(io, body(wait, told), asio::detached);
        io.poll();
    }
    LackOfMemory::begin();
    {
        const LackOfMemory::Scope scope;
        waiters.complete_all(7);
        io.restart();
        io.poll();
    }
    LackOfMemory::end();
    CHECK(told == 7);
}

TEST_CASE("the ticks of a loop go on after a lack of memory", "[memory]") {
    asio::io_context io;
    gust::Loop& loop = gust::Loop::of(io);
    loop.expect_deadline(160ms);
    SECTION("in memory of their own") {
        loop.attach();
        LackOfMemory::begin();
    }
    SECTION("with the next stream, when there was none for the first") {
        LackOfMemory::begin();
        {
            const LackOfMemory::Scope scope;
            loop.attach();
        }
        CHECK(LackOfMemory::refused() != 0);
        LackOfMemory::end();
        loop.attach();
        loop.detach();
    }
    const gust::loop_time start = loop.now();
    CHECK(run_until(io, [&] { return loop.now() >= start + 60; }));
    LackOfMemory::end();
    loop.detach();
}
