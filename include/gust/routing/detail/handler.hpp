// SPDX-License-Identifier: MIT
// Calling a target with captures: whether its parameters fit, and what it is made for.
#ifndef GUST_ROUTING_DETAIL_HANDLER_HPP
#define GUST_ROUTING_DETAIL_HANDLER_HPP

#include <gust/http/callable.hpp>
#include <gust/http/delegate.hpp>
#include <gust/http/request.hpp>
#include <gust/http/response.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gust::detail {

// The parameters of a callable --------------------------------------------------------------------

template <class... Ps>
struct Parameters {};

/// `type` is `Parameters<…>`, or void when a callable is generic or overloaded.
template <class F>
struct parameters_of {
    using type = void;
};
template <class R, class... Ps>
struct parameters_of<R (*)(Ps...)> {
    using type = Parameters<Ps...>;
};
template <class R, class... Ps>
struct parameters_of<R (*)(Ps...) noexcept> {
    using type = Parameters<Ps...>;
};
template <class F>
struct member_parameters_of;
template <class R, class C, class... Ps>
struct member_parameters_of<R (C::*)(Ps...)> : parameters_of<R (*)(Ps...)> {};
template <class R, class C, class... Ps>
struct member_parameters_of<R (C::*)(Ps...) const> : parameters_of<R (*)(Ps...)> {};
template <class R, class C, class... Ps>
struct member_parameters_of<R (C::*)(Ps...) noexcept> : parameters_of<R (*)(Ps...)> {};
template <class R, class C, class... Ps>
struct member_parameters_of<R (C::*)(Ps...) const noexcept> : parameters_of<R (*)(Ps...)> {};
template <class F>
    requires requires { typename member_parameters_of<decltype(&F::operator())>::type; }
struct parameters_of<F> : member_parameters_of<decltype(&F::operator())> {};

/// Whether a parameter of type `P` takes a capture of type `V`: the same, or by value something
/// that is made of it without loss.
template <class P, class V>
consteval bool fits_parameter() {
    using U = std::remove_cvref_t<P>;
    if constexpr (std::is_lvalue_reference_v<P> && !std::is_const_v<std::remove_reference_t<P>>) {
        return false;
    } else if constexpr (std::same_as<U, V>) {
        return true;
    } else if constexpr (std::is_reference_v<P>) {
        return false; // it would refer to a temporary
    } else if constexpr (std::is_arithmetic_v<U>) {
        return std::is_arithmetic_v<V> && requires(const V& value) { U{value}; };
    } else {
        return std::is_constructible_v<U, const V&>;
    }
}

template <class P, class V>
decltype(auto) pass_capture(const V& value) {
    if constexpr (std::same_as<std::remove_cvref_t<P>, V> && !std::is_rvalue_reference_v<P>)
        return (value);
    else
        return std::remove_cvref_t<P>(value);
}

enum class handler_fit : std::uint8_t { fits, wrong_count, wrong_type, not_callable };

/// How a callable takes captures of the types `Vs`.
template <class F, class Ps, class... Vs>
struct HandlerCall;

/// Its parameters are known.
template <class F, class First, class... Ps, class... Vs>
    requires std::same_as<std::remove_cvref_t<First>, HTTPServerRequest>
struct HandlerCall<F, Parameters<First, Ps...>, Vs...> : HandlerCall<F, Parameters<Ps...>, Vs...> {
    static constexpr bool takes_request = true;
    template <class Tuple, std::size_t... Is>
    static decltype(auto)
    call(F& f, HTTPServerRequest& request, Tuple& values, std::index_sequence<Is...>) {
        return std::invoke(f, request, pass_capture<Ps>(std::get<Is>(values))...);
    }
};
template <class F, class... Ps, class... Vs>
struct HandlerCall<F, Parameters<Ps...>, Vs...> {
    static constexpr bool takes_request = false;
    static consteval handler_fit fit() {
        if constexpr (sizeof...(Ps) != sizeof...(Vs))
            return handler_fit::wrong_count;
        else if constexpr (!(fits_parameter<Ps, Vs>() && ...))
            return handler_fit::wrong_type;
        else
            return handler_fit::fits;
    }
    template <class Tuple, std::size_t... Is>
    static decltype(auto) call(F& f, Tuple& values, std::index_sequence<Is...>) {
        return std::invoke(f, pass_capture<Ps>(std::get<Is>(values))...);
    }
};

/// It is generic or overloaded: it takes what it can be called with.
template <class F, class... Vs>
struct HandlerCall<F, void, Vs...> {
    static constexpr bool takes_request = std::invocable<F&, HTTPServerRequest&, const Vs&...>;
    static consteval handler_fit fit() {
        return takes_request || std::invocable<F&, const Vs&...> ? handler_fit::fits
                                                                 : handler_fit::not_callable;
    }
    template <class Tuple, std::size_t... Is>
    static decltype(auto)
    call(F& f, HTTPServerRequest& request, Tuple& values, std::index_sequence<Is...>) {
        return std::invoke(f, request, std::as_const(std::get<Is>(values))...);
    }
    template <class Tuple, std::size_t... Is>
    static decltype(auto) call(F& f, Tuple& values, std::index_sequence<Is...>) {
        return std::invoke(f, std::as_const(std::get<Is>(values))...);
    }
};

template <class F, class Values>
struct handler_call;
template <class F, class... Vs>
struct handler_call<F, std::tuple<Vs...>> {
    using type = HandlerCall<F, typename parameters_of<F>::type, Vs...>;
};
/// For a callable and a tuple of captures.
template <class F, class Values>
using handler_call_of = typename handler_call<F, Values>::type;

/// Calls `f`; `request` returns the HTTPServerRequest, and is called only if `f` takes one.
template <class F, class Values, class Request>
decltype(auto) call_handler(F& f, Values& values, Request&& request) {
    using Call = handler_call_of<F, std::remove_const_t<Values>>;
    constexpr auto indices = std::make_index_sequence<std::tuple_size_v<Values>>{};
    if constexpr (Call::takes_request)
        return Call::call(f, request(), values, indices);
    else
        return Call::call(f, values, indices);
}

template <class F, class Values>
using handler_result = decltype(call_handler(
    std::declval<F&>(), std::declval<const Values&>(), std::declval<HTTPServerRequest& (*)()>()
));

// What a callable is for --------------------------------------------------------------------------

template <class T>
struct optional_value {
    using type = T;
    static constexpr bool may_decline = false;
};
template <class T>
struct optional_value<std::optional<T>> {
    using type = T;
    static constexpr bool may_decline = true;
};

/// Makes a message delegate.
template <class R>
concept delegate_result = std::derived_from<typename optional_value<R>::type, HTTPMessageDelegate>;

/// A callable bound to the captures of one request: what the callable adapter calls.
template <class F, class Values>
struct BoundHandler {
    decltype(auto) operator()(HTTPServerRequest& request) {
        return call_handler(*callable, *values, [&request]() -> HTTPServerRequest& {
            return request;
        });
    }

    F* callable;
    const Values* values;
};

} // namespace gust::detail

#endif // GUST_ROUTING_DETAIL_HANDLER_HPP
