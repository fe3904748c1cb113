// SPDX-License-Identifier: MIT
// Response: a whole response as a value, for callables.
#ifndef GUST_HTTP_RESPONSE_HPP
#define GUST_HTTP_RESPONSE_HPP

#include <gust/http/connection.hpp>
#include <gust/http/field.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/respond.hpp>
#include <gust/http/status.hpp>

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace gust {

/// A status, fields and a body that is held in memory. Content-Length is added when it is sent.
class Response {
public:
    /// An empty 200.
    Response() noexcept = default;
    explicit Response(gust::status code) noexcept : status_{code} {}
    Response(gust::status code, std::string body) : status_{code}, body_{std::move(body)} {}
    Response(gust::status code, std::initializer_list<Field> fields, std::string body = {})
        : status_{code}, headers_{fields}, body_{std::move(body)} {}

    /// @{
    static Response text(std::string body, gust::status code = gust::status::ok) {
        return typed("text/plain; charset=utf-8", std::move(body), code);
    }
    static Response html(std::string body, gust::status code = gust::status::ok) {
        return typed("text/html; charset=utf-8", std::move(body), code);
    }
    static Response json(std::string body, gust::status code = gust::status::ok) {
        return typed("application/json", std::move(body), code);
    }
    /// @}
    /// `location` is checked as a field value, and is not encoded.
    static Response redirect(FieldValue location, gust::status code = gust::status::found) {
        return Response{code, {{"Location", location}}};
    }

    gust::status status() const noexcept { return status_; }
    const HTTPHeaders& headers() const noexcept { return headers_; }
    const std::string& body() const noexcept { return body_; }
    std::string& body() noexcept { return body_; }

    Response& set_status(gust::status code) noexcept {
        status_ = code;
        return *this;
    }
    /// Replaces a field.
    Response& set(FieldName name, FieldValue value) {
        take_type();
        headers_.set(name, value);
        return *this;
    }
    /// Appends a field line, such as a second Set-Cookie.
    Response& add(FieldName name, FieldValue value) {
        take_type();
        headers_.add(name, value);
        return *this;
    }

    /// Sends it. The body is moved from.
    template <http_connection Conn>
    void send(Conn& conn) && {
        send(conn, std::move(body_));
    }
    /// Sends a copy of it.
    template <http_connection Conn>
    void send(Conn& conn) const& {
        send(conn, std::string_view{body_});
    }

private:
    template <http_connection Conn>
    void send(Conn& conn, Chunk body) const {
        if (type_.empty()) {
            conn.respond({status_}, headers_, std::move(body));
        } else {
            const std::array<Field, 1> fields{
                Field{"Content-Type", FieldValue{detail::checked, type_}}
            };
            conn.respond({status_}, std::span<const Field>{fields}, std::move(body));
        }
    }
    /// `type` is a literal: the common response has one field, and allocates nothing for it.
    static Response typed(std::string_view type, std::string body, gust::status code) noexcept {
        Response made{code};
        made.type_ = type;
        made.body_ = std::move(body);
        return made;
    }
    void take_type() {
        if (!type_.empty()) {
            headers_.add("Content-Type", FieldValue{detail::checked, type_});
            type_ = {};
        }
    }

    gust::status status_ = gust::status::ok;
    std::string_view type_;
    HTTPHeaders headers_;
    std::string body_;
};

} // namespace gust

#endif // GUST_HTTP_RESPONSE_HPP
