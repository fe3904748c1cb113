// SPDX-License-Identifier: MIT
// A target that is accepted is made of its parts, which hold what a plain reading of the grammar
// allows; one that is refused breaks it. The first byte picks the method and whether the connection
// is secure.
#include <gust/http/method.hpp>
#include <gust/http/target.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"

namespace {

using gust::method;
using gust::target_form;

bool is_hex(char c) {
    return std::string_view{"0123456789abcdefABCDEF"}.find(c) != std::string_view::npos;
}

/// Byte by byte: pchars, `/`, whole escapes, and the other bytes that are named.
bool is_made_of_pchars(std::string_view text, std::string_view others) {
    constexpr std::string_view signs = "-._~!$&'()*+,;=:@/";
    for (std::size_t i = 0; i != text.size(); ++i) {
        const char c = text[i];
        const bool letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || signs.find(c) != signs.npos || others.find(c) != others.npos)
            continue;
        if (c != '%' || i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))
            return false;
        i += 2;
    }
    return true;
}

bool is_origin_form(std::string_view target) {
    const auto path = target.substr(0, target.find('?'));
    return target.starts_with('/') && is_made_of_pchars(path, "")
           && is_made_of_pchars(target.substr(path.size()), "?");
}

void check_parts(
    const gust::TargetParts& parts, std::string_view target, method verb, bool secure
) {
    const auto tail = std::string{parts.has_query ? "?" : ""} + std::string{parts.query};
    FUZZ_REQUIRE(parts.has_query || parts.query.empty());
    FUZZ_REQUIRE(gust::percent_decode(parts.path) && gust::percent_decode(parts.query));
    FUZZ_REQUIRE((verb == method::connect) == (parts.form == target_form::authority));
    switch (parts.form) {
    case target_form::origin:
        FUZZ_REQUIRE(is_origin_form(target));
        FUZZ_REQUIRE(parts.authority.empty() && parts.scheme.empty());
        FUZZ_REQUIRE(std::string{parts.path} + tail == target);
        break;
    case target_form::absolute: {
        const auto front = std::string{parts.scheme} + "://" + std::string{parts.authority};
        FUZZ_REQUIRE(is_origin_form(std::string{parts.path} + tail));
        FUZZ_REQUIRE(
            front + std::string{parts.path} + tail == target
            || (parts.path == "/" && front + tail == target)
        );
        FUZZ_REQUIRE(!parts.authority.empty() && gust::is_valid_host(parts.authority));
        FUZZ_REQUIRE(parts.scheme.size() == 4 || (parts.scheme.size() == 5 && secure));
        break;
    }
    case target_form::authority: {
        const auto [host, port] = gust::split_host_and_port(target);
        FUZZ_REQUIRE(parts.authority == target && parts.path.empty() && tail.empty());
        FUZZ_REQUIRE(port && *port != 0 && !host.empty() && gust::is_valid_host(target));
        break;
    }
    case target_form::asterisk:
        FUZZ_REQUIRE(target == "*" && verb == method::options && parts.path == "*");
        break;
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is the fuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0)
        return 0;
    const auto verb = static_cast<method>(data[0] % gust::method_count);
    const bool secure = (data[0] & 0x80U) != 0;
    const std::string input{reinterpret_cast<const char*>(data) + 1, size - 1};
    const std::string_view target = input;

    gust::TargetParts parts;
    const auto error = gust::parse_target(verb, target, parts, secure);
    if (!error)
        check_parts(parts, target, verb, secure);

    const bool origin = is_origin_form(target);
    if (target.starts_with('/') && verb != method::connect)
        FUZZ_REQUIRE(!error == origin);
    // The same path and query belong to an absolute-form target.
    gust::TargetParts absolute;
    const auto url = "http://[::1]:80" + input;
    if (target.starts_with('/')) {
        FUZZ_REQUIRE(!gust::parse_target(method::get, url, absolute) == origin);
        if (origin && verb != method::connect) {
            FUZZ_REQUIRE(absolute.path == parts.path && absolute.query == parts.query);
        }
    }

    // A Host is what an http URI may have as its authority, or empty.
    const bool as_authority = !gust::parse_target(method::get, "http://" + input + "/", absolute)
                              && absolute.authority == target;
    FUZZ_REQUIRE(gust::is_valid_host(target) == (as_authority || target.empty()));
    return 0;
}
