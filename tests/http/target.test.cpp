// SPDX-License-Identifier: MIT
#include <gust/core/error.hpp>
#include <gust/http/method.hpp>
#include <gust/http/target.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace std::string_view_literals;
using gust::errc;
using gust::method;
using gust::plus_sign;
using gust::QueryPairs;
using gust::target_form;
using gust::TargetParts;

/// The parts as one text, `form|scheme|authority|path|query`, or what is wrong.
std::string parsed(method verb, std::string_view target, bool secure = false) {
    TargetParts parts;
    const auto error = gust::parse_target(verb, target, parts, secure);
    if (error) {
        if (error == errc::bad_target)
            return "bad_target";
        return error == errc::misdirected ? "misdirected" : error.message();
    }
    constexpr std::string_view forms[] = {"origin", "absolute", "authority", "asterisk"};
    std::string out{forms[static_cast<std::size_t>(parts.form)]};
    for (const auto part : {parts.scheme, parts.authority, parts.path})
        out.append("|").append(part);
    out.append("|").append(parts.has_query ? "?" : "").append(parts.query);
    return out;
}

bool is_valid(std::string_view target, method verb = method::get) {
    TargetParts parts;
    return !gust::parse_target(verb, target, parts);
}

constexpr auto pchars =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@"sv;

} // namespace

TEST_CASE("an origin-form target is split at its first question mark", "[http][target]") {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"/", "origin|||/|"},
        {"/?", "origin|||/|?"},
        {"//a", "origin|||//a|"},
        {"/a/b/c", "origin|||/a/b/c|"},
        {"/a?b=c&d", "origin|||/a|?b=c&d"},
        {"/a?b?c/d", "origin|||/a|?b?c/d"},
        {"/%41%zz", "bad_target"},
        {"/%e4%BD", "origin|||/%e4%BD|"},
        {"/%00/../.", "origin|||/%00/../.|"},
        {"/a:b@c;d=e,f(g)*+!$&'", "origin|||/a:b@c;d=e,f(g)*+!$&'|"},
        {"/http://a/", "origin|||/http://a/|"},
        {"/*", "origin|||/*|"},
    };
    for (const auto& [target, expected] : table) {
        INFO(target);
        CHECK(parsed(method::get, target) == expected);
        CHECK(parsed(method::options, target) == expected);
        CHECK(parsed(method::connect, target) == "bad_target");
    }
}

TEST_CASE("an asterisk is a target of OPTIONS alone, and alone", "[http][target]") {
    CHECK(parsed(method::options, "*") == "asterisk|||*|");
    for (std::size_t i = 0; i != gust::method_count; ++i) {
        const auto verb = static_cast<method>(i);
        INFO(to_string(verb));
        CHECK(is_valid("*", verb) == (verb == method::options));
        CHECK(is_valid("/", verb) == (verb != method::connect));
        CHECK(is_valid("http://a/", verb) == (verb != method::connect));
        CHECK(is_valid("a:80", verb) == (verb == method::connect));
    }
    for (const auto target : {"*foo"sv, "**"sv, "*?"sv, "* "sv, "*/"sv}) {
        INFO(target);
        CHECK(parsed(method::options, target) == "bad_target");
    }
}

TEST_CASE("an absolute-form target is taken apart", "[http][target]") {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"http://a/", "absolute|http|a|/|"},
        {"http://a", "absolute|http|a|/|"},
        {"HTTP://A.Example/b", "absolute|HTTP|A.Example|/b|"},
        {"http://a?q", "absolute|http|a|/|?q"},
        {"http://a?", "absolute|http|a|/|?"},
        {"http://a/b?c=/d?e", "absolute|http|a|/b|?c=/d?e"},
        {"http://a:8080/", "absolute|http|a:8080|/|"},
        {"http://a:/", "absolute|http|a:|/|"},
        {"http://a:65535", "absolute|http|a:65535|/|"},
        {"http://a:000080/", "absolute|http|a:000080|/|"},
        {"http://[::1]:80/x", "absolute|http|[::1]:80|/x|"},
        {"http://a//b", "absolute|http|a|//b|"},
        {"http://%61/", "absolute|http|%61|/|"},
        {"https://a/", "misdirected"},
        {"https://a/#", "bad_target"},
        {"https://", "bad_target"},
    };
    for (const auto& [target, expected] : table) {
        INFO(target);
        CHECK(parsed(method::get, target) == expected);
    }
    CHECK(parsed(method::get, "https://a/b?c", true) == "absolute|https|a|/b|?c");
    CHECK(parsed(method::get, "HtTpS://a:443", true) == "absolute|HtTpS|a:443|/|");
    CHECK(parsed(method::get, "http://a/", true) == "absolute|http|a|/|");
}

