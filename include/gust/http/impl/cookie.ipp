// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_COOKIE_IPP
#define GUST_HTTP_IMPL_COOKIE_IPP

#include <gust/config.hpp>
#include <gust/core/error.hpp>
#include <gust/http/cookie.hpp>
#include <gust/http/date.hpp>
#include <gust/http/detail/byte_class.hpp>
#include <gust/http/syntax.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gust {

GUST_DECL CookiePairs parse_cookies(std::string_view header) {
    CookiePairs cookies;
    for_each_cookie(header, [&cookies](std::string_view name, std::string_view value) {
        cookies.emplace_back(std::string{name}, unquote_cookie(value));
    });
    return cookies;
}

GUST_DECL std::optional<std::string> find_cookie(std::string_view header, std::string_view name) {
    std::optional<std::string_view> found;
    for_each_cookie(header, [&](std::string_view each, std::string_view value) {
        if (each == name)
            found = value;
    });
    if (!found)
        return std::nullopt;
    return unquote_cookie(*found);
}

namespace detail {

/// Whether `text` begins with three octal digits that make a byte.
constexpr bool is_octal_byte(std::string_view text) noexcept {
    const auto digit = [text](std::size_t i, char last) {
        return text[i] >= '0' && text[i] <= last;
    };
    return text.size() >= 3 && digit(0, '3') && digit(1, '7') && digit(2, '7');
}

} // namespace detail

GUST_DECL std::string unquote_cookie(std::string_view value) {
    if (value.size() < 2 || value.front() != '"' || value.back() != '"')
        return std::string{value};
    value = value.substr(1, value.size() - 2);
    std::string out;
    out.reserve(value.size());
    for (std::size_t i = 0; i != value.size(); ++i) {
        if (value[i] != '\\' || i + 1 == value.size()) {
            out.push_back(value[i]);
            continue;
        }
        ++i;
        const auto digits = value.substr(i, 3);
        if (!detail::is_octal_byte(digits)) {
            out.push_back(value[i]);
            continue;
        }
        const int byte = (digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0');
        out.push_back(static_cast<char>(static_cast<unsigned char>(byte)));
        i += 2;
    }
    return out;
}

namespace detail {

/// Appends a value that `unquote_cookie` turns back into `value`.
GUST_DECL void append_cookie_value(std::string& out, std::string_view value) {
    if (all_bytes(value, byte_class::cookie_octet)) {
        out.append(value);
        return;
    }
    out.push_back('"');
    for (const char c : value) {
        const unsigned byte = static_cast<unsigned char>(c);
        if (is_byte(c, byte_class::cookie_octet)) {
            out.push_back(c);
        } else if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (byte < 0x20 || byte == 0x7F) {
            throw_error(errc::invalid_field);
        } else {
            out.push_back('\\');
            out.push_back(static_cast<char>('0' + (byte >> 6U)));
            out.push_back(static_cast<char>('0' + (byte >> 3U & 7U)));
            out.push_back(static_cast<char>('0' + (byte & 7U)));
        }
    }
    out.push_back('"');
}

GUST_DECL bool is_cookie_path(std::string_view path) noexcept {
    if (path.empty())
        return true;
    for (const char c : path) {
        const unsigned byte = static_cast<unsigned char>(c);
        if (byte <= 0x20 || byte >= 0x7F || c == ';')
            return false;
    }
    return path.front() == '/';
}

/// The rules that browsers apply to a name's prefix and to the attributes that need Secure.
GUST_DECL bool is_acceptable(const SetCookie& cookie) noexcept {
    const std::string_view name = cookie.name;
    const bool host_prefix = iequals(name.substr(0, 7), "__Host-");
    const bool secure_prefix = iequals(name.substr(0, 9), "__Secure-");
    const bool needs_secure =
        host_prefix || secure_prefix || cookie.partitioned || cookie.site == same_site::none;
    if (needs_secure && !cookie.secure)
        return false;
    return !host_prefix || (cookie.path == "/" && cookie.domain.empty());
}

} // namespace detail

GUST_DECL std::string to_string(const SetCookie& cookie) {
    const bool valid = is_token(cookie.name)
                       && detail::all_bytes(cookie.domain, detail::byte_class::unreserved)
                       && detail::is_cookie_path(cookie.path) && detail::is_acceptable(cookie);
    if (!valid)
        throw_error(errc::invalid_field);

    std::string out;
    out.reserve(cookie.name.size() + cookie.value.size() + cookie.domain.size() + 128);
    out.append(cookie.name).push_back('=');
    detail::append_cookie_value(out, cookie.value);
    if (!cookie.domain.empty())
        out.append("; Domain=").append(cookie.domain);
    if (!cookie.path.empty())
        out.append("; Path=").append(cookie.path);
    if (cookie.expires)
        out.append("; Expires=").append(format_date(*cookie.expires));
    if (cookie.max_age) {
        const auto seconds = cookie.max_age->count();
        out.append("; Max-Age=").append(std::to_string(seconds > 0 ? seconds : 0));
    }
    if (cookie.secure)
        out.append("; Secure");
    if (cookie.http_only)
        out.append("; HttpOnly");
    switch (cookie.site) {
    case same_site::unset:
        break;
    case same_site::lax:
        out.append("; SameSite=Lax");
        break;
    case same_site::strict:
        out.append("; SameSite=Strict");
        break;
    case same_site::none:
        out.append("; SameSite=None");
        break;
    }
    if (cookie.partitioned)
        out.append("; Partitioned");
    return out;
}

} // namespace gust

#endif // GUST_HTTP_IMPL_COOKIE_IPP
