// SPDX-License-Identifier: MIT
#include <gust/http/respond.hpp>
#include <gust/http1/connection.hpp>
#include <gust/testing/exchange.hpp>

#include <fmt/core.h>

#include <cstddef>
#include <string>

#include "support/catch.hpp"

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
