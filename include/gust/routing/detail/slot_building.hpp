// SPDX-License-Identifier: MIT
// Making the delegate of a rule, or of a fallback, in its slot.
#ifndef GUST_ROUTING_DETAIL_SLOT_BUILDING_HPP
#define GUST_ROUTING_DETAIL_SLOT_BUILDING_HPP

#include <gust/http/request.hpp>
#include <gust/routing/capture.hpp>
#include <gust/routing/detail/miss.hpp>
#include <gust/routing/detail/slot_choice.hpp>
#include <gust/routing/detail/target.hpp>
#include <gust/routing/route_table.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gust::detail {

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

} // namespace gust::detail

#endif // GUST_ROUTING_DETAIL_SLOT_BUILDING_HPP
