// SPDX-License-Identifier: MIT
// What a client does with one connection. Each session returns how it ended, and throws Wrong, or
// std::system_error, for what must not happen.
#ifndef GUST_TESTS_LOAD_SESSIONS_HPP
#define GUST_TESTS_LOAD_SESSIONS_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "client.hpp"

namespace load {

struct Request {
    std::string bytes;
    Expected expected;
};

/// CRC-32 as gzip has it.
inline std::uint32_t crc32(std::string_view text) {
    static const auto table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t i = 0; i != 256; ++i) {
            made[i] = i;
            for (int bit = 0; bit != 8; ++bit) {
                made[i] = (made[i] & 1U) != 0 ? 0xEDB88320U ^ (made[i] >> 1U) : made[i] >> 1U;
            }
        }
        return made;
    }();
    std::uint32_t crc = ~0U;
    for (const char c : text) {
        crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8U);
    }
    return ~crc;
}

/// A text that few other calls return.
inline std::string letters(Load& load, std::uint64_t size) {
    constexpr std::uint64_t longest = 1'000'000;
    static const std::string all = [&] {
        std::string made;
        while (made.size() != 2 * longest) {
            made += static_cast<char>(load.between('a', 'z'));
        }
        return made;
    }();
    return all.substr(load.between(0, longest), size);
}

inline std::string get(std::string_view target, std::string_view method = "GET") {
    return fmt::format("{} {} HTTP/1.1\r\nHost: a\r\n\r\n", method, target);
}

inline std::string with_length(std::string_view line, std::string_view body) {
    return fmt::format(
        "{} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", line, body.size(), body
    );
}

inline std::string in_chunks(Load& load, std::string_view line, std::string_view body) {
    std::string bytes =
        fmt::format("{} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", line);
    while (!body.empty()) {
        const std::string_view piece = body.substr(0, load.between(1, 9000));
        bytes += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
        body.remove_prefix(piece.size());
    }
    return bytes + "0\r\n\r\n";
}

/// A request without a body and with a short answer.
inline Request small_request(Load& load) {
    const std::uint64_t number = load.between(0, 1'000'000);
    switch (load.between(0, 3)) {
    case 0:
        return {get("/hello"), {.body = "Hello, World!"}};
    case 1:
        return {
            fmt::format("GET /echo HTTP/1.1\r\nHost: a\r\nX-Number: {}\r\n\r\n", number),
            {.body = fmt::format("Host: a\nX-Number: {}\n", number)}
        };
    case 2:
        return {
            get("/chunked"),
            {.body = "chunk-0\nchunk-1\nchunk-2\nchunk-3\nchunk-4\n"
                     "chunk-5\nchunk-6\nchunk-7\nchunk-8\nchunk-9\n"}
        };
    default: {
        const auto status = static_cast<unsigned>(400 + number % 200);
        return {get(fmt::format("/status/{}", status)), {status, fmt::format("{}", status)}};
    }
    }
}

