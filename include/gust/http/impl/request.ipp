// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_REQUEST_IPP
#define GUST_HTTP_IMPL_REQUEST_IPP

#include <gust/http/request.hpp>
#include <gust/http/syntax.hpp>

#include <algorithm>
#include <utility>

namespace gust {
namespace detail {

/// All Cookie lines as one (RFC 6265 allows one; RFC 9113 splits them).
GUST_DECL std::string cookie_text(const HTTPHeaders& headers) {
    std::string text;
    headers.for_each("Cookie", [&text](std::string_view line) {
        if (!text.empty()) {
            text += "; ";
        }
        text += line;
    });
    return text;
}

} // namespace detail

GUST_DECL std::optional<std::string>
HTTPServerRequest::first_argument(std::string_view pairs, std::string_view name) {
    std::optional<std::string> found;
    for_each_query_pair(pairs, [&](std::string_view raw_name, std::string_view raw_value) {
        if (!found && percent_decode_lenient(raw_name, plus_sign::blank) == name) {
            found = percent_decode_lenient(raw_value, plus_sign::blank);
        }
    });
    return found;
}

GUST_DECL QueryPairs HTTPServerRequest::body_arguments() const {
    const std::string_view type = without_parameters(headers()["Content-Type"]);
    return iequals(type, "application/x-www-form-urlencoded") ? parse_query(body_) : QueryPairs{};
}

GUST_DECL QueryPairs HTTPServerRequest::arguments() const {
    QueryPairs all = query_arguments();
    for (auto& pair : body_arguments()) {
        all.push_back(std::move(pair));
    }
    return all;
}

GUST_DECL std::optional<std::string> HTTPServerRequest::body_argument(std::string_view name) const {
    const std::string_view type = without_parameters(headers()["Content-Type"]);
    return iequals(type, "application/x-www-form-urlencoded") ? first_argument(body_, name)
                                                              : std::nullopt;
}

GUST_DECL std::optional<std::string> HTTPServerRequest::cookie(std::string_view name) const {
    return find_cookie(detail::cookie_text(headers()), name);
}

GUST_DECL std::vector<std::pair<std::string, std::string>> HTTPServerRequest::cookies() const {
    return parse_cookies(detail::cookie_text(headers()));
}

GUST_DECL std::string_view HTTPServerRequest::host() const noexcept {
    const TargetParts& parts = connection_->target();
    return parts.authority.empty() ? headers()["Host"] : parts.authority;
}

GUST_DECL std::string HTTPServerRequest::host_name() const {
    std::string name{split_host_and_port(host()).host};
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
    });
    return name;
}

GUST_DECL std::string HTTPServerRequest::remote_ip() const {
    const std::string address = remote_address();
    std::string_view ip = split_host_and_port(address).host;
    if (ip.starts_with('[') && ip.ends_with(']')) {
        ip = ip.substr(1, ip.size() - 2);
    }
    return std::string{ip};
}

GUST_DECL std::string HTTPServerRequest::full_url() const {
    if (connection_->target().form == target_form::absolute) {
        return std::string{target()};
    }
    std::string url{protocol()};
    url.append("://").append(host()).append(target());
    return url;
}

GUST_DECL std::string HTTPServerRequest::summary() const {
    std::string text{to_string(method())};
    text.append(" ").append(target()).append(" ").append(to_string(version()));
    text.append(" (").append(protocol()).append(", ").append(host());
    if (const std::string ip = remote_ip(); !ip.empty()) {
        text.append(", ").append(ip);
    }
    return text += ")";
}

} // namespace gust

#endif // GUST_HTTP_IMPL_REQUEST_IPP
