// SPDX-License-Identifier: MIT
// What is encoded decodes to itself, strictly and leniently; a query that is built from pairs is
// read back as the same pairs.
#include <gust/http/method.hpp>
#include <gust/http/target.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "fuzz/require.hpp"

// NOLINTNEXTLINE(readability-identifier-naming): the name is the fuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};

    const auto encoded = gust::percent_encode(text, "/:@");
    FUZZ_REQUIRE(gust::percent_decode(encoded) == text);
    FUZZ_REQUIRE(gust::percent_decode_lenient(encoded) == text);
    FUZZ_REQUIRE(gust::percent_decode_lenient(encoded, gust::plus_sign::blank) == text);
    gust::TargetParts parts;
    FUZZ_REQUIRE(!gust::parse_target(gust::method::get, "/" + encoded, parts));

    const auto lenient = gust::percent_decode_lenient(text);
    FUZZ_REQUIRE(lenient.size() <= text.size());
    if (const auto strict = gust::percent_decode(text))
        FUZZ_REQUIRE(*strict == lenient);

    const auto ampersands = static_cast<std::size_t>(std::count(text.begin(), text.end(), '&'));
    gust::QueryPairs pairs;
    try {
        pairs = gust::parse_query(text, 100);
        FUZZ_REQUIRE(pairs.size() <= ampersands + 1);
        FUZZ_REQUIRE(ampersands < 100 || text.empty());
    } catch (const std::system_error&) {
        FUZZ_REQUIRE(ampersands >= 100);
        return 0;
    }

    // The pairs come back from a URL, behind those that are in it already.
    const auto url = gust::url_concat("/?first=1#end", pairs);
    FUZZ_REQUIRE(url.ends_with("#end"));
    const auto target = std::string_view{url}.substr(0, url.size() - 4);
    FUZZ_REQUIRE(!gust::parse_target(gust::method::get, target, parts));
    auto expected = pairs;
    expected.insert(expected.begin(), {"first", "1"});
    FUZZ_REQUIRE(gust::parse_query(parts.query) == expected);

    // Any text is a URL to which something can be appended; doing it again changes nothing in what
    // is there.
    const auto once = gust::url_concat(text, {{"a", "b"}});
    const auto twice = gust::url_concat(once, gust::QueryPairs{});
    FUZZ_REQUIRE(once == twice);
    return 0;
}
