// SPDX-License-Identifier: MIT
#include <gust/http/status.hpp>

#include <string_view>

#include "support/catch.hpp"

namespace {

using gust::reason_of;
using gust::status;

constexpr status code(unsigned number) {
    return static_cast<status>(number);
}

static_assert(reason_of(status::ok) == "OK");
static_assert(gust::allows_body(status::ok));

} // namespace

TEST_CASE("a status has the reason phrase of the registry", "[http][status]") {
    const struct {
        unsigned number;
        std::string_view reason;
    } table[] = {
        {100, "Continue"},
        {101, "Switching Protocols"},
        {103, "Early Hints"},
        {200, "OK"},
        {203, "Non-Authoritative Information"},
        {204, "No Content"},
        {206, "Partial Content"},
        {226, "IM Used"},
        {304, "Not Modified"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {416, "Range Not Satisfiable"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {500, "Internal Server Error"},
        {505, "HTTP Version Not Supported"},
        {511, "Network Authentication Required"},
    };
    for (const auto& [number, reason] : table) {
        INFO(number);
        CHECK(reason_of(code(number)) == reason);
    }
}

TEST_CASE("a status without a name has no reason phrase", "[http][status]") {
    for (const unsigned number :
         {0U, 99U, 104U, 209U, 299U, 306U, 309U, 418U, 430U, 499U, 509U, 599U, 999U}) {
        INFO(number);
        CHECK(reason_of(code(number)).empty());
    }
    unsigned named = 0;
    for (unsigned number = 0; number != 1000; ++number)
        named += reason_of(code(number)).empty() ? 0U : 1U;
    CHECK(named == 61);
}

TEST_CASE("exactly 1xx, 204, 205 and 304 have no body", "[http][status]") {
    for (unsigned number = 100; number != 1000; ++number) {
        INFO(number);
        const bool bodiless = number < 200 || number == 204 || number == 205 || number == 304;
        CHECK(gust::allows_body(code(number)) == !bodiless);
        CHECK(gust::is_informational(code(number)) == (number < 200));
    }
}
