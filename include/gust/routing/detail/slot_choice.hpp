// SPDX-License-Identifier: MIT
// Which slots a router needs: for each rule and each fallback, where the delegate of its target is
// kept.
#ifndef GUST_ROUTING_DETAIL_SLOT_CHOICE_HPP
#define GUST_ROUTING_DETAIL_SLOT_CHOICE_HPP

#include <gust/http/request.hpp>
#include <gust/routing/detail/miss.hpp>
#include <gust/routing/detail/target.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gust::detail {

/// The values that a matcher adds: none, one, or those of a tuple.
inline std::tuple<> matched_values(bool) noexcept {
    return {};
}
template <class T>
std::tuple<T> matched_values(std::optional<T>&& matched) {
    return std::tuple<T>{*std::move(matched)};
}
template <class... Ts>
std::tuple<Ts...> matched_values(std::optional<std::tuple<Ts...>>&& matched) {
    return *std::move(matched);
}

template <class Matcher>
struct matcher_values {
    using type =
        decltype(matched_values(std::declval<Matcher&>().match(std::declval<HTTPServerRequest&>()))
        );
};
template <>
struct matcher_values<AnyMatches> {
    using type = std::tuple<>;
};

template <class A, class B>
using joined_values = decltype(std::tuple_cat(std::declval<A>(), std::declval<B>()));

// The slots of a router: those of its rules, of its fallbacks, and of its own answer.

template <class Router, class ServerConn, class Conn, std::size_t I>
struct RuleChoice {
    using RulePattern = typename Router::template pattern<I>;
    using Leaf = typename Router::template leaf<I>;
    using T = object_type<typename Leaf::target_type>;
    using Values = joined_values<
        captures_of<RulePattern>,
        typename matcher_values<typename Leaf::matcher_type>::type>;
    static_assert(check_target<RulePattern, T, Values, ServerConn, Conn>());
    using Server = server_conn_for<T, ServerConn, Conn>;
    using type = slot_of<T, Values, Server, Conn>;
    /// It looks at no capture, and nobody else does.
    static consteval bool is_plain_application() {
        if constexpr (wrapping_target<T> || !std::same_as<typename Leaf::matcher_type, AnyMatches>)
            return false;
        else
            return application_target<T, ServerConn, Conn>;
    }
};

template <class Router, class ServerConn, class Conn, std::size_t I>
struct FallbackChoice {
    using FallbackPattern = typename Router::template fallback_pattern<I>;
    using Leaf = typename Router::template fallback_leaf<I>;
    using T = object_type<typename Leaf::target_type>;
    using Values = joined_values<
        captures_of<FallbackPattern>,
        std::conditional_t<Leaf::kind == miss::not_found, std::tuple<>, std::tuple<MethodSet>>>;
    static_assert(check_target<FallbackPattern, T, Values, ServerConn, Conn>());
    using Server = server_conn_for<T, ServerConn, Conn>;
    using type = slot_of<T, Values, Server, Conn>;
};

template <class Router, class ServerConn, class Conn, std::size_t I>
consteval auto choose_alternative() {
    if constexpr (I < Router::rule_count)
        return std::type_identity<typename RuleChoice<Router, ServerConn, Conn, I>::type>{};
    else if constexpr (I < Router::rule_count + Router::fallback_count)
        return std::type_identity<
            typename FallbackChoice<Router, ServerConn, Conn, I - Router::rule_count>::type>{};
    else
        return std::type_identity<Made<MissDelegate>>{};
}

/// Its address stands for the type.
template <class T>
inline constexpr char type_mark = 0;

/// Which types of a list are the same: the kinds of slots.
template <std::size_t N>
struct Kinds {
    std::array<std::size_t, N> kind{};     // of each type
    std::array<std::size_t, N> first_of{}; // of each kind: the first type that is of it
    std::size_t count = 0;
};
template <std::size_t N>
consteval Kinds<N> find_kinds(const std::array<const char*, N>& marks) {
    Kinds<N> kinds;
    for (std::size_t i = 0; i != N; ++i) {
        std::size_t kind = 0;
        while (kind != kinds.count && marks[kinds.first_of[kind]] != marks[i])
            ++kind;
        if (kind == kinds.count)
            kinds.first_of[kinds.count++] = i;
        kinds.kind[i] = kind;
    }
    return kinds;
}

template <class Router, class ServerConn, class Conn, class Indices>
struct SlotKinds;
template <class Router, class ServerConn, class Conn, std::size_t... Is>
struct SlotKinds<Router, ServerConn, Conn, std::index_sequence<Is...>> {
    static constexpr auto kinds = find_kinds(std::array<const char*, sizeof...(Is)>{
        &type_mark<typename decltype(choose_alternative<Router, ServerConn, Conn, Is>())::type>...
    });
};

} // namespace gust::detail

#endif // GUST_ROUTING_DETAIL_SLOT_CHOICE_HPP
