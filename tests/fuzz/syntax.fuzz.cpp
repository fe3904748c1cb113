// SPDX-License-Identifier: MIT
// Lists, parameters, quoted strings and numbers that were read and written again are read as the
// same; fields hold what they are asked to hold, or refuse it.
#include <gust/http/field.hpp>
#include <gust/http/syntax.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "fuzz/require.hpp"

namespace {

std::vector<std::string> elements_of(std::string_view list) {
    std::vector<std::string> out;
    gust::for_each_element(list, [&out](std::string_view element) { out.emplace_back(element); });
    return out;
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

bool read_parameters(std::string_view value, Parameters& out) {
    return gust::for_each_parameter(value, [&out](std::string_view name, std::string_view text) {
        out.emplace_back(name, text);
    });
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

void check_list(std::string_view text) {
    const auto elements = elements_of(text);
    std::string joined;
    for (const auto& element : elements) {
        FUZZ_REQUIRE(!element.empty() && gust::trim_ows(element) == element);
        // What follows an open quote is one member, up to the end.
        joined.append(joined.empty() ? "" : " , ").append(element);
        if (gust::is_token(element))
            FUZZ_REQUIRE(gust::has_token(text, lower(element)));
        const auto quality = gust::quality_of(element);
        FUZZ_REQUIRE(!quality || *quality <= 1000);
    }
    FUZZ_REQUIRE(elements_of(joined) == elements);
}

void check_parameters(std::string_view text) {
    Parameters parameters;
    const bool valid = read_parameters(text, parameters);
    std::string written = "x/y";
    for (const auto& [name, value] : parameters) {
        FUZZ_REQUIRE(gust::is_token(name));
        FUZZ_REQUIRE(
            gust::is_token(value)
            || (value.size() >= 2 && value.front() == '"' && value.back() == '"')
        );
        FUZZ_REQUIRE(gust::find_parameter(text, lower(name)).has_value());
        written.append("; ").append(name).append("=").append(value);
    }
    Parameters again;
    FUZZ_REQUIRE(read_parameters(written, again));
    FUZZ_REQUIRE(again == parameters);
    if (text.find(';') == text.npos)
        FUZZ_REQUIRE(valid && parameters.empty());
}

void check_quoting(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\')
            quoted += '\\';
        quoted += c;
    }
    quoted += '"';
    FUZZ_REQUIRE(gust::unquote(quoted) == (gust::is_field_value(text) ? text : quoted));
    FUZZ_REQUIRE(gust::unquote(text).size() <= text.size());
    if (gust::is_field_value(text))
        FUZZ_REQUIRE(gust::find_parameter("a;b=" + quoted, "b") == text);
}

void check_numbers(std::string_view text) {
    const auto significant = text.substr(std::min(text.find_first_not_of('0'), text.size()));
    if (const auto number = gust::parse_decimal(text)) {
        FUZZ_REQUIRE(std::to_string(*number) == (significant.empty() ? "0" : significant));
        FUZZ_REQUIRE(gust::decimal(*number).text() == std::to_string(*number));
    }
    if (const auto number = gust::parse_hex(text)) {
        std::string digits;
        for (auto left = *number; left != 0; left >>= 4U)
            digits.insert(0, 1, "0123456789abcdef"[left & 0xFU]);
        FUZZ_REQUIRE(digits == lower(significant));
    }
}

void check_fields(std::string_view text) {
    bool good_name = true;
    bool good_value = true;
    try {
        FUZZ_REQUIRE(gust::FieldName{text}.text() == text);
    } catch (const std::system_error&) {
        good_name = false;
    }
    try {
        FUZZ_REQUIRE(gust::FieldValue{text}.text() == gust::trim_ows(text));
    } catch (const std::system_error&) {
        good_value = false;
    }
    bool value = true;
    for (const char c : text)
        value = value && (c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F));
    FUZZ_REQUIRE(good_name == gust::is_token(text));
    FUZZ_REQUIRE(good_value == value);
    FUZZ_REQUIRE(!good_name || good_value);
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is the fuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    check_list(text);
    check_parameters(text);
    check_quoting(text);
    check_numbers(text);
    check_fields(text);
    const std::string_view a{text.data(), size / 2};
    const std::string_view b{text.data() + size / 2, size / 2};
    FUZZ_REQUIRE(gust::iequals(a, b) == (lower(a) == lower(b)));
    FUZZ_REQUIRE(gust::iequals(text, lower(text)));
    return 0;
}
