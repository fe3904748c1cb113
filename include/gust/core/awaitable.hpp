// SPDX-License-Identifier: MIT
// Executors and coroutines: the one header that knows the differences between Asio's versions and
// compilers.
#ifndef GUST_CORE_AWAITABLE_HPP
#define GUST_CORE_AWAITABLE_HPP

#include <asio/detail/config.hpp>

#if !defined(ASIO_HAS_CO_AWAIT)
#error                                                                                             \
    "asio has no coroutines in this build; with clang and Asio 1.22 define ASIO_HAS_CO_AWAIT and ASIO_HAS_STD_COROUTINE"
#endif

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

#include <concepts>
#include <type_traits>

namespace gust {

/// What runs gust: one `io_context` with one thread. Not type-erased on the way of a request.
using executor = asio::io_context::executor_type;

/// Asio's own coroutine type, so that user code composes with any Asio operation.
template <class T = void>
using awaitable = asio::awaitable<T>;

/// The default completion token of gust's own asynchronous operations.
inline constexpr asio::use_awaitable_t<> use_awaitable{};

namespace detail {

template <class T>
struct awaitable_traits {
    static constexpr bool is_awaitable = false;
};

template <class T, class E>
struct awaitable_traits<asio::awaitable<T, E>> {
    static constexpr bool is_awaitable = true;
    using value_type = T;
    using executor_type = E;
};

} // namespace detail

/// An `asio::awaitable` of any executor that gust's own converts to.
template <class T>
concept any_awaitable =
    detail::awaitable_traits<T>::is_awaitable
    && std::convertible_to<executor, typename detail::awaitable_traits<T>::executor_type>;

/// What a hook may return: nothing, or something that the connection waits for before it goes on.
/// An awaitable that holds no coroutine, `awaitable<>{}`, is nothing to wait for and costs nothing.
template <class T>
concept hook_result =
    std::is_void_v<T>
    || (any_awaitable<T> && std::is_void_v<typename detail::awaitable_traits<T>::value_type>);

} // namespace gust

#endif // GUST_CORE_AWAITABLE_HPP
