// SPDX-License-Identifier: MIT
#include <gust/http/syntax.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace std::string_view_literals;

std::vector<std::string> elements_of(std::string_view list) {
    std::vector<std::string> out;
    gust::for_each_element(list, [&out](std::string_view element) { out.emplace_back(element); });
    return out;
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The parameters, and whether they followed the grammar.
std::pair<bool, Parameters> parameters_of(std::string_view value) {
    Parameters out;
    const bool valid =
        gust::for_each_parameter(value, [&out](std::string_view name, std::string_view text) {
            out.emplace_back(name, text);
        });
    return {valid, out};
}

/// The same function, written for clarity, byte by byte.
bool slow_iequals(std::string_view a, std::string_view b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (a.size() != b.size())
        return false;
    for (std::size_t i = 0; i != a.size(); ++i) {
        if (lower(a[i]) != lower(b[i]))
            return false;
    }
    return true;
}

static_assert(gust::is_token("Content-Type"));
static_assert(gust::trim_ows(" \ta b\t ") == "a b");

} // namespace

TEST_CASE("a token is one or more tchars, for every byte in every place", "[http][syntax]") {
    const auto tchars =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"sv;
    CHECK(gust::is_token(tchars));
    CHECK_FALSE(gust::is_token(""));
    for (int byte = 0; byte != 256; ++byte) {
        const char c = static_cast<char>(byte);
        const bool good = tchars.find(c) != tchars.npos;
        INFO("byte " << byte);
        CHECK(gust::is_tchar(c) == good);
        for (std::size_t place = 0; place != 20; ++place) {
            std::string text(20, 'a');
            text[place] = c;
            CHECK(gust::is_token(text) == good);
        }
    }
}

TEST_CASE(
    "a field value has no control byte but HTAB, for every byte in every place", "[http][syntax]"
) {
    CHECK(gust::is_field_value(""));
    for (int byte = 0; byte != 256; ++byte) {
        const bool good = byte == '\t' || (byte >= 0x20 && byte != 0x7F);
        INFO("byte " << byte);
        for (std::size_t place = 0; place != 20; ++place) {
            std::string text(20, ' ');
            text[place] = static_cast<char>(byte);
            CHECK(gust::is_field_value(text) == good);
        }
    }
}

TEST_CASE("trimming takes blanks and tabs and nothing else", "[http][syntax]") {
    for (int byte = 0; byte != 256; ++byte) {
        const std::string text{static_cast<char>(byte)};
        INFO("byte " << byte);
        CHECK(gust::trim_ows(text).empty() == (byte == ' ' || byte == '\t'));
    }
    CHECK(gust::trim_ows("") == "");
    CHECK(gust::trim_ows(" \t \t") == "");
    CHECK(gust::trim_ows("a b") == "a b");
}

TEST_CASE("iequals ignores the case of ASCII letters and of nothing else", "[http][syntax]") {
    for (int x = 0; x != 256; ++x) {
        for (int y = 0; y != 256; ++y) {
            // Once in a whole word, once in the rest behind it.
            std::string a = "abcdefghijk";
            std::string b = "ABCDEFGHIJK";
            a[3] = a[9] = static_cast<char>(x);
            b[3] = b[9] = static_cast<char>(y);
            if (gust::iequals(a, b) != slow_iequals(a, b))
                FAIL("bytes " << x << " and " << y);
        }
    }
    for (std::size_t size = 0; size != 40; ++size) {
        INFO(size);
        const std::string lower(size, 'z');
        const std::string upper(size, 'Z');
        CHECK(gust::iequals(lower, upper));
        CHECK_FALSE(gust::iequals(lower + 'z', upper));
        for (std::size_t place = 0; place != size; ++place) {
            auto changed = upper;
            changed[place] = 'Y';
            CHECK_FALSE(gust::iequals(lower, changed));
        }
    }
    CHECK(gust::iequals(""sv, std::string_view{}));
}

TEST_CASE("a list is split at the commas outside quotes", "[http][syntax]") {
    const std::pair<std::string_view, std::vector<std::string>> table[] = {
        {"", {}},
        {" ", {}},
        {",", {}},
        {" , ,\t,", {}},
        {"a", {"a"}},
        {"a,b", {"a", "b"}},
        {" a , b ,", {"a", "b"}},
        {",a,,b", {"a", "b"}},
        {"a b,c", {"a b", "c"}},
        {"\"a,b\",c", {"\"a,b\"", "c"}},
        {"x=\"a\\\",b\" , c", {"x=\"a\\\",b\"", "c"}},
        {"x=\"a\\\\\",b", {"x=\"a\\\\\"", "b"}},
        {"a,\"open, b", {"a", "\"open, b"}},
        {"a,\"open\\", {"a", "\"open\\"}},
        {"gzip;q=\"a, chunked", {"gzip;q=\"a, chunked"}},
    };
    for (const auto& [list, elements] : table) {
        INFO(list);
        CHECK(elements_of(list) == elements);
    }
}

