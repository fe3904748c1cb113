// SPDX-License-Identifier: MIT
// SHA-1 (FIPS 180-4), for entity tags: it tells contents apart, and protects nothing.
#ifndef GUST_WEB_DETAIL_SHA1_HPP
#define GUST_WEB_DETAIL_SHA1_HPP

#include <gust/config.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace gust::detail {

using SHA1Digest = std::array<std::uint8_t, 20>;

GUST_DECL SHA1Digest sha1(std::string_view text) noexcept;

} // namespace gust::detail

#if defined(GUST_HEADER_ONLY)
#include <gust/web/impl/sha1.ipp>
#endif

#endif // GUST_WEB_DETAIL_SHA1_HPP
