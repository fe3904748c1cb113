// SPDX-License-Identifier: MIT
// Cookies: reading the Cookie field, which never fails, and writing Set-Cookie, which refuses what
// a browser would misread.
#ifndef GUST_HTTP_COOKIE_HPP
#define GUST_HTTP_COOKIE_HPP

#include <gust/config.hpp>
#include <gust/http/syntax.hpp>

#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gust {

/// Calls `f(name, value)` for each cookie of a Cookie field, trimmed, as it was sent; see
/// `unquote_cookie`. Pieces end at `;`, inside quotes too; one without `=` is a value without a
/// name; `=` alone and empty pieces are skipped.
template <class F>
void for_each_cookie(std::string_view header, F&& f) {
    for (;;) {
        const auto end = header.find(';');
        const auto piece = header.substr(0, end);
        const auto equals = piece.find('=');
        const bool named = equals != std::string_view::npos;
        const auto name = named ? trim_ows(piece.substr(0, equals)) : std::string_view{};
        const auto value = trim_ows(named ? piece.substr(equals + 1) : piece);
        if (!name.empty() || !value.empty())
            f(name, value);
        if (end == std::string_view::npos)
            return;
        header.remove_prefix(end + 1);
    }
}

/// Names and values in the order in which they were sent. A name may be there more than once; the
/// last one counts.
using CookiePairs = std::vector<std::pair<std::string, std::string>>;

/// The cookies of a Cookie field, values unquoted.
GUST_DECL CookiePairs parse_cookies(std::string_view header);

/// The value of a cookie, unquoted: the last one of that name, in which case matters.
GUST_DECL std::optional<std::string> find_cookie(std::string_view header, std::string_view name);

/// Undoes the quoting that `to_string(SetCookie)` applies: in a text with quotes around it, a
/// backslash and three octal digits up to 377 are one byte, a backslash and any other byte are that
/// byte. Any other text stays as it is.
GUST_DECL std::string unquote_cookie(std::string_view value);

/// Whether a cookie goes with requests that another site caused. `unset` leaves it to the browser.
enum class same_site : std::uint8_t { unset, lax, strict, none };

/// A cookie to set. Only the attributes that are given are sent.
struct SetCookie {
    /// A token.
    std::string name;
    /// Any text without control bytes. What RFC 6265 does not allow in a value (blanks, `" , ; \`
    /// and bytes from 0x80) is sent in quotes and octal, which `parse_cookies` undoes.
    std::string value{};
    /// Default: the host that answers, without its subdomains.
    std::string domain{};
    /// Begins with `/`. Empty: the directory of the request. Default: the whole host.
    std::string path = "/";
    std::optional<std::time_t> expires{};
    /// Zero or less removes the cookie.
    std::optional<std::chrono::seconds> max_age{};
    bool secure = false;
    bool http_only = false;
    same_site site = same_site::unset;
    bool partitioned = false;
};

/// The value of Set-Cookie.
///
/// Throws errc::invalid_field: a name that is not a token; a control byte anywhere; in domain or
/// path a byte that would end or extend them; and what browsers ignore: `__Secure-`,
/// `same_site::none` and `partitioned` without `secure`, `__Host-` without `secure` and "/" or with
/// a domain (RFC 6265bis §4.1.3; the case of a prefix does not matter).
GUST_DECL std::string to_string(const SetCookie& cookie);

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http/impl/cookie.ipp>
#endif

#endif // GUST_HTTP_COOKIE_HPP
