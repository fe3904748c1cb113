// SPDX-License-Identifier: MIT
// A handler together with its results, which keeps the handler's executor, allocator and
// cancellation slot.
#ifndef GUST_NET_DETAIL_COMPLETION_HPP
#define GUST_NET_DETAIL_COMPLETION_HPP

#include <gust/core/awaitable.hpp>

#include <asio/associator.hpp>
#include <asio/post.hpp>

#include <tuple>
#include <type_traits>
#include <utility>

namespace gust::detail {

/// Calls `handler` with results that are already known.
template <class Handler, class... Results>
struct Completion {
    Handler handler;
    std::tuple<Results...> results;

    void operator()() { std::apply(std::move(handler), std::move(results)); }
};

/// Completes an operation on a later turn of the loop: never inside the function that started it.
template <class Handler, class... Results>
void post_completion(const executor& loop, Handler&& handler, Results... results) {
    asio::post(
        loop,
        Completion<std::decay_t<Handler>, Results...>{
            std::forward<Handler>(handler), {std::move(results)...}
        }
    );
}

} // namespace gust::detail

template <template <class, class> class Associator, class Handler, class... Results, class Default>
struct asio::associator<Associator, gust::detail::Completion<Handler, Results...>, Default>
    : Associator<Handler, Default> {
    static decltype(auto) get(const gust::detail::Completion<Handler, Results...>& self) noexcept {
        return Associator<Handler, Default>::get(self.handler);
    }
    static decltype(auto)
    get(const gust::detail::Completion<Handler, Results...>& self,
        const Default& fallback) noexcept {
        return Associator<Handler, Default>::get(self.handler, fallback);
    }
};

#endif // GUST_NET_DETAIL_COMPLETION_HPP
