// SPDX-License-Identifier: MIT
// RouterTables: what the compiler knows about the rules of a router.
#ifndef GUST_ROUTING_DETAIL_ROUTER_TABLES_HPP
#define GUST_ROUTING_DETAIL_ROUTER_TABLES_HPP

#include <gust/routing/detail/handler.hpp>
#include <gust/routing/detail/miss.hpp>
#include <gust/routing/detail/redirect.hpp>
#include <gust/routing/detail/target.hpp>
#include <gust/routing/route_table_builder.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <utility>

namespace gust::detail {

/// Whether a rule may decline: it has a matcher, or makes an optional delegate.
template <class Leaf, class RulePattern>
consteval bool is_conditional() {
    if constexpr (!std::same_as<typename Leaf::matcher_type, AnyMatches>) {
        return true;
    } else {
        using T = typename innermost_target<object_type<typename Leaf::target_type>>::type;
        using Call = handler_call_of<T, captures_of<RulePattern>>;
        if constexpr (std::same_as<T, Response> || is_redirect<T>::value
                      || Call::fit() != handler_fit::fits)
            return false;
        else
            return optional_value<handler_result<T, captures_of<RulePattern>>>::may_decline;
    }
}

template <class RulePattern>
consteval RouteSpec spec_of(bool conditional) {
    const std::span<const PatternSegment> all{RulePattern::array};
    return {
        .host = all.first(RulePattern::host_size),
        .path = all.subspan(RulePattern::host_size),
        .methods = RulePattern::methods,
        .optional_slash = RulePattern::optional_slash,
        .open_end = RulePattern::open_end,
        .conditional = conditional
    };
}

template <class Router, class Indices>
struct RuleSpecs;
template <class Router, std::size_t... Is>
struct RuleSpecs<Router, std::index_sequence<Is...>> {
    static constexpr std::array<RouteSpec, sizeof...(Is)> array{spec_of<
        typename Router::template pattern<Is>>(
        is_conditional<typename Router::template leaf<Is>, typename Router::template pattern<Is>>()
    )...};
    static constexpr std::size_t most_captures =
        std::max({std::size_t{0}, capture_count<typename Router::template pattern<Is>>...});
};
template <class Router, class Indices>
struct FallbackSpecs;
template <class Router, std::size_t... Is>
struct FallbackSpecs<Router, std::index_sequence<Is...>> {
    static constexpr std::array<RouteSpec, sizeof...(Is)> array{
        spec_of<typename Router::template fallback_pattern<Is>>(true)...
    };
    static constexpr std::array<miss, sizeof...(Is)> kinds{
        Router::template fallback_leaf<Is>::kind...
    };
    static constexpr std::size_t most_captures =
        std::max({std::size_t{0}, capture_count<typename Router::template fallback_pattern<Is>>...}
        );
};

/// Names both in what the compiler prints.
template <bool Differ, class FirstPattern, class SecondPattern>
consteval bool check_patterns_differ() {
    static_assert(Differ, "gust: two rules of a router have the same pattern");
    return true;
}

/// What the compiler knows about a router's rules.
template <class Router>
struct RouterTables {
    static constexpr std::size_t rule_count = Router::rule_count;
    static constexpr std::size_t fallback_count = Router::fallback_count;
    using Rules = RuleSpecs<Router, std::make_index_sequence<rule_count>>;
    using Fallbacks = FallbackSpecs<Router, std::make_index_sequence<fallback_count>>;

    static constexpr auto rules = make_route_table<Rules>();
    static constexpr auto fallbacks = make_route_table<Fallbacks>();
    static constexpr std::size_t most_captures =
        std::max(Rules::most_captures, Fallbacks::most_captures);
    static constexpr bool has_hosts = rules.result.roots > 1
                                      || (rule_count != 0 && !rules.roots[0].host.empty());
    static constexpr RouteTable table = rules.view();

    static consteval bool check() {
        constexpr auto result = rules.result;
        if constexpr (result.duplicate != RouteTable::none) {
            return check_patterns_differ<
                false,
                typename Router::template pattern<result.original>,
                typename Router::template pattern<result.duplicate>>();
        }
        return true;
    }
};

} // namespace gust::detail

#endif // GUST_ROUTING_DETAIL_ROUTER_TABLES_HPP
