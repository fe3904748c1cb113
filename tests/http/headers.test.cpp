// SPDX-License-Identifier: MIT
#include <gust/core/error.hpp>
#include <gust/http/headers.hpp>

#include <chrono>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using gust::HTTPHeaders;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

std::string text_of(const HTTPHeaders& headers) {
    std::string text;
    for (const auto [name, value] : headers) {
        text.append(name).append(": ").append(value).append("\n");
    }
    return text;
}

} // namespace

TEST_CASE("headers keep their order, spelling and repeats", "[http][headers]") {
    HTTPHeaders headers{{"Host", "a"}, {"x-b", "1"}, {"Accept", ""}};
    headers.add("X-B", "2");
    CHECK(text_of(headers) == "Host: a\nx-b: 1\nAccept: \nX-B: 2\n");
    CHECK(headers.size() == 4);
    CHECK_FALSE(headers.empty());
    CHECK(headers.at(3).name == "X-B");
    CHECK(std::distance(headers.begin(), headers.end()) == 4);
}

TEST_CASE("a name is looked up in any case", "[http][headers]") {
    const HTTPHeaders headers{{"Content-Type", "a"}, {"X_y-Z1a", "b"}, {"content-TYPE", "c"}};
    CHECK(headers.get("CONTENT-type") == "a"sv);
    CHECK(headers["content-type"] == "a");
    CHECK(headers.count("Content-Type") == 2);
    CHECK(headers.contains("x_Y-z1A"));
    CHECK(headers.combined("content-type") == "a, c");
    CHECK_FALSE(headers.contains("Content"));
    CHECK_FALSE(headers.contains(""));
    CHECK_FALSE(headers.contains("Content_Type"));
    CHECK_FALSE(headers.contains("Content\rType"));
    CHECK(headers.get("absent") == std::nullopt);
    CHECK(headers["absent"].empty());
    CHECK(headers.count("absent") == 0);
    CHECK(headers.combined("absent").empty());
    std::vector<std::string> values;
    headers.for_each("content-type", [&](std::string_view value) { values.emplace_back(value); });
    CHECK(values == std::vector{"a"s, "c"s});
}

TEST_CASE("set replaces every line at the place of the first", "[http][headers]") {
    HTTPHeaders headers{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "4"}, {"A", "5"}};
    headers.set("a", "6");
    CHECK(text_of(headers) == "a: 6\nB: 2\nC: 4\n");
    headers.set("D", "7");
    CHECK(text_of(headers) == "a: 6\nB: 2\nC: 4\nD: 7\n");
    CHECK(headers.remove("A") == 1);
    CHECK(headers.remove("A") == 0);
    headers.add("b", "8");
    CHECK(headers.remove("B") == 2);
    CHECK(text_of(headers) == "C: 4\nD: 7\n");
    headers.clear();
    CHECK(headers.empty());
    CHECK(headers.begin() == headers.end());
}

TEST_CASE("a value may come from the headers it is added to", "[http][headers]") {
    HTTPHeaders headers;
    headers.add("Name", std::string(40, 'v'));
    for (int i = 0; i != 100; ++i) { // some of these outgrow the text they look into
        headers.add(headers.at(headers.size() - 1).name, headers.at(headers.size() - 1).value);
    }
    for (const auto [name, value] : headers) {
        CHECK(name == "Name");
        CHECK(value == std::string(40, 'v'));
    }
    headers.set("Name", headers.at(50).value);
    CHECK(text_of(headers) == "Name: " + std::string(40, 'v') + "\n");
}

