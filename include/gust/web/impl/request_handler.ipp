// SPDX-License-Identifier: MIT
#ifndef GUST_WEB_IMPL_REQUEST_HANDLER_IPP
#define GUST_WEB_IMPL_REQUEST_HANDLER_IPP

#include <gust/core/error.hpp>
#include <gust/web/etag.hpp>
#include <gust/web/request_handler.hpp>

#include <system_error>

namespace gust {
namespace detail {

[[noreturn]] inline void throw_missing_argument(std::string_view name) {
    throw HTTPError{status::bad_request, "missing argument " + std::string{name}};
}

} // namespace detail

// The request
// ---------------------------------------------------------------------------------------

GUST_DECL std::string RequestHandler::query_argument(std::string_view name) const {
    std::optional<std::string> value = request_->query_argument(name);
    if (!value) {
        detail::throw_missing_argument(name);
    }
    return *std::move(value);
}

GUST_DECL std::string
RequestHandler::query_argument(std::string_view name, std::string_view fallback) const {
    std::optional<std::string> value = request_->query_argument(name);
    return value ? *std::move(value) : std::string{fallback};
}

GUST_DECL std::string RequestHandler::body_argument(std::string_view name) const {
    std::optional<std::string> value = request_->body_argument(name);
    if (!value) {
        detail::throw_missing_argument(name);
    }
    return *std::move(value);
}

GUST_DECL std::string
RequestHandler::body_argument(std::string_view name, std::string_view fallback) const {
    std::optional<std::string> value = request_->body_argument(name);
    return value ? *std::move(value) : std::string{fallback};
}

// The answer
// ----------------------------------------------------------------------------------------

GUST_DECL void RequestHandler::demand_open() const {
    if (stage_ != stage::open) {
        throw_error(errc::wrong_order);
    }
}

GUST_DECL void RequestHandler::set_status(status code, std::string_view reason) {
    demand_open();
    status_ = code;
    reason_ = reason;
}

GUST_DECL void RequestHandler::set_header(FieldName name, FieldValue value) {
    demand_open();
    headers_.set(name, value);
}

GUST_DECL void RequestHandler::add_header(FieldName name, FieldValue value) {
    demand_open();
    headers_.add(name, value);
}

GUST_DECL void RequestHandler::clear_header(std::string_view name) {
    demand_open();
    headers_.remove(name);
}

GUST_DECL void RequestHandler::set_cookie(const SetCookie& cookie) {
    add_header("Set-Cookie", to_string(cookie));
}

GUST_DECL void RequestHandler::clear_cookie(
    std::string_view name, std::string_view path, std::string_view domain
) {
    set_cookie({
        .name = std::string{name},
        .domain = std::string{domain},
        .path = std::string{path},
        .expires = 0,
        .max_age = std::chrono::seconds{0},
    });
}

GUST_DECL void RequestHandler::write(std::string_view text) {
    if (is_finished()) {
        throw_error(errc::wrong_order);
    }
    body_ += text;
}

GUST_DECL void RequestHandler::write_json(std::string_view json) {
    if (stage_ == stage::open) {
        headers_.set("Content-Type", "application/json");
    }
    write(json);
}

GUST_DECL void RequestHandler::add_type() {
    if (!body_.empty() && !headers_.contains("Content-Type")) {
        headers_.add("Content-Type", "text/plain; charset=utf-8");
    }
}

GUST_DECL void RequestHandler::flush() {
    if (is_finished()) {
        throw_error(errc::wrong_order);
    }
    if (stage_ == stage::open) {
        add_type();
        connection().write_headers({status_, reason_}, headers_, body_);
        stage_ = stage::flushed;
    } else {
        connection().write(body_);
    }
    body_.clear();
}

GUST_DECL void RequestHandler::finish(std::string_view text) {
    write(text);
    if (stage_ == stage::flushed) {
        if (!body_.empty()) {
            connection().write(std::move(body_));
        }
        connection().finish();
    } else {
        check_condition();
        add_type();
        connection().respond({status_, reason_}, headers_, std::move(body_));
    }
    stage_ = stage::finished;
}

/// Adds an entity tag, and answers 304 if the client has what it names.
GUST_DECL void RequestHandler::check_condition() {
    const method verb = request_->method();
    const bool is_get = verb == method::get || (verb == method::head && !hooks_->has_head);
    if (status_ != status::ok || (!is_get && verb != method::head)) {
        return;
    }
    if (is_get && !headers_.contains("ETag")) {
        const std::string made = hooks_->compute_etag(*this);
        if (!made.empty()) {
            headers_.set("ETag", made);
        }
    }
    const auto tag = headers_.get("ETag");
    if (!tag || !matches_etag(request_->headers(), *tag)) {
        return;
    }
    status_ = status::not_modified;
    reason_.clear();
    body_.clear();
    headers_.remove("Content-Type");
    headers_.remove("Content-Length");
    headers_.remove("Content-Encoding");
    headers_.remove("Content-Language");
}

GUST_DECL void RequestHandler::redirect(FieldValue location, status code) {
    demand_open();
    body_.clear();
    set_status(code);
    set_header("Location", location);
    finish();
}

GUST_DECL ResponseHandle RequestHandler::keep() {
    demand_open();
    ResponseHandle handle = connection().keep();
    stage_ = stage::kept;
    return handle;
}

// Errors
// --------------------------------------------------------------------------------------------

GUST_DECL void RequestHandler::write_error(status code, std::string_view detail) {
    connection().respond_error(code, {}, detail);
    stage_ = stage::finished;
}

GUST_DECL std::string RequestHandler::compute_etag() const {
    return make_etag(body_);
}

GUST_DECL void RequestHandler::send_error(status code, std::string_view detail) {
    if (stage_ == stage::flushed) {
        stage_ = stage::finished;
        connection().close(); // what was sent must not look whole
        return;
    }
    demand_open();
    headers_.clear();
    body_.clear();
    status_ = code;
    reason_.clear();
    try {
        hooks_->write_error(*this, code, detail);
        end();
    } catch (...) {
        connection().report_failure(std::current_exception());
        if (stage_ == stage::open) {
            stage_ = stage::finished;
            connection().respond_error(status::internal_server_error);
        } else if (stage_ == stage::flushed) {
            stage_ = stage::finished;
            connection().close();
        }
    }
}

/// What a hook of the subclass has thrown.
GUST_DECL void RequestHandler::fail(const std::exception_ptr& error) {
    if (stage_ == stage::flushed) { // the connection takes back what it can, or cuts it
        stage_ = stage::finished;
        std::rethrow_exception(error);
    }
    status code = status::internal_server_error;
    std::string detail;
    try {
        std::rethrow_exception(error);
    } catch (const HTTPError& e) {
        code = e.status();
        detail = e.what();
        if (!is_finished()) {
            send_error(code, detail);
            return;
        }
    } catch (const std::system_error& e) {
        detail = e.what();
        if (const errc mistake = peers_mistake(error); mistake != errc{}) {
            code = static_cast<status>(status_of(mistake));
        }
    } catch (const std::exception& e) {
        detail = e.what();
    } catch (...) {
        detail = "an exception of an unknown type";
    }
    if (code == status::internal_server_error || is_finished()) {
        connection().report_failure(error);
    }
    if (stage_ == stage::kept) { // a handle that goes without an answer is noticed
        return;
    }
    if (stage_ != stage::finished) {
        send_error(code, detail);
    }
}

// The stages
// ----------------------------------------------------------------------------------------

GUST_DECL void
RequestHandler::begin(HTTPConnection& conn, std::string_view body, const Hooks& hooks) {
    request_.emplace(conn, body);
    hooks_ = &hooks;
}

/// Sends what was written, unless that was done or left for later.
GUST_DECL void RequestHandler::end() {
    if (!is_finished()) {
        finish();
    }
}

} // namespace gust

#endif // GUST_WEB_IMPL_REQUEST_HANDLER_IPP
