// SPDX-License-Identifier: MIT
#include <gust/http/date.hpp>

#include <ctime>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "support/catch.hpp"

namespace {

using gust::format_date;
using gust::parse_date;

constexpr std::time_t in_1994 = 784'111'777; // Sun, 06 Nov 1994 08:49:37 GMT

} // namespace

TEST_CASE("a time is formatted as an IMF-fixdate", "[http][date]") {
    const std::pair<std::time_t, std::string_view> table[] = {
        {1'359'312'200, "Sun, 27 Jan 2013 18:43:20 GMT"},
        {in_1994, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
        {86'399, "Thu, 01 Jan 1970 23:59:59 GMT"},
        {951'782'400, "Tue, 29 Feb 2000 00:00:00 GMT"},
        {1'709'164'800, "Thu, 29 Feb 2024 00:00:00 GMT"},
        {4'107'542'400, "Mon, 01 Mar 2100 00:00:00 GMT"},
        {253'402'300'799, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {253'402'300'800, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {std::numeric_limits<std::time_t>::max(), "Fri, 31 Dec 9999 23:59:59 GMT"},
        {-62'167'219'200, "Sat, 01 Jan 0000 00:00:00 GMT"},
        {std::numeric_limits<std::time_t>::min(), "Sat, 01 Jan 0000 00:00:00 GMT"},
    };
    for (const auto& [time, text] : table) {
        INFO(time);
        CHECK(format_date(time) == text);
        char out[gust::date_size];
        format_date(time, out);
        CHECK(std::string_view(out, sizeof out) == text);
    }
}

TEST_CASE("formatting agrees with the C library for every day of 400 years", "[http][date]") {
    for (std::time_t time = -2'000'000'000; time < 10'622'780'800; time += 86'400 + 3'661) {
        std::tm parts{};
        REQUIRE(gmtime_r(&time, &parts) != nullptr);
        char expected[64];
        std::strftime(expected, sizeof expected, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        if (format_date(time) != expected)
            FAIL(format_date(time) << " is not " << expected);
        if (parse_date(expected) != time)
            FAIL(expected);
    }
}

TEST_CASE("a date is read in its three formats", "[http][date]") {
    CHECK(parse_date("Sun, 06 Nov 1994 08:49:37 GMT") == in_1994);
    CHECK(parse_date("Sunday, 06-Nov-94 08:49:37 GMT") == in_1994);
    CHECK(parse_date("Sun Nov  6 08:49:37 1994") == in_1994);
    CHECK(parse_date("Sun Nov 06 08:49:37 1994") == in_1994);
    CHECK(parse_date("Wed Nov 16 08:49:37 1994") == in_1994 + 10 * 86'400);
    CHECK(parse_date("Wednesday, 16-Nov-94 08:49:37 GMT") == in_1994 + 10 * 86'400);
}

TEST_CASE("the day of the week need not fit, and second 60 is the next one", "[http][date]") {
    CHECK(parse_date("Mon, 06 Nov 1994 08:49:37 GMT") == in_1994);
    CHECK(
        parse_date("Sat, 31 Dec 2016 23:59:60 GMT") == parse_date("Sun, 01 Jan 2017 00:00:00 GMT")
    );
    CHECK(parse_date("Tue, 29 Feb 2000 00:00:00 GMT") == 951'782'400);
}

TEST_CASE("what is not a date is refused", "[http][date]") {
    for (const std::string_view text : {
             "",
             " ",
             "0",
             "784111777",
             "Sun",
             "Sun,",
             "Sun, 06 Nov 1994 08:49:37",
             "Sun, 06 Nov 1994 08:49:37 ",
             "Sun, 06 Nov 1994 08:49:37 UTC",
             "Sun, 06 Nov 1994 08:49:37 GMT ",
             " Sun, 06 Nov 1994 08:49:37 GMT",
             "sun, 06 Nov 1994 08:49:37 GMT",
             "Sun, 06 nov 1994 08:49:37 GMT",
             "Sun, 06 Nov 1994 08:49:37 gmt",
             "Sun, 6 Nov 1994 08:49:37 GMT",
             "Sun,  6 Nov 1994 08:49:37 GMT",
             "Sun, 006 Nov 1994 08:49:37 GMT",
             "Sun, 06 Nov 94 08:49:37 GMT",
             "Sun, 06 Nov 19945 08:49:37 GMT",
             "Sun, 06-Nov-94 08:49:37 GMT",
             "Sunday, 06-Nov-1994 08:49:37 GMT",
             "Sunday, 06 Nov 94 08:49:37 GMT",
             "Sund, 06-Nov-94 08:49:37 GMT",
             "Sunday 06-Nov-94 08:49:37 GMT",
             "Sun Nov 6 08:49:37 1994",
             "Sun Nov  6 08:49:37 1994 GMT",
             "Sun Nov  6 08:49:37 94",
             "Xyz, 06 Nov 1994 08:49:37 GMT",
             "Sun, 06 Foo 1994 08:49:37 GMT",
             "Sun, 00 Nov 1994 08:49:37 GMT",
             "Sun, 31 Nov 1994 08:49:37 GMT",
             "Sun, 29 Feb 1900 08:49:37 GMT",
             "Sun, 30 Feb 2000 08:49:37 GMT",
             "Friday, 29-Feb-94 08:49:37 GMT",
             "Friday, 99-Dec-94 08:49:37 GMT",
             "Sun, 06 Nov 1994 24:00:00 GMT",
             "Sun, 06 Nov 1994 08:60:00 GMT",
             "Sun, 06 Nov 1994 08:49:61 GMT",
             "Sun, 06 Nov 1994 8:49:37 GMT",
             "Sun, 06 Nov 1994 +8:49:37 GMT",
             "Sun, -6 Nov 1994 08:49:37 GMT",
             "Sun, 06 Nov 1994 08:49:37 +0000",
             "1994-11-06T08:49:37Z",
         }) {
        INFO(text);
        CHECK_FALSE(parse_date(text));
    }
}

TEST_CASE("every byte in every place of a date is accepted only where it belongs", "[http][date]") {
    for (const std::string_view valid :
         {"Sun, 06 Nov 1994 08:49:37 GMT",
          "Sunday, 06-Nov-94 08:49:37 GMT",
          "Sun Nov  6 08:49:37 1994"}) {
        for (std::size_t place = 0; place != valid.size(); ++place) {
            for (int byte = 0; byte != 256; ++byte) {
                std::string text{valid};
                text[place] = static_cast<char>(byte);
                const bool digit = byte >= '0' && byte <= '9';
                const bool was_digit = valid[place] >= '0' && valid[place] <= '9';
                // The first place of a padded day may hold a digit, and the other way round no
                // blank becomes one.
                const bool padding = valid[place] == ' ' && place == 8;
                if (parse_date(text) && text[place] != valid[place]
                    && !(digit && (was_digit || padding))) {
                    FAIL(text);
                }
            }
            CHECK_FALSE(parse_date(valid.substr(0, place)));
        }
    }
}

TEST_CASE("a year of two digits is the last that is not more than 50 years ahead", "[http][date]") {
    const auto year_of = [](std::string_view text, std::time_t now) {
        const auto time = parse_date(text, now);
        REQUIRE(time);
        return format_date(*time).substr(12, 4);
    };
    const auto now = parse_date("Thu, 28 May 2026 20:26:40 GMT").value();
    CHECK(year_of("Sunday, 06-Nov-94 08:49:37 GMT", now) == "1994");
    CHECK(year_of("Sunday, 06-Nov-26 08:49:37 GMT", now) == "2026");
    CHECK(year_of("Sunday, 06-Nov-75 08:49:37 GMT", now) == "2075");
    CHECK(year_of("Thursday, 28-May-76 20:26:40 GMT", now) == "2076");
    CHECK(year_of("Thursday, 28-May-76 20:26:41 GMT", now) == "1976");
    CHECK(year_of("Sunday, 06-Nov-77 08:49:37 GMT", now) == "1977");
    CHECK(year_of("Sunday, 06-Nov-00 08:49:37 GMT", now) == "2000");

    // A leap day exists in one century and not in the other.
    const auto in_2051 = parse_date("Sun, 01 Jan 2051 00:00:00 GMT").value();
    CHECK(year_of("Tuesday, 29-Feb-00 00:00:00 GMT", in_2051) == "2000");

    // Across the end of a century the future is still at most 50 years away.
    const auto in_2099 = parse_date("Thu, 01 Jan 2099 00:00:00 GMT").value();
    CHECK(year_of("Sunday, 06-Nov-01 08:49:37 GMT", in_2099) == "2101");
    CHECK(year_of("Sunday, 06-Nov-50 08:49:37 GMT", in_2099) == "2050");

    // 50 years after a leap day is the first of March.
    const auto leap_day = parse_date("Thu, 29 Feb 2024 12:00:00 GMT").value();
    CHECK(year_of("Sunday, 28-Feb-74 12:00:00 GMT", leap_day) == "2074");
    CHECK(year_of("Friday, 01-Mar-74 12:00:01 GMT", leap_day) == "1974");
}

TEST_CASE("the cached date is formatted once a second", "[http][date]") {
    gust::DateCache cache;
    CHECK(cache.at(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(cache.at(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
    CHECK(cache.at(in_1994) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(cache.at(in_1994 + 1) == "Sun, 06 Nov 1994 08:49:38 GMT");
    CHECK(cache.at(in_1994) == "Sun, 06 Nov 1994 08:49:37 GMT");

    const auto before = std::time(nullptr);
    const auto now = parse_date(cache.now());
    const auto after = std::time(nullptr);
    REQUIRE(now);
    CHECK(*now >= before);
    CHECK(*now <= after);
}
