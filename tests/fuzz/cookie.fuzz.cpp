// SPDX-License-Identifier: MIT
// Reading cookies never fails and stays inside the field; a cookie that may be set is one field
// value, adds no attribute of its own, and is read back as it was.
#include <gust/http/cookie.hpp>
#include <gust/http/field.hpp>
#include <gust/http/syntax.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "fuzz/require.hpp"

namespace {

void check_reading(std::string_view header) {
    std::size_t count = 0;
    gust::for_each_cookie(header, [&](std::string_view name, std::string_view value) {
        FUZZ_REQUIRE(!name.empty() || !value.empty());
        FUZZ_REQUIRE(name.find(';') == name.npos && value.find(';') == value.npos);
        FUZZ_REQUIRE(name.find('=') == name.npos);
        FUZZ_REQUIRE(gust::trim_ows(name) == name && gust::trim_ows(value) == value);
        FUZZ_REQUIRE(gust::unquote_cookie(value).size() <= value.size());
        FUZZ_REQUIRE(gust::find_cookie(header, name).has_value());
        ++count;
    });
    const auto cookies = gust::parse_cookies(header);
    FUZZ_REQUIRE(cookies.size() == count);
    if (!cookies.empty())
        FUZZ_REQUIRE(gust::find_cookie(header, cookies.back().first) == cookies.back().second);
}

void check_setting(const gust::SetCookie& cookie) {
    std::string text;
    try {
        text = to_string(cookie);
    } catch (const std::system_error&) {
        return;
    }
    FUZZ_REQUIRE(gust::is_field_value(text));
    FUZZ_REQUIRE(gust::FieldValue{text}.text() == text);
    const auto cookies = gust::parse_cookies(text);
    FUZZ_REQUIRE(!cookies.empty());
    FUZZ_REQUIRE(cookies[0].first == cookie.name && cookies[0].second == cookie.value);
    std::size_t expected = 1;
    expected += cookie.domain.empty() ? 0U : 1U;
    expected += cookie.path.empty() ? 0U : 1U;
    FUZZ_REQUIRE(cookies.size() == expected);
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is the fuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    check_reading(text);

    // Four texts, separated by newlines.
    std::string_view rest = text;
    const auto next = [&rest] {
        const auto end = rest.find('\n');
        const std::string taken{rest.substr(0, end)};
        rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
        return taken;
    };
    gust::SetCookie cookie{.name = next()};
    cookie.value = next();
    cookie.domain = next();
    cookie.path = next();
    check_setting(cookie);
    check_setting({.name = "n", .value = text, .path = ""});
    return 0;
}