TEST_CASE("a token is found in a list as a whole member, whatever its case", "[http][syntax]") {
    for (const auto list :
         {"close"sv, "CLOSE"sv, " close "sv, "\tclose\t"sv, "a,close"sv, "close , a"sv, ",,Close,"sv
         }) {
        INFO(list);
        CHECK(gust::has_token(list, "close"));
    }
    for (const auto list :
         {""sv,
          "closed"sv,
          "xclose"sv,
          "\"close\""sv,
          "close;a"sv,
          "close a"sv,
          "a=\"x,close,y\""sv,
          "\"x,close"sv}) {
        INFO(list);
        CHECK_FALSE(gust::has_token(list, "close"));
    }
}

TEST_CASE("a decimal number is digits alone, up to 64 bits", "[http][syntax]") {
    const std::pair<std::string_view, std::optional<std::uint64_t>> table[] = {
        {"0", 0},
        {"00005", 5},
        {"42", 42},
        {"9999999999999999999", 9'999'999'999'999'999'999U},
        {"18446744073709551615", 18'446'744'073'709'551'615U},
        {"000000000018446744073709551615", 18'446'744'073'709'551'615U},
        {"18446744073709551616", {}},
        {"18446744073709551620", {}},
        {"28446744073709551615", {}},
        {"999999999999999999999999999999", {}},
        {"", {}},
        {"+5", {}},
        {"-5", {}},
        {" 5", {}},
        {"5 ", {}},
        {"1_0", {}},
        {"0x5", {}},
        {"5a", {}},
        {"5.0", {}},
        {"1,2", {}},
        {"\xC2\xB2", {}},
    };
    for (const auto& [digits, number] : table) {
        INFO(digits);
        CHECK(gust::parse_decimal(digits) == number);
    }
    CHECK(gust::parse_decimal(std::string(300, '0')) == 0U);
    for (int byte = 0; byte != 256; ++byte) {
        const std::string text{'1', static_cast<char>(byte)};
        INFO("byte " << byte);
        CHECK(gust::parse_decimal(text).has_value() == (byte >= '0' && byte <= '9'));
    }
}

TEST_CASE("a hexadecimal number is its digits alone, up to 64 bits", "[http][syntax]") {
    const std::pair<std::string_view, std::optional<std::uint64_t>> table[] = {
        {"0", 0},
        {"a", 10},
        {"F", 15},
        {"Ff", 255},
        {"0123456789abcdef", 0x0123456789abcdefU},
        {"ffffffffffffffff", 0xffffffffffffffffU},
        {"0000ffffffffffffffff", 0xffffffffffffffffU},
        {"10000000000000000", {}},
        {"", {}},
        {"0x5", {}},
        {"+5", {}},
        {"-5", {}},
        {"5_0", {}},
        {"5 ", {}},
    };
    for (const auto& [digits, number] : table) {
        INFO(digits);
        CHECK(gust::parse_hex(digits) == number);
    }
    const auto hex_digits = "0123456789abcdefABCDEF"sv;
    for (int byte = 0; byte != 256; ++byte) {
        const char c = static_cast<char>(byte);
        const std::string text{'1', c};
        INFO("byte " << byte);
        CHECK(gust::parse_hex(text).has_value() == (hex_digits.find(c) != hex_digits.npos));
    }
}

TEST_CASE("parameters are read one after another", "[http][syntax]") {
    const std::pair<std::string_view, Parameters> table[] = {
        {"", {}},
        {"text/html", {}},
        {"text/html;", {}},
        {"text/html ; ;; ", {}},
        {"text/html; charset=utf-8", {{"charset", "utf-8"}}},
        {"text/html;charset=utf-8 ;", {{"charset", "utf-8"}}},
        {"text/html; charset=\"utf-8\"", {{"charset", "\"utf-8\""}}},
        {"a; b=c\t;\td=\"e;f\" ; g=h", {{"b", "c"}, {"d", "\"e;f\""}, {"g", "h"}}},
        {"a; b=\"\\\"; c=\\\\\"; d=e", {{"b", "\"\\\"; c=\\\\\""}, {"d", "e"}}},
        {"a; b=\"\"", {{"b", "\"\""}}},
        {"\"x;y=z\"; b=c", {{"b", "c"}}},
        {"; b=c", {{"b", "c"}}},
    };
    for (const auto& [value, parameters] : table) {
        INFO(value);
        CHECK(parameters_of(value) == std::pair{true, parameters});
    }
}

