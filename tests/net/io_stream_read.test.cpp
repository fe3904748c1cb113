// SPDX-License-Identifier: MIT
// The read family, over a connection in memory, over TCP, and over a transport that can only be
// asked to complete.
#include <gust/net/io_stream.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/detached.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

#include "net/streams.hpp"
#include "support/catch.hpp"

using namespace gust;
using namespace gust::testing;
using namespace std::string_literals;
using namespace gust::literals;

#define TRANSPORTS MemoryTransport, TCPTransport, Forward<TCPTransport>

namespace {

std::span<std::byte> bytes_of(std::string& text) {
    return std::as_writable_bytes(std::span{text.data(), text.size()});
}

std::string digits(std::size_t size) {
    std::string text(size, '0');
    for (std::size_t i = 0; i != size; ++i) {
        text[i] = static_cast<char>('0' + i % 10);
    }
    return text;
}

using predicate = std::optional<std::size_t> (*)(std::string_view);

const predicate line = [](std::string_view unread) {
    const std::size_t at = unread.find('\n');
    return at == std::string_view::npos ? std::nullopt : std::optional{at + 1};
};

/// One byte says how many follow.
const predicate frame = [](std::string_view unread) {
    return unread.empty() ? std::nullopt
                          : std::optional<std::size_t>{1U + static_cast<unsigned char>(unread[0])};
};

} // namespace

TEMPLATE_TEST_CASE("reads take their part and leave the rest", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    run(s.io, [&]() -> awaitable<> {
        co_await s.far.write("line one\r\nline two\r\n0123456789"s);
        const auto one = co_await text_of(s.near.read_until("\r\n", 100));
        CHECK(one == "line one\r\n");
        const auto two = co_await text_of(s.near.read_until("\r\n", 100));
        CHECK(two == "line two\r\n");
        const auto nothing = co_await text_of(s.near.read_exactly(0));
        CHECK(nothing.empty());
        const auto four = co_await text_of(s.near.read_exactly(4));
        CHECK(four == "0123");
        const auto some = co_await text_of(s.near.read_some(2));
        CHECK(some == "45");
        const auto rest = co_await text_of(s.near.read_some());
        CHECK(rest == "6789");
    });
}

TEMPLATE_TEST_CASE("a read waits for what it asked for", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    Result got;
    s.near.read_until("\n", 100, into(got));
    for (const std::string_view piece : {"he", "ll", "o\nwo"}) {
        settle(s.io);
        CHECK(got.calls == 0);
        s.far.write(piece, asio::detached);
    }
    settle(s.io);
    CHECK(got.text == "hello\n");
}

TEMPLATE_TEST_CASE("a delimiter may straddle any pieces", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    const std::string text = "a\r\r\n\rb\r\n\r\nrest";
    for (std::size_t cut = 1; cut != text.size(); ++cut) {
        Result head;
        Result rest;
        s.near.read_until("\r\n\r\n", 100, into(head));
        s.far.write(text.substr(0, cut), asio::detached);
        settle(s.io);
        s.far.write(text.substr(cut), asio::detached);
        settle(s.io);
        s.near.read_exactly(4, into(rest));
        settle(s.io);
        CHECK(head.text == "a\r\r\n\rb\r\n\r\n");
        CHECK(rest.text == "rest");
    }
}

TEMPLATE_TEST_CASE("a partial read takes what there is", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    Result got;
    s.near.read_some(100, into(got));
    s.far.write("hello", asio::detached);
    settle(s.io);
    CHECK(got.text == "hello");
    s.far.write("world!", asio::detached);
    settle(s.io);
    s.near.read_some(3, into(got));
    settle(s.io);
    CHECK(got.text == "wor");
    s.near.read_some(0, into(got));
    settle(s.io);
    CHECK(got.text.empty());
    s.near.read_some(100, into(got));
    settle(s.io);
    CHECK(got.text == "ld!");
    CHECK(got.calls == 4);
}

TEMPLATE_TEST_CASE("a second read is refused while one waits", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    Result first;
    Result second;
    s.near.read_exactly(3, into(first));
    s.near.read_some(1, into(second));
    settle(s.io);
    CHECK(second.error == errc::busy);
    s.far.write("abc", asio::detached);
    settle(s.io);
    CHECK(first.text == "abc");
}

