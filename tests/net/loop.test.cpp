// SPDX-License-Identifier: MIT
#include <gust/net/loop.hpp>

#include <asio/post.hpp>

#include <functional>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace gust;
using namespace std::chrono_literals;

namespace {

struct Entry : Deadline {
    Entry() : Deadline{[](Deadline& self) noexcept { ++static_cast<Entry&>(self).calls; }} {}
    int calls = 0;
};

struct Call : detail::DeferredCall {
    explicit Call(std::function<void()> what) : DeferredCall{make}, what_{std::move(what)} {}

private:
    static void make(DeferredCall& self) noexcept { static_cast<Call&>(self).what_(); }
    std::function<void()> what_;
};

} // namespace

TEST_CASE("an io_context has one loop", "[net][loop]") {
    asio::io_context io;
    asio::io_context other;
    CHECK(&Loop::of(io) == &Loop::of(io));
    CHECK(&Loop::of(io) != &Loop::of(other));
    CHECK(&Loop::of(io).context() == &io);
}

TEST_CASE("a loop ticks while somebody is attached, and lets run() return after", "[net][loop]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    loop.expect_deadline(160ms);
    CHECK(loop.interval() == 20ms);
    io.run(); // nobody there: returns at once
    io.restart();
    Entry entry;
    loop.attach();
    loop.deadlines().set(entry, loop.due_in(40ms));
    io.run_for(500ms);
    CHECK(entry.calls == 1);
    CHECK(loop.now() >= 40);
    loop.detach();
    io.restart();
    io.run();
    const loop_time then = loop.now();
    io.restart();
    io.run_for(60ms);
    CHECK(loop.now() == then);
}

TEST_CASE("the interval of a loop only shrinks", "[net][loop]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    CHECK(loop.interval() == 1000ms);
    loop.expect_deadline(800ms);
    CHECK(loop.interval() == 100ms);
    loop.expect_deadline(30s);
    CHECK(loop.interval() == 100ms);
    loop.expect_deadline(1ms);
    CHECK(loop.interval() == 20ms);
}

TEST_CASE("a loop detached and attached in one go keeps ticking", "[net][loop]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    loop.expect_deadline(1ms);
    loop.attach();
    loop.detach();
    loop.attach();
    const loop_time before = loop.now();
    io.run_for(200ms);
    CHECK(loop.now() > before);
    loop.detach();
}

TEST_CASE(
    "the timer of a loop that expects streams runs out when the last has gone", "[net][loop]"
) {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    loop.expect_deadline(1ms);
    loop.expect_streams();
    loop.attach();
    loop.detach();
    io.run(); // until it has run out
    CHECK(loop.now() == 20);
    io.restart();
    CHECK(io.poll() == 0);

    loop.attach();
    loop.detach();
    loop.expect_no_streams();
    io.restart();
    io.run(); // at once
    CHECK(loop.now() == 20);

    loop.attach(); // the last to go is the stream
    loop.expect_streams();
    loop.expect_no_streams();
    loop.detach();
    io.restart();
    io.run();
    CHECK(loop.now() == 20);
}

TEST_CASE("a loop whose timer is stopped ticks by hand", "[net][loop]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    loop.stop_timer();
    loop.attach();
    io.run_for(20ms);
    CHECK(loop.now() == 0);
    loop.tick();
    CHECK(loop.now() == 1000);
    loop.detach();
}

TEST_CASE("a loop belongs to the thread that runs it while streams are attached", "[net][loop]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    CHECK(loop.claim_thread());
    loop.attach();
    CHECK(loop.is_current_thread());
    bool is_claimed = true;
    std::thread{[&] { is_claimed = loop.claim_thread(); }}.join();
    CHECK_FALSE(is_claimed);
    loop.detach();
    std::thread{[&] { is_claimed = loop.claim_thread(); }}.join();
    CHECK(is_claimed);
    CHECK_FALSE(loop.is_current_thread());
}

TEST_CASE("a loop tells its log", "[net][loop]") {
    asio::io_context io;
    int records = 0;
    auto count = [&](const LogRecord&) { ++records; };
    Loop::of(io).set_log(log_to(count), log_level::warning);
    Loop::of(io).log().write(log_level::info, log_kind::server, "quiet");
    Loop::of(io).log().write(log_level::error, log_kind::server, "loud");
    CHECK(records == 1);
}

TEST_CASE("a deferred call is made once, behind the handlers that are ready", "[net][loop]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    std::vector<int> order;
    Call second{[&] { order.push_back(2); }};
    Call third{[&] { order.push_back(3); }};
    asio::post(io, [&] {
        CHECK(loop.defer(second));
        CHECK(loop.defer(third));
        CHECK(loop.defer(second)); // stays where it is
    });
    asio::post(io, [&] { order.push_back(1); });
    io.run(); // and a call that is due is work
    CHECK(order == std::vector{1, 2, 3});
    CHECK_FALSE(second.is_linked());
}

TEST_CASE("a call deferred by a deferred call waits for the next round", "[net][loop]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    std::vector<int> order;
    std::optional<Call> again;
    again.emplace([&] {
        order.push_back(1);
        if (order.size() == 1) {
            asio::post(io, [&] { order.push_back(2); });
            loop.defer(*again);
        }
    });
    Call other{[&] { order.push_back(0); }};
    loop.defer(*again);
    loop.defer(other);
    io.run();
    CHECK(order == std::vector{1, 0, 2, 1});
}

TEST_CASE("a call whose owner has gone is not made", "[net][loop]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    int calls = 0;
    std::optional<Call> gone{std::in_place, [&] { ++calls; }};
    std::optional<Call> next{std::in_place, [&] { ++calls; }};
    Call killer{[&] { next.reset(); }};
    loop.defer(killer);
    loop.defer(*gone);
    loop.defer(*next);
    gone.reset();
    io.run();
    CHECK(calls == 0);
}

TEST_CASE("a context that is destroyed makes no deferred call", "[net][loop]") {
    struct Owner final : detail::HandlerOwner {
        Loop* loop = nullptr;
        Call* call = nullptr;
        bool is_taken = true;
        void destroy_handlers() noexcept override { is_taken = loop->defer(*call); }
    } owner;
    int calls = 0;
    Call early{[&] { ++calls; }};
    Call late{[&] { ++calls; }};
    {
        asio::io_context io;
        owner.loop = &Loop::of(io);
        owner.call = &late;
        owner.loop->own_handlers(owner);
        CHECK(owner.loop->defer(early));
    }
    CHECK_FALSE(owner.is_taken);
    CHECK(calls == 0);
}
