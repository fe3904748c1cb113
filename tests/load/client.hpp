// SPDX-License-Identifier: MIT
// A client that checks every byte of its answers.
#ifndef GUST_TESTS_LOAD_CLIENT_HPP
#define GUST_TESTS_LOAD_CLIENT_HPP

#include <asio/awaitable.hpp>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

namespace load {

using asio::awaitable;
using asio::use_awaitable;
using Clock = std::chrono::steady_clock;

/// What the server did wrong.
struct Wrong : std::runtime_error {
    using runtime_error::runtime_error;
};

class Client;

/// What all clients share: the loop, the source of chance, and what has happened so far.
struct Load {
    Load(std::uint16_t p, std::uint64_t seed) : port{p}, random{seed} {}

    std::uint64_t between(std::uint64_t least, std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>{least, most}(random);
    }
    awaitable<void> pause(std::uint64_t least_ms, std::uint64_t most_ms) {
        asio::steady_timer timer{io, std::chrono::milliseconds{between(least_ms, most_ms)}};
        co_await timer.async_wait(use_awaitable);
    }

    asio::io_context io{1};
    std::uint16_t port;
    std::mt19937_64 random;
    bool is_over = false;
    std::set<Client*> clients;
    std::map<std::string, std::uint64_t> sessions; // by name and end
    std::uint64_t complaints = 0;
    std::uint64_t answers = 0;
    std::uint64_t bytes = 0;   // of bodies that were compared
    Clock::duration latest{};  // that a timer came too late: the machine has other things to do
    Clock::duration longest{}; // until an answer of an honest client was complete
};

/// What an answer has to be. Its body is `body`, or else `pattern` bytes of 0123456789abcdef.
struct Expected {
    unsigned status = 200;
    std::string body{};
    std::uint64_t pattern = 0;
    bool is_head = false;

    std::uint64_t size() const { return pattern != 0 ? pattern : body.size(); }
    bool matches(std::uint64_t offset, std::string_view piece) const {
        if (pattern == 0) {
            return std::string_view{body}.substr(offset, piece.size()) == piece;
        }
        return std::ranges::all_of(piece, [&](char c) {
            return c == "0123456789abcdef"[offset++ % 16];
        });
    }
};

/// A connection. Every wait for the server ends by an answer or by `patience`.
class Client {
public:
    static constexpr std::chrono::seconds patience{60};

    explicit Client(Load& load) : load_{load}, socket_{load.io} {
        load_.clients.insert(this);
        renew_deadline();
    }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;
    ~Client() { load_.clients.erase(this); }

