// SPDX-License-Identifier: MIT
// HookRunner: where the coroutines of a connection's hooks run, one after the other.
#ifndef GUST_HTTP1_HOOK_RUNNER_HPP
#define GUST_HTTP1_HOOK_RUNNER_HPP

#include <gust/core/awaitable.hpp>
#include <gust/http/connection.hpp>
#include <gust/http/delegate.hpp>

#include <asio/async_result.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/cancellation_state.hpp>
#include <asio/co_spawn.hpp>
#include <asio/this_coro.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace gust {

/// Awaits the hooks of one connection in one coroutine, which is started by the first of them and
/// kept: a hook then costs its own frame, and no spawning.
///
///     idle ─first hook─► running ─hook ended─► waiting ─next hook─► running
///
/// While a hook is awaited the coroutine keeps the connection alive. While it waits for one, the
/// connection keeps the coroutine.
///
/// Without the memory for its frame a hook has failed, as any that throws. What Asio does not
/// survive is a lack of memory while a coroutine starts an operation: it starts it where nothing
/// may be thrown, so the process ends. Plain hooks have no such place.
template <class Executor>
class HookRunner {
public:
    using executor_type = Executor;
    using Hook = asio::awaitable<void, Executor>;
    /// What is called when a hook has ended: it may run the next one.
    using ended_function = void(HTTPConnection& connection, const std::exception_ptr& error);

    /// Awaits `hook`, and calls `ended`. One at a time.
    void
    run(HTTPConnection& connection, Hook hook, asio::cancellation_slot cancel, ended_function* ended
    ) {
        connection_ = ConnectionRef{connection};
        hook_.emplace(std::move(hook));
        switch (state_) {
        case state::idle:
            state_ = state::running;
            try {
                asio::co_spawn(
                    connection.get_executor(),
                    loop(*this, ended),
                    asio::bind_cancellation_slot(cancel, [](const std::exception_ptr&) {})
                );
            } catch (...) { // out of memory
                state_ = state::idle;
                hook_.reset();
                connection_.reset();
                throw;
            }
            break;
        case state::waiting: {
            state_ = state::running;
            Handler resume = std::move(*waiting_);
            waiting_.reset();
            std::move(resume)();
            break;
        }
        case state::running: // called by `ended`: the loop takes it up
            break;
        }
    }

private:
    using Token = asio::use_awaitable_t<Executor>;
    using Handler = typename asio::async_result<Token, void()>::handler_type;
    enum class state : std::uint8_t { idle, waiting, running };

    static Hook loop(HookRunner& self, ended_function* ended) {
        for (;;) {
            while (self.hook_) {
                ConnectionRef connection = std::move(self.connection_);
                Hook hook = std::move(*self.hook_);
                self.hook_.reset();
                std::exception_ptr error;
                try {
                    co_await std::move(hook);
                } catch (...) {
                    error = std::current_exception();
                }
                try { // what this hook did about its cancellation is not for the next one
                    co_await asio::this_coro::reset_cancellation_state(
                        asio::enable_terminal_cancellation{}
                    );
                    co_await asio::this_coro::throw_if_cancelled(true);
                } catch (...) { // out of memory
                    error = std::current_exception();
                }
                ended(*connection.get(), error);
                connection.postpone_end(); // it is not to go beneath this frame
            }
            co_await self.next();
        }
    }
    auto next() {
        return asio::async_initiate<const Token, void()>(
            [this](Handler handler) {
                waiting_.emplace(std::move(handler));
                state_ = state::waiting;
            },
            token
        );
    }

    static constexpr Token token{};

    std::optional<Handler> waiting_;
    std::optional<Hook> hook_;
    ConnectionRef connection_;
    state state_ = state::idle;
};

namespace detail {

template <class R>
struct hook_executor {
    using type = void;
};
template <any_awaitable R>
struct hook_executor<R> {
    using type = typename awaitable_traits<R>::executor_type;
};

/// The executor of the coroutines that a delegate's hooks return: that of `finish` if it is one,
/// else of `data_received`, else of `headers_received`; `void` if every hook is plain.
template <class D, class Conn>
consteval auto find_hook_executor() {
    if constexpr (message_delegate<D, Conn>) {
        using Finish = decltype(std::declval<D&>().finish(std::declval<Conn&>()));
        using Data = decltype(std::declval<D&>().data_received(std::declval<Conn&>(), bytes{}));
        using Headers = decltype(std::declval<D&>().headers_received(
            std::declval<Conn&>(),
            std::declval<const RequestStartLine&>(),
            std::declval<const HTTPHeaders&>()
        ));
        if constexpr (any_awaitable<Finish>) {
            return hook_executor<Finish>{};
        } else if constexpr (any_awaitable<Data>) {
            return hook_executor<Data>{};
        } else {
            return hook_executor<Headers>{};
        }
    } else {
        return hook_executor<void>{}; // check_delegate says what is wrong
    }
}

/// Runs nothing: for delegates whose hooks are all plain.
struct NoHookRunner {};

template <class D, class Conn>
using hook_runner_of = std::conditional_t<
    std::is_void_v<typename decltype(find_hook_executor<D, Conn>())::type>,
    NoHookRunner,
    HookRunner<typename decltype(find_hook_executor<D, Conn>())::type>>;

/// A coroutine of another executor, for a runner of `Executor`.
template <class Executor, class Other>
    requires(!std::same_as<Executor, Other>)
asio::awaitable<void, Executor> adapt_hook(asio::awaitable<void, Other> hook, executor loop) {
    co_await asio::co_spawn(Other{loop}, std::move(hook), asio::use_awaitable_t<Executor>{});
}
template <class Executor>
asio::awaitable<void, Executor>
adapt_hook(asio::awaitable<void, Executor> hook, const executor& /*loop*/) noexcept {
    return hook;
}

} // namespace detail
} // namespace gust

#endif // GUST_HTTP1_HOOK_RUNNER_HPP
