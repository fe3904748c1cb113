// SPDX-License-Identifier: MIT
// join: one text made of several.
#ifndef GUST_CORE_JOIN_HPP
#define GUST_CORE_JOIN_HPP

#include <initializer_list>
#include <string>
#include <string_view>

namespace gust::detail {

/// The parts, one behind the other. Costs the compiler less than a chain of `+`.
inline std::string join(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) {
        text += part;
    }
    return text;
}

} // namespace gust::detail

#endif // GUST_CORE_JOIN_HPP
