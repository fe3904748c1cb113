// SPDX-License-Identifier: MIT
#ifndef GUST_ROUTING_IMPL_MISS_IPP
#define GUST_ROUTING_IMPL_MISS_IPP

#include <gust/http/respond.hpp>
#include <gust/http/target.hpp>
#include <gust/routing/detail/miss.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace gust::detail {

GUST_DECL Missed find_out_what_is_missing(
    const RouteTable& table, const RouteQuery& query, CapturedText* captures, CapturedText* scratch
) {
    Missed missed;
    if (query.path.starts_with('/')) {
        missed.allowed = RouteSearch{table, query, captures, scratch}.allowed();
    } else { // `*` and the targets of CONNECT are about the server, not about a path
        for (std::size_t i = 0; i != table.entry_count; ++i) {
            if (table.entries[i].methods != MethodSet::all())
                missed.allowed.add(table.entries[i].methods);
        }
    }
    if (missed.allowed.empty() && query.path.starts_with('/'))
        return missed;
    if (query.verb == method::options)
        missed.what = miss::options;
    else if (!missed.allowed.contains(query.verb))
        missed.what = miss::method_not_allowed;
    missed.allowed.add(method::options);
    return missed;
}

GUST_DECL std::string_view query_host(const HTTPConnection& conn) noexcept {
    const TargetParts& parts = conn.target();
    return parts.authority.empty() ? conn.headers()["Host"] : parts.authority;
}

GUST_DECL void
MissDelegate::headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
    switch (missed_.what) {
    case miss::not_found:
        conn.respond_error(status::not_found);
        break;
    case miss::method_not_allowed:
        conn.respond_error(status::method_not_allowed, {{"Allow", missed_.allowed.text()}});
        break;
    case miss::options:
        respond(conn, status::no_content, {{"Allow", missed_.allowed.text()}});
        break;
    }
}

} // namespace gust::detail

#endif // GUST_ROUTING_IMPL_MISS_IPP
