// SPDX-License-Identifier: MIT
#ifndef GUST_ROUTING_IMPL_REVERSE_IPP
#define GUST_ROUTING_IMPL_REVERSE_IPP

#include <gust/http/target.hpp>
#include <gust/routing/detail/reverse.hpp>

#include <span>
#include <string>
#include <string_view>

namespace gust::detail {

/// A text of a pattern as it stands in a URL: what a path may hold stays.
GUST_DECL std::string encode_literal(std::string_view text) {
    return percent_encode(text, "!$&'()*+,;=:@");
}

GUST_DECL void append_label(std::string& url, std::string_view text) {
    if (text.empty() || check_host_literal(text) != pattern_error::none)
        throw_error(errc::bad_target);
    url += text;
}

GUST_DECL std::string reverse_pattern(
    std::span<const PatternSegment> host,
    std::span<const PatternSegment> path,
    std::span<const std::string> texts
) {
    std::string url;
    for (const PatternSegment& label : host) {
        url += url.empty() ? "//" : ".";
        url += label.text;
        if (label.captures()) {
            append_label(url, texts.front());
            url += label.suffix;
            texts = texts.subspan(1);
        }
    }
    for (const PatternSegment& segment : path) {
        url += '/';
        url += encode_literal(segment.text);
        if (!segment.captures())
            continue;
        const bool is_rest = segment.what == PatternSegment::kind::rest;
        if (texts.front().empty() && !is_rest)
            throw_error(errc::bad_target);
        url += percent_encode(texts.front(), is_rest ? "/" : "");
        url += encode_literal(segment.suffix);
        texts = texts.subspan(1);
    }
    return url;
}

} // namespace gust::detail

#endif // GUST_ROUTING_IMPL_REVERSE_IPP
