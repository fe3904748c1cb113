// SPDX-License-Identifier: MIT
// The location of a redirect, with captures in it.
#ifndef GUST_ROUTING_DETAIL_REDIRECT_HPP
#define GUST_ROUTING_DETAIL_REDIRECT_HPP

#include <gust/config.hpp>
#include <gust/http/connection.hpp>
#include <gust/http/delegate.hpp>
#include <gust/http/status.hpp>
#include <gust/http/syntax.hpp>
#include <gust/http/target.hpp>
#include <gust/routing/fixed_string.hpp>
#include <gust/routing/pattern.hpp>

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gust::detail {

// Never defined: a bad location calls one of these in a constant expression, and the compiler names
// it.
void redirect_location_has_an_unbalanced_brace();
void redirect_location_names_a_capture_that_the_pattern_does_not_have();
void redirect_location_has_a_byte_that_no_field_value_has();

/// A piece of a location: text, then a capture unless there is none.
struct RedirectPart {
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::string_view text;
    std::size_t capture = none;
    bool keeps_slashes = false;
};

consteval std::size_t count_redirect_parts(std::string_view location) {
    std::size_t count = 1;
    for (const char c : location)
        count += c == '{' ? 1U : 0U;
    return count;
}

template <FixedString Location, std::size_t N>
consteval auto redirect_parts(const std::array<PatternSegment, N>& segments) {
    std::array<RedirectPart, count_redirect_parts(Location.view())> parts;
    std::string_view left = Location.view();
    if (!is_field_value(left) || trim_ows(left) != left || left.empty())
        redirect_location_has_a_byte_that_no_field_value_has();
    for (auto& part : parts) {
        part.text = left.substr(0, left.find('{'));
        left.remove_prefix(part.text.size());
        if (part.text.find('}') != part.text.npos)
            redirect_location_has_an_unbalanced_brace();
        if (left.empty())
            break;
        const auto close = left.find('}');
        if (close == left.npos)
            redirect_location_has_an_unbalanced_brace();
        const auto name = left.substr(1, close - 1);
        left.remove_prefix(close + 1);
        std::size_t number = 0;
        for (const PatternSegment& segment : segments) {
            if (segment.captures() && segment.name == name) {
                part.capture = number;
                part.keeps_slashes = segment.what == PatternSegment::kind::rest;
            }
            number += segment.captures() ? 1U : 0U;
        }
        if (part.capture == RedirectPart::none)
            redirect_location_names_a_capture_that_the_pattern_does_not_have();
    }
    return parts;
}

/// A slash that would make `//host` of a path is encoded.
GUST_DECL std::string redirect_location(
    std::span<const RedirectPart> parts,
    std::span<const std::string_view> texts,
    const TargetParts& target
);

/// Answers without a look at the body.
struct RedirectDelegate : HTTPMessageDelegate {
    RedirectDelegate(status c, std::string to) noexcept : code{c}, location{std::move(to)} {}
    GUST_DECL void
    headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&);
    void finish(HTTPConnection&) {}

    status code;
    std::string location;
};

} // namespace gust::detail

#if defined(GUST_HEADER_ONLY)
#include <gust/routing/impl/redirect.ipp>
#endif

#endif // GUST_ROUTING_DETAIL_REDIRECT_HPP
