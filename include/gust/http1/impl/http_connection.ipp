// SPDX-License-Identifier: MIT
// The verbs of HTTPConnection: declared in http/, where delegates are written, defined over the
// exchange.
#ifndef GUST_HTTP1_IMPL_HTTP_CONNECTION_IPP
#define GUST_HTTP1_IMPL_HTTP_CONNECTION_IPP

#include <gust/http/connection.hpp>
#include <gust/http1/exchange.hpp>

#include <algorithm>

namespace gust {

GUST_DECL const RequestStartLine& HTTPConnection::start_line() const noexcept {
    return exchange_->request().start_line;
}

GUST_DECL const HTTPHeaders& HTTPConnection::headers() const noexcept {
    return exchange_->request().headers;
}

GUST_DECL const TargetParts& HTTPConnection::target() const noexcept {
    return exchange_->request().target;
}

GUST_DECL const HTTPHeaders& HTTPConnection::trailers() const noexcept {
    return exchange_->request().trailers;
}

GUST_DECL void HTTPConnection::write_headers(
    const ResponseStartLine& start, std::span<const Field> fields, Chunk chunk
) {
    exchange_->write_headers(start, fields, std::move(chunk));
    touch();
}

GUST_DECL void HTTPConnection::write_headers(
    const ResponseStartLine& start, const HTTPHeaders& fields, Chunk chunk
) {
    exchange_->write_headers(start, fields, std::move(chunk));
    touch();
}

GUST_DECL void HTTPConnection::write_interim(status code, std::initializer_list<Field> fields) {
    exchange_->write_interim(code, std::span{fields.begin(), fields.size()});
    touch();
}

GUST_DECL void HTTPConnection::write(Chunk chunk) {
    exchange_->write(std::move(chunk));
    touch();
}

GUST_DECL void HTTPConnection::finish(std::initializer_list<Field> trailers) {
    exchange_->finish(std::span{trailers.begin(), trailers.size()});
    touch();
}

GUST_DECL void
HTTPConnection::respond(const ResponseStartLine& start, std::span<const Field> fields, Chunk body) {
    exchange_->respond(start, fields, std::move(body));
    touch();
}

GUST_DECL void
HTTPConnection::respond(const ResponseStartLine& start, const HTTPHeaders& fields, Chunk body) {
    exchange_->respond(start, fields, std::move(body));
    touch();
}

GUST_DECL ResponseHandle HTTPConnection::keep() {
    return ResponseHandle{*this, exchange_->keep()};
}

GUST_DECL void HTTPConnection::close() {
    exchange_->abort(outcome::failed);
    touch();
}

GUST_DECL void HTTPConnection::close_after_response() noexcept {
    exchange_->close_after_response();
}

GUST_DECL void HTTPConnection::set_max_body_size(std::uint64_t size) {
    exchange_->set_max_body_size(size);
}

GUST_DECL void HTTPConnection::limit_buffered_body() {
    exchange_->set_max_body_size(
        std::min(exchange_->request().max_body_size, exchange_->parameters().max_buffered_body_size)
    );
}

GUST_DECL void HTTPConnection::set_body_timeout(std::chrono::milliseconds timeout) {
    exchange_->set_body_timeout(timeout);
}

GUST_DECL void HTTPConnection::set_half_close(half_close policy) {
    exchange_->set_half_close(policy);
    touch();
}

GUST_DECL void HTTPConnection::wait_drained(detail::Waiter<std::error_code>& waiter) {
    if (exchange_->is_closed()) {
        waiter.complete(errc::closed);
    } else if (exchange_->is_drained()) {
        waiter.complete({});
    } else {
        waiters_.add(waiter);
    }
}

GUST_DECL ResponseHandle::~ResponseHandle() {
    HTTPConnection* const connection = connection_.get();
    if (connection != nullptr && connection->exchange_->release(serial_)) {
        connection->touch();
    }
}

GUST_DECL ResponseHandle::operator bool() const noexcept {
    return connection_.get() != nullptr && connection_.get()->exchange_->is_current(serial_);
}

} // namespace gust

#endif // GUST_HTTP1_IMPL_HTTP_CONNECTION_IPP
