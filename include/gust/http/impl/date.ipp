// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_DATE_IPP
#define GUST_HTTP_IMPL_DATE_IPP

#include <gust/config.hpp>
#include <gust/http/date.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace gust {
namespace detail {

inline constexpr std::string_view weekday_names[] = {
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
};
inline constexpr std::string_view month_names = "JanFebMarAprMayJunJulAugSepOctNovDec";
inline constexpr std::int64_t seconds_per_day = 86400;
inline constexpr std::time_t first_time = -62'167'219'200; ///< The year 0 begins.
inline constexpr std::time_t last_time = 253'402'300'799;  ///< The last second of 9999.

/// Reads a date from left to right. After the first thing that is not there, it stays failed.
class DateReader {
public:
    explicit DateReader(std::string_view text) noexcept : rest_{text} {}

    /// Whether all went well and nothing is left.
    bool done() const noexcept { return !failed_ && rest_.empty(); }

    void literal(std::string_view expected) noexcept {
        if (!rest_.starts_with(expected))
            return fail();
        rest_.remove_prefix(expected.size());
    }

    /// The name of a day: all of it, or its first three letters.
    void weekday(std::size_t max_size) noexcept {
        for (const auto& name : weekday_names) {
            if (rest_.starts_with(name.substr(0, max_size)))
                return literal(name.substr(0, max_size));
        }
        fail();
    }

    unsigned month() noexcept {
        const auto name = rest_.substr(0, 3);
        for (unsigned i = 0; i != 12; ++i) {
            if (name != month_names.substr(i * 3, 3))
                continue;
            rest_.remove_prefix(3);
            return i + 1;
        }
        fail();
        return 0;
    }

    /// A number of exactly `size` digits.
    unsigned number(std::size_t size) noexcept {
        if (rest_.size() < size)
            fail();
        unsigned value = 0;
        for (; !failed_ && size != 0; --size) {
            const char c = rest_.front();
            if (c < '0' || c > '9')
                fail();
            value = value * 10 + static_cast<unsigned>(c - '0');
            rest_.remove_prefix(1);
        }
        return value;
    }

    /// A day of the month in two places, the first of which may be a blank.
    unsigned padded_day() noexcept {
        const bool padded = rest_.starts_with(' ');
        if (padded)
            literal(" ");
        return number(padded ? 1 : 2);
    }

    /// `08:49:37` as a number of seconds. 60 is the second after 59.
    std::int64_t clock() noexcept {
        const auto hours = number(2);
        literal(":");
        const auto minutes = number(2);
        literal(":");
        const auto seconds = number(2);
        if (hours > 23 || minutes > 59 || seconds > 60)
            fail();
        return (std::int64_t{hours} * 60 + minutes) * 60 + seconds;
    }

private:
    void fail() noexcept { failed_ = true; }

    std::string_view rest_;
    bool failed_ = false;
};

/// A date in the calendar, and the seconds since its midnight.
struct CalendarTime {
    std::chrono::year_month_day date;
    std::int64_t clock;
};

GUST_DECL CalendarTime to_calendar(std::time_t time) noexcept {
    if (time < first_time)
        time = first_time;
    if (time > last_time)
        time = last_time;
    auto days = std::int64_t{time} / seconds_per_day;
    auto clock = std::int64_t{time} % seconds_per_day;
    if (clock < 0) {
        clock += seconds_per_day;
        --days;
    }
    const std::chrono::sys_days day{std::chrono::days{static_cast<int>(days)}};
    return {std::chrono::year_month_day{day}, clock};
}

GUST_DECL std::time_t from_calendar(const CalendarTime& time) noexcept {
    const auto days = std::chrono::sys_days{time.date}.time_since_epoch().count();
    return static_cast<std::time_t>(std::int64_t{days} * seconds_per_day + time.clock);
}

/// The date in the last year with these two digits that is not more than 50 years after `now`; a
/// century earlier if it does not exist then.
GUST_DECL std::chrono::year_month_day resolve_year(
    unsigned two_digits, unsigned month, unsigned day, std::int64_t clock, std::time_t now
) noexcept {
    const auto today = to_calendar(now);
    const CalendarTime latest{today.date + std::chrono::years{50}, today.clock};
    const auto century = static_cast<int>(latest.date.year()) / 100 * 100;
    const auto in_year = [&](int year) {
        return std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day);
    };
    const int year = century + static_cast<int>(two_digits);
    const bool too_late = from_calendar({in_year(year), clock}) > from_calendar(latest);
    return in_year(too_late || !in_year(year).ok() ? year - 100 : year);
}

