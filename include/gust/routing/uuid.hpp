// SPDX-License-Identifier: MIT
// UUID: what a `{id:uuid}` captures.
#ifndef GUST_ROUTING_UUID_HPP
#define GUST_ROUTING_UUID_HPP

#include <gust/config.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gust {

/// A universally unique identifier of any version (RFC 9562): 16 bytes.
struct UUID {
    std::array<std::uint8_t, 16> octets{};

    /// `6ba7b810-9dad-11d1-80b4-00c04fd430c8`, in either case, and no other form.
    GUST_DECL static std::optional<UUID> parse(std::string_view text) noexcept;
    /// The same, in lower case.
    GUST_DECL std::string text() const;

    constexpr auto operator<=>(const UUID&) const noexcept = default;
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/routing/impl/uuid.ipp>
#endif

#endif // GUST_ROUTING_UUID_HPP