TEST_CASE("targets that no form allows are refused", "[http][target]") {
    for (const auto target : {
             ""sv,
             " "sv,
             " /"sv,
             "/ "sv,
             "/a b"sv,
             "/a#f"sv,
             "/#"sv,
             "/a?b#c"sv,
             "foo"sv,
             "?q"sv,
             "a:80"sv,
             "a/b"sv,
             "\\"sv,
             "/\\"sv,
             "%2Fa"sv,
             "http:"sv,
             "http:/a"sv,
             "http:a"sv,
             "http:///"sv,
             "http:///a"sv,
             "http://"sv,
             "http://?q"sv,
             "http://:80/"sv,
             "1http://a/"sv,
             "httpx://a/"sv,
             "htt://a/"sv,
             "://a/"sv,
             "ftp://a/"sv,
             "file:///a"sv,
             "ws://a/"sv,
             "http://u@a/"sv,
             "http://u:p@a/"sv,
             "http://@a/"sv,
             "http://a@b@c/"sv,
             "http://[::1/"sv,
             "http://::1]/"sv,
             "http://[]/"sv,
             "http://[::1]x/"sv,
             "http://[v1.a]/"sv,
             "http://[fe80::1%25eth0]/"sv,
             "http://a:99999/"sv,
             "http://a:65536/"sv,
             "http://a:8x/"sv,
             "http://a:-1/"sv,
             "http://a:80:80/"sv,
             "http://a b/"sv,
             "http://a/ b"sv,
             "http://a\\b/"sv,
             "http://a#b"sv,
             "http://%zz/"sv,
             "http://a%/"sv,
         }) {
        INFO(target);
        CHECK(parsed(method::get, target) == "bad_target");
        CHECK(parsed(method::options, target) == "bad_target");
    }
}

TEST_CASE("CONNECT takes a host and a port, and nothing else does", "[http][target]") {
    const std::pair<std::string_view, std::string_view> table[] = {
        {"a:443", "authority||a:443||"},
        {"a.example:1", "authority||a.example:1||"},
        {"[::1]:443", "authority||[::1]:443||"},
        {"127.0.0.1:65535", "authority||127.0.0.1:65535||"},
        {"a:00080", "authority||a:00080||"},
        {"%61:80", "authority||%61:80||"},
        {"a", "bad_target"},
        {"a:", "bad_target"},
        {":443", "bad_target"},
        {"a:0", "bad_target"},
        {"a:00000", "bad_target"},
        {"a:65536", "bad_target"},
        {"a:99999", "bad_target"},
        {"a:000080", "bad_target"},
        {"a:+80", "bad_target"},
        {"a:80 ", "bad_target"},
        {"a:80/p", "bad_target"},
        {"a:80?q", "bad_target"},
        {"a:80#f", "bad_target"},
        {"a:80:80", "bad_target"},
        {"u@a:80", "bad_target"},
        {"a b:80", "bad_target"},
        {"::1:80", "bad_target"},
        {"[::1]", "bad_target"},
        {"[::1]80", "bad_target"},
        {"[::1:80", "bad_target"},
        {"/p", "bad_target"},
        {"*", "bad_target"},
        {"http://a", "bad_target"},
        {"http://a:80/", "bad_target"},
        {"", "bad_target"},
    };
    for (const auto& [target, expected] : table) {
        INFO(target);
        CHECK(parsed(method::connect, target) == expected);
    }
}