TEST_CASE("parameters are read up to the first that breaks the grammar", "[http][syntax]") {
    const std::pair<std::string_view, Parameters> table[] = {
        {"a; b", {}},
        {"a; b=", {}},
        {"a; =c", {}},
        {"a; b = c", {}},
        {"a; b= c", {}},
        {"a; b=c; d", {{"b", "c"}}},
        {"a; b=c d=e", {}},
        {"a; b=c, d=e", {}},
        {"a; b=\"c", {}},
        {"a; b=\"c\\", {}},
        {"a; b=\"c\"d", {}},
        {"a; b=c\"d\"", {}},
        {"a; b=\"\x01\"", {}},
        {"a; b=\"\\\x7F\"", {}},
        {"a; b[0]=c", {}},
        {"a; b=c; d=\xE9; e=f", {{"b", "c"}}},
    };
    for (const auto& [value, parameters] : table) {
        INFO(value);
        CHECK(parameters_of(value) == std::pair{false, parameters});
    }
}

TEST_CASE("a parameter is found by name, whatever its case, and unquoted", "[http][syntax]") {
    const auto value = "multipart/form-data; Boundary=\"a\\\"b;c\"; boundary=second; x=1"sv;
    CHECK(gust::without_parameters(value) == "multipart/form-data");
    CHECK(gust::without_parameters(" text/html ") == "text/html");
    CHECK(gust::without_parameters(";a=b") == "");
    CHECK(gust::find_parameter(value, "boundary") == "a\"b;c");
    CHECK(gust::find_parameter(value, "X") == "1");
    CHECK(gust::find_parameter(value, "y") == std::nullopt);
    CHECK(gust::find_parameter("text/html; x", "x") == std::nullopt);
}

TEST_CASE("a quoted-string is unquoted, and any other text stays as it is", "[http][syntax]") {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"", ""},
        {"a", "a"},
        {"\"\"", ""},
        {"\"a b\"", "a b"},
        {"\"a\\\"b\"", "a\"b"},
        {"\"a\\\\\"", "a\\"},
        {"\"\\a\\b\"", "ab"},
        {"\"\xC3\xA9\"", "\xC3\xA9"},
        {"\"", "\""},
        {"\"a", "\"a"},
        {"a\"", "a\""},
        {"\"a\\\"", "\"a\\\""},
        {"\"a\"b\"", "\"a\"b\""},
        {"\"a\nb\"", "\"a\nb\""},
    };
    for (const auto& [text, unquoted] : table) {
        INFO(text);
        CHECK(gust::unquote(text) == unquoted);
    }
}

TEST_CASE("a weight is read in thousandths", "[http][syntax]") {
    const std::pair<std::string_view, std::optional<unsigned>> table[] = {
        {"0", 0},      {"1", 1000},    {"0.", 0},      {"1.", 1000},    {"0.5", 500}, {"0.05", 50},
        {"0.005", 5},  {"0.999", 999}, {"1.0", 1000},  {"1.000", 1000}, {"", {}},     {"1.1", {}},
        {"1.001", {}}, {"2", {}},      {"0.0001", {}}, {"0.5a", {}},    {"0,5", {}},  {".5", {}},
        {"-1", {}},    {"+1", {}},     {"01", {}},     {"\"1\"", {}},
    };
    for (const auto& [text, weight] : table) {
        INFO(text);
        CHECK(gust::parse_qvalue(text) == weight);
    }
    CHECK(gust::quality_of("gzip") == 1000U);
    CHECK(gust::quality_of("gzip;q=0.5") == 500U);
    CHECK(gust::quality_of("gzip ; Q=0") == 0U);
    CHECK(gust::quality_of("text/html;level=1;q=0.7") == 700U);
    CHECK(gust::quality_of("gzip;q=0.2;q=0.3") == 200U);
    CHECK(gust::quality_of("gzip;q=2") == std::nullopt);
    CHECK(gust::quality_of("gzip;q") == std::nullopt);
}

TEST_CASE("parameters and lists are read in linear time", "[http][syntax]") {
    // Quadratic work on a megabyte takes minutes.
    std::string value = "form-data";
    for (int i = 0; i != 100'000; ++i)
        value += "; x=\"\\\"\"";
    std::size_t count = 0;
    const auto start = std::chrono::steady_clock::now();
    CHECK(gust::for_each_parameter(value, [&count](auto, auto) { ++count; }));
    CHECK(count == 100'000);
    CHECK(parameters_of("a" + std::string(1'000'000, ';')).first);
    CHECK_FALSE(parameters_of("a; b=\"" + std::string(1'000'000, '\\')).first);
    CHECK(elements_of(std::string(1'000'000, ',')).empty());
    CHECK(elements_of(std::string(1'000'000, ' ') + ',' + std::string(1'000'000, ' ')).empty());
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{10});
}
