// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_TARGET_IPP
#define GUST_HTTP_IMPL_TARGET_IPP

#include <gust/config.hpp>
#include <gust/core/error.hpp>
#include <gust/http/detail/byte_class.hpp>
#include <gust/http/method.hpp>
#include <gust/http/syntax.hpp>
#include <gust/http/target.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace gust {
namespace detail {

constexpr bool is_escape(std::string_view text) noexcept {
    return text.size() >= 3 && text[0] == '%' && is_byte(text[1], byte_class::hex_digit)
           && is_byte(text[2], byte_class::hex_digit);
}

constexpr char escaped_byte(std::string_view escape) noexcept {
    return static_cast<char>(hex_value(escape[1]) << 4U | hex_value(escape[2]));
}

/// The position of the first byte of `ends` that does not begin an escape, or the size.
GUST_DECL std::size_t find_uri_end(std::string_view text, std::uint8_t ends) noexcept {
    auto at = find_byte(text, ends);
    while (at != text.size() && is_escape(text.substr(at))) {
        at += 3;
        at += find_byte(text.substr(at), ends);
    }
    return at;
}

/// Splits `/path?query` into `parts`; false if a byte of it does not belong there.
GUST_HOT_DECL bool split_path(std::string_view text, TargetParts& parts) noexcept {
    // Most paths are short and have no escape: byte by byte, they cost less than in blocks.
    const std::size_t head = text.size() < 32 ? text.size() : 32;
    std::size_t path_size = 0;
    while (path_size != head && !is_byte(text[path_size], byte_class::ends_path))
        ++path_size;
    if (path_size != text.size() && text[path_size] != '?')
        path_size = find_uri_end(text, byte_class::ends_path);
    parts.path = {text.data(), path_size};
    if (path_size == text.size())
        return true;
    if (text[path_size] != '?')
        return false;
    parts.query = text.substr(path_size + 1);
    parts.has_query = true;
    return find_uri_end(parts.query, byte_class::ends_query) == parts.query.size();
}

/// The number of a port: digits alone, at most 65535.
GUST_DECL std::optional<std::uint16_t> parse_port(std::string_view digits) noexcept {
    const auto number = parse_decimal(digits);
    if (!number || *number > 65535)
        return std::nullopt;
    return static_cast<std::uint16_t>(*number);
}

GUST_DECL bool is_ipv4(std::string_view text) noexcept {
    for (int octet = 0;; ++octet) {
        const auto digits = text.substr(0, octet == 3 ? text.size() : text.find('.'));
        const auto number = parse_decimal(digits);
        if (!number || *number > 255 || (digits.size() > 1 && digits.front() == '0'))
            return false;
        if (octet == 3)
            return true;
        if (digits.size() == text.size())
            return false;
        text.remove_prefix(digits.size() + 1);
    }
}

/// IPv6address of RFC 3986 §3.2.2: eight groups, of which one run may be left out as `::`; the last
/// two may be an IPv4 address. No zone.
GUST_DECL bool is_ipv6(std::string_view text) noexcept {
    int groups = 0;
    bool shortened = text.starts_with("::");
    if (shortened)
        text.remove_prefix(2);
    while (!text.empty()) {
        std::size_t digits = 0;
        while (digits != text.size() && is_byte(text[digits], byte_class::hex_digit))
            ++digits;
        if (digits != text.size() && text[digits] == '.') {
            if (!is_ipv4(text))
                return false;
            groups += 2;
            break;
        }
        if (digits == 0 || digits > 4)
            return false;
        ++groups;
        text.remove_prefix(digits);
        if (text.empty())
            break;
        if (text.size() == 1 || text.front() != ':')
            return false;
        text.remove_prefix(1);
        if (text.front() == ':') {
            if (shortened)
                return false;
            shortened = true;
            text.remove_prefix(1);
        }
    }
    return shortened ? groups <= 7 : groups == 8;
}

/// The length of the non-empty host that `text` begins with; 0 if there is none. The port is not
/// looked at.
GUST_DECL std::size_t host_size(std::string_view text) noexcept {
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        return end != text.npos && is_ipv6(text.substr(1, end - 1)) ? end + 1 : 0;
    }
    std::size_t size = 0;
    for (;;) {
        while (size != text.size() && is_byte(text[size], byte_class::reg_name))
            ++size;
        if (size == text.size() || text[size] == ':')
            return size;
        if (!is_escape(text.substr(size)))
            return 0;
        size += 3;
    }
}

GUST_DECL errc parse_authority_form(std::string_view target, TargetParts& parts) noexcept {
    const auto size = host_size(target);
    if (size == 0 || size == target.size() || target[size] != ':')
        return errc::bad_target;
    const auto digits = target.substr(size + 1);
    const auto port = parse_port(digits);
    if (digits.size() > 5 || !port || *port == 0)
        return errc::bad_target;
    parts = {};
    parts.form = target_form::authority;
    parts.authority = target;
    return errc{};
}

GUST_DECL errc
parse_absolute_form(std::string_view target, TargetParts& parts, bool secure) noexcept {
    TargetParts found;
    found.form = target_form::absolute;
    found.scheme = target.substr(0, target.find(':'));
    const bool https = iequals(found.scheme, "https");
    if (!https && !iequals(found.scheme, "http"))
        return errc::bad_target;

    auto rest = target.substr(found.scheme.size());
    if (!rest.starts_with("://"))
        return errc::bad_target;
    rest.remove_prefix(3);
    found.authority = rest.substr(0, rest.find_first_of("/?"));
    if (found.authority.empty() || !is_valid_host(found.authority))
        return errc::bad_target;
    rest.remove_prefix(found.authority.size());
    if (!split_path(rest, found))
        return errc::bad_target;
    if (found.path.empty())
        found.path = "/";
    if (https && !secure)
        return errc::misdirected;
    parts = found;
    return errc{};
}