TEMPLATE_TEST_CASE("a message must end within the limit", "[net][io_stream]", TRANSPORTS) {
    // Room, exact, too small. The delimiter may be there already, and its end still lie beyond.
    const auto most = GENERATE(50U, 9U, 8U, 5U);
    const bool is_there_first = GENERATE(true, false);
    const bool is_predicate = GENERATE(true, false);
    Streams<TestType> s;
    Result got;
    const auto send = [&] {
        s.far.write("abcdefg\r\nrest of the line", asio::detached);
        settle(s.io);
    };
    if (is_there_first) {
        send();
    }
    if (is_predicate) {
        s.near.read_until(line, most, into(got));
    } else {
        s.near.read_until("\r\n", most, into(got));
    }
    settle(s.io);
    if (!is_there_first) {
        send();
    }
    CHECK(got.calls == 1);
    CHECK(s.near.is_open() == (most >= 9));
    if (most >= 9) {
        CHECK(!got.error);
        CHECK(got.text == "abcdefg\r\n");
    } else {
        CHECK(got.error == errc::unsatisfiable);
        CHECK(s.near.input().unread().substr(0, 7) == "abcdefg");
    }
}

TEMPLATE_TEST_CASE(
    "a predicate may know the length before the bytes are there", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    Result got;
    s.near.read_until(frame, 100, into(got));
    for (const std::string_view piece : {"\x05", "hel", "lo\x01"}) {
        CHECK(got.calls == 0);
        s.far.write(piece, asio::detached);
        settle(s.io);
    }
    CHECK(got.text == "\x05hello");
    s.near.read_until(frame, 100, into(got));
    s.far.write("x\x7f", asio::detached);
    settle(s.io);
    CHECK(got.text == "\x01x");
    s.near.read_until(frame, 100, into(got));
    settle(s.io);
    CHECK(got.error == errc::unsatisfiable);
}

TEST_CASE("a predicate that throws closes the stream", "[net][io_stream]") {
    Streams<TCPTransport> s;
    const predicate broken = [](std::string_view) -> std::optional<std::size_t> {
        throw std::runtime_error{"no"};
    };
    Result got;
    s.near.read_until(broken, 100, into(got));
    settle(s.io);
    CHECK(got.error == errc::unsatisfiable);
    CHECK_FALSE(s.near.is_open());
}

TEMPLATE_TEST_CASE("reads go into memory of the caller", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    std::string memory(10, '.');
    std::string small(3, '.');
    Result got;
    s.near.read_into(bytes_of(memory), into(got));
    s.far.write("hello", asio::detached);
    settle(s.io);
    CHECK(got.calls == 0);
    s.far.write(" world!!?", asio::detached);
    settle(s.io);
    CHECK(got.n == 10);
    CHECK(memory == "hello worl");
    s.near.read_into(bytes_of(small), into(got));
    settle(s.io);
    CHECK(got.n == 3);
    CHECK(small == "d!!");
    s.near.read_some_into(bytes_of(memory), into(got));
    settle(s.io);
    CHECK(got.n == 1);
    CHECK(memory.front() == '?');
    s.near.read_some_into({}, into(got));
    settle(s.io);
    s.near.close();
    s.near.read_into({}, into(got)); // nothing is there even on a closed stream
    settle(s.io);
    CHECK(got.calls == 5);
    CHECK(!got.error);
    CHECK(got.n == 0);
}

TEMPLATE_TEST_CASE("what a failed read into memory got is told", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    std::string memory(10, '.');
    Result got;
    s.near.read_into(bytes_of(memory), into(got));
    s.far.write("1234", asio::detached);
    settle(s.io);
    s.far.close();
    settle(s.io);
    CHECK(got.error == errc::closed);
    CHECK(got.n == 4);
    CHECK(memory == "1234......");
}

TEMPLATE_TEST_CASE(
    "reading until the close gives everything, then nothing", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    const std::string text = digits(1'000'000);
    Result sent;
    sent.then = [&] { s.far.close(); };
    s.far.write(std::string{text}, into(sent));
    run(s.io, [&]() -> awaitable<> {
        const auto all = co_await text_of(s.near.read_until_close());
        CHECK(all == text);
        const auto again = co_await text_of(s.near.read_until_close());
        CHECK(again.empty());
        const std::error_code ec = co_await error_of(s.near.read_some());
        CHECK(ec == errc::closed);
    });
}

TEMPLATE_TEST_CASE(
    "closing completes a read until the close with what is there", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    Result got;
    s.near.read_until_close(into(got));
    s.far.write("some", asio::detached);
    settle(s.io);
    s.near.close();
    settle(s.io);
    CHECK(got.calls == 1);
    CHECK(!got.error);
    CHECK(got.text == "some");
}

