// SPDX-License-Identifier: MIT
// Any time from the year 0 to 9999 is read back from its text, and any text that is a date names
// the same time when it is written anew.
#include <gust/http/date.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <string_view>

#include "fuzz/require.hpp"

namespace {

bool has_text(std::int64_t time) {
    return time >= -62'167'219'200 && time <= 253'402'300'799;
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is the fuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::int64_t now = 0;
    std::memcpy(&now, data, size < sizeof now ? size : sizeof now);
    const auto written = gust::format_date(static_cast<std::time_t>(now));
    FUZZ_REQUIRE(written.size() == gust::date_size);
    const auto read = gust::parse_date(written);
    FUZZ_REQUIRE(read && gust::format_date(*read) == written);
    if (has_text(now))
        FUZZ_REQUIRE(*read == now);

    if (size < sizeof now)
        return 0;
    const std::string_view text{
        reinterpret_cast<const char*>(data) + sizeof now, size - sizeof now
    };
    if (const auto time = gust::parse_date(text, static_cast<std::time_t>(now))) {
        // Only the leap second that ends 9999, and years of two digits near either end, lie
        // outside.
        if (!has_text(*time))
            return 0;
        FUZZ_REQUIRE(gust::parse_date(gust::format_date(*time)) == *time);
    }
    return 0;
}
