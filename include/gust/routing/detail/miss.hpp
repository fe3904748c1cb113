// SPDX-License-Identifier: MIT
// A router's own answers to what none of its rules took.
#ifndef GUST_ROUTING_DETAIL_MISS_HPP
#define GUST_ROUTING_DETAIL_MISS_HPP

#include <gust/config.hpp>
#include <gust/http/connection.hpp>
#include <gust/http/delegate.hpp>
#include <gust/routing/method_set.hpp>
#include <gust/routing/route_table.hpp>
#include <gust/routing/rule.hpp>

namespace gust::detail {

/// What is missing, and what is there.
struct Missed {
    miss what = miss::not_found;
    MethodSet allowed;
};

GUST_DECL Missed find_out_what_is_missing(
    const RouteTable& table, const RouteQuery& query, CapturedText* captures, CapturedText* scratch
);

/// The host that a query needs: of the target in absolute-form, else of Host.
GUST_DECL std::string_view query_host(const HTTPConnection& conn) noexcept;

/// 404, 405 or 204, at once: nobody needs the body, and a client that waits for 100 need not send
/// it.
class MissDelegate : public HTTPMessageDelegate {
public:
    explicit MissDelegate(const Missed& missed) noexcept : missed_{missed} {}
    GUST_DECL void
    headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&);
    void finish(HTTPConnection&) {}

private:
    Missed missed_;
};

} // namespace gust::detail

#if defined(GUST_HEADER_ONLY)
#include <gust/routing/impl/miss.ipp>
#endif

#endif // GUST_ROUTING_DETAIL_MISS_HPP
