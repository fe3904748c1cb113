// SPDX-License-Identifier: MIT
// What each byte may be in HTTP's grammars: one table of bit sets, 256 bytes, shared by every
// scanner of this layer.
#ifndef GUST_HTTP_DETAIL_BYTE_CLASS_HPP
#define GUST_HTTP_DETAIL_BYTE_CLASS_HPP

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gust::detail {

/// One bit for each set of bytes. The two `ends_` bits are complements, so that blocks of good
/// bytes OR to zero.
namespace byte_class {
inline constexpr std::uint8_t tchar = 1;          ///< RFC 9110 §5.6.2.
inline constexpr std::uint8_t field_value = 2;    ///< HTAB, SP to 0x7E, 0x80 to 0xFF.
inline constexpr std::uint8_t reg_name = 4;       ///< RFC 3986 §3.2.2 without percent-encoding.
inline constexpr std::uint8_t ends_path = 8;      ///< Not `pchar` or `/`; includes `%`.
inline constexpr std::uint8_t ends_query = 16;    ///< Not `pchar`, `/` or `?`; includes `%`.
inline constexpr std::uint8_t hex_digit = 32;     ///< RFC 5234 HEXDIG, either case.
inline constexpr std::uint8_t unreserved = 64;    ///< RFC 3986 §2.3.
inline constexpr std::uint8_t cookie_octet = 128; ///< RFC 6265 §4.1.1.
} // namespace byte_class

struct ByteTable {
    std::uint8_t bits[256];
};

consteval ByteTable make_byte_table() {
    ByteTable table{};
    const auto add = [&table](std::string_view bytes, std::uint8_t bits) {
        for (const char c : bytes) {
            auto& entry = table.bits[static_cast<unsigned char>(c)];
            entry = static_cast<std::uint8_t>(entry | bits);
        }
    };
    constexpr std::string_view digits = "0123456789";
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    add(digits, byte_class::tchar | byte_class::unreserved | byte_class::hex_digit);
    add(letters, byte_class::tchar | byte_class::unreserved);
    add("abcdefABCDEF", byte_class::hex_digit);
    add("!#$%&'*+-.^_`|~", byte_class::tchar);
    add("-._~", byte_class::unreserved);
    for (unsigned c = 0; c < 256; ++c) {
        const auto among = [c](std::string_view bytes) {
            return c < 0x80 && bytes.find(static_cast<char>(c)) != bytes.npos;
        };
        unsigned bits = table.bits[c];
        if ((bits & byte_class::unreserved) != 0 || among("!$&'()*+,;=")) {
            bits |= byte_class::reg_name;
        }
        const bool pchar = (bits & byte_class::reg_name) != 0 || among(":@");
        if (!pchar && !among("/"))
            bits |= byte_class::ends_path;
        if (!pchar && !among("/?"))
            bits |= byte_class::ends_query;
        if (c == '\t' || (c >= 0x20 && c != 0x7F))
            bits |= byte_class::field_value;
        if (c > 0x20 && c < 0x7F && !among("\",;\\"))
            bits |= byte_class::cookie_octet;
        table.bits[c] = static_cast<std::uint8_t>(bits);
    }
    return table;
}

inline constexpr ByteTable byte_table = make_byte_table();

/// Whether `c` belongs to one of `classes`.
constexpr bool is_byte(char c, std::uint8_t classes) noexcept {
    return (byte_table.bits[static_cast<unsigned char>(c)] & classes) != 0;
}

/// Whether every byte belongs to the one class `wanted`. True for an empty text.
constexpr bool all_bytes(std::string_view text, std::uint8_t wanted) noexcept {
    unsigned common = wanted;
    for (const char c : text)
        common &= byte_table.bits[static_cast<unsigned char>(c)];
    return common != 0;
}

/// The position of the first byte of `classes`, or `text.size()`. Looks at eight bytes for each
/// branch: about two instructions a byte.
constexpr std::size_t find_byte(std::string_view text, std::uint8_t classes) noexcept {
    const char* p = text.data();
    std::size_t left = text.size();
    const auto bits = [](char c) { return byte_table.bits[static_cast<unsigned char>(c)]; };
    for (; left >= 8; left -= 8, p += 8) {
        const unsigned any = unsigned{bits(p[0])} | bits(p[1]) | bits(p[2]) | bits(p[3])
                             | bits(p[4]) | bits(p[5]) | bits(p[6]) | bits(p[7]);
        if ((any & classes) != 0)
            break;
    }
    while (left != 0 && !is_byte(*p, classes)) {
        ++p;
        --left;
    }
    return text.size() - left;
}

/// The value of a hexadecimal digit. The digit must be one.
constexpr unsigned hex_value(char digit) noexcept {
    const unsigned c = static_cast<unsigned char>(digit);
    return (c & 0xFU) + (c >= 'A' ? 9U : 0U);
}

} // namespace gust::detail

#endif // GUST_HTTP_DETAIL_BYTE_CLASS_HPP
