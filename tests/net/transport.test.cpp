// SPDX-License-Identifier: MIT
// What the sockets of TCP and Unix do when they are tried.
#include <gust/net/transport.hpp>

#include <array>
#include <fstream>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>

#include "net/streams.hpp"
#include "support/catch.hpp"

using namespace gust;
using namespace gust::testing;
using gust::detail::AcceptedSocket;
using gust::detail::Descriptor;

// What is no transport, and what is one that cannot be tried.
static_assert(!transport<int>);
static_assert(!transport<asio::ip::tcp::socket>); // of another executor
static_assert(transport<asio::basic_stream_socket<asio::ip::tcp, executor>>);
static_assert(direct_transport<TCPTransport> && direct_transport<UnixTransport>);
static_assert(!direct_transport<asio::basic_stream_socket<asio::ip::tcp, executor>>);

namespace {

template <class T>
struct Sockets {
    asio::io_context io;
    std::pair<T, T> pair = PairOf<T>::make(Loop::of(io));
    T& near = pair.first;
    T& far = pair.second;
    std::array<char, 100> memory{};

    io_result send(T& from, std::string_view text) {
        const iovec part{const_cast<char*>(text.data()), text.size()};
        return from.try_write({&part, 1});
    }
    std::string receive(T& at) {
        wait(at, POLLIN);
        const io_result result = at.try_read(memory);
        return {memory.data(), result.n};
    }
    /// A reset is waited for in any case.
    static void wait(T& at, short events) {
        pollfd entry{at.native_handle(), events, 0};
        REQUIRE(::poll(&entry, 1, 1000) == 1);
    }
};

} // namespace

TEMPLATE_TEST_CASE(
    "a socket tells what it wants instead of waiting",
    "[net][transport]",
    TCPTransport,
    UnixTransport
) {
    Sockets<TestType> s;
    CHECK(s.near.try_read(s.memory).status == io_status::want_read);
    CHECK(s.near.try_peek().status == io_status::want_read);
    CHECK(s.send(s.far, "hello").n == 5);
    s.wait(s.near, POLLIN);
    CHECK(s.near.try_peek().n == 1);
    CHECK(s.receive(s.near) == "hello");
    CHECK(s.near.try_read({}).status == io_status::ok);
    const std::string large(1'000'000, 'x');
    io_result result;
    for (int i = 0; i != 100 && result.status == io_status::ok; ++i) {
        result = s.send(s.near, large);
    }
    CHECK(result.status == io_status::want_write);
}

TEMPLATE_TEST_CASE(
    "a socket is quiet while nothing is on its way, and nothing unread",
    "[net][transport]",
    TCPTransport,
    UnixTransport
) {
    Sockets<TestType> s;
    CHECK(s.near.is_quiet());
    s.send(s.far, "question");
    s.wait(s.near, POLLIN);
    CHECK_FALSE(s.near.is_quiet());
    CHECK(s.receive(s.near) == "question");
    CHECK(s.near.is_quiet());
    s.far.shutdown_send();
    s.wait(s.near, POLLIN);
    CHECK(s.near.is_quiet()); // an end is no byte
    const std::string large(1'000'000, 'x');
    while (s.send(s.near, large).status == io_status::ok) {
    }
    CHECK_FALSE(s.near.is_quiet()); // more than the peer's side can take
    s.near.close();
    CHECK_FALSE(s.near.is_quiet());
}

TEMPLATE_TEST_CASE("a socket gathers pieces", "[net][transport]", TCPTransport, UnixTransport) {
    Sockets<TestType> s;
    std::string a = "one ";
    std::string b = "two ";
    std::string c = "three";
    const std::array<iovec, 3> parts{
        {{a.data(), a.size()}, {b.data(), b.size()}, {c.data(), c.size()}}
    };
    CHECK(s.near.try_write(parts).n == 13);
    CHECK(s.receive(s.far) == "one two three");
}

