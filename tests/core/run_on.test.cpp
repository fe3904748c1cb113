// SPDX-License-Identifier: MIT
#include <gust/core/run_on.hpp>

#include <asio/bind_executor.hpp>
#include <asio/co_spawn.hpp>

#include <stdexcept>
#include <string>
#include <thread>

#include "support/catch.hpp"

using namespace gust;

TEST_CASE("work on a pool runs on another thread and completes on the loop", "[core][run_on]") {
    asio::io_context io;
    asio::thread_pool pool{2};
    const auto here = std::this_thread::get_id();
    std::thread::id there;
    std::thread::id back;
    std::string value;
    asio::co_spawn(
        io,
        [&]() -> awaitable<> {
            value = co_await run_on(pool, [&] {
                there = std::this_thread::get_id();
                return std::string(100, 'x');
            });
            back = std::this_thread::get_id();
        },
        [](const std::exception_ptr& error) { CHECK(!error); }
    );
    io.run();
    pool.join();
    CHECK(value == std::string(100, 'x'));
    CHECK(there != here);
    CHECK(back == here);
}

TEST_CASE("what work on a pool throws is thrown on the loop", "[core][run_on]") {
    asio::io_context io;
    asio::thread_pool pool{1};
    std::string what;
    asio::co_spawn(
        io,
        [&]() -> awaitable<> {
            try {
                co_await run_on(pool, []() -> void { throw std::runtime_error{"no disk"}; });
            } catch (const std::runtime_error& e) {
                what = e.what();
            }
        },
        [](const std::exception_ptr& error) { CHECK(!error); }
    );
    io.run();
    pool.join();
    CHECK(what == "no disk");
}

TEST_CASE("work on a pool completes on the executor bound to a callback", "[core][run_on]") {
    asio::io_context io;
    asio::thread_pool pool{1};
    int value = 0;
    std::thread::id back;
    run_on(
        pool,
        [] { return 7; },
        asio::bind_executor(
            io,
            [&](std::exception_ptr, int result) {
                value = result;
                back = std::this_thread::get_id();
            }
        )
    );
    io.run(); // the pending work keeps it from returning
    pool.join();
    CHECK(value == 7);
    CHECK(back == std::this_thread::get_id());
}
