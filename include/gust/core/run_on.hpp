// SPDX-License-Identifier: MIT
// run_on: blocking work on another thread, awaited on the loop.
#ifndef GUST_CORE_RUN_ON_HPP
#define GUST_CORE_RUN_ON_HPP

#include <gust/core/awaitable.hpp>

#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/thread_pool.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace gust {
namespace detail {

/// What `F` returned or threw, on its way back.
template <class Result>
struct Returned {
    std::exception_ptr error;
    std::optional<Result> value;

    template <class F>
    void run(F& f) {
        try {
            value.emplace(f());
        } catch (...) {
            error = std::current_exception();
        }
    }
    template <class Handler>
    void pass_to(Handler& handler) {
        std::move(handler)(error, value ? std::move(*value) : Result{});
    }
};

template <>
struct Returned<void> {
    std::exception_ptr error;

    template <class F>
    void run(F& f) {
        try {
            f();
        } catch (...) {
            error = std::current_exception();
        }
    }
    template <class Handler>
    void pass_to(Handler& handler) {
        std::move(handler)(error);
    }
};

template <class Result>
struct run_on_signature {
    using type = void(std::exception_ptr, Result);
};
template <>
struct run_on_signature<void> {
    using type = void(std::exception_ptr);
};

/// Whether an argument of type `F&&` may stand in the expression that is awaited.
#if defined(__GNUC__) && __GNUC__ < 13 && !defined(__clang__)
template <class F, class Token>
inline constexpr bool survives_co_await =
    std::is_lvalue_reference_v<F> || std::is_trivially_destructible_v<F>
    || !std::is_same_v<std::decay_t<Token>, asio::use_awaitable_t<>>;
#else
template <class F, class Token>
inline constexpr bool survives_co_await = true;
#endif

} // namespace detail

/// Runs `f()` on a thread of `pool`, and completes on the executor of the handler with what it
/// returns or throws.
///
/// `f` is called once, as a plain function: it must not touch anything that belongs to a loop. What
/// it returns has a default. It cannot be cancelled, so what it captured outlives it whatever
/// happens to the connection. The loop keeps running meanwhile. Join the pool before the
/// `io_context` is destroyed.
///
/// Name a lambda with captures before it is passed: g++ 12 destroys what is captured twice when the
/// lambda stands inside the co_await expression, which is refused here.
template <class F, class Token = const asio::use_awaitable_t<>&>
auto run_on(asio::thread_pool& pool, F&& f, Token&& token = use_awaitable) {
    using work_type = std::decay_t<F>;
    using result = std::invoke_result_t<work_type&>;
    static_assert(
        detail::survives_co_await<F, Token>,
        "gust: g++ 12 destroys the captures of a lambda twice that is written inside co_await: "
        "give it a name first, `auto work = [...] {...}; co_await run_on(pool, work)`"
    );
    return asio::async_initiate<Token, typename detail::run_on_signature<result>::type>(
        [&pool](auto handler, work_type work) {
            auto home = asio::make_work_guard(asio::get_associated_executor(handler));
            asio::post(
                pool,
                [work = std::move(work), handler = std::move(handler), home = std::move(home)](
                ) mutable {
                    detail::Returned<result> returned;
                    returned.run(work);
                    const auto loop = home.get_executor();
                    asio::post(
                        loop,
                        [handler = std::move(handler),
                         returned = std::move(returned),
                         home = std::move(home)]() mutable { returned.pass_to(handler); }
                    );
                }
            );
        },
        token,
        work_type{std::forward<F>(f)}
    );
}

} // namespace gust

#endif // GUST_CORE_RUN_ON_HPP