    /// `receive_buffer` 0: what the system gives.
    awaitable<void> connect(int receive_buffer = 0) {
        socket_.open(asio::ip::tcp::v4());
        if (receive_buffer != 0) {
            socket_.set_option(asio::socket_base::receive_buffer_size{receive_buffer});
        }
        const asio::ip::tcp::endpoint server{asio::ip::address_v4::loopback(), load_.port};
        co_await socket_.async_connect(server, use_awaitable);
        socket_.set_option(asio::ip::tcp::no_delay{true});
        socket_.non_blocking(true);
    }
    awaitable<void> send(std::string_view bytes) {
        renew_deadline();
        co_await asio::async_write(socket_, asio::buffer(bytes), use_awaitable);
    }
    /// Reads at least a byte; false at the end of the connection, however it ended.
    awaitable<bool> read() {
        char block[16384];
        std::error_code ec;
        std::size_t n = socket_.read_some(asio::buffer(block), ec);
        while (ec == asio::error::would_block) { // a wait may end for nothing
            co_await socket_.async_wait(asio::socket_base::wait_read, use_awaitable);
            n = socket_.read_some(asio::buffer(block), ec);
        }
        input_.append(block, n);
        co_return !ec;
    }
    /// Reads what is there; false at the end of the connection.
    bool try_read(std::size_t most) {
        char block[16384];
        std::error_code ec;
        const std::size_t n =
            socket_.read_some(asio::buffer(block, std::min(most, sizeof block)), ec);
        input_.append(block, n);
        return !ec || ec == asio::error::would_block;
    }
    /// Reads the next answer and throws Wrong if it is not the expected one.
    awaitable<void> expect(const Expected& expected) {
        renew_deadline();
        const std::string head = co_await read_head();
        if (!head.starts_with(fmt::format("HTTP/1.1 {} ", expected.status))) {
            throw Wrong{fmt::format("not {}: {}", expected.status, head)};
        }
        if (head.find("\r\nTransfer-Encoding: chunked\r\n") != head.npos) {
            co_await expect_chunks(expected);
        } else {
            const std::uint64_t size = length_in(head);
            if (size != expected.size()) {
                throw Wrong{fmt::format("{} bytes, not {}", size, expected.size())};
            }
            if (!expected.is_head) {
                co_await expect_bytes(expected, 0, size);
            }
        }
        ++load_.answers;
    }
    /// Reads until there are `size` bytes, or to the end of the connection.
    awaitable<void> read_to_end(std::size_t size = std::string::npos) {
        bool has_more = true;
        while (has_more && input_.size() < size) {
            has_more = co_await read();
        }
    }
    /// Nothing but the end may follow.
    awaitable<void> expect_end() {
        co_await read_to_end();
        if (!input_.empty()) {
            throw Wrong{"unexpected: " + input_.substr(0, 200)};
        }
    }
    void half_close() { socket_.shutdown(asio::socket_base::shutdown_send); }
    /// Closes with a reset.
    void reset() {
        std::error_code ignored;
        socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
        close();
    }
    void close() {
        std::error_code ignored;
        socket_.close(ignored);
    }
    /// What was read and not yet compared.
    std::string& input() { return input_; }
    bool is_overdue(Clock::time_point now) const { return now > deadline_; }

private:
    void renew_deadline() { deadline_ = Clock::now() + patience; }
    awaitable<void> read_or_fail() {
        const bool has_more = co_await read();
        if (!has_more) {
            throw Wrong{"the connection ended in an answer"};
        }
    }
    awaitable<std::string> read_until(std::string_view delimiter) {
        std::size_t end = 0;
        while ((end = input_.find(delimiter)) == input_.npos) {
            co_await read_or_fail();
        }
        const std::string text = input_.substr(0, end + delimiter.size());
        input_.erase(0, text.size());
        co_return text;
    }
    awaitable<std::string> read_head() { return read_until("\r\n\r\n"); }
    static std::uint64_t length_in(const std::string& head) {
        constexpr std::string_view name = "\r\nContent-Length: ";
        const std::size_t at = head.find(name);
        std::uint64_t size = 0;
        if (at != head.npos) {
            std::from_chars(head.data() + at + name.size(), head.data() + head.size(), size);
        }
        return size;
    }
    awaitable<void>
    expect_bytes(const Expected& expected, std::uint64_t offset, std::uint64_t size) {
        while (size != 0) {
            if (input_.empty()) {
                co_await read_or_fail();
            }
            const auto n = std::min<std::uint64_t>(size, input_.size());
            if (!expected.matches(offset, std::string_view{input_}.substr(0, n))) {
                throw Wrong{fmt::format("a wrong byte behind {}", offset)};
            }
            input_.erase(0, n);
            offset += n;
            size -= n;
            load_.bytes += n;
            renew_deadline();
        }
    }
    awaitable<void> expect_chunks(const Expected& expected) {
        for (std::uint64_t offset = 0;;) {
            const std::string line = co_await read_until("\r\n");
            std::uint64_t size = 0;
            std::from_chars(line.data(), line.data() + line.size(), size, 16);
            if (size == 0) {
                std::string trailer;
                do {
                    trailer = co_await read_until("\r\n");
                } while (trailer != "\r\n");
                if (offset != expected.size()) {
                    throw Wrong{fmt::format("{} bytes, not {}", offset, expected.size())};
                }
                co_return;
            }
            co_await expect_bytes(expected, offset, size);
            offset += size;
            const std::string line_end = co_await read_until("\r\n");
            if (line_end != "\r\n") {
                throw Wrong{"a chunk does not end"};
            }
        }
    }

    Load& load_;
    asio::ip::tcp::socket socket_;
    std::string input_;
    Clock::time_point deadline_;
};

} // namespace load

#endif // GUST_TESTS_LOAD_CLIENT_HPP
