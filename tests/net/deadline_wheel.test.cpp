// SPDX-License-Identifier: MIT
#include <gust/net/deadline_wheel.hpp>

#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "support/catch.hpp"

using namespace gust;

namespace {

struct Entry : Deadline {
    Entry() : Deadline{expired} {}
    static void expired(Deadline& deadline) noexcept {
        auto& self = static_cast<Entry&>(deadline);
        ++self.calls;
        if (self.then) {
            self.then();
        }
    }
    int calls = 0;
    std::function<void()> then;
};

} // namespace

TEST_CASE("a deadline is called once, when its time has come", "[net][deadline_wheel]") {
    DeadlineWheel wheel;
    Entry entry;
    CHECK(entry.due() == no_deadline);
    wheel.set(entry, 500);
    CHECK(entry.due() == 500);
    wheel.advance(499);
    CHECK(entry.calls == 0);
    wheel.advance(1);
    CHECK(entry.calls == 1);
    CHECK(entry.due() == no_deadline);
    wheel.advance(100'000);
    CHECK(entry.calls == 1);
}

TEST_CASE("a deadline may move later, earlier, and away", "[net][deadline_wheel]") {
    DeadlineWheel wheel;
    Entry entry;
    wheel.set(entry, 1000);
    wheel.set(entry, 5000);
    wheel.advance(4999);
    CHECK(entry.calls == 0);
    wheel.set(entry, 5100);
    wheel.set(entry, 5050);
    wheel.advance(51);
    CHECK(entry.calls == 1);
    wheel.set(entry, 6000);
    wheel.set(entry, no_deadline);
    wheel.advance(10'000);
    CHECK(entry.calls == 1);
}

TEST_CASE("a deadline in the past is called by the next tick", "[net][deadline_wheel]") {
    DeadlineWheel wheel;
    wheel.advance(1000);
    Entry entry;
    wheel.set(entry, 3);
    CHECK(entry.calls == 0);
    wheel.advance(1);
    CHECK(entry.calls == 1);
}

TEST_CASE("a deadline beyond a turn of the wheel is kept", "[net][deadline_wheel]") {
    DeadlineWheel wheel;
    Entry entry;
    wheel.set(entry, 3'600'000);
    for (int i = 0; i != 3599; ++i) {
        wheel.advance(1000);
    }
    CHECK(entry.calls == 0);
    wheel.advance(1000);
    CHECK(entry.calls == 1);
}

TEST_CASE("a tick longer than a turn misses nothing", "[net][deadline_wheel]") {
    DeadlineWheel wheel;
    std::vector<std::unique_ptr<Entry>> entries;
    for (loop_time due = 0; due < 100'000; due += 997) {
        entries.push_back(std::make_unique<Entry>());
        wheel.set(*entries.back(), due);
    }
    wheel.advance(100'000);
    for (const auto& entry : entries) {
        CHECK(entry->calls == 1);
    }
}

TEST_CASE("a deadline that is destroyed leaves the wheel", "[net][deadline_wheel]") {
    DeadlineWheel wheel;
    auto entry = std::make_unique<Entry>();
    wheel.set(*entry, 10);
    entry.reset();
    wheel.advance(1000);
}

TEST_CASE("a callback may set, cancel and destroy any deadline", "[net][deadline_wheel]") {
    DeadlineWheel wheel;
    Entry first;
    Entry cancelled;
    auto destroyed = std::make_unique<Entry>();
    Entry last;
    for (Entry* entry : {&first, &cancelled, destroyed.get(), &last}) {
        wheel.set(*entry, 100);
    }
    first.then = [&] {
        wheel.set(cancelled, no_deadline);
        destroyed.reset();
        if (first.calls < 3) {
            wheel.set(first, 100); // due already: not before the next tick, or this would not end
        }
    };
    wheel.advance(100);
    CHECK(first.calls == 1);
    CHECK(cancelled.calls == 0);
    CHECK(last.calls == 1);
    wheel.advance(1);
    wheel.advance(1);
    wheel.advance(1);
    CHECK(first.calls == 3);
}

TEST_CASE(
    "a wheel agrees with a list of deadlines under any sequence of calls", "[net][deadline_wheel]"
) {
    for (unsigned seed = 0; seed != 20; ++seed) {
        std::mt19937 random{seed};
        const auto pick = [&](loop_time below) { return random() % below; };
        DeadlineWheel wheel;
        struct Expected {
            Entry entry;
            loop_time due = no_deadline;
            int calls = 0;
        };
        std::vector<std::unique_ptr<Expected>> all;
        for (int i = 0; i != 30; ++i) {
            all.push_back(std::make_unique<Expected>());
        }
        for (int step = 0; step != 2000; ++step) {
            Expected& one = *all[pick(all.size())];
            switch (pick(4)) {
            case 0:
            case 1:
                one.due = wheel.now() + pick(pick(2) == 0 ? 300 : 80'000);
                wheel.set(one.entry, one.due);
                break;
            case 2:
                one.due = no_deadline;
                wheel.set(one.entry, no_deadline);
                break;
            default:
                wheel.advance(pick(pick(20) == 0 ? 50'000 : 500) + 1);
                for (const auto& each : all) {
                    if (each->due <= wheel.now()) {
                        each->due = no_deadline;
                        ++each->calls;
                    }
                }
            }
            REQUIRE(one.entry.due() == one.due);
            for (const auto& each : all) {
                REQUIRE(each->entry.calls == each->calls);
            }
        }
    }
}
