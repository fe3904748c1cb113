// SPDX-License-Identifier: MIT
#include <gust/core/error.hpp>
#include <gust/http/cookie.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "support/catch.hpp"

namespace {

using namespace std::string_view_literals;
using gust::CookiePairs;
using gust::errc;
using gust::parse_cookies;
using gust::same_site;
using gust::SetCookie;

std::error_code error_of(const SetCookie& cookie) {
    try {
        to_string(cookie);
    } catch (const std::system_error& error) {
        return error.code();
    }
    return {};
}

/// The value as it stands behind `name=` in Set-Cookie.
std::string sent(std::string_view value) {
    return to_string(SetCookie{.name = "n", .value = std::string{value}, .path = ""}).substr(2);
}

} // namespace

TEST_CASE("cookies are read in their order", "[http][cookie]") {
    const std::pair<std::string_view, CookiePairs> table[] = {
        {"", {}},
        {"a=b", {{"a", "b"}}},
        {"chips=ahoy; vienna=finger", {{"chips", "ahoy"}, {"vienna", "finger"}}},
        // A semicolon separates inside quotes too.
        {R"(keebler="E=mc2; L=\"Loves\"; fudge=\012;")",
         {{"keebler", "\"E=mc2"}, {"L", "\\\"Loves\\\""}, {"fudge", "\\012"}, {"", "\""}}},
        // Signs in names and values.
        {"keebler=E=mc2", {{"keebler", "E=mc2"}}},
        {"key:term=value:term", {{"key:term", "value:term"}}},
        {"a=b; c=[; d=r; f=h", {{"a", "b"}, {"c", "["}, {"d", "r"}, {"f", "h"}}},
        {"bad key=1; lone", {{"bad key", "1"}, {"", "lone"}}},
        // No blank behind the semicolon; attributes are cookies like others.
        {"a=b;c=d", {{"a", "b"}, {"c", "d"}}},
        {"a=b; Domain=example.com", {{"a", "b"}, {"Domain", "example.com"}}},
        // Every one is there; which counts is the question of find_cookie.
        {"a=b; h=i; a=c", {{"a", "b"}, {"h", "i"}, {"a", "c"}}},
        // Blanks and empty pieces.
        {"    =  b  ;  ;  =  ;   c  =  ;\t", {{"", "b"}, {"c", ""}}},
        {";;;", {}},
        {"a", {{"", "a"}}},
        {"=", {}},
        {"a=", {{"a", ""}}},
        {"=a", {{"", "a"}}},
        {"a=\"b\"", {{"a", "b"}}},
        {"a=\"", {{"a", "\""}}},
        {"a=\"\"", {{"a", ""}}},
        {"\xC3\xA9=\xE9", {{"\xC3\xA9", "\xE9"}}},
    };
    for (const auto& [header, cookies] : table) {
        INFO(header);
        CHECK(parse_cookies(header) == cookies);
    }
}

TEST_CASE("of cookies with the same name the last one counts", "[http][cookie]") {
    const auto header = R"(a=b; c="d\"e"; a=z; bad key=1; lone)"sv;
    CHECK(gust::find_cookie(header, "a") == "z");
    CHECK(gust::find_cookie(header, "c") == "d\"e");
    CHECK(gust::find_cookie(header, "A") == std::nullopt);
    CHECK(gust::find_cookie(header, "lone") == std::nullopt);
    CHECK(gust::find_cookie(header, "") == "lone");
    CHECK(gust::find_cookie("", "a") == std::nullopt);
}

TEST_CASE("raw cookies are views of the field", "[http][cookie]") {
    const std::string header = "a = \"b\"";
    gust::for_each_cookie(header, [&header](std::string_view name, std::string_view value) {
        CHECK(name == "a");
        CHECK(value == "\"b\"");
        CHECK(name.data() == header.data());
    });
}

TEST_CASE("a cookie is unquoted", "[http][cookie]") {
    const std::pair<std::string_view, std::string_view> table[] = {
        {R"()", ""},
        {R"(a)", "a"},
        {R"(a\"b)", R"(a\"b)"},
        {R"(")", R"(")"},
        {R"("a)", R"("a)"},
        {R"("")", ""},
        {R"("a b")", "a b"},
        {R"("\"")", "\""},
        {R"("\\")", "\\"},
        {R"("\a\b")", "ab"},
        {R"("\054")", ","},
        {R"("\134\042")", "\\\""},
        {R"("\012\377\000")", "\n\xFF\0"sv},
        {R"("\400")", "400"},
        {R"("\08")", "08"},
        {R"("\/12")", "/12"},
        {R"("\0/2")", "0/2"},
        {R"("\00/")", "00/"},
        {R"("\1")", "1"},
        {R"("\12")", "12"},
        {R"("\1234")", "S4"},
        {R"("\\054")", "\\054"},
        {R"("\")", "\\"},
        {R"("a"b")", "a\"b"},
    };
    for (const auto& [value, unquoted] : table) {
        INFO(value);
        CHECK(gust::unquote_cookie(value) == unquoted);
    }
}