TEST_CASE("every byte in every place of a path and of a query is checked", "[http][target]") {
    for (int byte = 0; byte != 256; ++byte) {
        const char c = static_cast<char>(byte);
        const bool in_path = c == '/' || pchars.find(c) != pchars.npos;
        const bool in_query = in_path || c == '?';
        INFO("byte " << byte);
        for (std::size_t place = 1; place != 20; ++place) {
            std::string path = "/" + std::string(19, 'x');
            path[place] = c;
            if (is_valid(path) != in_query)
                FAIL("place " << place); // a `?` begins the query
            if (is_valid("http://h" + path) != in_query)
                FAIL("place " << place);

            auto query = "/p?" + std::string(20, 'x');
            query[place + 2] = c;
            if (is_valid(query) != in_query)
                FAIL("place " << place);
            if (is_valid("http://h" + query.substr(2)) != in_query)
                FAIL("place " << place);
        }
    }
}

TEST_CASE(
    "raw brackets, braces, quotes and their kin are refused in a query too", "[http][target]"
) {
    for (const char c : "[]|^`{}\\\"<>"sv) {
        INFO(c);
        CHECK_FALSE(is_valid(std::string{"/a?b="} + c));
        CHECK_FALSE(is_valid(std::string{"/a"} + c));
    }
}

TEST_CASE("a percent sign has two hexadecimal digits behind it, in every place", "[http][target]") {
    const auto hex_digits = "0123456789abcdefABCDEF"sv;
    for (const std::string before : {"/", "/a?", "/aaaaaaaaaaaaaaaa", "/a?bbbbbbbbbbbbbbbbb"}) {
        for (int byte = 0; byte != 256; ++byte) {
            const char c = static_cast<char>(byte);
            const bool hex = hex_digits.find(c) != hex_digits.npos;
            INFO(before << " byte " << byte);
            CHECK(is_valid(before + '%' + c + '0') == hex);
            CHECK(is_valid(before + '%' + '0' + c) == hex);
            CHECK(is_valid(before + '%' + '0' + c + "tail") == hex);
        }
        CHECK_FALSE(is_valid(before + "%"));
        CHECK_FALSE(is_valid(before + "%4"));
        CHECK_FALSE(is_valid(before + "%%41"));
        CHECK_FALSE(is_valid(before + "%4?1"));
        CHECK(is_valid(before + "%41%42%43"));
    }
}

