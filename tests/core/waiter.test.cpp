// SPDX-License-Identifier: MIT
#include <gust/core/waiter.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/strand.hpp>

#include <cstdint>

#include "support/catch.hpp"

using namespace gust;

namespace {

/// Part of a handler: counts the places that it must not lie at.
struct alignas(128) Aligned {
    explicit Aligned(int& misplaced) noexcept : misplaced_{&misplaced} { look(); }
    Aligned(const Aligned& other) noexcept : misplaced_{other.misplaced_} { look(); }
    ~Aligned() { look(); }

private:
    void look() const noexcept {
        // The compiler takes the alignment of `this` for granted.
        const volatile auto place = reinterpret_cast<std::uintptr_t>(this);
        *misplaced_ += place % alignof(Aligned) != 0 ? 1 : 0;
    }

    int* misplaced_;
};

} // namespace

TEST_CASE("a waiter and its completion lie where their handler may", "[core][waiter]") {
    asio::io_context io;
    int misplaced = 0;
    int completed = 0;
    const auto handler = [&completed, part = Aligned{misplaced}](int result) {
        completed += result;
    };
    asio::cancellation_signal signals[8];
    detail::WaiterList<int> deleted;
    for (asio::cancellation_signal& signal : signals) { // not all of them are in luck
        detail::make_waiter<int>(handler, io.get_executor(), 0).complete(1);
        detail::make_waiter<int>(
            asio::bind_executor(asio::make_strand(io), handler), io.get_executor(), 0
        )
            .complete(10);
        detail::make_waiter<int>(
            asio::bind_cancellation_slot(signal.slot(), handler), io.get_executor(), 100
        );
        signal.emit(asio::cancellation_type::terminal);
        deleted.add(detail::make_waiter<int>(handler, io.get_executor(), 0));
    }
    deleted.clear();
    io.run();
    CHECK(completed == 8 * 111);
    CHECK(misplaced == 0);
}