TEMPLATE_TEST_CASE(
    "the end of a peer is seen behind its data, and is no reset",
    "[net][transport]",
    TCPTransport,
    UnixTransport
) {
    Sockets<TestType> s;
    s.send(s.far, "last");
    s.far.shutdown_send();
    CHECK(s.receive(s.near) == "last");
    s.wait(s.near, POLLIN);
    CHECK(s.near.try_peek().status == io_status::eof);
    CHECK(s.near.try_read(s.memory).status == io_status::eof);
    CHECK_FALSE(s.near.is_reset());
    CHECK(s.send(s.near, "answer").n == 6);
    CHECK(s.receive(s.far) == "answer");
}

TEST_CASE("an aborted connection is a reset, even behind unread bytes", "[net][transport]") {
    Sockets<TCPTransport> s;
    s.send(s.far, "unread");
    s.wait(s.near, POLLIN);
    CHECK_FALSE(s.near.is_reset());
    s.far.abort();
    CHECK_FALSE(s.far.is_open());
    s.wait(s.near, 0);
    CHECK(s.near.is_reset());
    s.receive(s.near);
    CHECK(s.near.try_read(s.memory).error == std::errc::connection_reset);
}

TEMPLATE_TEST_CASE(
    "writing to nobody is an error and not a signal",
    "[net][transport]",
    TCPTransport,
    UnixTransport
) {
    Sockets<TestType> s;
    s.far.close();
    io_result result = s.send(s.near, "x");
    if (result.status == io_status::ok) { // TCP learns of it by a reset
        s.wait(s.near, 0);
        result = s.send(s.near, "x");
    }
    CHECK(result.status == io_status::error);
    CHECK((result.error == std::errc::broken_pipe || result.error == std::errc::connection_reset));
}

TEMPLATE_TEST_CASE(
    "a closed socket fails whatever is tried", "[net][transport]", TCPTransport, UnixTransport
) {
    Sockets<TestType> s;
    s.near.close();
    s.near.close();
    s.near.abort();
    s.near.shutdown_send();
    CHECK(s.near.try_read(s.memory).error == std::errc::bad_file_descriptor);
    CHECK(s.near.try_peek().error == std::errc::bad_file_descriptor);
    CHECK(s.send(s.near, "x").error == std::errc::bad_file_descriptor);
    Result wait;
    s.near.async_wait(io_want::read, into(wait));
    settle(s.io);
    CHECK(wait.error);
}

TEST_CASE("TCP sends small pieces at once", "[net][transport]") {
    Sockets<TCPTransport> s;
    int value = 0;
    socklen_t size = sizeof value;
    REQUIRE(::getsockopt(s.near.native_handle(), IPPROTO_TCP, TCP_NODELAY, &value, &size) == 0);
    CHECK(value != 0);
}

TEMPLATE_TEST_CASE(
    "a file goes through a socket, also one that the kernel cannot map",
    "[net][transport]",
    TCPTransport,
    UnixTransport
) {
    Sockets<TestType> s;
    const int plain = ::open("/proc/self/exe", O_RDONLY);
    REQUIRE(plain != -1);
    CHECK(s.near.try_send_file(plain, 1, 3).n == 3);
    CHECK(s.receive(s.far) == "ELF");
    struct stat status{};
    REQUIRE(::fstat(plain, &status) == 0);
    const auto beyond = static_cast<std::uint64_t>(status.st_size);
    CHECK(s.near.try_send_file(plain, beyond, 10).error == errc::body_too_short);
    ::close(plain);
    const int zero = ::open("/dev/zero", O_RDONLY);
    CHECK(s.near.try_send_file(zero, 0, 50).n == 50);
    CHECK(s.receive(s.far) == std::string(50, '\0'));
    ::close(zero);
    CHECK(s.near.try_send_file(-1, 0, 50).error == std::errc::bad_file_descriptor);
}

