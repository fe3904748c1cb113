// SPDX-License-Identifier: MIT
// Pack: a tuple that costs the compiler little, and the order of a router's rules.
#ifndef GUST_ROUTING_DETAIL_PACK_HPP
#define GUST_ROUTING_DETAIL_PACK_HPP

#include <array>
#include <cstddef>
#include <utility>

namespace gust::detail {

template <std::size_t I, class T>
struct PackElement {
    T value;
};

template <std::size_t I, class T>
PackElement<I, T>& element_of(PackElement<I, T>& element) noexcept {
    return element;
}

template <class Indices, class... Ts>
struct IndexedPack;
template <std::size_t... Is, class... Ts>
struct IndexedPack<std::index_sequence<Is...>, Ts...> : PackElement<Is, Ts>... {
    template <std::size_t I>
    using type = decltype(element_of<I>(std::declval<IndexedPack&>()).value);
    template <std::size_t I>
    auto& get() noexcept {
        return element_of<I>(*this).value;
    }
};

template <class... Ts>
using Pack = IndexedPack<std::index_sequence_for<Ts...>, Ts...>;

/// What a router is made of.
template <class T>
concept route_item = requires {
    T::rule_count;
    T::fallback_count;
};

/// Where a rule comes from: an item of the router, and which of the rules of that item.
struct RulePlace {
    std::size_t item;
    std::size_t inner;
};

template <std::size_t Size, std::size_t N>
consteval auto list_places(const std::array<std::size_t, N>& counts) {
    std::array<RulePlace, Size> places{};
    std::size_t at = 0;
    for (std::size_t item = 0; item != N; ++item) {
        for (std::size_t inner = 0; inner != counts[item]; ++inner)
            places[at++] = {item, inner};
    }
    return places;
}

template <std::size_t N>
consteval std::size_t sum(const std::array<std::size_t, N>& counts) {
    std::size_t all = 0;
    for (const std::size_t count : counts)
        all += count;
    return all;
}

template <class... Items>
consteval auto places_of_rules() {
    constexpr std::array<std::size_t, sizeof...(Items)> counts{Items::rule_count...};
    return list_places<sum(counts)>(counts);
}

/// Those of mounted routers first: the most special answer is found first.
template <class... Items>
consteval auto places_of_fallbacks() {
    constexpr std::array<std::size_t, sizeof...(Items)> counts{Items::fallback_count...};
    constexpr std::size_t size = sum(counts);
    auto places = list_places<size>(counts);
    if constexpr (size != 0) {
        constexpr std::array<bool, sizeof...(Items)> mounted{(Items::rule_count != 0)...};
        std::array<RulePlace, size> sorted{};
        std::size_t at = 0;
        for (const bool wanted : {true, false}) {
            for (const RulePlace& place : places) {
                if (mounted[place.item] == wanted)
                    sorted[at++] = place;
            }
        }
        places = sorted;
    }
    return places;
}

} // namespace gust::detail

#endif // GUST_ROUTING_DETAIL_PACK_HPP