TEMPLATE_TEST_CASE("closing fails a read that waits for more", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    Result got;
    s.near.read_exactly(5, into(got));
    s.far.write("some", asio::detached);
    settle(s.io);
    s.near.close();
    CHECK(got.calls == 0); // never inside the call
    settle(s.io);
    CHECK(got.error == errc::closed);
}

TEMPLATE_TEST_CASE(
    "data is read before the end that follows it is seen", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    s.far.write("12345", asio::detached);
    settle(s.io);
    s.far.close();
    settle(s.io);
    Result got;
    s.near.read_exactly(3, into(got));
    settle(s.io);
    CHECK(got.text == "123");
    s.near.read_exactly(3, into(got));
    settle(s.io);
    CHECK(got.error == errc::closed);
    s.near.read_exactly(2, into(got)); // still there
    settle(s.io);
    CHECK(got.text == "45");
    s.near.read_exactly(1, into(got));
    settle(s.io);
    CHECK(got.error == errc::closed);
    CHECK(got.calls == 4);
}

TEMPLATE_TEST_CASE(
    "what is buffered satisfies reads after this side closed", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    run(s.io, [&]() -> awaitable<> {
        co_await s.far.write("one\ntwo\nrest"s);
        const auto one = co_await text_of(s.near.read_until("\n", 10));
        CHECK(one == "one\n");
        s.near.close();
        const auto two = co_await text_of(s.near.read_until("\n", 10));
        CHECK(two == "two\n");
        const std::error_code ec = co_await error_of(s.near.read_until("\n", 10));
        CHECK(ec == errc::closed);
        const auto rest = co_await text_of(s.near.read_until_close());
        CHECK(rest == "rest");
        const auto nothing = co_await text_of(s.near.read_exactly(0));
        CHECK(nothing.empty());
    });
}

TEMPLATE_TEST_CASE(
    "the delimiter may come in a last packet together with the close",
    "[net][io_stream]",
    TRANSPORTS
) {
    Streams<TestType> s;
    Result got;
    s.near.read_until("done", 1_MiB, into(got));
    s.far.write(std::string(1024, 'x'), asio::detached);
    settle(s.io);
    s.far.write("done", asio::detached);
    settle(s.io);
    s.far.close();
    settle(s.io);
    CHECK(got.text == std::string(1024, 'x') + "done");
}

TEMPLATE_TEST_CASE(
    "a delimiter that will not come any more means closed", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    Result got;
    s.near.read_until("never", 1_MiB, into(got));
    s.far.write("some data", asio::detached);
    settle(s.io);
    s.far.close();
    settle(s.io);
    CHECK(got.error == errc::closed);
}

TEMPLATE_TEST_CASE(
    "a long search for a delimiter takes linear time", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    s.near.set_options({.read_chunk_size = 4096}); // a thousand looks at it
    const std::string text = std::string(4_MiB, 'x') + "\r\n";
    const auto before = std::chrono::steady_clock::now();
    s.far.write(unowned(text), asio::detached);
    run(s.io, [&]() -> awaitable<> {
        const std::string_view read = co_await s.near.read_until("\r\n", 8_MiB);
        CHECK(read.size() == text.size());
    });
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{5});
}