TEST_CASE("a long target is read in one pass", "[http][target]") {
    const std::string path = "/" + std::string(8'000, 'a');
    CHECK(is_valid(path));
    CHECK_FALSE(is_valid(path + "\x7F"));
    std::string escapes = "/";
    for (int i = 0; i != 100'000; ++i)
        escapes += "%41";
    CHECK(is_valid(escapes));
}

TEST_CASE("a Host is a name or an address, and maybe a port", "[http][host]") {
    for (const auto host : {
             ""sv,
             "a"sv,
             "localhost"sv,
             "LOCALHOST"sv,
             "a.example.com."sv,
             "xn--nxasmq6b.example"sv,
             "a_b"sv,
             "a,b"sv,
             "a!$&'()*+;=~"sv,
             "%61"sv,
             "a%C3%A9"sv,
             "127.0.0.1"sv,
             "999.1.2"sv,
             "a:80"sv,
             "a:"sv,
             "a:0"sv,
             "a:65535"sv,
             "a:0000000000000000000000080"sv,
             "[::1]"sv,
             "[::1]:80"sv,
             "[::1]:"sv,
             "[::]"sv,
             "[1::]"sv,
             "[1:2:3:4:5:6:7:8]"sv,
             "[1:2:3:4:5:6:7::]"sv,
             "[::2:3:4:5:6:7:8]"sv,
             "[2001:DB8::abcd]"sv,
             "[::ffff:192.0.2.1]"sv,
             "[1:2:3:4:5:6:192.0.2.1]"sv,
             "[::192.0.2.255]"sv,
         }) {
        INFO(host);
        CHECK(gust::is_valid_host(host));
    }
    for (const auto host : {
             " "sv,
             "a "sv,
             " a"sv,
             "a b"sv,
             "a/b"sv,
             "a/b@c d"sv,
             "u@a"sv,
             "a?b"sv,
             "a#b"sv,
             "a\\b"sv,
             "a\"b"sv,
             "a<b"sv,
             "a[b"sv,
             "a\xC3\xA9"sv,
             "http://a"sv,
             ":"sv,
             ":80"sv,
             "a:b"sv,
             "h:99x"sv,
             "a:65536"sv,
             "a:99999999999999999999999"sv,
             "a:+80"sv,
             "a: 80"sv,
             "a:80:80"sv,
             "a:80,b:80"sv,
             "::1"sv,
             "%"sv,
             "%6"sv,
             "%zz"sv,
             "a%"sv,
             "["sv,
             "[]"sv,
             "[::1"sv,
             "::1]"sv,
             "[[::1]]"sv,
             "[::1]80"sv,
             "[::1]a"sv,
             "[::1] "sv,
             "[::1]:80:80"sv,
             "[::1]:65536"sv,
             "[a]"sv,
             "[:]"sv,
             "[:::]"sv,
             "[1]"sv,
             "[1:]"sv,
             "[:1]"sv,
             "[:1::]"sv,
             "[1::2::3]"sv,
             "[1:::2]"sv,
             "[12345::]"sv,
             "[g::]"sv,
             "[1:2:3:4:5:6:7]"sv,
             "[1:2:3:4:5:6:7:8:9]"sv,
             "[1:2:3:4:5:6:7:8::]"sv,
             "[::1:2:3:4:5:6:7:8]"sv,
             "[1:2:3:4:5:6:7:192.0.2.1]"sv,
             "[::192.0.2]"sv,
             "[::192.0.2.1.5]"sv,
             "[::192.0.2.256]"sv,
             "[::192.0.02.1]"sv,
             "[::192.0..1]"sv,
             "[::192.0.2.1:1]"sv,
             "[::192.0.2.]"sv,
             "[::.0.2.1]"sv,
             "[192.0.2.1]"sv,
             "[fe80::1%eth0]"sv,
             "[fe80::1%25eth0]"sv,
             "[v1.a]"sv,
             "[::1 ]"sv,
         }) {
        INFO(host);
        CHECK_FALSE(gust::is_valid_host(host));
    }
}

TEST_CASE("every byte in every place of a Host is checked", "[http][host]") {
    const auto reg_name =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;="sv;
    const auto address = "0123456789abcdefABCDEF:"sv;
    for (int byte = 0; byte != 256; ++byte) {
        const char c = static_cast<char>(byte);
        INFO("byte " << byte);
        for (std::size_t place = 0; place != 12; ++place) {
            std::string name(12, 'x');
            name[place] = c;
            const bool port = c == ':' && place == 11; // an empty port behind a name
            CHECK(gust::is_valid_host(name) == (port || reg_name.find(c) != reg_name.npos));
        }
        const bool digit = c >= '0' && c <= '9';
        CHECK(gust::is_valid_host(std::string{"a:8"} + c) == digit);
        CHECK(
            gust::is_valid_host(std::string{"[1::"} + c + "]")
            == (address.find(c) != address.npos && c != ':')
        );
    }
}

TEST_CASE("a port is split off where a number follows the last colon", "[http][host]") {
    const struct {
        std::string_view authority;
        std::string_view host;
        std::optional<unsigned> port;
    } table[] = {
        {"", "", {}},
        {"a", "a", {}},
        {"a:80", "a", 80},
        {"a:0", "a", 0},
        {"a:65535", "a", 65535},
        {"a:65536", "a:65536", {}},
        {"a:", "a:", {}},
        {"a:b", "a:b", {}},
        {"a:+1", "a:+1", {}},
        {":80", ":80", {}},
        {"[::1]", "[::1]", {}},
        {"[::1]:80", "[::1]", 80},
        {"::1", "::1", {}},
        {"1:2:3", "1:2:3", {}},
    };
    for (const auto& [authority, host, port] : table) {
        INFO(authority);
        const auto split = gust::split_host_and_port(authority);
        CHECK(split.host == host);
        CHECK(split.port.has_value() == port.has_value());
        if (split.port && port)
            CHECK(*split.port == *port);
    }
}

TEST_CASE("percent-encoding is undone, strictly or leniently", "[http][target]") {
    const struct {
        std::string_view text;
        std::optional<std::string_view> strict;
        std::string_view lenient;
    } table[] = {
        {"", "", ""},
        {"abc", "abc", "abc"},
        {"%41%62%20", "Ab ", "Ab "},
        {"%e4%Bd%A0", "\xE4\xBD\xA0", "\xE4\xBD\xA0"},
        {"a%00b", "a\0b"sv, "a\0b"sv},
        {"%2541", "%41", "%41"},
        {"a+b", "a+b", "a+b"},
        {"%", {}, "%"},
        {"%4", {}, "%4"},
        {"%zz", {}, "%zz"},
        {"%4z%41", {}, "%4zA"},
        {"%%41", {}, "%A"},
        {"%4%41", {}, "%4A"},
        {"100%", {}, "100%"},
        {"%u1234", {}, "%u1234"},
    };
    for (const auto& [text, strict, lenient] : table) {
        INFO(text);
        CHECK(gust::percent_decode(text) == strict);
        CHECK(gust::percent_decode_lenient(text) == lenient);
    }
    CHECK(gust::percent_decode_lenient("a+b%2B", plus_sign::blank) == "a b+");
}

TEST_CASE("what is percent-encoded decodes to itself, for every byte", "[http][target]") {
    const auto unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"sv;
    std::string all;
    for (int byte = 0; byte != 256; ++byte) {
        const char c = static_cast<char>(byte);
        const std::string text{c};
        all += c;
        INFO("byte " << byte);
        const auto encoded = gust::percent_encode(text);
        CHECK((encoded == text) == (unreserved.find(c) != unreserved.npos));
        CHECK(encoded.size() == (encoded == text ? 1U : 3U));
        CHECK(gust::percent_decode(encoded) == text);
        CHECK(gust::percent_encode(text, text) == text);
    }
    CHECK(gust::percent_decode(gust::percent_encode(all)) == all);
    CHECK(gust::percent_encode("/a b/\xC3\xA9", "/") == "/a%20b/%C3%A9");
    CHECK(gust::percent_encode("\x0F\xF0") == "%0F%F0");
}

TEST_CASE("a query is decoded pair by pair", "[http][query]") {
    const std::pair<std::string_view, QueryPairs> table[] = {
        {"", {}},
        {"&", {}},
        {"a", {{"a", ""}}},
        {"a=", {{"a", ""}}},
        {"=b", {{"", "b"}}},
        {"=", {{"", ""}}},
        {"a=b", {{"a", "b"}}},
        {"a=b&c=d", {{"a", "b"}, {"c", "d"}}},
        {"a=1&a=2&a=1", {{"a", "1"}, {"a", "2"}, {"a", "1"}}},
        {"a=b=c", {{"a", "b=c"}}},
        {"a=1;b=2", {{"a", "1;b=2"}}},
        {"&a=b&&c=d&", {{"a", "b"}, {"c", "d"}}},
        {"a+b=c+d", {{"a b", "c d"}}},
        {"a%2Bb=%3D%26", {{"a+b", "=&"}}},
        {"%E4%BD%A0=%zz", {{"\xE4\xBD\xA0", "%zz"}}},
        {"a=%", {{"a", "%"}}},
        {"a?b=c/d", {{"a?b", "c/d"}}},
    };
    for (const auto& [query, pairs] : table) {
        INFO(query);
        CHECK(gust::parse_query(query) == pairs);
    }
}

TEST_CASE("the raw pairs of a query are views of it", "[http][query]") {
    const std::string query = "a%20=b+c&d";
    std::vector<std::pair<std::string_view, std::string_view>> pairs;
    gust::for_each_query_pair(query, [&pairs](std::string_view name, std::string_view value) {
        pairs.emplace_back(name, value);
    });
    REQUIRE(pairs.size() == 2);
    CHECK(pairs[0] == std::pair{"a%20"sv, "b+c"sv});
    CHECK(pairs[1] == std::pair{"d"sv, ""sv});
    CHECK(pairs[0].first.data() == query.data());
}

TEST_CASE("a query has a thousand fields at most", "[http][query]") {
    const auto error_of = [](std::string_view query, std::size_t max) -> std::error_code {
        try {
            gust::parse_query(query, max);
        } catch (const std::system_error& error) {
            return error.code();
        }
        return {};
    };
    std::string query = "a=b";
    for (int i = 1; i != 1000; ++i)
        query += "&a=b";
    CHECK(gust::parse_query(query).size() == 1000);
    CHECK(error_of(query + "&", gust::max_query_fields) == errc::bad_request);
    CHECK(error_of(query, 999) == errc::bad_request);
    CHECK(error_of("a&b", 2) == std::error_code{});
    CHECK(error_of("a&b&", 2) == errc::bad_request);
    CHECK(error_of("", 0) == std::error_code{});
    CHECK(error_of(std::string(10'000'000, '&'), gust::max_query_fields) == errc::bad_request);
}

TEST_CASE("arguments are appended to the query of a URL", "[http][query]") {
    using Arguments = std::vector<std::pair<std::string, std::string>>;
    const struct {
        std::string_view url;
        Arguments arguments;
        std::string_view expected;
    } table[] = {
        // No query; encoding; what a trailing ? or & becomes; a name without a value.
        {"https://localhost/path", {{"y", "y"}, {"z", "z"}}, "https://localhost/path?y=y&z=z"},
        {"https://localhost/path", {{"y", "/y"}, {"z", "z"}}, "https://localhost/path?y=%2Fy&z=z"},
        {"https://localhost/path?", {{"y", "y"}, {"z", "z"}}, "https://localhost/path?y=y&z=z"},
        {"https://localhost/path?x", {{"y", "y"}, {"z", "z"}}, "https://localhost/path?x=&y=y&z=z"},
        {"https://localhost/path?x&", {{"y", "y"}, {"z", "z"}}, "https://localhost/path?x=&y=y&z=z"
        },
        {"https://localhost/path?a=1&b=2",
         {{"y", "y"}, {"z", "z"}},
         "https://localhost/path?a=1&b=2&y=y&z=z"},
        // Nothing to append.
        {"https://localhost/path?r=1&t=2", {}, "https://localhost/path?r=1&t=2"},
        {"https://localhost/path", {}, "https://localhost/path"},
        // The fragment stays last.
        {"https://localhost/path#tab",
         {{"y", "y"}, {"z", "z"}},
         "https://localhost/path?y=y&z=z#tab"},
        {"https://localhost/path?a#t?x=1", {{"y", "y"}}, "https://localhost/path?a=&y=y#t?x=1"},
        // Names that are there more than once.
        {"https://localhost/path", {{"y", "y1"}, {"y", "y2"}}, "https://localhost/path?y=y1&y=y2"},
        {"https://localhost/path?r=1&r=2", {{"y", "y"}}, "https://localhost/path?r=1&r=2&y=y"},
        // What is in the query already is decoded and encoded again.
        {"/?a=b+c&%zz=1", {{"d e", "\xC3\xA9~"}}, "/?a=b+c&%25zz=1&d+e=%C3%A9~"},
        {"", {{"a", "b"}}, "?a=b"},
    };
    for (const auto& [url, arguments, expected] : table) {
        INFO(url);
        CHECK(gust::url_concat(url, arguments) == expected);
    }
    const std::map<std::string_view, std::string> map{{"y", "y"}, {"z", "z"}};
    CHECK(gust::url_concat("https://localhost/path", map) == "https://localhost/path?y=y&z=z");
    CHECK(gust::url_concat("/a", {{"b", "c"}, {"d", "e"}}) == "/a?b=c&d=e");
    CHECK(gust::url_concat("/a", {}) == "/a");
}