TEST_CASE("cookies are read in linear time", "[http][cookie]") {
    const auto start = std::chrono::steady_clock::now();
    std::string value = "a=\"";
    for (int i = 0; i != 1'000'000; ++i)
        value += "\\133";
    CHECK(gust::find_cookie(value + '"', "a") == std::string(1'000'000, '['));
    CHECK(parse_cookies("a=\"" + std::string(1'000'000, '\\') + "\"").size() == 1);
    CHECK(parse_cookies(std::string(1'000'000, ';')).empty());
    CHECK(parse_cookies("a=" + std::string(1'000'000, ' ')).size() == 1);
    std::string many;
    for (int i = 0; i != 200'000; ++i)
        many += "a=b;";
    CHECK(parse_cookies(many).size() == 200'000);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{10});
}

TEST_CASE("a cookie is set with the attributes that are given", "[http][cookie]") {
    using std::chrono::seconds;
    const std::pair<SetCookie, std::string_view> table[] = {
        {{.name = "a", .value = "b"}, "a=b; Path=/"},
        {{.name = "a"}, "a=; Path=/"},
        {{.name = "a", .value = "b", .path = ""}, "a=b"},
        {{.name = "a", .value = "b", .domain = "example.com", .path = "/foo"},
         "a=b; Domain=example.com; Path=/foo"},
        {{.name = "a", .value = "b", .expires = 1'359'312'200},
         "a=b; Path=/; Expires=Sun, 27 Jan 2013 18:43:20 GMT"},
        {{.name = "a", .value = "b", .max_age = seconds{3600}}, "a=b; Path=/; Max-Age=3600"},
        {{.name = "a", .value = "b", .max_age = seconds{0}}, "a=b; Path=/; Max-Age=0"},
        {{.name = "a", .value = "b", .max_age = seconds{-1}}, "a=b; Path=/; Max-Age=0"},
        {{.name = "a", .value = "b", .secure = true, .http_only = true},
         "a=b; Path=/; Secure; HttpOnly"},
        {{.name = "a", .value = "b", .site = same_site::lax}, "a=b; Path=/; SameSite=Lax"},
        {{.name = "a", .value = "b", .site = same_site::strict}, "a=b; Path=/; SameSite=Strict"},
        {{.name = "a", .value = "b", .secure = true, .site = same_site::none},
         "a=b; Path=/; Secure; SameSite=None"},
        {{.name = "a", .value = "b", .secure = true, .partitioned = true},
         "a=b; Path=/; Secure; Partitioned"},
        {{.name = "__Host-a", .value = "b", .secure = true}, "__Host-a=b; Path=/; Secure"},
        {{.name = "__Secure-a", .value = "b", .domain = "x.y", .path = "/z", .secure = true},
         "__Secure-a=b; Domain=x.y; Path=/z; Secure"},
    };
    for (const auto& [cookie, text] : table) {
        INFO(text);
        CHECK(to_string(cookie) == text);
    }
}

TEST_CASE(
    "a value that no browser could carry bare is sent in quotes and octal", "[http][cookie]"
) {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"", ""},
        {"a=b", "a=b"},
        {"a;b", R"("a\073b")"},
        {"a\"b", R"("a\"b")"},
        {"a\\b", R"("a\\b")"},
        {"a b,c", R"("a\040b\054c")"},
        {"\xC3\xA9", R"("\303\251")"},
        {"\"a\"", R"("\"a\"")"},
    };
    for (const auto& [value, text] : table) {
        INFO(value);
        CHECK(sent(value) == text);
    }
    for (int byte = 0; byte != 256; ++byte) {
        INFO("byte " << byte);
        const std::string value{'x', static_cast<char>(byte), '"'};
        const SetCookie cookie{.name = "n", .value = value};
        if (byte < 0x20 || byte == 0x7F) {
            CHECK(error_of(cookie) == errc::invalid_field);
            continue;
        }
        const auto text = to_string(cookie);
        CHECK(text.find(';') == text.find("; Path=/"));
        CHECK(gust::find_cookie(text, "n") == value);
    }
}

TEST_CASE(
    "a byte that would end or extend a cookie's name, domain or path is refused", "[http][cookie]"
) {
    const auto in_name =
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"sv;
    const auto in_domain = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"sv;
    for (int byte = 0; byte != 256; ++byte) {
        const char c = static_cast<char>(byte);
        const auto good = [](bool valid) {
            return valid ? std::error_code{} : std::error_code{errc::invalid_field};
        };
        const bool in_path = byte > 0x20 && byte < 0x7F && c != ';';
        INFO("byte " << byte);
        CHECK(error_of({.name = std::string{'n', c}}) == good(in_name.find(c) != in_name.npos));
        CHECK(
            error_of({.name = "n", .domain = std::string{'d', c}})
            == good(in_domain.find(c) != in_domain.npos)
        );
        CHECK(error_of({.name = "n", .path = std::string{'/', c}}) == good(in_path));
    }
    CHECK(error_of({.name = ""}) == errc::invalid_field);
    CHECK(error_of({.name = "n", .path = "foo"}) == errc::invalid_field);
    CHECK(error_of({.name = "n", .path = "/\r\nX: y"}) == errc::invalid_field);
}

TEST_CASE("a cookie that browsers would ignore is refused", "[http][cookie]") {
    for (const auto name : {"__Host-a"sv, "__Secure-a"sv, "__host-a"sv, "__SECURE-a"sv}) {
        INFO(name);
        CHECK(error_of({.name = std::string{name}}) == errc::invalid_field);
        CHECK_FALSE(error_of({.name = std::string{name}, .secure = true}));
    }
    CHECK(error_of({.name = "__Host-a", .domain = "x", .secure = true}) == errc::invalid_field);
    CHECK(error_of({.name = "__Host-a", .path = "/x", .secure = true}) == errc::invalid_field);
    CHECK(error_of({.name = "__Host-a", .path = "", .secure = true}) == errc::invalid_field);
    CHECK(error_of({.name = "a", .site = same_site::none}) == errc::invalid_field);
    CHECK(error_of({.name = "a", .partitioned = true}) == errc::invalid_field);
    CHECK_FALSE(error_of({.name = "__Host", .path = "/x"}));
}
