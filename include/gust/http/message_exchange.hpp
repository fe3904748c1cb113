// SPDX-License-Identifier: MIT
// What an HTTPConnection is made over: a request, and the verbs as a protocol carries them out.
#ifndef GUST_HTTP_MESSAGE_EXCHANGE_HPP
#define GUST_HTTP_MESSAGE_EXCHANGE_HPP

#include <gust/core/chunk.hpp>
#include <gust/http/error_page.hpp>
#include <gust/http/field.hpp>
#include <gust/http/field_lines.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/outcome.hpp>
#include <gust/http/start_line.hpp>
#include <gust/http/target.hpp>

#include <chrono>
#include <cstdint>
#include <string_view>

namespace gust::detail {

/// The side of an exchange that user code reaches; `HTTPConnection` documents it.
class MessageExchange {
public:
    virtual const RequestStartLine& start_line() const noexcept = 0;
    virtual const HTTPHeaders& headers() const noexcept = 0;
    virtual const HTTPHeaders& trailers() const noexcept = 0;
    virtual const TargetParts& target() const noexcept = 0;

    virtual void
    write_headers(const ResponseStartLine& start, const FieldLines& fields, Chunk&& chunk) = 0;
    virtual void
    respond(const ResponseStartLine& start, const FieldLines& fields, Chunk&& body) = 0;
    virtual void write_interim(status code, const FieldLines& fields) = 0;
    virtual void write(Chunk&& chunk) = 0;
    virtual void finish(const FieldLines& trailers) = 0;
    virtual void respond_error(status code, const FieldLines& fields, std::string_view detail) = 0;

    virtual void add_response_field(FieldName name, FieldValue value, field_rule rule) = 0;
    virtual std::string_view added_response_field(std::string_view name) const noexcept = 0;
    virtual const ErrorPage* error_page() const noexcept = 0;
    virtual void set_error_page(const ErrorPage* page) noexcept = 0;
    /// The status of the final head that was queued; 0 before that.
    virtual unsigned response_status() const noexcept = 0;
    /// Bytes of the response that were queued, head and framing included.
    virtual std::uint64_t response_size() const noexcept = 0;
    /// Answers in the delegate's place. False: there was nothing left to answer.
    virtual bool give_up(status code) = 0;

    virtual void abort(outcome why) noexcept = 0;
    virtual void close_after_response() noexcept = 0;
    virtual void set_max_body_size(std::uint64_t size) = 0;
    virtual void limit_buffered_body() = 0;
    virtual void set_body_timeout(std::chrono::milliseconds timeout) = 0;
    virtual void set_half_close(half_close policy) noexcept = 0;

    /// Counts one who may still answer, and names the exchange for `release` and `is_current`.
    virtual std::uint64_t keep() noexcept = 0;
    /// Returns whether that was the last one of the present exchange.
    virtual bool release(std::uint64_t serial) noexcept = 0;
    virtual bool is_current(std::uint64_t serial) const noexcept = 0;
    virtual bool is_closed() const noexcept = 0;
    /// Whether `drained` would complete at once.
    virtual bool is_drained() const noexcept = 0;

protected:
    ~MessageExchange() = default;
};

} // namespace gust::detail

#endif // GUST_HTTP_MESSAGE_EXCHANGE_HPP
