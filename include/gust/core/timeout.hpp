// SPDX-License-Identifier: MIT
// with_timeout: an awaitable that is not waited for without end.
#ifndef GUST_CORE_TIMEOUT_HPP
#define GUST_CORE_TIMEOUT_HPP

#include <gust/core/awaitable.hpp>
#include <gust/core/error.hpp>

#include <asio/basic_waitable_timer.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/this_coro.hpp>

#include <chrono>
#include <memory>
#include <system_error>
#include <utility>

namespace gust {
namespace detail {

/// A timer and what it cancels. Both outlive the coroutine that waits, if that is destroyed first.
template <class Executor>
struct Timeout {
    enum class state { running, expired, over };

    explicit Timeout(const Executor& loop) : timer{loop} {}

    void cancel(asio::cancellation_type type) { signal.emit(type); }

    asio::basic_waitable_timer<
        std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>,
        Executor>
        timer;
    asio::cancellation_signal signal;
    state now = state::running;
};

/// Ends a timeout however its coroutine leaves it.
template <class Executor>
struct TimeoutGuard {
    std::shared_ptr<Timeout<Executor>> timeout;
    asio::cancellation_slot outer;

    TimeoutGuard(std::shared_ptr<Timeout<Executor>> guarded, asio::cancellation_slot slot)
        : timeout{std::move(guarded)}, outer{slot} {}
    TimeoutGuard(const TimeoutGuard&) = delete;
    TimeoutGuard& operator=(const TimeoutGuard&) = delete;
    ~TimeoutGuard() {
        timeout->now = Timeout<Executor>::state::over;
        timeout->timer.cancel();
        if (outer.is_connected()) {
            outer.clear();
        }
    }
};

} // namespace detail

/// Awaits `operation` for at most `limit`, then cancels it and throws `errc::timed_out` once it has
/// ended. An operation that succeeds although it was cancelled has succeeded. Cancelling this
/// cancels the operation.
///
/// The operation runs as a coroutine of its own on the same executor; with gust's streams no byte
/// is lost: `co_await gust::with_timeout(5s, stream.read_until("\n", 1_KiB))`.
template <class T, class Executor>
asio::awaitable<T, Executor>
with_timeout(std::chrono::steady_clock::duration limit, asio::awaitable<T, Executor> operation) {
    using timeout_type = detail::Timeout<Executor>;
    const Executor loop = co_await asio::this_coro::executor;
    const asio::cancellation_state cancellation = co_await asio::this_coro::cancellation_state;

    const auto timeout = std::make_shared<timeout_type>(loop);
    const detail::TimeoutGuard<Executor> guard{timeout, cancellation.slot()};
    timeout->timer.expires_after(limit);
    timeout->timer.async_wait([timeout](std::error_code ec) {
        if (!ec && timeout->now == timeout_type::state::running) {
            timeout->now = timeout_type::state::expired;
            timeout->cancel(asio::cancellation_type::all);
        }
    });
    if (cancellation.slot().is_connected()) {
        cancellation.slot().assign([timeout](asio::cancellation_type type) {
            timeout->cancel(type);
        });
    }

    const asio::use_awaitable_t<Executor> token;
    try {
        co_return co_await asio::co_spawn(
            loop, std::move(operation), asio::bind_cancellation_slot(timeout->signal.slot(), token)
        );
    } catch (const std::system_error& e) {
        if (timeout->now != timeout_type::state::expired
            || e.code() != asio::error::operation_aborted) {
            throw;
        }
    }
    throw_error(errc::timed_out);
}

} // namespace gust

#endif // GUST_CORE_TIMEOUT_HPP
