// SPDX-License-Identifier: MIT
#ifndef GUST_WEB_IMPL_ERROR_PAGES_IPP
#define GUST_WEB_IMPL_ERROR_PAGES_IPP

#include <gust/web/error_pages.hpp>

#include <fmt/core.h>

namespace gust {

GUST_DECL std::string escape_html(std::string_view text) {
    std::string escaped;
    escaped.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&':
            escaped += "&amp;";
            break;
        case '<':
            escaped += "&lt;";
            break;
        case '>':
            escaped += "&gt;";
            break;
        case '"':
            escaped += "&quot;";
            break;
        case '\'':
            escaped += "&#39;";
            break;
        default:
            escaped += c;
        }
    }
    return escaped;
}

GUST_DECL std::string default_error_page(status code, std::string_view detail, debug_mode debug) {
    const std::string_view reason = reason_of(code);
    const std::string title = fmt::format(
        "{}: {}", static_cast<unsigned>(code), reason.empty() ? std::string_view{"Unknown"} : reason
    );
    std::string more;
    if (debug == debug_mode::on && !detail.empty()) {
        more = "<pre>" + escape_html(detail) + "</pre>";
    }
    return fmt::format(
        "<!DOCTYPE html>\n<html><head><title>{0}</title></head><body><h1>{0}</h1>{1}</body></html>"
        "\n",
        title,
        more
    );
}

} // namespace gust

#endif // GUST_WEB_IMPL_ERROR_PAGES_IPP
