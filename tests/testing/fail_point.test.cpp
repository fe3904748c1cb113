// SPDX-License-Identifier: MIT
#include <gust/testing/fail_point.hpp>
#include <gust/testing/memory_transport.hpp>

#include <asio/buffer.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace gust;
using namespace gust::testing;

TEST_CASE("a fail point fires at its operation and from then on", "[testing][fail_point]") {
    FailPoint point{3};
    CHECK_FALSE(point.fails());
    CHECK_FALSE(point.fails());
    CHECK_FALSE(point.has_fired());
    CHECK(point.fails());
    CHECK(point.fails());
    CHECK(point.has_fired());
    CHECK(point.count() == 4);
    FailPoint never{0};
    CHECK_FALSE(never.fails());
}

TEST_CASE("every operation is made to fail in turn", "[testing][fail_point]") {
    std::vector<int> reached;
    const std::size_t runs = for_each_fail_point([&](FailPoint& point) {
        int steps = 0;
        while (steps != 3 && !point.fails()) {
            ++steps;
        }
        reached.push_back(steps);
    });
    CHECK(runs == 4);
    CHECK(reached == std::vector<int>{0, 1, 2, 3});
    CHECK_THROWS(for_each_fail_point(
        [](FailPoint& point) {
            point.fails();
            point.fails();
        },
        2
    ));
}

TEST_CASE("each kind of operation of a transport counts", "[testing][fail_point]") {
    const std::size_t runs = for_each_fail_point([](FailPoint& point) {
        asio::io_context io;
        MemoryPair pair = make_memory_pair(io);
        MemoryPeer peer{std::move(pair.far)};
        FailingTransport transport{std::move(pair.near), point};
        std::array<char, 10> memory{};
        std::string text = "text";
        const iovec part{text.data(), text.size()};
        peer.write("12345678");
        std::vector<std::error_code> errors;
        const auto attempt = [&](const io_result& result) {
            errors.push_back(result.status == io_status::error ? result.error : std::error_code{});
        };
        attempt(transport.try_peek());
        attempt(transport.try_read(std::span{memory}.first(2)));
        attempt(transport.try_write({&part, 1}));
        const auto record = [&](std::error_code ec, std::size_t = 0) { errors.push_back(ec); };
        transport.async_wait(io_want::read, record);
        io.poll();
        io.restart();
        transport.async_read_some(asio::buffer(memory), record);
        io.poll();
        io.restart();
        transport.async_write_some(asio::buffer(text), record);
        io.poll();
        REQUIRE(errors.size() == 6);
        const std::size_t good =
            point.has_fired() ? point.count()
                                    - static_cast<std::size_t>(
                                        std::count(errors.begin(), errors.end(), point.error())
                                    )
                              : 6;
        for (std::size_t i = 0; i != 6; ++i) {
            CHECK(errors[i] == (i < good ? std::error_code{} : point.error()));
        }
        CHECK(transport.is_reset() == point.has_fired());
        CHECK(transport.is_open());
        transport.close();
        CHECK_FALSE(transport.is_open());
    });
    CHECK(runs == 7);
}
