// SPDX-License-Identifier: MIT
// Writing and the primitives, over a connection in memory, over TCP, and over a transport that can
// only be asked to complete; and every operation failing in turn.
#include <gust/net/io_stream.hpp>
#include <gust/testing/fail_point.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/detached.hpp>

#include <cstdio>
#include <memory>
#include <stdlib.h>
#include <string>
#include <unistd.h>
#include <vector>

#include "net/streams.hpp"
#include "support/catch.hpp"

using namespace gust;
using namespace gust::testing;
using namespace std::string_literals;
using namespace gust::literals;

#define TRANSPORTS MemoryTransport, TCPTransport, Forward<TCPTransport>

namespace {

/// A file without a name.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string_view text) {
        std::string name = "/tmp/gust-test-XXXXXX";
        descriptor_ = ::mkstemp(name.data());
        REQUIRE(descriptor_ != -1);
        ::unlink(name.c_str());
        REQUIRE(
            ::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size())
        );
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { ::close(descriptor_); }

    file part(std::uint64_t offset, std::uint64_t size) const {
        return {descriptor_, offset, size};
    }
    void cut(std::uint64_t size) const {
        REQUIRE(::ftruncate(descriptor_, static_cast<off_t>(size)) == 0);
    }

private:
    int descriptor_;
};

/// Remembers the sizes of what it was asked to send at a time.
template <direct_transport Next>
class Sizes : public DirectLayer<Next, Sizes<Next>> {
public:
    using DirectLayer<Next, Sizes<Next>>::DirectLayer;
    io_result try_write(std::span<const iovec> parts) noexcept {
        std::size_t size = 0;
        for (const iovec& part : parts) {
            size += part.iov_len;
        }
        sizes.push_back(size);
        return this->next().try_write(parts);
    }
    std::vector<std::size_t> sizes;
};

} // namespace

TEST_CASE("a lot is sent in several calls", "[net][io_stream]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    MemoryPair pair = make_memory_pair(loop, 4_MiB);
    MemoryPeer peer{std::move(pair.far)};
    IOStream stream{loop, Sizes<MemoryTransport>{std::move(pair.near)}};
    const std::string body(2_MiB, 'b');
    stream.output().push(unowned("head"));
    stream.output().push(unowned(body));
    stream.output().push(unowned("tail"));
    CHECK(stream.flush().status == io_status::ok);
    CHECK(stream.transport().sizes == std::vector<std::size_t>{1_MiB, 1_MiB, 8});
    CHECK(peer.read_all() == "head" + body + "tail");
}

TEMPLATE_TEST_CASE("every kind of chunk is written", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    const TemporaryFile data{"0123456789"};
    const auto owner = std::make_shared<std::string>("shared ");
    const std::string lvalue = "lvalue ";
    Result all;
    s.far.read_until_close(into(all));
    run(s.io, [&]() -> awaitable<> {
        co_await s.near.write("literal ");
        co_await s.near.write(lvalue);
        co_await s.near.write("string "s);
        co_await s.near.write(as_bytes("bytes "));
        co_await s.near.write(shared(owner, *owner));
        co_await s.near.write(unowned("unowned "));
        co_await s.near.write(data.part(3, 5));
        co_await s.near.write("");
    });
    CHECK(owner.use_count() == 1);
    s.near.close();
    settle(s.io);
    CHECK(all.text == "literal lvalue string bytes shared unowned 34567");
}

