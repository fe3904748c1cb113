// SPDX-License-Identifier: MIT
// adopt(): a coroutine of another executor's type as one of ours.
#ifndef GUST_CORE_ADOPT_HPP
#define GUST_CORE_ADOPT_HPP

#include <gust/core/awaitable.hpp>

#include <asio/co_spawn.hpp>

#include <utility>

namespace gust {

/// Runs `pending` on `ex`, whatever executor its type names.
/// Completes when it does, with its exception; cancellation reaches it.
template <class E>
    requires any_awaitable<asio::awaitable<void, E>>
awaitable<> adopt(executor ex, asio::awaitable<void, E> pending) {
    co_await asio::co_spawn(ex, std::move(pending), use_awaitable);
}

} // namespace gust

#endif // GUST_CORE_ADOPT_HPP
