// SPDX-License-Identifier: MIT
#ifndef GUST_ROUTING_IMPL_REDIRECT_IPP
#define GUST_ROUTING_IMPL_REDIRECT_IPP

#include <gust/http/respond.hpp>
#include <gust/http/target.hpp>
#include <gust/routing/detail/redirect.hpp>

#include <span>
#include <string>
#include <string_view>

namespace gust::detail {

GUST_DECL std::string redirect_location(
    std::span<const RedirectPart> parts,
    std::span<const std::string_view> texts,
    const TargetParts& target
) {
    std::string location;
    for (const RedirectPart& part : parts) {
        location += part.text;
        if (part.capture == RedirectPart::none)
            continue;
        location += percent_encode(texts[part.capture], part.keeps_slashes ? "/" : "");
    }
    if (location.starts_with("//") && !parts[0].text.starts_with("//"))
        location.replace(1, 1, "%2F");
    if (target.has_query && location.find('?') == location.npos) {
        location += '?';
        location += target.query;
    }
    return location;
}

GUST_DECL void RedirectDelegate::
    headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
    redirect(conn, location, code);
}

} // namespace gust::detail

#endif // GUST_ROUTING_IMPL_REDIRECT_IPP