TEMPLATE_TEST_CASE(
    "writes that do not fit are sent and completed in order", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    std::vector<int> order;
    std::vector<std::unique_ptr<Result>> results;
    std::string expected;
    for (int i = 0; i != 10; ++i) {
        results.push_back(std::make_unique<Result>());
        results.back()->then = [&, i] { order.push_back(i); };
        const std::string text(1'000'000, static_cast<char>('a' + i));
        expected += text;
        s.near.write(std::string{text}, into(*results.back()));
    }
    settle(s.io);
    CHECK(order.size() < 10); // nobody reads
    run(s.io, [&]() -> awaitable<> {
        const std::string_view all = co_await s.far.read_exactly(expected.size());
        CHECK(all == expected);
    });
    settle(s.io);
    CHECK(order == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
}

TEMPLATE_TEST_CASE("of ten writers at a time none is forgotten", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    int done = 0;
    for (int writer = 0; writer != 10; ++writer) {
        asio::co_spawn(
            s.io,
            [](IOStream<TestType>& stream, int& count) -> awaitable<> {
                for (int i = 0; i != 1000; ++i) {
                    co_await stream.write("0123456789");
                    ++count;
                }
            }(s.near, done),
            asio::detached
        );
    }
    run(s.io, [&]() -> awaitable<> {
        const std::string_view all = co_await s.far.read_exactly(100'000);
        CHECK(all.size() == 100'000);
    });
    settle(s.io);
    CHECK(done == 10'000);
}

TEMPLATE_TEST_CASE(
    "an empty write completes behind what is before it", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    Result empty;
    s.near.write("", into(empty));
    settle(s.io);
    CHECK(empty.calls == 1);
    s.near.write(std::string(10_MiB, 'x'), asio::detached);
    s.near.write("", into(empty));
    settle(s.io);
    CHECK(empty.calls == 1);
    s.near.close();
    settle(s.io);
    CHECK(empty.calls == 2);
    CHECK(empty.error == errc::closed);
    s.near.write("", into(empty));
    settle(s.io);
    CHECK(empty.error == errc::closed);
}

TEMPLATE_TEST_CASE(
    "a write over the bound queues nothing and closes nothing", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    s.near.set_options({.max_write_buffer_size = 1000});
    const TemporaryFile data{std::string(5000, 'f')};
    Result result;
    s.near.write(std::string(1001, 'x'), into(result));
    settle(s.io);
    CHECK(result.error == errc::buffer_full);
    CHECK(s.near.is_open());
    CHECK(s.near.output().empty());
    run(s.io, [&]() -> awaitable<> {
        co_await s.near.write(std::string(1000, 'y'));
        co_await s.near.write(data.part(0, 5000)); // does not lie in memory
        const auto all = co_await text_of(s.far.read_exactly(6000));
        CHECK(all == std::string(1000, 'y') + std::string(5000, 'f'));
    });
}

TEMPLATE_TEST_CASE(
    "closing drops what is unsent and fails its writes", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    Result first;
    Result second;
    s.near.write(std::string(20_MiB, 'x'), into(first));
    s.near.write("more", into(second));
    settle(s.io);
    CHECK(first.calls == 0);
    s.near.close();
    CHECK(first.calls == 0); // never inside the call
    settle(s.io);
    CHECK(first.error == errc::closed);
    CHECK(second.error == errc::closed);
    CHECK(s.near.output().empty());
    CHECK_FALSE(s.near.is_open());
    CHECK(s.loop.blocks().blocks_in_use() == 0);
}

TEMPLATE_TEST_CASE(
    "a stream destroyed while it writes keeps its bytes until the write ends",
    "[net][io_stream]",
    TRANSPORTS
) {
    Streams<TestType> s;
    const auto owner = std::make_shared<std::string>(20_MiB, 'x');
    Result result;
    {
        IOStream<TestType> stream{std::move(s.near)};
        stream.write("small copied piece", into(result));
        stream.write(std::string(10'000, 'y'), into(result));
        stream.write(shared(owner, *owner), into(result));
        settle(s.io);
        CHECK(owner.use_count() > 1);
    }
    settle(s.io);
    CHECK(result.calls == 3);
    CHECK(result.error == errc::closed);
    CHECK(owner.use_count() == 1);
}

TEMPLATE_TEST_CASE(
    "a write may be cancelled, and its bytes go all the same", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    asio::cancellation_signal signal;
    Result result;
    s.near.write(
        std::string(10_MiB, 'x'), asio::bind_cancellation_slot(signal.slot(), into(result))
    );
    settle(s.io);
    signal.emit(asio::cancellation_type::terminal);
    settle(s.io);
    CHECK(result.error == asio::error::operation_aborted);
    run(s.io, [&]() -> awaitable<> {
        const std::string_view all = co_await s.far.read_exactly(10_MiB);
        CHECK(all.size() == 10_MiB);
    });
}

TEMPLATE_TEST_CASE("after a FIN from the peer writing goes on", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    s.far.shutdown_send();
    Result read;
    Result answer;
    s.near.read_until_close(into(read));
    settle(s.io);
    CHECK(read.calls == 1);
    CHECK(!read.error);
    s.far.read_exactly(6, into(answer));
    s.near.write("answer", asio::detached);
    settle(s.io);
    CHECK(answer.text == "answer");
}

TEMPLATE_TEST_CASE("a FIN goes behind what was written", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    Result all;
    Result sent;
    sent.then = [&] { s.near.shutdown_send(); };
    s.near.write(std::string(3_MiB, 'x'), into(sent));
    run(s.io, [&]() -> awaitable<> {
        const std::string_view read = co_await s.far.read_until_close();
        CHECK(read.size() == 3_MiB);
        CHECK(s.far.is_open());
    });
}

TEMPLATE_TEST_CASE(
    "writing to a peer that has gone fails and closes", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    s.far.abort();
    settle(s.io);
    Result result;
    for (int i = 0; i != 5 && !result.error; ++i) {
        s.near.write("anybody there?", into(result));
        settle(s.io);
    }
    CHECK(result.error);
    CHECK(result.error != errc::closed);
    CHECK_FALSE(s.near.is_open());
}

TEMPLATE_TEST_CASE(
    "a failing write ends a read that waits", "[net][io_stream]", TCPTransport, UnixTransport
) {
    Streams<TestType> s;
    Result read;
    Result write;
    s.near.read_some(1, into(read));
    settle(s.io);
    ::shutdown(
        s.near.transport().native_handle(), SHUT_WR
    ); // the write fails, and no event tells the read
    s.near.write("x", into(write));
    settle(s.io);
    CHECK(write.error == std::errc::broken_pipe);
    CHECK(read.error == std::errc::broken_pipe);
}

TEMPLATE_TEST_CASE(
    "a large file is sent whole, and one that shrinks fails the stream",
    "[net][io_stream]",
    TRANSPORTS
) {
    Streams<TestType> s;
    std::string text(3'000'000, '\0');
    for (std::size_t i = 0; i != text.size(); ++i) {
        text[i] = static_cast<char>('a' + i % 26);
    }
    const TemporaryFile data{text};
    s.near.write("head ", asio::detached);
    s.near.write(data.part(10, text.size() - 10), asio::detached);
    s.near.write(" tail", asio::detached);
    run(s.io, [&]() -> awaitable<> {
        const std::string_view all = co_await s.far.read_exactly(text.size());
        CHECK(all == "head " + text.substr(10) + " tail");
    });
    Result result;
    data.cut(1000);
    s.near.write(data.part(900, 200), into(result));
    settle(s.io);
    CHECK(result.error);
    CHECK_FALSE(s.near.is_open());
}

TEMPLATE_TEST_CASE(
    "the primitives carry a protocol that drives itself", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    Result wake;
    CHECK(s.near.fill(100).status == io_status::want_read);
    CHECK(s.near.peek().status == io_status::want_read);
    CHECK(s.near.flush().status == io_status::ok);
    s.near.async_wait_readable(100, into(wake));
    settle(s.io);
    CHECK(wake.calls == 0);
    s.far.write("ping", asio::detached);
    settle(s.io);
    CHECK(wake.calls == 1);
    CHECK(!wake.error);
    CHECK(s.near.peek().status == io_status::ok);
    CHECK(s.near.fill(100).n == 4);
    CHECK(s.near.input().unread() == "ping");
    s.near.input().consume(4);
    s.near.input().settle();
    CHECK(s.near.fill(100).status == io_status::want_read);

    Result got;
    s.far.read_exactly(4, into(got));
    s.near.output().push(std::string_view{"pong"});
    if (s.near.flush().status == io_status::want_write) {
        s.near.async_wait_writable(into(wake));
    }
    settle(s.io);
    CHECK(s.near.flush().status == io_status::ok);
    CHECK(got.text == "pong");
    CHECK_FALSE(s.near.is_reset());

    s.far.shutdown_send();
    settle(s.io);
    wake = {};
    s.near.async_wait_readable(100, into(wake));
    settle(s.io);
    CHECK(wake.calls == 1);
    CHECK(!wake.error);
    CHECK(s.near.peek().status == io_status::eof);
    CHECK(s.near.fill(100).status == io_status::eof);
    CHECK(s.near.fill(100).status == io_status::eof);
    CHECK_FALSE(s.near.is_reset()); // a FIN alone

    wake = {};
    s.near.close();
    s.near.close();
    settle(s.io);
    CHECK_FALSE(s.near.is_open());
    {
        const IOStream<TestType> near{std::move(s.near)};
        const IOStream<TestType> far{std::move(s.far)};
    }
    settle(s.io);
    CHECK(s.loop.blocks().blocks_in_use() == 0);
}

TEMPLATE_TEST_CASE(
    "closing ends the waits of the primitives with an error", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    Result readable;
    Result writable;
    s.near.async_wait_readable(100, into(readable));
    s.near.output().push(Chunk{std::string(20_MiB, 'x')});
    CHECK(s.near.flush().status == io_status::want_write);
    s.near.async_wait_writable(into(writable));
    settle(s.io);
    while (writable.calls != 0 && s.near.flush().status == io_status::want_write
    ) { // went on for a while
        writable = {};
        s.near.async_wait_writable(into(writable));
        settle(s.io);
    }
    CHECK(readable.calls == 0);
    s.near.close();
    settle(s.io);
    CHECK(readable.calls == 1);
    CHECK(readable.error);
    CHECK(writable.calls == 1);
    CHECK(writable.error);
}

TEMPLATE_TEST_CASE(
    "settling and closing leave the memory of a read under way alone",
    "[net][io_stream]",
    TRANSPORTS
) {
    Streams<TestType> s;
    Result wake;
    s.near.async_wait_readable(100, into(wake));
    settle(s.io);
    s.near.input().settle();
    s.near.input().space(10)[0] = 'x'; // another block than the one under the read
    s.far.write("data", asio::detached);
    settle(s.io);
    CHECK(wake.calls == 1);
    CHECK(s.near.fill(100).n == 4);
    CHECK(s.near.input().unread() == "data");
    s.near.async_wait_readable(100, into(wake));
    s.near.close();
    s.near.input().clear();
    settle(s.io);
    CHECK(wake.calls == 2);
}

TEST_CASE(
    "bytes under a write cannot be taken back where a write cannot be tried", "[net][io_stream]"
) {
    Streams<Forward<TCPTransport>> s;
    Result wake;
    s.near.output().push(std::string_view{"head"});
    CHECK(s.near.output().committed() == 0);
    CHECK(s.near.flush().status == io_status::want_write);
    s.near.async_wait_writable(into(wake));
    CHECK(s.near.output().sent() == 0);
    CHECK(s.near.output().committed() == 4);
    s.near.output().push(std::string_view{"body"});
    s.near.output().take_back(4);
    settle(s.io);
    CHECK(s.near.flush().status == io_status::ok);
    CHECK(s.near.output().sent() == 4);
    CHECK(s.near.output().committed() == 4);
}

TEST_CASE("each operation that fails ends a conversation in order", "[net][io_stream]") {
    std::size_t conversations = 0;
    const std::size_t runs = for_each_fail_point([&](FailPoint& point) {
        asio::io_context io;
        Loop& loop = Loop::of(io);
        MemoryPair pair = make_memory_pair(loop, 8);
        MemoryPeer peer{std::move(pair.far)};
        using transport_type = FailingTransport<MemoryTransport>;
        std::string error;
        int ends = 0;
        asio::co_spawn(
            io,
            [](IOStream<transport_type> stream) -> awaitable<> {
                while (true) {
                    const std::string_view request = co_await stream.read_until("\n", 100);
                    co_await stream.write("echo: ");
                    co_await stream.write(request);
                }
            }(IOStream<transport_type>{loop, transport_type{std::move(pair.near), point}}),
            [&](const std::exception_ptr& failure) {
                ++ends;
                try {
                    std::rethrow_exception(failure);
                } catch (const std::system_error& e) {
                    error = e.code() == errc::closed ? "closed" : "failed";
                }
            }
        );
        std::string answer;
        for (const std::string_view piece : {"one", "\ntw", "o\n"}) {
            peer.write(piece);
            settle(io);
            for (std::string more = peer.read_all(); !more.empty(); more = peer.read_all()) {
                answer += more;
                settle(io);
            }
        }
        peer.shutdown();
        settle(io);
        CHECK(ends == 1);
        CHECK(peer.is_closed());
        CHECK(std::string_view{"echo: one\necho: two\n"}.starts_with(answer));
        if (!point.has_fired()) {
            ++conversations;
            CHECK(error == "closed");
            CHECK(answer == "echo: one\necho: two\n");
        } else {
            CHECK(error == "failed");
        }
        CHECK(loop.blocks().blocks_in_use() == 0);
    });
    CHECK(conversations == 1);
    CHECK(runs > 10);
}

TEST_CASE(
    "each transfer that fails ends a conversation over a transport that cannot be tried",
    "[net][io_stream]"
) {
    const std::size_t runs = for_each_fail_point([&](FailPoint& point) {
        asio::io_context io;
        Loop& loop = Loop::of(io);
        MemoryPair pair = make_memory_pair(loop, 8);
        MemoryPeer peer{std::move(pair.far)};
        using transport_type = Forward<FailingTransport<MemoryTransport>>;
        IOStream<transport_type> stream{
            loop, transport_type{FailingTransport<MemoryTransport>{std::move(pair.near), point}}
        };
        Result read;
        Result write;
        peer.write("hello");
        stream.read_exactly(5, into(read));
        stream.write("a longer answer", into(write));
        std::string answer;
        for (int i = 0; i != 5; ++i) {
            settle(io);
            answer += peer.read_all();
        }
        CHECK(read.calls == 1);
        CHECK(write.calls == 1);
        CHECK((point.has_fired() || (read.text == "hello" && answer == "a longer answer")));
        CHECK(point.has_fired() != stream.is_open());
    });
    CHECK(runs > 3);
}