inline Request any_request(Load& load) {
    switch (load.between(0, 9)) {
    case 0: {
        const std::uint64_t size = load.between(1, 300'000);
        return {get(fmt::format("/large/{}", size)), {.pattern = size}};
    }
    case 1: {
        const std::uint64_t size = load.between(1, 300'000);
        return {get(fmt::format("/large/{}", size), "HEAD"), {.pattern = size, .is_head = true}};
    }
    case 2: {
        std::string body = letters(load, load.between(0, 20'000));
        return {with_length("POST /", body), {.body = std::move(body)}};
    }
    case 3: {
        std::string body = letters(load, load.between(1, 60'000));
        return {with_length("PUT /body", body), {.body = std::move(body)}};
    }
    case 4: {
        std::string body = letters(load, load.between(1, 60'000));
        return {in_chunks(load, "PUT /body", body), {.body = std::move(body)}};
    }
    case 5: {
        const std::string body = letters(load, load.between(0, 100'000));
        return {
            in_chunks(load, "POST /sink", body),
            {.body = fmt::format(R"({{"bytes":{},"crc32":"{:08x}"}})", body.size(), crc32(body))}
        };
    }
    case 6:
        return {get(fmt::format("/slow/{}", load.between(0, 100))), {.body = "slow"}};
    case 7:
        return {get(fmt::format("/later/{}", load.between(0, 100))), {.body = "later"}};
    default:
        return small_request(load);
    }
}

// Honest clients ----------------------------------------------------------------------------------

/// One request after the other.
inline awaitable<std::string> keep_alive(Load& load) {
    Client client{load};
    co_await client.connect();
    for (std::uint64_t left = load.between(5, 60); left != 0 && !load.is_over; --left) {
        const Request request = any_request(load);
        const Clock::time_point begin = Clock::now();
        co_await client.send(request.bytes);
        co_await client.expect(request.expected);
        load.longest = std::max(load.longest, Clock::now() - begin);
        co_await load.pause(0, 200);
    }
    co_return "served";
}

/// Many requests in one write, and perhaps a FIN right behind them.
inline awaitable<std::string> burst(Load& load) {
    Client client{load};
    co_await client.connect();
    std::vector<Request> requests;
    std::string bytes;
    for (std::uint64_t left = load.between(2, 300); left != 0; --left) {
        bytes += requests.emplace_back(small_request(load)).bytes;
    }
    co_await client.send(bytes);
    const bool is_half_closed = load.between(0, 1) == 1;
    if (is_half_closed) {
        client.half_close();
    }
    for (const Request& request : requests) {
        co_await client.expect(request.expected);
    }
    if (is_half_closed) {
        co_await client.expect_end();
    }
    co_return is_half_closed ? "served, half-closed" : "served";
}

/// A slow request that keeps more than the minimum rate has its answer in the end.
inline awaitable<std::string> patient(Load& load) {
    Client client{load};
    co_await client.connect();
    const std::string body = letters(load, 40'000);
    const std::string bytes = with_length("PUT /body", body);
    for (std::string_view left = bytes; !left.empty();) {
        const std::string_view piece = left.substr(0, 1000);
        co_await client.send(piece);
        left.remove_prefix(piece.size());
        co_await load.pause(100, 300);
    }
    const Expected expected{.body = body};
    co_await client.expect(expected);
    co_return "served";
}

// Faults ------------------------------------------------------------------------------------------

/// Sends a byte of `bytes` now and then until the server has had enough.
inline awaitable<std::string> dribble(Load& load, std::string bytes, std::size_t at_once) {
    Client client{load};
    co_await client.connect();
    std::string_view left = bytes;
    co_await client.send(left.substr(0, at_once));
    left.remove_prefix(at_once);
    while (client.try_read(1000)) {
        if (load.is_over) {
            co_return "not waited for";
        }
        co_await load.pause(200, 400);
        if (!left.empty()) {
            try {
                co_await client.send(left.substr(0, 1));
            } catch (const std::system_error&) {
                break; // what came before the reset counts
            }
            left.remove_prefix(1);
        }
    }
    if (!client.input().starts_with("HTTP/1.1 408 ")) {
        throw Wrong{"a slow request is not answered with 408 but: " + client.input()};
    }
    co_return "408";
}
inline awaitable<std::string> slow_head(Load& load) {
    return dribble(load, "GET /hello HTTP/1.1\r\nHost: a\r\nX-Slow: " + letters(load, 1000), 1);
}
inline awaitable<std::string> slow_body(Load& load) {
    std::string bytes = with_length("POST /sink", letters(load, 2000));
    const std::size_t head = bytes.find("\r\n\r\n") + 4;
    return dribble(load, std::move(bytes), head);
}

/// Reads next to nothing of a large answer until the server has to have given up. Then there is no
/// more than what lay in the buffers of the system.
inline awaitable<std::string> slow_reader(Load& load) {
    constexpr std::uint64_t size = 100'000'000;
    constexpr std::size_t buffers = 16'000'000;
    Client client{load};
    co_await client.connect(16 * 1024);
    const std::string bytes = get(fmt::format("/large/{}", size));
    co_await client.send(bytes);
    const Clock::time_point end = Clock::now() + std::chrono::seconds{12};
    while (Clock::now() < end) {
        if (load.is_over) {
            co_return "not waited for";
        }
        client.try_read(100);
        co_await load.pause(200, 400);
    }
    co_await client.read_to_end(buffers);
    const std::string& input = client.input();
    if (input.size() >= buffers) {
        throw Wrong{"a reader that is too slow is served"};
    }
    const std::size_t body = input.find("\r\n\r\n") + 4;
    const Expected expected{.pattern = size};
    if (!expected.matches(0, std::string_view{input}.substr(body))) {
        throw Wrong{"a wrong byte for a slow reader"};
    }
    co_return "cut";
}

/// Resets the connection somewhere in a request or in its answer.
inline awaitable<std::string> reset(Load& load) {
    Client client{load};
    co_await client.connect();
    const char* where = "";
    std::string bytes;
    std::size_t wanted = 0; // of the answer
    switch (load.between(0, 3)) {
    case 0:
        where = "in the head";
        bytes = "GET /hello HTTP/1.1\r\nHos";
        break;
    case 1:
        where = "in the body";
        bytes = with_length("PUT /body", letters(load, 50'000));
        bytes.resize(40'000);
        break;
    case 2:
        where = "in a hook";
        bytes = get("/slow/5000") + get("/hello");
        break;
    default:
        where = "in the answer";
        bytes = get("/large/10000000");
        wanted = 100'000;
        break;
    }
    co_await client.send(bytes);
    co_await client.read_to_end(wanted);
    co_await load.pause(0, 300);
    client.reset();
    co_return where;
}

/// Leaves politely in the middle of a request.
inline awaitable<std::string> leave(Load& load) {
    Client client{load};
    co_await client.connect();
    const bool is_upload = load.between(0, 1) == 1;
    std::string bytes = "GET / HT";
    if (is_upload) {
        bytes = with_length("POST /sink", letters(load, 300'000));
        bytes.resize(load.between(100, 250'000));
    }
    co_await client.send(bytes);
    client.half_close();
    co_await client.expect_end();
    co_return is_upload ? "in the body" : "in the head";
}

/// Bytes that are no request.
inline awaitable<std::string> garbage(Load& load) {
    Client client{load};
    co_await client.connect();
    std::string bytes;
    for (std::uint64_t left = load.between(4, 3000); left != 0; --left) {
        bytes += static_cast<char>(load.between(0, 255));
    }
    try {
        co_await client.send(bytes);
    } catch (const std::system_error&) { // refused before it was all sent
    }
    co_await client.read_to_end();
    const std::string& answer = client.input();
    if (!answer.starts_with("HTTP/1.1 4") && !answer.starts_with("HTTP/1.1 5")) {
        throw Wrong{"no error for what is no request: " + answer};
    }
    co_return answer.substr(9, 3);
}

/// Says nothing, from the start or behind a request, until the server hangs up.
inline awaitable<std::string> silent(Load& load) {
    Client client{load};
    co_await client.connect();
    const bool has_asked = load.between(0, 1) == 1;
    if (has_asked) {
        const std::string bytes = get("/hello");
        co_await client.send(bytes);
        const Expected expected{.body = "Hello, World!"};
        co_await client.expect(expected);
    }
    co_await client.expect_end();
    co_return has_asked ? "closed behind a request" : "closed";
}

} // namespace load

#endif // GUST_TESTS_LOAD_SESSIONS_HPP