TEMPLATE_TEST_CASE(
    "small reads drain a large transfer through a small buffer", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    s.near.set_options({.max_buffer_size = 10'000, .read_chunk_size = 1000});
    const std::string text = digits(100 * 1024);
    const std::string lines = std::string(1024, 'x') + "\n";
    s.far.write(unowned(text), asio::detached);
    for (int i = 0; i != 100; ++i) {
        s.far.write(std::string_view{lines}, asio::detached);
    }
    run(s.io, [&]() -> awaitable<> {
        for (std::size_t i = 0; i != 1024; ++i) {
            const std::string_view read = co_await s.near.read_exactly(100);
            REQUIRE(read == std::string_view{text}.substr(i * 100, 100));
        }
        for (int i = 0; i != 100; ++i) {
            const std::string_view read = co_await s.near.read_until("\n", 2000);
            REQUIRE(read == lines);
        }
    });
}

TEMPLATE_TEST_CASE("nothing is read that nobody asked for", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    s.near.set_options({.max_buffer_size = 1_MiB});
    const std::string text = digits(10_MiB);
    Result sent;
    s.far.write(unowned(text), into(sent));
    run(s.io, [&]() -> awaitable<> {
        const auto some = co_await text_of(s.near.read_exactly(1000));
        CHECK(some == text.substr(0, 1000));
        CHECK(s.near.input().unread().size() <= 128_KiB);
        CHECK(sent.calls == 0);
        std::size_t at = 1000;
        while (at != text.size()) {
            const std::size_t size = std::min<std::size_t>(500'000, text.size() - at);
            const std::string_view read = co_await s.near.read_exactly(size);
            REQUIRE(read == std::string_view{text}.substr(at, size));
            at += size;
        }
    });
    settle(s.io);
    CHECK(sent.calls == 1);
    CHECK(!sent.error);
}

TEMPLATE_TEST_CASE(
    "a read that fills the buffer closes the stream", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    s.near.set_options({.max_buffer_size = 10'000});
    Result got;
    s.near.read_until_close(into(got));
    s.far.write(std::string(300'000, 'x'), asio::detached);
    settle(s.io);
    CHECK(got.error == errc::buffer_full);
    CHECK_FALSE(s.near.is_open());
}

TEMPLATE_TEST_CASE(
    "a long mix of reads keeps every byte in order", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    const std::string text = digits(1'000'000);
    s.far.write(unowned(text), asio::detached);
    run(s.io, [&]() -> awaitable<> {
        std::string all;
        for (std::size_t n = 1; all.size() != text.size(); n = n * 7 % 1009 + 1) {
            const std::size_t size = std::min(n, text.size() - all.size());
            if (n % 3 == 0) {
                std::string memory(size, '.');
                const std::size_t filled = co_await s.near.read_into(bytes_of(memory));
                REQUIRE(filled == size);
                all += memory;
            } else if (n % 3 == 1) {
                const std::string_view read = co_await s.near.read_exactly(size);
                all += read;
            } else {
                const std::string_view read = co_await s.near.read_some(size);
                all += read;
            }
        }
        CHECK(all == text);
    });
}

TEMPLATE_TEST_CASE(
    "cancelling a read loses no byte and closes nothing", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    asio::cancellation_signal signal;
    Result got;
    s.near.read_exactly(10, asio::bind_cancellation_slot(signal.slot(), into(got)));
    s.far.write("12345", asio::detached);
    settle(s.io);
    signal.emit(asio::cancellation_type::terminal);
    settle(s.io);
    CHECK(got.error == asio::error::operation_aborted);
    CHECK(s.near.is_open());
    signal.emit(asio::cancellation_type::terminal); // nothing there any more
    s.far.write("67890", asio::detached);
    s.near.read_exactly(10, into(got));
    settle(s.io);
    CHECK(got.calls == 2);
    CHECK(got.text == "1234567890");
}

TEMPLATE_TEST_CASE(
    "a cancelled read may be followed by another at once", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    asio::cancellation_signal signal;
    Result first;
    Result second;
    first.then = [&] { s.near.read_exactly(2, into(second)); };
    s.near.read_exactly(3, asio::bind_cancellation_slot(signal.slot(), into(first)));
    signal.emit(asio::cancellation_type::total);
    settle(s.io);
    CHECK(first.error == asio::error::operation_aborted);
    s.far.write("ok", asio::detached);
    settle(s.io);
    CHECK(second.text == "ok");
}

TEMPLATE_TEST_CASE("destroying a stream ends what is outstanding", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    Result read;
    Result watched;
    auto stream = std::make_unique<IOStream<TestType>>(std::move(s.near));
    stream->read_some(10, into(read));
    stream->wait_until_closed(into(watched));
    settle(s.io);
    stream.reset();
    CHECK(read.calls + watched.calls == 0); // never inside the call
    settle(s.io);
    CHECK(read.error == errc::closed);
    CHECK(!watched.error);
    CHECK(watched.reason == errc::closed);
}

TEMPLATE_TEST_CASE("a stream may move while a read waits", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    Result got;
    auto first = std::make_unique<IOStream<TestType>>(std::move(s.near));
    first->read_exactly(5, into(got));
    settle(s.io);
    IOStream<TestType> second{std::move(*first)};
    first.reset();
    s.far.write("hello", asio::detached);
    settle(s.io);
    CHECK(got.text == "hello");
}

TEMPLATE_TEST_CASE("a handler may destroy its stream", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    auto stream = std::make_unique<IOStream<TestType>>(std::move(s.near));
    Result got;
    got.then = [&] { stream.reset(); };
    stream->read_some(10, into(got));
    s.far.write("last words", asio::detached);
    settle(s.io);
    CHECK(got.text == "last words");
    CHECK(stream == nullptr);
}

TEMPLATE_TEST_CASE(
    "an io_context may be destroyed while everything waits", "[net][io_stream]", TRANSPORTS
) {
    auto watched = std::make_shared<int>(0);
    const std::weak_ptr<int> alive = watched;
    {
        asio::io_context io;
        Loop& loop = Loop::of(io);
        auto transports = PairOf<TestType>::make(loop);
        asio::co_spawn(
            io,
            [](IOStream<TestType> stream, std::shared_ptr<int>) -> awaitable<> {
                stream.wait_until_closed(asio::detached);
                co_await stream.read_some();
            }(IOStream<TestType>{loop, std::move(transports.first)}, std::move(watched)),
            asio::detached
        );
        settle(io);
        CHECK_FALSE(alive.expired());
        const IOStream<TestType> far{loop, std::move(transports.second)};
    }
    CHECK(alive.expired());
}

TEMPLATE_TEST_CASE(
    "the end is told to those who wait for it, after the data", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    Result read;
    Result end;
    s.near.wait_until_closed(into(end));
    s.near.read_exactly(4, into(read));
    settle(s.io);
    s.far.write("data", asio::detached);
    settle(s.io);
    CHECK(read.text == "data");
    CHECK(end.calls == 0);
    s.far.close();
    settle(s.io);
    CHECK(end.reason == errc::closed);
    CHECK(s.near.is_open()); // a FIN is a half-close
    s.near.wait_until_closed(into(end));
    settle(s.io);
    CHECK(end.calls == 2);
}

TEMPLATE_TEST_CASE(
    "a read that ends with the stream is told before the end", "[net][io_stream]", TRANSPORTS
) {
    Streams<TestType> s;
    Result read;
    Result end;
    read.then = [&] { CHECK(end.calls == 0); };
    s.near.wait_until_closed(into(end));
    s.near.read_until_close(into(read));
    s.far.write("data", asio::detached);
    settle(s.io);
    s.far.close();
    settle(s.io);
    CHECK(read.text == "data");
    CHECK(end.calls == 1);
}

TEMPLATE_TEST_CASE("unread data hides the end, and is kept", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    Result end;
    Result read;
    s.near.wait_until_closed(into(end));
    s.far.write("unread", asio::detached);
    settle(s.io);
    s.far.close();
    settle(s.io);
    CHECK(end.calls == 0);
    s.near.read_exactly(6, into(read));
    settle(s.io);
    CHECK(read.text == "unread");
    CHECK(end.calls == 1);
}

TEMPLATE_TEST_CASE("waiting for the end may be cancelled", "[net][io_stream]", TRANSPORTS) {
    Streams<TestType> s;
    asio::cancellation_signal signal;
    Result end;
    s.near.wait_until_closed(asio::bind_cancellation_slot(signal.slot(), into(end)));
    settle(s.io);
    signal.emit(asio::cancellation_type::terminal);
    s.near.close();
    s.near.close();
    settle(s.io);
    CHECK(end.calls == 1);
    CHECK(end.error == asio::error::operation_aborted);
}

TEMPLATE_TEST_CASE("a reset is told with the system's own error", "[net][io_stream]", TCPTransport, Forward<TCPTransport>) {
    Streams<TestType> s;
    Result read;
    Result end;
    s.near.read_until_close(into(read));
    s.near.wait_until_closed(into(end));
    settle(s.io);
    s.far.abort();
    settle(s.io);
    CHECK(read.error == std::errc::connection_reset);
    CHECK(end.reason == std::errc::connection_reset);
    CHECK_FALSE(s.near.is_open());
    s.near.read_some(1, into(read));
    settle(s.io);
    CHECK(read.error == std::errc::connection_reset);
    s.near.write("x", into(read));
    settle(s.io);
    CHECK(read.error == std::errc::connection_reset);
}

TEST_CASE("an idle stream on a transport that can be tried holds no block", "[net][io_stream]") {
    Streams<TCPTransport> s;
    Result got;
    const auto in_use = [&] { return s.loop.blocks().blocks_in_use(); };
    s.near.read_until("\n", 100, into(got));
    settle(s.io);
    CHECK(in_use() == 0);
    s.far.write("x\n", asio::detached);
    settle(s.io);
    CHECK(in_use() == 1); // the view
    s.near.read_until("\n", 100, into(got));
    CHECK(in_use() == 0);
}

TEST_CASE("a stream is small", "[net][io_stream]") {
    CHECK(sizeof(IOStream<TCPTransport>) <= 192);
}