TEST_CASE("a copy owns its text, and a change of one is not seen in the other", "[http][headers]") {
    std::string lent = "Hosta";
    HTTPHeaders looking;
    gust::detail::HeadersAccess::entries(looking).push_back({0, 4, 4, 1});
    gust::detail::HeadersAccess::lend(looking, lent.data());
    HTTPHeaders copy{looking};
    HTTPHeaders assigned{{"X", "y"}};
    assigned = looking;
    looking.add("X", "b"); // from now on it owns its text as well
    lent.assign("?????");
    CHECK(text_of(copy) == "Host: a\n");
    CHECK(text_of(assigned) == "Host: a\n");
    CHECK(text_of(looking) == "Host: a\nX: b\n");
    copy.set("Host", "c");
    CHECK(text_of(assigned) == "Host: a\n");
    const HTTPHeaders& self = copy;
    copy = self;
    CHECK(text_of(copy) == "Host: c\n");
    HTTPHeaders moved{std::move(copy)};
    CHECK(text_of(moved) == "Host: c\n");
    copy = std::move(moved);
    CHECK(text_of(copy) == "Host: c\n");
}

TEST_CASE(
    "equality compares names without case, values with it, and the order", "[http][headers]"
) {
    const HTTPHeaders a{{"A", "1"}, {"B", "2"}};
    CHECK(a == HTTPHeaders{{"a", "1"}, {"b", "2"}});
    CHECK_FALSE(a == HTTPHeaders{{"B", "2"}, {"A", "1"}});
    CHECK_FALSE(a == HTTPHeaders{{"A", "1"}});
    CHECK_FALSE(HTTPHeaders{{"A", "x"}} == HTTPHeaders{{"A", "X"}});
    CHECK(HTTPHeaders{} == HTTPHeaders{});
}

TEST_CASE("no byte that breaks a line can be added", "[http][headers]") {
    for (int i = 0; i != 256; ++i) {
        const std::string value = "a"s + static_cast<char>(i) + "b";
        HTTPHeaders headers;
        INFO("byte " << i);
        if (i == '\t' || (i >= 0x20 && i != 0x7F)) {
            headers.add("X", value);
            CHECK(headers["X"] == value);
        } else {
            CHECK_THROWS_AS(headers.add("X", value), std::system_error);
            CHECK_THROWS_AS(headers.set("X", value), std::system_error);
            CHECK(headers.empty());
        }
    }
    for (const std::string_view name :
         {""sv, " "sv, "a b"sv, "a:"sv, ":a"sv, "a\r"sv, "a\n"sv, "\x80"sv, "a\0b"sv}) {
        HTTPHeaders headers;
        CHECK_THROWS_AS(headers.add(name, "v"), std::system_error);
        CHECK(headers.empty());
    }
    // What other languages take for line ends or blanks is text here.
    for (const std::string& value :
         {"a\xc2\x85"s,
          "a\xe2\x80\xa8"s,
          "\xc2\xa0"
          "a"s,
          "a\xe3\x80\x80"s}) {
        HTTPHeaders headers{{"X", value}};
        CHECK(headers["X"] == value);
    }
}

TEST_CASE("blanks around a value are not part of it", "[http][headers]") {
    const HTTPHeaders headers{{"A", " \t a \t b\t "sv}, {"B", "  \t"sv}};
    CHECK(headers["A"] == "a \t b");
    CHECK(headers["B"].empty());
    CHECK(headers.get("B").has_value());
}

TEST_CASE("100,000 repeats are added, combined and copied in linear time", "[http][headers]") {
    const auto time_of = [](int n) {
        const auto begin = std::chrono::steady_clock::now();
        HTTPHeaders headers;
        for (int i = 0; i != n; ++i) {
            headers.add("X-Repeated", "value");
        }
        const HTTPHeaders copy{headers};
        CHECK(copy.count("x-repeated") == static_cast<std::size_t>(n));
        CHECK(copy.combined("x-repeated").size() == static_cast<std::size_t>(n) * 7 - 2);
        headers.set("x-repeated", "one");
        CHECK(headers.size() == 1);
        return std::chrono::steady_clock::now() - begin;
    };
    time_of(10'000); // warms up
    const auto small = time_of(10'000);
    const auto large = time_of(100'000);
    // Quadratic would be a hundred times as long; a loaded machine is given a lot of room.
    CHECK(large < small * 50 + std::chrono::milliseconds{200});
}
