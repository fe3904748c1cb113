// SPDX-License-Identifier: MIT
#ifndef GUST_WEB_IMPL_SHA1_IPP
#define GUST_WEB_IMPL_SHA1_IPP

#include <gust/web/detail/sha1.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>

namespace gust::detail {

using SHA1State = std::array<std::uint32_t, 5>;

/// Adds one block of 64 bytes (FIPS 180-4 §6.1.2).
inline void sha1_block(SHA1State& state, const char* block) noexcept {
    std::array<std::uint32_t, 80> words;
    for (std::size_t i = 0; i != 16; ++i) {
        words[i] = 0;
        for (std::size_t j = 0; j != 4; ++j) {
            words[i] = words[i] << 8U | static_cast<unsigned char>(block[4 * i + j]);
        }
    }
    for (std::size_t i = 16; i != words.size(); ++i) {
        words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    }
    auto [a, b, c, d, e] = state;
    for (std::size_t i = 0; i != words.size(); ++i) {
        std::uint32_t mixed = 0;
        std::uint32_t constant = 0;
        switch (i / 20) {
        case 0:
            mixed = (b & c) | (~b & d);
            constant = 0x5A827999;
            break;
        case 1:
            mixed = b ^ c ^ d;
            constant = 0x6ED9EBA1;
            break;
        case 2:
            mixed = (b & c) | (b & d) | (c & d);
            constant = 0x8F1BBCDC;
            break;
        default:
            mixed = b ^ c ^ d;
            constant = 0xCA62C1D6;
        }
        const std::uint32_t next = std::rotl(a, 5) + mixed + e + constant + words[i];
        e = d;
        d = c;
        c = std::rotl(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

GUST_DECL SHA1Digest sha1(std::string_view text) noexcept {
    constexpr std::size_t block_size = 64;
    SHA1State state{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    std::string_view rest = text;
    for (; rest.size() >= block_size; rest.remove_prefix(block_size)) {
        sha1_block(state, rest.data());
    }
    // What is left, one bit that is set, zeros, and the length in bits: one block or two.
    std::array<char, 2 * block_size> tail{};
    std::copy(rest.begin(), rest.end(), tail.begin());
    tail[rest.size()] = static_cast<char>(0x80);
    const std::size_t size = rest.size() + 9 > block_size ? 2 * block_size : block_size;
    const std::uint64_t bits = std::uint64_t{text.size()} * 8;
    for (std::size_t i = 0; i != 8; ++i) {
        tail[size - 1 - i] = static_cast<char>(bits >> 8 * i & 0xFFU);
    }
    for (std::size_t at = 0; at != size; at += block_size) {
        sha1_block(state, tail.data() + at);
    }
    SHA1Digest digest{};
    for (std::size_t i = 0; i != digest.size(); ++i) {
        digest[i] = static_cast<std::uint8_t>(state[i / 4] >> 8 * (3 - i % 4) & 0xFFU);
    }
    return digest;
}

} // namespace gust::detail

#endif // GUST_WEB_IMPL_SHA1_IPP
