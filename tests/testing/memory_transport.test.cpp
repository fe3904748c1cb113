// SPDX-License-Identifier: MIT
#include <gust/testing/memory_transport.hpp>

#include <asio/buffer.hpp>

#include <array>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace gust;
using namespace gust::testing;

namespace {

struct Fixture {
    explicit Fixture(std::size_t capacity = 1000) : pair{make_memory_pair(io, capacity)} {}

    io_result send(std::string_view text) {
        const iovec part{const_cast<char*>(text.data()), text.size()};
        return near.try_write({&part, 1});
    }
    std::string receive(std::size_t most = 100) {
        std::string text(most, '\0');
        const io_result result = near.try_read({text.data(), text.size()});
        text.resize(result.n);
        return text;
    }
    io_status status() {
        std::array<char, 1> byte{};
        return near.try_read(byte).status;
    }
    std::size_t poll() {
        io.restart();
        return io.poll();
    }

    asio::io_context io;
    MemoryPair pair;
    MemoryTransport& near = pair.near;
    MemoryPeer peer{std::move(pair.far)};
};

} // namespace

TEST_CASE("bytes go both ways through memory", "[testing][memory_transport]") {
    Fixture f;
    CHECK(f.status() == io_status::want_read);
    f.peer.write("hello ");
    f.peer.write("world");
    CHECK(f.near.try_peek().status == io_status::ok);
    CHECK(f.receive(3) == "hel");
    CHECK(f.receive() == "lo world");
    CHECK(f.send("answer").n == 6);
    CHECK(f.peer.unread() == "answer");
    CHECK(f.peer.read(2) == "an");
    CHECK(f.peer.read_all() == "swer");
}

TEST_CASE("what is on its way is bounded", "[testing][memory_transport]") {
    Fixture f{4};
    CHECK(f.send("123456").n == 4);
    CHECK(f.send("56").status == io_status::want_write);
    f.peer.read(1);
    CHECK(f.send("56").n == 1);
    f.peer.set_capacity(100);
    CHECK(f.send("6789").n == 4);
    CHECK(f.peer.read_all() == "23456789");
}

TEST_CASE("a test may cut everything into single bytes", "[testing][memory_transport]") {
    Fixture f;
    f.peer.set_read_size(1);
    f.peer.write("abc");
    CHECK(f.receive() == "a");
    CHECK(f.receive() == "b");
    CHECK(f.receive() == "c");
}

TEST_CASE("a FIN comes after the data and is no reset", "[testing][memory_transport]") {
    Fixture f;
    f.peer.write("last");
    f.peer.shutdown();
    CHECK(f.receive() == "last");
    CHECK(f.status() == io_status::eof);
    CHECK_FALSE(f.near.is_reset());
    CHECK(f.send("answer").n == 6);
    CHECK(f.peer.read_all() == "answer");
    f.near.shutdown_send();
    CHECK(f.peer.has_ended());
    CHECK_FALSE(f.peer.is_closed());
    CHECK(f.send("more").error == std::errc::broken_pipe);
}

TEST_CASE("a reset comes after the data as well", "[testing][memory_transport]") {
    Fixture f;
    f.peer.write("last");
    f.peer.reset();
    CHECK(f.near.is_reset());
    CHECK(f.receive() == "last");
    CHECK(f.status() == io_status::error);
    CHECK(f.send("x").error == std::errc::connection_reset);
}

TEST_CASE("closing with unread data resets, as TCP does", "[testing][memory_transport]") {
    Fixture f;
    f.send("unread");
    f.peer.close();
    CHECK(f.near.is_reset());
}

TEST_CASE("writing to a peer that has closed succeeds once", "[testing][memory_transport]") {
    Fixture f;
    f.peer.close();
    CHECK_FALSE(f.near.is_reset());
    CHECK(f.status() == io_status::eof);
    CHECK(f.send("x").n == 1);
    CHECK(f.near.is_reset());
    CHECK(f.send("x").error == std::errc::connection_reset);
}

TEST_CASE(
    "waits complete on the loop, when and only when something has changed",
    "[testing][memory_transport]"
) {
    Fixture f{4};
    int readable = 0;
    int writable = 0;
    f.near.async_wait(io_want::read, [&](std::error_code ec) {
        CHECK(!ec);
        ++readable;
    });
    CHECK(f.poll() == 0);
    f.peer.write("x");
    CHECK(readable == 0);
    f.poll();
    CHECK(readable == 1);
    f.send("1234");
    f.near.async_wait(io_want::write, [&](std::error_code ec) {
        CHECK(!ec);
        ++writable;
    });
    CHECK(f.poll() == 0);
    f.peer.read(1);
    f.poll();
    CHECK(writable == 1);
    f.near.async_wait(io_want::write, [&](std::error_code) { ++writable; });
    CHECK(writable == 1); // ready already, and told on the loop all the same
    f.poll();
    CHECK(writable == 2);
}

TEST_CASE("closing ends the waits of both ends", "[testing][memory_transport]") {
    Fixture f{4};
    std::error_code readable;
    bool is_peer_told = false;
    f.near.async_wait(io_want::read, [&](std::error_code ec) { readable = ec; });
    f.peer.transport().async_wait(io_want::read, [&](std::error_code ec) { is_peer_told = !ec; });
    f.near.close();
    f.near.close();
    f.poll();
    CHECK(readable);
    CHECK(is_peer_told);
    CHECK_FALSE(f.near.is_open());
    CHECK(f.status() == io_status::error);
    std::error_code late;
    f.near.async_wait(io_want::read, [&](std::error_code ec) { late = ec; });
    f.poll();
    CHECK(late);
}

TEST_CASE("the two calls of an Asio stream work in memory", "[testing][memory_transport]") {
    Fixture f{4};
    std::array<char, 2> first{};
    std::array<char, 10> second{};
    const std::array<asio::mutable_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
    std::vector<std::size_t> sizes;
    std::error_code error;
    const auto record = [&](std::error_code ec, std::size_t n) {
        error = ec;
        sizes.push_back(n);
    };
    f.near.async_read_some(buffers, record);
    CHECK(f.poll() == 0);
    f.peer.write("hello");
    f.poll();
    CHECK(sizes == std::vector<std::size_t>{5});
    CHECK(std::string(first.data(), 2) + std::string(second.data(), 3) == "hello");
    f.near.async_write_some(asio::buffer("123456", 6), record);
    f.poll();
    CHECK(sizes.back() == 4);
    f.peer.shutdown();
    f.near.async_read_some(buffers, record);
    f.poll();
    CHECK(error == asio::error::eof);
}
