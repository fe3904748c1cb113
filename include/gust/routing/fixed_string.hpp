// SPDX-License-Identifier: MIT
// FixedString: a string literal as a template argument.
#ifndef GUST_ROUTING_FIXED_STRING_HPP
#define GUST_ROUTING_FIXED_STRING_HPP

#include <cstddef>
#include <string_view>

namespace gust {

/// A text that is part of a type: the `"GET /"` of `on<"GET /">`.
template <std::size_t N>
struct FixedString {
    consteval FixedString(const char (&literal)[N]) noexcept {
        for (std::size_t i = 0; i != N; ++i)
            text[i] = literal[i];
    }
    /// The first `N - 1` bytes of `view`.
    consteval explicit FixedString(std::string_view view) noexcept {
        for (std::size_t i = 0; i != N - 1; ++i)
            text[i] = view[i];
    }

    constexpr std::string_view view() const noexcept { return {text, N - 1}; }

    char text[N] = {}; // public: a template argument has nothing to hide
};

} // namespace gust

#endif // GUST_ROUTING_FIXED_STRING_HPP
