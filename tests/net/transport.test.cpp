// SPDX-License-Identifier: MIT
// What the sockets of TCP and Unix do when they are tried.
#include <gust/net/transport.hpp>

#include <array>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>

#include "net/streams.hpp"
#include "support/catch.hpp"

using namespace gust;
using namespace gust::testing;

// What is no transport, and what is one that cannot be tried.
static_assert(!transport<int>);
static_assert(!transport<asio::ip::tcp::socket>); // of another executor
static_assert(transport<asio::basic_stream_socket<asio::ip::tcp, executor>>);
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
    for (int i = 0; i != 1000 && !s.near.is_reset(); ++i) {
        ::usleep(1000);
    }
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
    io_result result;
    for (int i = 0; i != 100 && result.status == io_status::ok; ++i) {
        result = s.send(s.near, "x");
        ::usleep(1000);
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
