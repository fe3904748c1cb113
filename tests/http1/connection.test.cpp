// SPDX-License-Identifier: MIT
#include <gust/http/respond.hpp>
#include <gust/http1/connection.hpp>
#include <gust/testing/exchange.hpp>

#include <fmt/core.h>

#include <chrono>
#include <cstddef>
#include <string>

#include "support/catch.hpp"

using namespace std::chrono_literals;

namespace {

struct Count : gust::HTTPMessageDelegate {
    std::size_t bytes = 0;
    void data_received(auto&, gust::bytes chunk) { bytes += chunk.size(); }
    void finish(auto& conn) { respond(conn, fmt::format("{} bytes", bytes)); }
};

} // namespace

TEST_CASE("a body that is there for many reads in a row arrives whole", "[http1][connection]") {
    constexpr std::size_t size = std::size_t{4} << 20U;
    const std::string request =
        fmt::format("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", size)
        + std::string(size, 'x');

    const std::string answer = gust::testing::exchange(gust::each<Count>, request);

    CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(answer.ends_with(fmt::format("{} bytes", size)));
}

TEST_CASE("a slow reader of many answers is not taken for an idle one", "[http1][connection]") {
    struct Kilobyte : gust::HTTPMessageDelegate {
        void finish(gust::HTTPConnection& conn) { respond(conn, std::string(1024, 'k')); }
    };
    gust::testing::MemoryServer server{gust::each<Kilobyte>, {.idle_timeout = 10s}};
    auto peer = server.connect();
    constexpr int requests = 1000;
    for (int i = 0; i != requests; ++i) {
        peer.write("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    server.run();
    std::size_t received = 0;
    std::string text;
    for (int i = 0; i != 60 && received != requests; ++i) {
        server.pass(5s); // longer in all than an idle peer may take
        text += peer.read_all();
        received = 0;
        for (std::size_t at = text.find("HTTP/1.1 200"); at != std::string::npos;
             at = text.find("HTTP/1.1 200", at + 1)) {
            ++received;
        }
    }
    CHECK(received == requests);
}
