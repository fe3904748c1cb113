// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_SYNTAX_IPP
#define GUST_HTTP_IMPL_SYNTAX_IPP

#include <gust/config.hpp>
#include <gust/http/detail/byte_class.hpp>
#include <gust/http/syntax.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace gust {
namespace detail {

/// Whether two words of eight bytes differ in the case of ASCII letters at most.
constexpr bool iequals_words(std::uint64_t a, std::uint64_t b) noexcept {
    constexpr std::uint64_t ones = 0x0101010101010101U;
    constexpr std::uint64_t case_bits = ones * 0x20U;
    constexpr std::uint64_t high_bits = ones * 0x80U;
    const std::uint64_t difference = a ^ b;
    if (difference == 0)
        return true;
    if ((difference & ~case_bits) != 0)
        return false;
    // Seven bits a byte, so that no sum carries into the next one.
    const std::uint64_t lower = a | case_bits;
    const std::uint64_t seven = lower & ~high_bits;
    const std::uint64_t from_a = seven + ones * (0x80U - 'a');
    const std::uint64_t past_z = seven + ones * (0x7FU - 'z');
    const std::uint64_t letters = from_a & ~past_z & ~lower & high_bits;
    return ((difference << 2U) & ~letters) == 0;
}

GUST_DECL bool iequals_bytes(const char* a, const char* b, std::size_t size) noexcept {
    std::uint64_t x = 0;
    std::uint64_t y = 0;
    for (; size >= sizeof x; size -= sizeof x, a += sizeof x, b += sizeof x) {
        std::memcpy(&x, a, sizeof x);
        std::memcpy(&y, b, sizeof y);
        if (!iequals_words(x, y))
            return false;
    }
    if (size == 0)
        return true;
    x = 0;
    y = 0;
    std::memcpy(&x, a, size);
    std::memcpy(&y, b, size);
    return iequals_words(x, y);
}

GUST_DECL std::size_t find_outside_quotes(std::string_view text, char separator) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            quoted = !quoted;
        } else if (quoted) {
            if (c == '\\')
                ++i;
        } else if (c == separator) {
            return i;
        }
    }
    return text.size();
}

GUST_DECL std::string_view take_element(std::string_view& list) noexcept {
    std::string_view element;
    while (element.empty() && !list.empty()) {
        const auto end = find_outside_quotes(list, ',');
        element = trim_ows(list.substr(0, end));
        list.remove_prefix(end == list.size() ? end : end + 1);
    }
    return element;
}

/// The length of the quoted-string that `text` begins with; 0 if it does not.
GUST_DECL std::size_t quoted_string_size(std::string_view text) noexcept {
    if (text.empty() || text.front() != '"')
        return 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '"')
            return i + 1;
        if (text[i] == '\\')
            ++i;
        if (i == text.size() || !is_byte(text[i], byte_class::field_value))
            return 0;
    }
    return 0;
}

GUST_DECL std::size_t token_size(std::string_view text) noexcept {
    std::size_t size = 0;
    while (size != text.size() && is_tchar(text[size]))
        ++size;
    return size;
}

GUST_DECL std::optional<Parameter> take_parameter(std::string_view& rest) noexcept {
    auto text = rest;
    while (!text.empty() && text.front() == ';')
        text = trim_ows(text.substr(1));
    if (text.empty()) {
        rest = text;
        return std::nullopt;
    }
    const auto name_size = token_size(text);
    if (name_size == 0 || name_size == text.size() || text[name_size] != '=')
        return std::nullopt;
    const auto name = text.substr(0, name_size);
    text.remove_prefix(name_size + 1);

    const auto quoted_size = quoted_string_size(text);
    const auto value = text.substr(0, quoted_size != 0 ? quoted_size : token_size(text));
    text = trim_ows(text.substr(value.size()));
    if (value.empty() || (!text.empty() && text.front() != ';'))
        return std::nullopt;
    rest = text;
    return Parameter{name, value};
}

} // namespace detail

GUST_DECL bool has_token(std::string_view list, std::string_view token) noexcept {
    bool found = false;
    for_each_element(list, [&](std::string_view element) {
        found = found || iequals(element, token);
    });
    return found;
}

GUST_DECL std::optional<std::uint64_t> parse_decimal(std::string_view digits) noexcept {
    constexpr auto max = std::numeric_limits<std::uint64_t>::max();
    if (digits.empty())
        return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t i = 0; i != digits.size(); ++i) {
        const char c = digits[i];
        if (c < '0' || c > '9')
            return std::nullopt;
        const auto digit = static_cast<std::uint64_t>(c - '0');
        if (i >= 19 && number > (max - digit) / 10) // 19 digits always fit
            return std::nullopt;
        number = number * 10 + digit;
    }
    return number;
}

GUST_DECL std::optional<std::uint64_t> parse_hex(std::string_view digits) noexcept {
    if (digits.empty())
        return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : digits) {
        if (!detail::is_byte(c, detail::byte_class::hex_digit))
            return std::nullopt;
        if ((number >> 60U) != 0)
            return std::nullopt;
        number = number << 4U | detail::hex_value(c);
    }
    return number;
}

GUST_DECL std::string_view without_parameters(std::string_view value) noexcept {
    return trim_ows(value.substr(0, detail::find_outside_quotes(value, ';')));
}

GUST_DECL std::optional<std::string> find_parameter(std::string_view value, std::string_view name) {
    auto rest = value.substr(detail::find_outside_quotes(value, ';'));
    while (const auto parameter = detail::take_parameter(rest)) {
        if (iequals(parameter->name, name))
            return unquote(parameter->value);
    }
    return std::nullopt;
}

GUST_DECL std::string unquote(std::string_view text) {
    if (text.empty() || detail::quoted_string_size(text) != text.size())
        return std::string{text};
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 1; i + 1 < text.size(); ++i) {
        if (text[i] == '\\')
            ++i;
        out.push_back(text[i]);
    }
    return out;
}

GUST_DECL std::optional<unsigned> parse_qvalue(std::string_view text) noexcept {
    if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1'))
        return std::nullopt;
    if (text.size() > 1 && text[1] != '.')
        return std::nullopt;
    unsigned thousandths = text[0] == '1' ? 1000 : 0;
    unsigned weight = 100;
    for (std::size_t i = 2; i < text.size(); ++i, weight /= 10) {
        if (text[i] < '0' || text[i] > '9')
            return std::nullopt;
        thousandths += static_cast<unsigned>(text[i] - '0') * weight;
    }
    if (thousandths > 1000)
        return std::nullopt;
    return thousandths;
}

GUST_DECL std::optional<unsigned> quality_of(std::string_view element) noexcept {
    std::optional<unsigned> quality = 1000;
    bool seen = false;
    const bool valid =
        for_each_parameter(element, [&](std::string_view name, std::string_view value) {
            if (seen || !iequals(name, "q"))
                return;
            seen = true;
            quality = parse_qvalue(value);
        });
    if (!valid)
        return std::nullopt;
    return quality;
}

} // namespace gust

#endif // GUST_HTTP_IMPL_SYNTAX_IPP
