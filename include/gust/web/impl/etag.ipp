// SPDX-License-Identifier: MIT
#ifndef GUST_WEB_IMPL_ETAG_IPP
#define GUST_WEB_IMPL_ETAG_IPP

#include <gust/http/syntax.hpp>
#include <gust/web/detail/sha1.hpp>
#include <gust/web/etag.hpp>

namespace gust {
namespace detail {

/// Takes the next entity tag off a list, without `W/`; "" where the grammar ends.
inline std::string_view take_etag(std::string_view& list) noexcept {
    while (!list.empty() && (list.front() == ',' || list.front() == ' ' || list.front() == '\t')) {
        list.remove_prefix(1);
    }
    if (list.starts_with("W/")) {
        list.remove_prefix(2);
    }
    const auto end = list.starts_with('"') ? list.find('"', 1) : list.npos; // no escapes in a tag
    if (end == list.npos) {
        return {};
    }
    const std::string_view tag = list.substr(0, end + 1);
    list.remove_prefix(tag.size());
    return tag;
}

} // namespace detail

GUST_DECL std::string make_etag(std::string_view content) {
    std::string tag{'"'};
    for (const unsigned byte : detail::sha1(content)) {
        tag += "0123456789abcdef"[byte >> 4U];
        tag += "0123456789abcdef"[byte & 15U];
    }
    tag += '"';
    return tag;
}

GUST_DECL bool matches_etag(const HTTPHeaders& request, std::string_view etag) {
    std::string_view own = etag;
    own = detail::take_etag(own);
    bool matches = false;
    request.for_each("If-None-Match", [&](std::string_view list) {
        matches |= trim_ows(list) == "*";
        for (auto tag = detail::take_etag(list); !tag.empty(); tag = detail::take_etag(list)) {
            matches |= tag == own;
        }
    });
    return matches;
}

} // namespace gust

#endif // GUST_WEB_IMPL_ETAG_IPP