GUST_DECL void write_digits(char* out, unsigned number, std::size_t size) noexcept {
    for (; size != 0; number /= 10)
        out[--size] = static_cast<char>('0' + number % 10);
}

} // namespace detail

GUST_DECL void format_date(std::time_t time, char (&out)[date_size]) noexcept {
    const auto [date, clock] = detail::to_calendar(time);
    const auto weekday = std::chrono::weekday{std::chrono::sys_days{date}}.c_encoding();
    const auto month = unsigned{date.month()} - 1;
    const auto seconds = static_cast<unsigned>(clock);

    std::string_view{"Xxx, 00 Xxx 0000 00:00:00 GMT"}.copy(out, date_size);
    detail::weekday_names[weekday].copy(out, 3);
    detail::write_digits(out + 5, unsigned{date.day()}, 2);
    detail::month_names.copy(out + 8, 3, std::size_t{month} * 3);
    detail::write_digits(out + 12, static_cast<unsigned>(int{date.year()}), 4);
    detail::write_digits(out + 17, seconds / 3600, 2);
    detail::write_digits(out + 20, seconds / 60 % 60, 2);
    detail::write_digits(out + 23, seconds % 60, 2);
}

GUST_DECL std::string format_date(std::time_t time) {
    char text[date_size];
    format_date(time, text);
    return {text, date_size};
}

GUST_DECL std::optional<std::time_t> parse_date(std::string_view text, std::time_t now) noexcept {
    detail::DateReader reader{text};
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    std::int64_t clock = 0;
    const bool asctime = text.size() > 3 && text[3] == ' ';
    const bool fixdate = text.size() > 3 && text[3] == ',';
    if (asctime) {
        reader.weekday(3);
        reader.literal(" ");
        month = reader.month();
        reader.literal(" ");
        day = reader.padded_day();
        reader.literal(" ");
        clock = reader.clock();
        reader.literal(" ");
        year = reader.number(4);
    } else {
        reader.weekday(fixdate ? 3 : text.npos);
        reader.literal(", ");
        day = reader.number(2);
        reader.literal(fixdate ? " " : "-");
        month = reader.month();
        reader.literal(fixdate ? " " : "-");
        year = reader.number(fixdate ? 4 : 2);
        reader.literal(" ");
        clock = reader.clock();
        reader.literal(" GMT");
    }
    if (!reader.done())
        return std::nullopt;
    const auto date = asctime || fixdate ? std::chrono::year{static_cast<int>(year)}
                                               / static_cast<int>(month) / static_cast<int>(day)
                                         : detail::resolve_year(year, month, day, clock, now);
    if (!date.ok())
        return std::nullopt;
    return detail::from_calendar({date, clock});
}

GUST_DECL std::optional<std::time_t> parse_date(std::string_view text) noexcept {
    return parse_date(text, std::time(nullptr));
}

GUST_DECL void DateCache::write(std::time_t time) noexcept {
    char text[date_size];
    format_date(time, text);
    char* out = std::copy_n("Date: ", name_size, line_);
    out = std::copy_n(text, date_size, out);
    std::copy_n("\r\n", 2, out);
    time_ = time;
}

} // namespace gust

#endif // GUST_HTTP_IMPL_DATE_IPP
