// SPDX-License-Identifier: MIT
#include <gust/http/method.hpp>

#include <cstddef>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace {

using gust::method;
using gust::parse_method;

static_assert(gust::method_count == 33);
static_assert(to_string(method::get) == "GET");
static_assert(parse_method("M-SEARCH") == method::m_search);

} // namespace

TEST_CASE("every method has a name that reads back", "[http][method]") {
    for (std::size_t i = 0; i != gust::method_count; ++i) {
        const auto each = static_cast<method>(i);
        INFO(to_string(each));
        CHECK_FALSE(to_string(each).empty());
        CHECK(parse_method(to_string(each)) == each);
    }
}

TEST_CASE("the methods of RFC 9110 and PATCH have their names", "[http][method]") {
    CHECK(to_string(method::get) == "GET");
    CHECK(to_string(method::head) == "HEAD");
    CHECK(to_string(method::post) == "POST");
    CHECK(to_string(method::put) == "PUT");
    CHECK(to_string(method::delete_) == "DELETE");
    CHECK(to_string(method::connect) == "CONNECT");
    CHECK(to_string(method::options) == "OPTIONS");
    CHECK(to_string(method::trace) == "TRACE");
    CHECK(to_string(method::patch) == "PATCH");
    CHECK(to_string(method::unlink) == "UNLINK");
}

TEST_CASE("an unknown method is unknown, and case matters", "[http][method]") {
    for (const std::string_view name :
         {"",
          "get",
          "Get",
          "GETX",
          "GE",
          "FOO",
          " GET",
          "GET ",
          "SOURCE",
          "PRI",
          "DESCRIBE",
          "QUERY"}) {
        INFO(name);
        CHECK_FALSE(parse_method(name));
    }
    CHECK_FALSE(parse_method(std::string(100'000, 'A')));
}
