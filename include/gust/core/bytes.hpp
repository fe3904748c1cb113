// SPDX-License-Identifier: MIT
// Views of bytes, and the sizes they are measured in.
#ifndef GUST_CORE_BYTES_HPP
#define GUST_CORE_BYTES_HPP

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace gust {

/// A view of bytes that somebody else owns. The function that lends it says for how long it is
/// valid.
using bytes = std::span<const std::byte>;

/// A limit that is switched off: the only way to say "no limit", so that it can be searched for.
inline constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

/// Views text as bytes.
inline bytes as_bytes(std::string_view text) noexcept {
    return std::as_bytes(std::span{text.data(), text.size()});
}

/// Views bytes as text. Nothing is decoded.
inline std::string_view as_text(bytes data) noexcept {
    return {reinterpret_cast<const char*>(data.data()), data.size()};
}

namespace literals {

constexpr std::uint64_t operator""_KiB(unsigned long long n) noexcept {
    return n << 10U;
}

constexpr std::uint64_t operator""_MiB(unsigned long long n) noexcept {
    return n << 20U;
}

constexpr std::uint64_t operator""_GiB(unsigned long long n) noexcept {
    return n << 30U;
}

} // namespace literals
} // namespace gust

#endif // GUST_CORE_BYTES_HPP
