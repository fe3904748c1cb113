// SPDX-License-Identifier: MIT
// Tests a delegate without a socket: raw bytes in, raw bytes out, in memory and in one thread. Ends
// with 0 if the checks hold.
#include <gust/gust.hpp>
#include <gust/testing/exchange.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

struct Count : gust::HTTPMessageDelegate {
    std::uint64_t bytes = 0;
    void data_received(auto&, gust::bytes chunk) { bytes += chunk.size(); }
    void finish(auto& conn) { respond(conn, fmt::format("{} bytes\n", bytes)); }
};

int failures = 0;

void expect(std::string_view answer, std::string_view begin, std::string_view end) {
    if (!answer.starts_with(begin) || !answer.ends_with(end)) {
        fmt::print(stderr, "not expected:\n{}\n", answer);
        ++failures;
    }
}

int main() {
    using gust::testing::exchange;
    // [testing]
    const std::string answer = exchange(
        gust::each<Count>, "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello"
    );
    expect(answer, "HTTP/1.1 200 OK\r\n", "\r\n\r\n5 bytes\n");
    // [testing]

    // Limits are tested the same way.
    const gust::HTTP1ConnectionParameters tight{.max_body_size = 4};
    expect(
        exchange(
            gust::each<Count>,
            "POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello",
            tight
        ),
        "HTTP/1.1 413 ",
        ""
    );

    // A server that stays, with time that only passes when it is told to.
    gust::testing::MemoryServer server{gust::each<Count>};
    auto client = server.connect();
    client.write("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhel");
    server.run();
    expect(client.read_all(), "", ""); // nothing yet
    client.write("lo");
    server.run();
    expect(client.read_all(), "HTTP/1.1 200 OK\r\n", "\r\n\r\n5 bytes\n");
    server.pass(std::chrono::minutes{5});
    failures += static_cast<int>(server.connections()); // idle for too long: closed
    return failures;
}
