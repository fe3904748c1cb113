// SPDX-License-Identifier: MIT
// Dates of HTTP (RFC 9110 §5.6.7), in UTC and without a locale.
#ifndef GUST_HTTP_DATE_HPP
#define GUST_HTTP_DATE_HPP

#include <gust/config.hpp>

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace gust {

/// The length of `Sun, 06 Nov 1994 08:49:37 GMT`.
inline constexpr std::size_t date_size = 29;

/// Writes an IMF-fixdate, without a terminating NUL. Times outside the years 0 to 9999 become the
/// nearest end.
GUST_DECL void format_date(std::time_t time, char (&out)[date_size]) noexcept;

/// An IMF-fixdate: `Sun, 06 Nov 1994 08:49:37 GMT`.
GUST_DECL std::string format_date(std::time_t time);

/// Reads any of the three formats of RFC 9110 §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday,
/// 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`. Case matters; the day of the week must be a
/// name but need not fit the date; a leap second is the second after it. A year of two digits is
/// the last one that is not more than 50 years after `now`.
GUST_DECL std::optional<std::time_t> parse_date(std::string_view text, std::time_t now) noexcept;

/// The same at the current time.
GUST_DECL std::optional<std::time_t> parse_date(std::string_view text) noexcept;

/// The value of `Date`, formatted once a second at most. One for each loop; not safe to share
/// between threads.
class DateCache {
public:
    /// The length of `line()`.
    static constexpr std::size_t line_size = std::string_view{"Date: \r\n"}.size() + date_size;

    /// The current date. The view is valid until the next call.
    std::string_view now() noexcept { return at(std::time(nullptr)); }

    /// The date of `time`. The view is valid until the next call.
    std::string_view at(std::time_t time) noexcept {
        if (time != time_ || line_[name_size] == '\0') {
            write(time);
        }
        return {line_ + name_size, date_size};
    }

    /// The current date as a whole field line: `Date: Sun, 06 Nov 1994 08:49:37 GMT` and CRLF.
    std::string_view line() noexcept {
        now();
        return {line_, line_size};
    }

private:
    static constexpr std::size_t name_size = 6;
    GUST_DECL void write(std::time_t time) noexcept;

    std::time_t time_ = 0;
    char line_[line_size] = {};
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http/impl/date.ipp>
#endif

#endif // GUST_HTTP_DATE_HPP