/// All but origin-form.
GUST_DECL errc
read_rare_target(method verb, std::string_view target, TargetParts& parts, bool secure) noexcept {
    if (verb == method::connect)
        return parse_authority_form(target, parts);
    if (target == "*") {
        if (verb != method::options)
            return errc::bad_target;
        parts = {};
        parts.form = target_form::asterisk;
        parts.path = target;
        return errc{};
    }
    return parse_absolute_form(target, parts, secure);
}

GUST_HOT_DECL errc
read_target(method verb, std::string_view target, TargetParts& parts, bool secure) noexcept {
    if (verb == method::connect || !target.starts_with('/'))
        return read_rare_target(verb, target, parts, secure);
    parts = {};
    return split_path(target, parts) ? errc{} : errc::bad_target;
}

} // namespace detail

GUST_DECL bool is_valid_host(std::string_view text) noexcept {
    if (text.empty())
        return true;
    const auto size = detail::host_size(text);
    if (size == 0)
        return false;
    if (size == text.size())
        return true;
    if (text[size] != ':')
        return false;
    return size + 1 == text.size() || detail::parse_port(text.substr(size + 1)).has_value();
}

GUST_DECL HostPort split_host_and_port(std::string_view authority) noexcept {
    const auto colon = authority.rfind(':');
    if (colon == authority.npos || colon == 0)
        return {authority, std::nullopt};
    const auto host = authority.substr(0, colon);
    const auto port = detail::parse_port(authority.substr(colon + 1));
    const bool bare_ipv6 = host.find(':') != host.npos && host.back() != ']';
    if (!port || bare_ipv6)
        return {authority, std::nullopt};
    return {host, port};
}

GUST_DECL std::optional<std::string> percent_decode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i != text.size(); ++i) {
        if (text[i] != '%') {
            out.push_back(text[i]);
            continue;
        }
        const auto escape = text.substr(i, 3);
        if (!detail::is_escape(escape))
            return std::nullopt;
        out.push_back(detail::escaped_byte(escape));
        i += 2;
    }
    return out;
}

GUST_DECL std::string percent_decode_lenient(std::string_view text, plus_sign plus) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i != text.size(); ++i) {
        const auto escape = text.substr(i, 3);
        if (detail::is_escape(escape)) {
            out.push_back(detail::escaped_byte(escape));
            i += 2;
        } else {
            out.push_back(text[i] == '+' && plus == plus_sign::blank ? ' ' : text[i]);
        }
    }
    return out;
}

namespace detail {

GUST_DECL void append_escape(std::string& out, char byte) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto value = static_cast<unsigned char>(byte);
    out.push_back('%');
    out.push_back(digits[value >> 4U]);
    out.push_back(digits[value & 0xFU]);
}

/// The encoding of forms: like percent_encode, but a blank is a `+`.
GUST_DECL void append_form_encoded(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (is_byte(c, byte_class::unreserved)) {
            out.push_back(c);
        } else if (c == ' ') {
            out.push_back('+');
        } else {
            append_escape(out, c);
        }
    }
}

} // namespace detail

GUST_DECL std::string percent_encode(std::string_view text, std::string_view keep) {
    bool kept[256] = {};
    for (const char c : keep)
        kept[static_cast<unsigned char>(c)] = true;
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (detail::is_byte(c, detail::byte_class::unreserved)
            || kept[static_cast<unsigned char>(c)]) {
            out.push_back(c);
        } else {
            detail::append_escape(out, c);
        }
    }
    return out;
}

GUST_DECL QueryPairs parse_query(std::string_view query, std::size_t max_fields) {
    QueryPairs pairs;
    if (query.empty())
        return pairs;
    std::size_t fields = 1;
    for (const char c : query)
        fields += c == '&' ? 1 : 0;
    if (fields > max_fields)
        throw_error(errc::bad_request);
    pairs.reserve(fields);
    for_each_query_pair(query, [&pairs](std::string_view name, std::string_view value) {
        pairs.emplace_back(
            percent_decode_lenient(name, plus_sign::blank),
            percent_decode_lenient(value, plus_sign::blank)
        );
    });
    return pairs;
}

namespace detail {

GUST_DECL std::string url_concat(std::string_view url, const QueryViews& arguments) {
    const auto fragment = url.substr(url.find('#') < url.size() ? url.find('#') : url.size());
    url.remove_suffix(fragment.size());
    const auto path = url.substr(0, url.find('?'));
    const auto query = url.substr(path.size() == url.size() ? url.size() : path.size() + 1);

    std::string out{path};
    char separator = '?';
    const auto append = [&](std::string_view name, std::string_view value) {
        out.push_back(separator);
        separator = '&';
        append_form_encoded(out, name);
        out.push_back('=');
        append_form_encoded(out, value);
    };
    for_each_query_pair(query, [&](std::string_view name, std::string_view value) {
        append(
            percent_decode_lenient(name, plus_sign::blank),
            percent_decode_lenient(value, plus_sign::blank)
        );
    });
    for (const auto& [name, value] : arguments)
        append(name, value);
    out.append(fragment);
    return out;
}

} // namespace detail
} // namespace gust

#endif // GUST_HTTP_IMPL_TARGET_IPP
