// SPDX-License-Identifier: MIT
// response_headers: fields for every response.
#ifndef GUST_WEB_RESPONSE_HEADERS_HPP
#define GUST_WEB_RESPONSE_HEADERS_HPP

#include <gust/http/connection.hpp>
#include <gust/http/error_page.hpp>
#include <gust/http/field.hpp>
#include <gust/http/headers.hpp>
#include <gust/web/middleware.hpp>

#include <initializer_list>
#include <utility>

namespace gust {

/// A middleware that adds fields to whatever response is sent.
class ResponseHeaders : public Middleware {
public:
    ResponseHeaders(HTTPHeaders fields, field_rule rule)
        : fields_{std::move(fields)}, rule_{rule} {}

    struct Adding : Middleware {
        explicit Adding(const ResponseHeaders& all) noexcept : from{&all} {}
        void headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
            for (const auto& [name, value] : from->fields_) {
                conn.add_response_field(name, value, from->rule_);
            }
        }
        const ResponseHeaders* from;
    };
    Adding start_request(HTTPConnection&) const noexcept { return Adding{*this}; }

private:
    HTTPHeaders fields_;
    field_rule rule_;
};

/// Adds each of `fields` to a response that has no such field itself; with `field_rule::add`, also
/// to one that has. Errors, when a request is served: those of
/// `HTTPConnection::add_response_field`.
inline ResponseHeaders response_headers(
    std::initializer_list<Field> fields, field_rule rule = field_rule::unless_present
) {
    return {HTTPHeaders{fields}, rule};
}

} // namespace gust

#endif // GUST_WEB_RESPONSE_HEADERS_HPP
