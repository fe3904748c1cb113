// SPDX-License-Identifier: MIT
#include <gust/core/timeout.hpp>

#include <asio/detached.hpp>
#include <asio/steady_timer.hpp>

#include <string>
#include <tuple>

#include "support/catch.hpp"

using namespace gust;
using namespace std::chrono_literals;

namespace {

using loop_timer = asio::steady_timer;

awaitable<int> answer_after(std::chrono::milliseconds delay) {
    loop_timer timer{co_await asio::this_coro::executor, delay};
    co_await timer.async_wait(use_awaitable);
    co_return 42;
}

awaitable<> sleep(std::chrono::milliseconds delay) {
    co_await answer_after(delay);
}

awaitable<> fail() {
    throw_error(errc::bad_request);
    co_return;
}

/// Runs `f()` as a coroutine and returns what it threw, or "".
template <class F>
std::string run(asio::io_context& io, F f) {
    std::string what;
    asio::co_spawn(io, f, [&](const std::exception_ptr& error) {
        try {
            if (error) {
                std::rethrow_exception(error);
            }
        } catch (const std::exception& e) {
            what = e.what();
        }
    });
    io.run();
    return what;
}

} // namespace

TEST_CASE("an operation that is in time gives its value", "[core][timeout]") {
    asio::io_context io;
    int value = 0;
    const auto body = [&]() -> awaitable<> {
        value = co_await with_timeout(10s, answer_after(1ms));
    };
    CHECK(run(io, body) == "");
    CHECK(value == 42);
}

TEST_CASE("an operation that takes too long is cancelled and times out", "[core][timeout]") {
    asio::io_context io;
    const auto before = std::chrono::steady_clock::now();
    const auto body = [&]() -> awaitable<> { co_await with_timeout(10ms, sleep(1h)); };
    CHECK(run(io, body) == make_error_code(errc::timed_out).message());
    CHECK(std::chrono::steady_clock::now() - before < 5s);
}

TEST_CASE("what an operation throws passes through a timeout", "[core][timeout]") {
    asio::io_context io;
    const auto body = [&]() -> awaitable<> { co_await with_timeout(10s, fail()); };
    CHECK(run(io, body) == make_error_code(errc::bad_request).message());
}

TEST_CASE("cancelling reaches the operation behind a timeout", "[core][timeout]") {
    asio::io_context io;
    const auto body = [&]() -> awaitable<> {
        // The outer limit passes first and cancels the inner one, which does not report itself.
        co_await with_timeout(10ms, with_timeout(1h, sleep(1h)));
    };
    CHECK(run(io, body) == make_error_code(errc::timed_out).message());
}

TEST_CASE("timeouts in a row do not disturb each other", "[core][timeout]") {
    asio::io_context io;
    int sum = 0;
    const auto body = [&]() -> awaitable<> {
        for (int i = 0; i != 100; ++i) {
            sum += co_await with_timeout(10s, answer_after(0ms));
        }
    };
    CHECK(run(io, body) == "");
    CHECK(sum == 4200);
}

TEST_CASE("a coroutine may be destroyed while it waits with a timeout", "[core][timeout]") {
    asio::io_context io;
    asio::co_spawn(
        io, []() -> awaitable<> { co_await with_timeout(1h, sleep(1h)); }, asio::detached
    );
    io.poll();
    SUCCEED();
}