namespace {

/// Descriptors that are in an epoll set of this process.
int count_registered() {
    int count = 0;
    for (int descriptor = 0; descriptor != 100; ++descriptor) {
        std::ifstream info{"/proc/self/fdinfo/" + std::to_string(descriptor)};
        for (std::string line; std::getline(info, line);) {
            count += line.starts_with("tfd:") ? 1 : 0;
        }
    }
    return count;
}

} // namespace

TEST_CASE("what was accepted is Asio's from its first wait on", "[net][transport][epoll]") {
    asio::io_context io;
    const asio::steady_timer uses_the_reactor{io};
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    const Descriptor far{ends[1]};
    UnixTransport near{io.get_executor(), AcceptedSocket{Descriptor{ends[0]}, AF_UNIX}};
    const int before = count_registered();
    std::array<char, 10> memory{};
    CHECK(near.is_open());
    CHECK(near.native_handle() == ends[0]);
    CHECK(near.try_read(memory).status == io_status::want_read);
    CHECK(::send(far.number(), "ab", 2, 0) == 2);
    CHECK(near.try_read(memory).n == 2);
    UnixTransport moved{std::move(near)};
    CHECK_FALSE(near.is_open());
    CHECK(moved.is_open());
    CHECK(count_registered() == before);

    int calls = 0;
    moved.async_wait(io_want::read, [&](std::error_code ec) { calls += ec ? 10 : 1; });
    CHECK(count_registered() == before + 1);
    CHECK(::send(far.number(), "c", 1, 0) == 1);
    io.run_for(std::chrono::seconds{1});
    CHECK(calls == 1);
    CHECK(moved.try_read(memory).n == 1);
    CHECK(moved.native_handle() == ends[0]);
    moved.close();
    CHECK_FALSE(moved.is_open());
}

TEST_CASE("what was accepted is closed with its transport", "[net][transport]") {
    asio::io_context io;
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    const Descriptor far{ends[1]};
    char byte = 0;
    SECTION("when it is destroyed") {
        const UnixTransport near{io.get_executor(), AcceptedSocket{Descriptor{ends[0]}, AF_UNIX}};
    }
    SECTION("when it is closed, and a wait tells so") {
        UnixTransport near{io.get_executor(), AcceptedSocket{Descriptor{ends[0]}, AF_UNIX}};
        near.close();
        CHECK_FALSE(near.is_open());
        std::error_code error;
        near.async_wait(io_want::read, [&](std::error_code ec) { error = ec; });
        io.run();
        CHECK(error == asio::error::bad_descriptor);
    }
    CHECK(::recv(far.number(), &byte, 1, MSG_DONTWAIT) == 0);
}

TEST_CASE("what takes the place of a transport closes it", "[net][transport]") {
    asio::io_context io;
    std::array<int, 2> old{};
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, old.data()) == 0);
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    const Descriptor old_far{old[1]};
    const Descriptor far{ends[1]};
    UnixTransport transport{io.get_executor(), AcceptedSocket{Descriptor{old[0]}, AF_UNIX}};
    UnixTransport next{io.get_executor(), AcceptedSocket{Descriptor{ends[0]}, AF_UNIX}};
    transport = std::move(next);
    char byte = 0;
    CHECK(::recv(old_far.number(), &byte, 1, MSG_DONTWAIT) == 0);
    CHECK_FALSE(next.is_open());
    CHECK(transport.native_handle() == ends[0]);
    auto& same = transport;
    transport = std::move(same);
    CHECK(transport.is_open());
}

TEST_CASE("what Asio does not take is closed, and the wait fails", "[net][transport][epoll]") {
    asio::io_context io;
    constexpr int nothing = 1'000'000; // no such descriptor: the reactor refuses it
    TCPTransport transport{io.get_executor(), AcceptedSocket{Descriptor{nothing}, AF_INET}};
    std::error_code error;
    transport.async_wait(io_want::read, [&](std::error_code ec) { error = ec; });
    CHECK_FALSE(error);
    io.run();
    CHECK(error == asio::error::bad_descriptor);
    CHECK_FALSE(transport.is_open());
}
