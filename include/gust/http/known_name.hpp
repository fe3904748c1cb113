// SPDX-License-Identifier: MIT
// Comparing a field name with one that is known when the program is compiled.
#ifndef GUST_HTTP_KNOWN_NAME_HPP
#define GUST_HTTP_KNOWN_NAME_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gust::detail {

template <class Word>
bool equals_lower(const char* text, const char* lower) noexcept {
    Word a{};
    Word b{};
    std::memcpy(&a, text, sizeof a);
    std::memcpy(&b, lower, sizeof b);
    // 0x20 takes a letter to lower case, and no other tchar to a letter or to '-'.
    return (a | static_cast<Word>(0x2020202020202020U)) == b;
}

/// Whether `name`, a token, is `lower` in any case. `lower` has four letters or more, or '-'.
template <std::size_t N>
bool is_name(std::string_view name, const char (&lower)[N]) noexcept {
    constexpr std::size_t size = N - 1;
    static_assert(size >= 4);
    if (name.size() != size) {
        return false;
    }
    if constexpr (size < 8) { // the last word overlaps the first
        return equals_lower<std::uint32_t>(name.data(), lower)
               && equals_lower<std::uint32_t>(name.data() + size - 4, lower + size - 4);
    } else {
        for (std::size_t i = 0; i + 8 <= size; i += 8) {
            if (!equals_lower<std::uint64_t>(name.data() + i, lower + i)) {
                return false;
            }
        }
        return equals_lower<std::uint64_t>(name.data() + size - 8, lower + size - 8);
    }
}

} // namespace gust::detail

#endif // GUST_HTTP_KNOWN_NAME_HPP
