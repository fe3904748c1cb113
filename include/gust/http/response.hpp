// SPDX-License-Identifier: MIT
// Response: a whole response as a value, for callables.
#ifndef GUST_HTTP_RESPONSE_HPP
#define GUST_HTTP_RESPONSE_HPP

#include <gust/http/connection.hpp>
#include <gust/http/field.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/respond.hpp>
#include <gust/http/status.hpp>

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gust {

namespace detail {

inline constexpr Field text_fields[]{{"Content-Type", "text/plain; charset=utf-8"}};
inline constexpr Field html_fields[]{{"Content-Type", "text/html; charset=utf-8"}};
inline constexpr Field json_fields[]{{"Content-Type", "application/json"}};

} // namespace detail

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
        return unowned(code, detail::text_fields, std::move(body));
    }
    static Response html(std::string body, gust::status code = gust::status::ok) {
        return unowned(code, detail::html_fields, std::move(body));
    }
    static Response json(std::string body, gust::status code = gust::status::ok) {
        return unowned(code, detail::json_fields, std::move(body));
    }
    /// @}
    /// A response whose fields are not copied: the caller promises that they outlive it, as a
    /// constant array does. It allocates nothing for them.
    static Response
    unowned(gust::status code, std::span<const Field> fields, std::string body = {}) noexcept {
        Response made{code};
        made.unowned_ = fields;
        made.body_ = std::move(body);
        return made;
    }
    /// `location` is checked as a field value, and is not encoded.
    static Response redirect(FieldValue location, gust::status code = gust::status::found) {
        return Response{code, {{"Location", location}}};
    }

    gust::status status() const noexcept { return status_; }
    /// The fields, in a copy of their own from now on.
    const HTTPHeaders& headers() {
        own();
        return headers_;
    }
    const std::string& body() const noexcept { return body_; }
    std::string& body() noexcept { return body_; }

    Response& set_status(gust::status code) noexcept {
        status_ = code;
        return *this;
    }
    /// Replaces a field.
    Response& set(FieldName name, FieldValue value) {
        own();
        headers_.set(name, value);
        return *this;
    }
    /// Appends a field line, such as a second Set-Cookie.
    Response& add(FieldName name, FieldValue value) {
        own();
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
        if (unowned_.empty()) {
            conn.respond({status_}, headers_, std::move(body));
        } else {
            conn.respond({status_}, unowned_, std::move(body));
        }
    }
    /// Copies what belongs to somebody else, before it is changed.
    void own() {
        for (const Field& field : std::exchange(unowned_, {})) {
            headers_.add(field.name, field.value);
        }
    }

    gust::status status_ = gust::status::ok;
    std::span<const Field> unowned_; // these, or those in `headers_`
    HTTPHeaders headers_;
    std::string body_;
};

} // namespace gust

#endif // GUST_HTTP_RESPONSE_HPP
