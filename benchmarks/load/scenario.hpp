// SPDX-License-Identifier: MIT
// What the load client sends, and what it expects back.
#ifndef GUST_BENCHMARKS_LOAD_SCENARIO_HPP
#define GUST_BENCHMARKS_LOAD_SCENARIO_HPP

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace load {

struct Scenario {
    std::string request;   // one request, body included
    std::string expected;  // the body of its answer
    std::size_t depth = 1; // requests that are sent together
    bool is_one_per_connection = false;
};

/// The ten fields that a browser sends.
inline constexpr std::string_view browser_fields =
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    "\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: session=8c2f6f0f4d0b4e0e9b6d0a3f1f5a7e21; theme=dark; consent=yes\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Sec-Fetch-Mode: navigate\r\n";

/// Bytes that do not repeat, the same in every run.
inline std::string noise(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 2463534242U;
    for (char& c : text) {
        state ^= state << 13U;
        state ^= state >> 17U;
        state ^= state << 5U;
        c = static_cast<char>(state >> 24U);
    }
    return text;
}

inline std::optional<Scenario> scenario(std::string_view name) {
    const std::string host = "Host: localhost:8080\r\n";
    const std::string hello = "Hello, World!";
    if (name == "hello") {
        return Scenario{"GET / HTTP/1.1\r\n" + host + "\r\n", hello};
    }
    if (name == "headers") {
        return Scenario{"GET / HTTP/1.1\r\n" + host + std::string{browser_fields} + "\r\n", hello};
    }
    if (name == "pipeline") {
        return Scenario{"GET / HTTP/1.1\r\n" + host + "\r\n", hello, 16};
    }
    if (name == "download") {
        return Scenario{
            "GET /big HTTP/1.1\r\n" + host + "\r\n", std::string(std::size_t{1} << 20U, 'x')
        };
    }
    if (name == "upload") {
        const std::string body = noise(std::size_t{64} << 10U);
        return Scenario{
            "POST / HTTP/1.1\r\n" + host + "Content-Type: application/octet-stream\r\n"
                + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
            body
        };
    }
    if (name == "close") {
        return Scenario{"GET / HTTP/1.1\r\n" + host + "Connection: close\r\n\r\n", hello, 1, true};
    }
    return std::nullopt;
}

} // namespace load

#endif // GUST_BENCHMARKS_LOAD_SCENARIO_HPP
