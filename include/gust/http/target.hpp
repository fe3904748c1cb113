// SPDX-License-Identifier: MIT
// The request target (RFC 9112 §3.2): its four forms, the Host that belongs to it, percent-encoding
// and query strings.
#ifndef GUST_HTTP_TARGET_HPP
#define GUST_HTTP_TARGET_HPP

#include <gust/config.hpp>
#include <gust/core/error.hpp>
#include <gust/http/method.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace gust {

/// The forms of RFC 9112 §3.2: `/path?query`, `http://host/path`, `host:port` (CONNECT), `*`
/// (OPTIONS).
enum class target_form : std::uint8_t { origin, absolute, authority, asterisk };

/// A target taken apart. The views point into it; nothing is decoded.
struct TargetParts {
    target_form form = target_form::origin;
    /// Absolute-form only, in the sender's case.
    std::string_view scheme;
    /// `host[:port]`. Absolute- and authority-form only; it then takes the place of Host.
    std::string_view authority;
    /// Begins with `/`; "*" in asterisk-form, "" in authority-form. An absolute-form target without
    /// a path has "/".
    std::string_view path;
    /// What follows the first `?`.
    std::string_view query;
    /// Tells `/a?` from `/a`.
    bool has_query = false;
};

namespace detail {
/// `parse_target`: `errc{}`, or what is wrong.
GUST_HOT_DECL errc
read_target(method verb, std::string_view target, TargetParts& parts, bool secure) noexcept;
} // namespace detail

/// Takes a request target apart. `parts` is of use only on success.
///
/// Refused: every byte that RFC 3986 does not allow in its place, among them `#`, and brackets,
/// braces, bars, carets, backslashes and backticks, which some browsers leave raw in a query; `%`
/// without two hexadecimal digits; forms that do not fit the method; in absolute-form other schemes
/// than http and https, userinfo, an empty host. Dot segments and `%00` are left alone.
/// Errors: errc::bad_target; errc::misdirected for a valid https target where `secure` is false
/// (RFC 9110 §7.4).
inline std::error_code parse_target(
    method verb, std::string_view target, TargetParts& parts, bool secure = false
) noexcept {
    return detail::read_target(verb, target, parts, secure);
}

/// Whether `text` is a valid Host: `uri-host [":" port]` (RFC 9110 §7.2), or empty.
///
/// A host is a reg-name of RFC 3986, or an IPv6 address in brackets; the port has any number of
/// digits, none included, and is at most 65535. A port without a host is refused, since no http URI
/// has an empty host.
GUST_DECL bool is_valid_host(std::string_view text) noexcept;

/// A host and its port.
struct HostPort {
    /// With the brackets of an IPv6 address.
    std::string_view host;
    std::optional<std::uint16_t> port;
};

/// Splits `host:port` at the last colon, if only a number up to 65535 follows it; otherwise all of
/// it is the host, as it is for an IPv6 address without brackets. Checks nothing else.
GUST_DECL HostPort split_host_and_port(std::string_view authority) noexcept;

/// Undoes percent-encoding; nothing if a `%` is not followed by two hexadecimal digits.
GUST_DECL std::optional<std::string> percent_decode(std::string_view text);

/// What a `+` stands for: itself in a path, a blank in a query or form.
enum class plus_sign : std::uint8_t { itself, blank };

/// Undoes percent-encoding; a `%` without two hexadecimal digits stays as it is.
GUST_DECL std::string
percent_decode_lenient(std::string_view text, plus_sign plus = plus_sign::itself);

/// Percent-encodes every byte that is neither unreserved (letters, digits, `-._~`) nor in `keep`.
GUST_DECL std::string percent_encode(std::string_view text, std::string_view keep = {});

/// Calls `f(name, value)` for each `&`-separated piece of a query or form, as it was sent; empty
/// pieces are skipped, and a piece without `=` has the value "". Only `&` separates.
template <class F>
void for_each_query_pair(std::string_view query, F&& f) {
    for (;;) {
        const auto end = query.find('&');
        const auto piece = query.substr(0, end);
        const auto equals = piece.find('=');
        if (equals != std::string_view::npos) {
            f(piece.substr(0, equals), piece.substr(equals + 1));
        } else if (!piece.empty()) {
            f(piece, std::string_view{});
        }
        if (end == std::string_view::npos)
            return;
        query.remove_prefix(end + 1);
    }
}

/// Decoded names and values in the order in which they were sent; a name may be there more than
/// once.
using QueryPairs = std::vector<std::pair<std::string, std::string>>;

/// How many fields a query or form may have by default.
inline constexpr std::size_t max_query_fields = 1000;

/// Decodes a query or an urlencoded form: `+` is a blank, invalid escapes stay as they are, empty
/// values are kept.
/// Throws errc::bad_request if there are more than `max_fields` pieces (empty ones count), before
/// anything is decoded.
GUST_DECL QueryPairs parse_query(std::string_view query, std::size_t max_fields = max_query_fields);

namespace detail {
using QueryViews = std::vector<std::pair<std::string_view, std::string_view>>;
GUST_DECL std::string url_concat(std::string_view url, const QueryViews& arguments);
} // namespace detail

/// Appends arguments to the query of `url`, before its fragment. The whole query is encoded anew,
/// so that `?x` becomes `?x=`. `arguments` is a range of pairs of text, a map for example.
template <class Arguments>
std::string url_concat(std::string_view url, const Arguments& arguments) {
    detail::QueryViews views;
    for (const auto& [name, value] : arguments)
        views.emplace_back(name, value);
    return detail::url_concat(url, views);
}

/// The same for `{{"name", "value"}, ...}`.
inline std::string url_concat(
    std::string_view url,
    std::initializer_list<std::pair<std::string_view, std::string_view>> arguments
) {
    return detail::url_concat(url, detail::QueryViews{arguments});
}

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http/impl/target.ipp>
#endif

#endif // GUST_HTTP_TARGET_HPP
