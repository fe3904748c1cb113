// SPDX-License-Identifier: MIT
#ifndef GUST_ROUTING_IMPL_UUID_IPP
#define GUST_ROUTING_IMPL_UUID_IPP

#include <gust/routing/uuid.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gust {
namespace detail {

/// The value of a hexadecimal digit; 16 for any other byte.
constexpr unsigned uuid_digit(char c) noexcept {
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return static_cast<unsigned>(c - 'A') + 10;
    return 16;
}

/// Whether a hyphen stands before the octet of this number.
constexpr bool has_uuid_hyphen(std::size_t octet) noexcept {
    return octet == 4 || octet == 6 || octet == 8 || octet == 10;
}

} // namespace detail

GUST_DECL std::optional<UUID> UUID::parse(std::string_view text) noexcept {
    if (text.size() != 36)
        return std::nullopt;
    UUID id;
    std::size_t at = 0;
    for (std::size_t i = 0; i != id.octets.size(); ++i) {
        if (detail::has_uuid_hyphen(i) && text[at++] != '-')
            return std::nullopt;
        const unsigned high = detail::uuid_digit(text[at++]);
        const unsigned low = detail::uuid_digit(text[at++]);
        if (high > 15 || low > 15)
            return std::nullopt;
        id.octets[i] = static_cast<std::uint8_t>(high << 4U | low);
    }
    return id;
}

GUST_DECL std::string UUID::text() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i != octets.size(); ++i) {
        if (detail::has_uuid_hyphen(i))
            text += '-';
        text += digits[octets[i] >> 4U];
        text += digits[octets[i] & 0xFU];
    }
    return text;
}

} // namespace gust

#endif // GUST_ROUTING_IMPL_UUID_IPP
