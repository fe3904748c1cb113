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

/// Calls `Case<index>::call`: a jump table for each thirty-two.
///
/// A function whose name has a router in it costs the compiler much: the name holds every pattern.
/// Hence one such function for thirty-two cases, and cases that are named without the router.
template <template <std::size_t> class Case, std::size_t Count, std::size_t First, class... Args>
[[gnu::always_inline]] inline decltype(auto) call_case(std::size_t index, Args&... args) {
    GUST_ASSERT(index < Count);
    constexpr auto at = [](std::size_t offset) { return std::min(First + offset, Count - 1); };
    switch (index - First) {
    case 0:
        return Case<at(0)>::call(args...);
    case 1:
        return Case<at(1)>::call(args...);
    case 2:
        return Case<at(2)>::call(args...);
    case 3:
        return Case<at(3)>::call(args...);
    case 4:
        return Case<at(4)>::call(args...);
    case 5:
        return Case<at(5)>::call(args...);
    case 6:
        return Case<at(6)>::call(args...);
    case 7:
        return Case<at(7)>::call(args...);
    case 8:
        return Case<at(8)>::call(args...);
    case 9:
        return Case<at(9)>::call(args...);
    case 10:
        return Case<at(10)>::call(args...);
    case 11:
        return Case<at(11)>::call(args...);
    case 12:
        return Case<at(12)>::call(args...);
    case 13:
        return Case<at(13)>::call(args...);
    case 14:
        return Case<at(14)>::call(args...);
    case 15:
        return Case<at(15)>::call(args...);
    case 16:
        return Case<at(16)>::call(args...);
    case 17:
        return Case<at(17)>::call(args...);
    case 18:
        return Case<at(18)>::call(args...);
    case 19:
        return Case<at(19)>::call(args...);
    case 20:
        return Case<at(20)>::call(args...);
    case 21:
        return Case<at(21)>::call(args...);
    case 22:
        return Case<at(22)>::call(args...);
    case 23:
        return Case<at(23)>::call(args...);
    case 24:
        return Case<at(24)>::call(args...);
    case 25:
        return Case<at(25)>::call(args...);
    case 26:
        return Case<at(26)>::call(args...);
    case 27:
        return Case<at(27)>::call(args...);
    case 28:
        return Case<at(28)>::call(args...);
    case 29:
        return Case<at(29)>::call(args...);
    case 30:
        return Case<at(30)>::call(args...);
    case 31:
        return Case<at(31)>::call(args...);
    default:
        if constexpr (First + 32 < Count)
            return call_case<Case, Count, First + 32>(index, args...);
        __builtin_unreachable();
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

// One hook of the delegate in a slot; a result that is not `R` becomes one.

template <class Slot>
Slot& slot_at(std::byte* place) noexcept {
    return *std::launder(reinterpret_cast<Slot*>(place));
}

template <class R, class Conn, class Hook>
R call_hook([[maybe_unused]] Conn& conn, Hook hook) {
    if constexpr (std::is_void_v<decltype(hook())>) {
        hook();
        return R();
    } else if constexpr (std::same_as<decltype(hook()), R>) {
        return hook();
    } else {
        return adopt(conn.get_executor(), hook());
    }
}

template <class Slot, class R, class Conn>
struct HeadersCase {
    static R
    call(std::byte* place, Conn& conn, const RequestStartLine& start, const HTTPHeaders& headers) {
        return call_hook<R>(conn, [&] {
            return slot_at<Slot>(place).delegate().headers_received(conn, start, headers);
        });
    }
};
template <class Slot, class R, class Conn>
struct DataCase {
    static R call(std::byte* place, Conn& conn, bytes chunk) {
        return call_hook<R>(conn, [&] {
            return slot_at<Slot>(place).delegate().data_received(conn, chunk);
        });
    }
};
template <class Slot, class R, class Conn>
struct FinishCase {
    static R call(std::byte* place, Conn& conn) {
        return call_hook<R>(conn, [&] { return slot_at<Slot>(place).delegate().finish(conn); });
    }
};
template <class Slot>
struct CloseCase {
    static void call(std::byte* place) noexcept {
        slot_at<Slot>(place).delegate().on_connection_close();
    }
};
template <class Slot>
struct EndCase {
    static void call(std::byte* place, outcome result) noexcept {
        slot_at<Slot>(place).delegate().response_ended(result);
    }
};
template <class Slot>
struct DestroyCase {
    static void call(std::byte* place) noexcept { std::destroy_at(&slot_at<Slot>(place)); }
};

// Building a slot ---------------------------------------------------------------------------------

/// False if the target declines.
template <class Slot, class RulePattern, class T, class Values, class Dispatch>
bool build_slot(std::byte* place, T& target, Values&& values, Dispatch& dispatch) {
    auto* const made = ::new (static_cast<void*>(place))
        Slot(std::type_identity<RulePattern>{}, target, std::forward<Values>(values), dispatch);
    if constexpr (Slot::may_decline) {
        if (made->has_declined()) {
            std::destroy_at(made);
            return false;
        }
    }
    return true;
}

/// The captures of a request, decoded and parsed. The texts look into the request, or into
/// `storage`.
template <class RulePattern>
struct Captures {
    static constexpr std::size_t count = capture_count<RulePattern>;

    Captures(
        [[maybe_unused]] const RouteSearch* search,
        [[maybe_unused]] std::optional<std::string>* storage
    ) {
        if constexpr (count != 0)
            decode_captures(search->captured(), texts, storage->emplace());
    }
    captures_of<RulePattern> values() const {
        return parse_captures<RulePattern>(texts, std::make_index_sequence<count>{});
    }

    std::array<std::string_view, count> texts;
};

template <class Slot, class T, class ServerConn, class Conn>
bool build_application(std::byte* place, T& target, ServerConn& server_conn, Conn& conn) {
    Dispatch<ServerConn, Conn> dispatch{server_conn, conn, {}};
    return build_slot<Slot, void>(place, object_of(target), std::tuple<>{}, dispatch);
}

/// Not inlined, so that the ways to others stay short.
template <class Slot, class RulePattern, class Leaf, class ServerConn, class Conn>
[[gnu::noinline]] bool build_rule(
    std::byte* place,
    Leaf& rule,
    const RouteSearch* search,
    std::optional<std::string>* storage,
    ServerConn& server_conn,
    Conn& conn
) {
    const Captures<RulePattern> captures{search, storage};
    Dispatch<ServerConn, Conn> dispatch{server_conn, conn, captures.texts};
    auto& target = object_of(rule.target);
    if constexpr (std::same_as<typename Leaf::matcher_type, AnyMatches>) {
        return build_slot<Slot, RulePattern>(place, target, captures.values(), dispatch);
    } else {
        HTTPServerRequest request{conn};
        auto matched = rule.matcher.match(request);
        return matched
               && build_slot<Slot, RulePattern>(
                   place,
                   target,
                   std::tuple_cat(captures.values(), matched_values(std::move(matched))),
                   dispatch
               );
    }
}

template <class Slot, class FallbackPattern, class Leaf, class ServerConn, class Conn>
bool build_fallback(
    std::byte* place,
    Leaf& fallback,
    const Missed& missed,
    const RouteSearch* search,
    std::optional<std::string>* storage,
    ServerConn& server_conn,
    Conn& conn
) {
    if (Leaf::kind != missed.what)
        return false;
    const Captures<FallbackPattern> captures{search, storage};
    Dispatch<ServerConn, Conn> dispatch{server_conn, conn, captures.texts};
    auto& target = object_of(fallback.target);
    if constexpr (Leaf::kind == miss::not_found) {
        return build_slot<Slot, FallbackPattern>(place, target, captures.values(), dispatch);
    } else {
        return build_slot<Slot, FallbackPattern>(
            place,
            target,
            std::tuple_cat(captures.values(), std::tuple<MethodSet>{missed.allowed}),
            dispatch
        );
    }
}

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
    [[gnu::always_inline]] RoutedDelegate(Router& router, ServerConn& server_conn, Conn& conn) {
        const std::size_t rule =
            Tables::table.find_path(conn.start_line().method, conn.target().path);
        if (rule == RouteTable::none || !build_any_rule(router, rule, nullptr, server_conn, conn))
            [[unlikely]]
            search(router, rule, server_conn, conn);
    }
    RoutedDelegate(const RoutedDelegate&) = delete;
    RoutedDelegate& operator=(const RoutedDelegate&) = delete;
    ~RoutedDelegate() {
        if constexpr (!All::trivial)
            call_case<Destroy, kinds.count, 0>(kind_, place_);
    }

    auto headers_received(Conn& conn, const RequestStartLine& start, const HTTPHeaders& headers) {
        return call_case<Headers, kinds.count, 0>(kind_, place_, conn, start, headers);
    }
    auto data_received(Conn& conn, bytes chunk) {
        return call_case<Data, kinds.count, 0>(kind_, place_, conn, chunk);
    }
    auto finish(Conn& conn) { return call_case<Finish, kinds.count, 0>(kind_, place_, conn); }
    void on_connection_close() noexcept { call_case<Close, kinds.count, 0>(kind_, place_); }
    void response_ended(outcome result) noexcept {
        call_case<End, kinds.count, 0>(kind_, place_, result);
    }

private:
    template <std::size_t Kind>
    using Headers = HeadersCase<slot<Kind>, typename All::Headers, Conn>;
    template <std::size_t Kind>
    using Data = DataCase<slot<Kind>, typename All::Data, Conn>;
    template <std::size_t Kind>
    using Finish = FinishCase<slot<Kind>, typename All::Finish, Conn>;
    template <std::size_t Kind>
    using Close = CloseCase<slot<Kind>>;
    template <std::size_t Kind>
    using End = EndCase<slot<Kind>>;
    template <std::size_t Kind>
    using Destroy = DestroyCase<slot<Kind>>;

    template <std::size_t I>
    struct RuleCase {
        static bool call(
            RoutedDelegate& self,
            Router& router,
            const RouteSearch* search,
            ServerConn& server_conn,
            Conn& conn
        ) {
            if constexpr (I < Tables::rule_count) {
                constexpr RulePlace at = Router::place(I);
                auto& rule = element_of<at.item>(router.items()).value.template get<at.inner>();
                using Choice = RuleChoice<Router, ServerConn, Conn, I>;
                using Slot = typename Choice::type;
                using RulePattern = typename Router::template pattern<I>;
                std::byte* const place = self.place_;
                self.kind_ = kinds.kind[I];
                if constexpr (Choice::is_plain_application()) {
                    return build_application<Slot>(place, rule.target, server_conn, conn);
                } else if constexpr (std::same_as<typename Choice::Server, ServerConn>) {
                    return build_rule<Slot, RulePattern>(
                        place, rule, search, self.storage(), server_conn, conn
                    );
                } else {
                    return build_rule<Slot, RulePattern>(
                        place, rule, search, self.storage(), no_server_conn, conn
                    );
                }
            } else {
                return false;
            }
        }
    };

    [[gnu::noinline]] bool build_any_rule(
        Router& router,
        std::size_t rule,
        const RouteSearch* search,
        ServerConn& server_conn,
        Conn& conn
    ) {
        return call_case<RuleCase, std::max(Tables::rule_count, std::size_t{1}), 0>(
            rule, *this, router, search, server_conn, conn
        );
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
        for (;;) {
            const std::size_t rule = search.next();
            if (rule == RouteTable::none)
                break;
            if (build_any_rule(router, rule, &search, server_conn, conn))
                return;
        }
        answer_miss(router, query, captures.data(), scratch.data(), server_conn, conn);
    }

    template <std::size_t I>
    struct FallbackCase {
        static bool call(
            RoutedDelegate& self,
            Router& router,
            const Missed& missed,
            const RouteSearch& search,
            ServerConn& server_conn,
            Conn& conn
        ) {
            using Choice = FallbackChoice<Router, ServerConn, Conn, I>;
            using Slot = typename Choice::type;
            using FallbackPattern = typename Router::template fallback_pattern<I>;
            auto& fallback = router.template get_fallback<I>();
            std::byte* const place = self.place_;
            if constexpr (std::same_as<typename Choice::Server, ServerConn>) {
                return build_fallback<Slot, FallbackPattern>(
                    place, fallback, missed, &search, self.storage(), server_conn, conn
                );
            } else {
                return build_fallback<Slot, FallbackPattern>(
                    place, fallback, missed, &search, self.storage(), no_server_conn, conn
                );
            }
        }
    };

    void answer_miss(
        Router& router,
        RouteQuery query,
        CapturedText* captures,
        CapturedText* scratch,
        ServerConn& server_conn,
        Conn& conn
    ) {
        const Missed missed = find_out_what_is_missing(Tables::table, query, captures, scratch);
        if constexpr (Tables::fallback_count != 0) {
            static constexpr RouteTable fallbacks = Tables::fallbacks.view();
            query.host = query_host(conn);
            RouteSearch search{fallbacks, query, captures, scratch};
            for (;;) {
                const std::size_t fallback = search.next();
                if (fallback == RouteTable::none)
                    break;
                kind_ = kinds.kind[Tables::rule_count + fallback];
                if (call_case<FallbackCase, Tables::fallback_count, 0>(
                        fallback, *this, router, missed, search, server_conn, conn
                    ))
                    return;
            }
        }
        ::new (static_cast<void*>(place_)) Made<MissDelegate>{MissDelegate{missed}};
        kind_ = kinds.kind[count - 1];
    }

    std::optional<std::string>* storage() noexcept {
        if constexpr (Tables::most_captures != 0)
            return &text_;
        else
            return nullptr;
    }

    std::size_t kind_;
    [[no_unique_address]] std::
        conditional_t<Tables::most_captures != 0, std::optional<std::string>, NoStorage> text_;
    alignas(All::alignment) std::byte place_[All::size];
};

/// Tells an application among the targets that a connection has gone. Others have no need to know.
template <class Leaf, class ServerConn>
concept notices_server_close =
    requires(typename Leaf::target_type& target, ServerConn& server_conn) {
        object_of(target).on_close(server_conn);
    };
template <bool Notices>
struct CloseTeller {
    static void tell(const void* /*target*/, const void* /*server_conn*/) noexcept {}
};
template <>
struct CloseTeller<true> {
    template <class Target, class ServerConn>
    static void tell(Target* target, ServerConn* server_conn) noexcept {
        object_of(*target).on_close(*server_conn);
    }
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
    [&]<std::size_t... Is>(std::index_sequence<Is...>) {
        const std::initializer_list<int> all{
            // NOLINTBEGIN(bugprone-multi-level-implicit-pointer-conversion): nobody looks at it
            (detail::CloseTeller<detail::notices_server_close<leaf<Is>, ServerConn>>::tell(
                 &detail::element_of<places[Is].item>(items_)
                      .value.template get<places[Is].inner>()
                      .target,
                 &server_conn
             ),
             0)...
            // NOLINTEND(bugprone-multi-level-implicit-pointer-conversion)
        };
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
