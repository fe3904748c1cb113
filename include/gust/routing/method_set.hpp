// SPDX-License-Identifier: MIT
// MethodSet: some of the methods, such as those that Allow names.
#ifndef GUST_ROUTING_METHOD_SET_HPP
#define GUST_ROUTING_METHOD_SET_HPP

#include <gust/http/method.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>

namespace gust {

/// A set of methods, in one word.
class MethodSet {
public:
    constexpr MethodSet() noexcept = default;
    constexpr MethodSet(std::initializer_list<method> methods) noexcept {
        for (const method m : methods)
            add(m);
    }
    constexpr explicit MethodSet(method only) noexcept { add(only); }
    static constexpr MethodSet all() noexcept {
        MethodSet set;
        set.bits_ = (std::uint64_t{1} << method_count) - 1;
        return set;
    }

    constexpr bool contains(method m) const noexcept {
        return (bits_ >> static_cast<unsigned>(m) & 1U) != 0;
    }
    constexpr bool intersects(MethodSet other) const noexcept { return (bits_ & other.bits_) != 0; }
    constexpr bool empty() const noexcept { return bits_ == 0; }
    constexpr void add(method m) noexcept { bits_ |= std::uint64_t{1} << static_cast<unsigned>(m); }
    constexpr void add(MethodSet other) noexcept { bits_ |= other.bits_; }
    constexpr bool operator==(const MethodSet&) const noexcept = default;

    /// The names with ", " between them: the value of Allow (RFC 9110 §10.2.1).
    std::string text() const {
        std::string names;
        for (std::size_t i = 0; i != method_count; ++i) {
            if (!contains(static_cast<method>(i)))
                continue;
            if (!names.empty())
                names += ", ";
            names += to_string(static_cast<method>(i));
        }
        return names;
    }

private:
    static_assert(method_count < 64);
    std::uint64_t bits_ = 0;
};

} // namespace gust

#endif // GUST_ROUTING_METHOD_SET_HPP
