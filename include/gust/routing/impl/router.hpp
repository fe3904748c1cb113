// SPDX-License-Identifier: MIT
#ifndef GUST_ROUTING_IMPL_ROUTER_HPP
#define GUST_ROUTING_IMPL_ROUTER_HPP

#include <gust/routing/detail/miss.hpp>
#include <gust/routing/detail/reverse.hpp>
#include <gust/routing/detail/router_tables.hpp>
#include <gust/routing/detail/slot_building.hpp>
#include <gust/routing/detail/slot_choice.hpp>
#include <gust/routing/detail/slot_hooks.hpp>
#include <gust/routing/router.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gust {
namespace detail {

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
