// SPDX-License-Identifier: MIT
#ifndef GUST_ROUTING_IMPL_ROUTER_HPP
#define GUST_ROUTING_IMPL_ROUTER_HPP

#include <gust/core/adopt.hpp>
#include <gust/routing/detail/miss.hpp>
#include <gust/routing/detail/pack.hpp>
#include <gust/routing/detail/reverse.hpp>
#include <gust/routing/detail/target.hpp>
#include <gust/routing/router.hpp>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gust {
namespace detail {

// Tables ------------------------------------------------------------------------------------------

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

// The delegate ------------------------------------------------------------------------------------

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

template <class RulePattern, std::size_t I>
auto parse_capture(std::string_view text) {
    using Capture = capture_at<RulePattern, I>;
    if constexpr (std::same_as<Capture, TextCapture>)
        return text;
    else
        return Capture::traits::parse(text).value(); // the search has asked whether it parses
}

template <class RulePattern, std::size_t... Is>
captures_of<RulePattern>
parse_captures([[maybe_unused]] std::span<const std::string_view> texts, std::index_sequence<Is...>) {
    return captures_of<RulePattern>{parse_capture<RulePattern, Is>(texts[Is])...};
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
    using type = slot_of<T, Values, ServerConn, Conn>;
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
    using type = slot_of<T, Values, ServerConn, Conn>;
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

/// Calls `f` with the index as a template argument: a jump table for each sixteen.
template <class R, std::size_t Count, std::size_t First, class F>
R visit_index(std::size_t index, F& f) {
    constexpr auto at = [](std::size_t offset) { return std::min(First + offset, Count - 1); };
    switch (index - First) {
    case 0:
        return f.template operator()<at(0)>();
    case 1:
        return f.template operator()<at(1)>();
    case 2:
        return f.template operator()<at(2)>();
    case 3:
        return f.template operator()<at(3)>();
    case 4:
        return f.template operator()<at(4)>();
    case 5:
        return f.template operator()<at(5)>();
    case 6:
        return f.template operator()<at(6)>();
    case 7:
        return f.template operator()<at(7)>();
    case 8:
        return f.template operator()<at(8)>();
    case 9:
        return f.template operator()<at(9)>();
    case 10:
        return f.template operator()<at(10)>();
    case 11:
        return f.template operator()<at(11)>();
    case 12:
        return f.template operator()<at(12)>();
    case 13:
        return f.template operator()<at(13)>();
    case 14:
        return f.template operator()<at(14)>();
    case 15:
        return f.template operator()<at(15)>();
    default:
        if constexpr (First + 16 < Count)
            return visit_index<R, Count, First + 16>(index, f);
        else
            return f.template operator()<Count - 1>();
    }
}

/// The results of one hook in all alternatives, as one: void if all are, else an awaitable, which
/// holds nothing where the hook was plain.
template <class... Rs>
consteval auto common_hook_result() {
    constexpr std::array<bool, sizeof...(Rs)> is_void{std::is_void_v<Rs>...};
    constexpr auto first = static_cast<std::size_t>(
        std::find(is_void.begin(), is_void.end(), false) - is_void.begin()
    );
    if constexpr (first == sizeof...(Rs)) {
        return std::type_identity<void>{};
    } else {
        using Result = typename std::remove_reference_t<
            typename Pack<std::type_identity<Rs>...>::template type<first>>::type;
        constexpr std::array<bool, sizeof...(Rs)> fits{
            (std::is_void_v<Rs> || std::same_as<Rs, Result>)...
        };
        if constexpr (std::find(fits.begin(), fits.end(), false) == fits.end())
            return std::type_identity<Result>{};
        else
            return std::type_identity<awaitable<>>{};
    }
}

struct NoStorage {};

/// What the slots of a router have in common. `Slots` are different types.
template <class Conn, class... Slots>
struct SlotProperties {
    static constexpr std::array<bool, sizeof...(Slots)> checked{
        check_delegate<typename Slots::delegate_type, Conn>()...
    };
    static constexpr std::size_t size = std::max({sizeof(Slots)...});
    static constexpr std::size_t alignment = std::max({alignof(Slots)...});
    static constexpr bool trivial = std::min({std::is_trivially_destructible_v<Slots>...});
    using Headers =
        typename decltype(common_hook_result<
                          decltype(std::declval<typename Slots::delegate_type&>().headers_received(
                              std::declval<Conn&>(),
                              std::declval<const RequestStartLine&>(),
                              std::declval<const HTTPHeaders&>()
                          ))...>())::type;
    using Data =
        typename decltype(common_hook_result<
                          decltype(std::declval<typename Slots::delegate_type&>().data_received(
                              std::declval<Conn&>(), std::declval<bytes>()
                          ))...>())::type;
    using Finish =
        typename decltype(common_hook_result<decltype(std::declval<typename Slots::delegate_type&>()
                                                          .finish(std::declval<Conn&>()))...>()
        )::type;
};

template <class Router, class ServerConn, class Conn, class Indices>
struct SlotKinds;
template <class Router, class ServerConn, class Conn, std::size_t... Is>
struct SlotKinds<Router, ServerConn, Conn, std::index_sequence<Is...>> {
    static constexpr auto kinds = find_kinds(std::array<const char*, sizeof...(Is)>{
        &type_mark<typename decltype(choose_alternative<Router, ServerConn, Conn, Is>())::type>...
    });
};

/// Passes a request on to the delegate that the chosen target has made, in place.
template <class Router, class ServerConn, class Conn>
class RoutedDelegate : public HTTPMessageDelegate {
    using Tables = RouterTables<Router>;
    static_assert(Tables::check());
    static constexpr std::size_t count = Tables::rule_count + Tables::fallback_count + 1;
    static constexpr auto kinds =
        SlotKinds<Router, ServerConn, Conn, std::make_index_sequence<count>>::kinds;
    template <std::size_t I>
    using alternative = typename decltype(choose_alternative<Router, ServerConn, Conn, I>())::type;
    template <std::size_t Kind>
    using slot = alternative<kinds.first_of[Kind]>;

    template <class Indices>
    struct EachKind;
    template <std::size_t... Kinds>
    struct EachKind<std::index_sequence<Kinds...>> : SlotProperties<Conn, slot<Kinds>...> {};
    using All = EachKind<std::make_index_sequence<kinds.count>>;

public:
    RoutedDelegate(Router& router, ServerConn& server_conn, Conn& conn) {
        const std::size_t rule =
            Tables::table.find_path(conn.start_line().method, conn.target().path);
        if (rule == RouteTable::none || !build_any_rule(router, rule, {}, server_conn, conn))
            search(router, rule, server_conn, conn);
    }
    RoutedDelegate(const RoutedDelegate&) = delete;
    RoutedDelegate& operator=(const RoutedDelegate&) = delete;
    ~RoutedDelegate() {
        if constexpr (!All::trivial) {
            auto destroy = [&]<std::size_t Kind>() { std::destroy_at(&chosen<Kind>()); };
            visit_index<void, kinds.count, 0>(kind_, destroy);
        }
    }

    auto headers_received(Conn& conn, const RequestStartLine& start, const HTTPHeaders& headers) {
        return pass_on<typename All::Headers>(conn, [&](auto& delegate) {
            return delegate.headers_received(conn, start, headers);
        });
    }
    auto data_received(Conn& conn, bytes chunk) {
        return pass_on<typename All::Data>(conn, [&](auto& delegate) {
            return delegate.data_received(conn, chunk);
        });
    }
    auto finish(Conn& conn) {
        return pass_on<typename All::Finish>(conn, [&](auto& delegate) {
            return delegate.finish(conn);
        });
    }
    void on_connection_close() noexcept {
        auto call = [&]<std::size_t Kind>() { chosen<Kind>().delegate().on_connection_close(); };
        visit_index<void, kinds.count, 0>(kind_, call);
    }
    void response_ended(outcome result) noexcept {
        auto call = [&]<std::size_t Kind>() { chosen<Kind>().delegate().response_ended(result); };
        visit_index<void, kinds.count, 0>(kind_, call);
    }

private:
    template <std::size_t Kind>
    slot<Kind>& chosen() noexcept {
        return *std::launder(reinterpret_cast<slot<Kind>*>(place_));
    }

    template <class R, class Hook>
    R pass_on([[maybe_unused]] Conn& conn, Hook hook) {
        auto call = [&]<std::size_t Kind>() -> R {
            auto& delegate = chosen<Kind>().delegate();
            using Own = decltype(hook(delegate));
            if constexpr (std::is_void_v<Own>) {
                hook(delegate);
                return R();
            } else if constexpr (std::same_as<Own, R>) {
                return hook(delegate);
            } else {
                return adopt(conn.get_executor(), hook(delegate));
            }
        };
        return visit_index<R, kinds.count, 0>(kind_, call);
    }

    /// Builds an alternative; false if its target declines.
    template <std::size_t I, class RulePattern, class Target, class Values>
    bool build(Target& target, Values&& values, Dispatch<ServerConn, Conn>& dispatch) {
        auto* const made = ::new (static_cast<void*>(place_)) alternative<I>(
            std::type_identity<RulePattern>{},
            object_of(target),
            std::forward<Values>(values),
            dispatch
        );
        if constexpr (alternative<I>::may_decline) {
            if (made->has_declined()) {
                std::destroy_at(made);
                return false;
            }
        }
        kind_ = kinds.kind[I];
        return true;
    }

    template <class RulePattern, std::size_t Count>
    auto take_captures(
        [[maybe_unused]] const RouteSearch* search, std::array<std::string_view, Count>& texts
    ) {
        if constexpr (Count != 0)
            decode_captures(search->captured(), texts, text_.emplace());
        return parse_captures<RulePattern>(texts, std::make_index_sequence<Count>{});
    }

    template <std::size_t I>
    bool
    build_rule(Router& router, const RouteSearch* search, ServerConn& server_conn, Conn& conn) {
        using RulePattern = typename Router::template pattern<I>;
        using Matcher = typename Router::template leaf<I>::matcher_type;
        auto& rule = router.template get<I>();
        std::array<std::string_view, capture_count<RulePattern>> texts;
        auto values = take_captures<RulePattern>(search, texts);
        Dispatch<ServerConn, Conn> dispatch{server_conn, conn, texts};
        if constexpr (std::same_as<Matcher, AnyMatches>) {
            return build<I, RulePattern>(rule.target, std::move(values), dispatch);
        } else {
            HTTPServerRequest request{conn};
            auto matched = rule.matcher.match(request);
            return matched
                   && build<I, RulePattern>(
                       rule.target,
                       std::tuple_cat(std::move(values), matched_values(std::move(matched))),
                       dispatch
                   );
        }
    }

    [[gnu::noinline]] bool build_any_rule(
        Router& router,
        std::size_t rule,
        const RouteSearch* search,
        ServerConn& server_conn,
        Conn& conn
    ) {
        auto build = [&]<std::size_t I>() {
            if constexpr (I < Tables::rule_count)
                return build_rule<I>(router, search, server_conn, conn);
            else
                return false;
        };
        return visit_index<bool, std::max(Tables::rule_count, std::size_t{1}), 0>(rule, build);
    }

    /// Walks over the trie: what `find_path` has found, if anything, has declined.
    [[gnu::noinline]] void
    search(Router& router, std::size_t declined, ServerConn& server_conn, Conn& conn) {
        std::array<CapturedText, Tables::most_captures + 1> captures;
        std::array<CapturedText, Tables::most_captures + 1> scratch;
        RouteQuery query{conn.start_line().method, conn.target().path, {}};
        if constexpr (Tables::has_hosts)
            query.host = query_host(conn);
        const std::size_t from = declined == RouteTable::none ? 0 : declined + 1;
        RouteSearch search{Tables::table, query, captures.data(), scratch.data(), from};
        std::size_t rule = RouteTable::none;
        do {
            rule = search.next();
            if (rule == RouteTable::none) {
                answer_miss(router, query, captures.data(), scratch.data(), server_conn, conn);
                return;
            }
        } while (!build_any_rule(router, rule, &search, server_conn, conn));
    }

    template <std::size_t I>
    bool build_fallback(
        Router& router,
        const Missed& missed,
        const RouteSearch& search,
        ServerConn& server_conn,
        Conn& conn
    ) {
        using FallbackPattern = typename Router::template fallback_pattern<I>;
        if (Router::template fallback_leaf<I>::kind != missed.what)
            return false;
        std::array<std::string_view, capture_count<FallbackPattern>> texts;
        auto values = take_captures<FallbackPattern>(&search, texts);
        Dispatch<ServerConn, Conn> dispatch{server_conn, conn, texts};
        auto& target = router.template get_fallback<I>().target;
        if constexpr (Router::template fallback_leaf<I>::kind == miss::not_found) {
            return build<Tables::rule_count + I, FallbackPattern>(
                target, std::move(values), dispatch
            );
        } else {
            return build<Tables::rule_count + I, FallbackPattern>(
                target,
                std::tuple_cat(std::move(values), std::tuple<MethodSet>{missed.allowed}),
                dispatch
            );
        }
    }

    /// Out of the way of requests that have a rule.
    [[gnu::noinline]] void answer_miss(
        Router& router,
        RouteQuery query,
        CapturedText* captures,
        CapturedText* scratch,
        ServerConn& server_conn,
        Conn& conn
    ) {
        const Missed missed = find_out_what_is_missing(Tables::table, query, captures, scratch);
        if constexpr (Tables::fallback_count != 0) {
            static constexpr RouteTable table = Tables::fallbacks.view();
            query.host = query_host(conn);
            RouteSearch search{table, query, captures, scratch};
            auto build = [&]<std::size_t I>() {
                return build_fallback<I>(router, missed, search, server_conn, conn);
            };
            for (;;) {
                const std::size_t fallback = search.next();
                if (fallback == RouteTable::none)
                    break;
                if (visit_index<bool, Tables::fallback_count, 0>(fallback, build))
                    return;
            }
        }
        ::new (static_cast<void*>(place_)) Made<MissDelegate>{MissDelegate{missed}};
        kind_ = kinds.kind[count - 1];
    }

    std::size_t kind_ = 0;
    [[no_unique_address]] std::
        conditional_t<Tables::most_captures != 0, std::optional<std::string>, NoStorage> text_;
    alignas(All::alignment) std::byte place_[All::size];
};

// Reverse -----------------------------------------------------------------------------------------

template <class Router, FixedString Name, std::size_t... Is>
consteval std::size_t find_rule_name(std::index_sequence<Is...>) {
    constexpr std::array<std::string_view, sizeof...(Is)> names{Router::template name<Is>.view()...
    };
    return static_cast<std::size_t>(
        std::find(names.begin(), names.end(), Name.view()) - names.begin()
    );
}

/// How often a name is used.
template <class Router, FixedString Name, std::size_t... Is>
consteval std::size_t count_rule_name(std::index_sequence<Is...>) {
    constexpr std::array<std::string_view, sizeof...(Is)> names{Router::template name<Is>.view()...
    };
    return static_cast<std::size_t>(std::count(names.begin(), names.end(), Name.view()));
}

template <class RulePattern, class... Values, std::size_t... Is>
std::string reverse_rule(std::index_sequence<Is...>, const Values&... values) {
    constexpr bool fits = (fits_reverse<capture_at<RulePattern, Is>, Values>() && ...);
    static_assert(
        fits,
        "gust: a value given to reverse is not of the type that the capture at its position takes"
    );
    if constexpr (fits) {
        const std::array<std::string, sizeof...(Values)> texts{
            print_capture<capture_at<RulePattern, Is>>(values)...
        };
        constexpr RouteSpec spec = spec_of<RulePattern>(false);
        return reverse_pattern(spec.host, spec.path, texts);
    }
}

} // namespace detail

template <class... Items>
template <class ServerConn>
void Router<Items...>::on_close(ServerConn& server_conn) noexcept {
    const auto tell = [&server_conn]<class Target>(Target& target) {
        auto& app = detail::object_of(target);
        if constexpr (requires { app.on_close(server_conn); })
            app.on_close(server_conn);
    };
    [&]<std::size_t... Is>(std::index_sequence<Is...>) {
        const std::initializer_list<int> all{(tell(get<Is>().target), 0)...};
        static_cast<void>(all);
    }(std::make_index_sequence<rule_count>{});
}

template <class... Items>
template <FixedString Name, class... Values>
std::string Router<Items...>::reverse(const Values&... values) {
    constexpr std::size_t index =
        detail::find_rule_name<Router, Name>(std::make_index_sequence<rule_count>{});
    static_assert(
        index != rule_count && !Name.view().empty(), "gust: no rule of this router has that name"
    );
    static_assert(
        detail::count_rule_name<Router, Name>(std::make_index_sequence<rule_count>{}) < 2
            || Name.view().empty(),
        "gust: two rules of a router have the same name; a name for mount tells them apart"
    );
    if constexpr (index != rule_count && !Name.view().empty()) {
        using RulePattern = pattern<index>;
        constexpr bool reversible =
            !RulePattern::open_end
            && (RulePattern::host_size == 0
                || RulePattern::array[0].what != PatternSegment::kind::wildcard);
        static_assert(
            reversible,
            "gust: a rule that matches many hosts or everything below a prefix has no URL of its "
            "own"
        );
        static_assert(
            sizeof...(Values) == capture_count<RulePattern>,
            "gust: reverse takes as many values as the rule's pattern has captures"
        );
        if constexpr (reversible && sizeof...(Values) == capture_count<RulePattern>) {
            return detail::reverse_rule<RulePattern>(
                std::make_index_sequence<sizeof...(Values)>{}, values...
            );
        }
    }
}

} // namespace gust

#endif // GUST_ROUTING_IMPL_ROUTER_HPP
