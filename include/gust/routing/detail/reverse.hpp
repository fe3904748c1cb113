// SPDX-License-Identifier: MIT
// From a rule and its values back to a URL.
#ifndef GUST_ROUTING_DETAIL_REVERSE_HPP
#define GUST_ROUTING_DETAIL_REVERSE_HPP

#include <gust/config.hpp>
#include <gust/core/error.hpp>
#include <gust/routing/pattern.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gust::detail {

/// Whether an argument of `reverse` fits what a capture takes.
template <class Capture, class Arg>
consteval bool fits_reverse() {
    using V = typename Capture::type;
    if constexpr (std::same_as<V, std::string_view>)
        return std::convertible_to<const Arg&, std::string_view>;
    else if constexpr (std::integral<V>)
        return std::integral<Arg> && !std::same_as<Arg, bool> && !std::same_as<Arg, char>;
    else
        return requires(const Arg& arg) { V{arg}; };
}

/// The text that a capture would take. Throws errc::bad_target for a number that its type cannot
/// hold.
template <class Capture, class Arg>
std::string print_capture(const Arg& arg) {
    using V = typename Capture::type;
    if constexpr (std::same_as<V, std::string_view>) {
        return std::string{std::string_view{arg}};
    } else if constexpr (std::integral<V>) {
        if (!std::in_range<V>(arg))
            throw_error(errc::bad_target);
        return Capture::traits::print(static_cast<V>(arg));
    } else {
        return Capture::traits::print(V{arg});
    }
}

/// `//host/path`, or `/path` for a pattern without a host, with `texts` in place of its captures.
/// Throws errc::bad_target for a text that the pattern would not take.
GUST_DECL std::string reverse_pattern(
    std::span<const PatternSegment> host,
    std::span<const PatternSegment> path,
    std::span<const std::string> texts
);

} // namespace gust::detail

#if defined(GUST_HEADER_ONLY)
#include <gust/routing/impl/reverse.ipp>
#endif

#endif // GUST_ROUTING_DETAIL_REVERSE_HPP
