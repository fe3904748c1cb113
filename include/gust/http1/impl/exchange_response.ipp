// SPDX-License-Identifier: MIT
// What an Exchange writes: the verbs, from the head of a response to its last byte.
#ifndef GUST_HTTP1_IMPL_EXCHANGE_RESPONSE_IPP
#define GUST_HTTP1_IMPL_EXCHANGE_RESPONSE_IPP

#include <gust/core/error.hpp>
#include <gust/http/field.hpp>
#include <gust/http/syntax.hpp>
#include <gust/http1/chunked.hpp>
#include <gust/http1/detail/response_fields.hpp>
#include <gust/http1/exchange.hpp>
#include <gust/http1/writer.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace gust {

GUST_DECL bool Exchange::must_close() noexcept {
    if (keep_ == persistence::close) {
        return true;
    }
    if (reading_ == reading::body) { // an early answer
        return body_left_ > parameters_->discard_size
               || (request_->framing.expect == expectation::continue_100
                   && body_stage_ == body_stage::announced);
    }
    return life_ == life::draining && input_->unread().empty();
}

/// Writes a head into the output queue, not yet committed, with room for `extra` bytes behind it.
GUST_DECL Writer Exchange::write_head(
    const ResponseStartLine& start,
    const FieldLines& fields,
    known_length is_known,
    std::uint64_t length,
    std::size_t extra
) {
    const auto number = static_cast<unsigned>(start.status);
    const bool is_default_reason = start.reason.empty();
    if (number < 100 || number > 999 || (!is_default_reason && !is_field_value(start.reason))) {
        throw_error(errc::invalid_field);
    }
    const bool has_extras = is_extended();
    if (has_extras) {
        const ResponseExtras& extras = request_->extras;
        extra += detail::size_of_rare(extras.fields) + detail::size_of_rare(extras.defaults);
    }
    // Nothing is committed before the head is whole: what throws leaves the queue as it was.
    constexpr std::size_t own_fields = 192; // Content-Length or Transfer-Encoding, Date, Connection
    Writer head{output_->reserve(
        Writer::status_line_overhead + start.reason.size() + detail::size_of(fields) + own_fields
        + extra
    )};
    head.status_line(start.status, start.reason);
    detail::ResponseFields found;
    head = fields.headers() == nullptr ? detail::write_lines(head, fields.span(), found)
                                       : detail::write_rare_fields(head, fields, found);
    if (has_extras) {
        head = detail::write_extras(head, fields, request_->extras);
    }
    const bool has_body = allows_body(start.status);
    if (found.lengths != 0) {
        const bool is_all = is_known == known_length::yes && !answers_head();
        detail::check_length(start.status, found.length, length, is_all);
        length = found.length;
    }
    response_mark_ = output_->pushed();
    status_ = start.status;

    if (found.says_close) {
        keep_ = persistence::close;
    }
    payload_ = payload::none;
    if (found.lengths != 0 || (is_known == known_length::yes && has_body)) {
        payload_ = has_body ? payload::length : payload::none;
        payload_left_ = length;
        head.text("Content-Length: ").decimal(payload_left_).text("\r\n");
    } else if (start.status == status::reset_content) {
        head.text("Content-Length: 0\r\n");
    } else if (has_body) {
        payload_ = answers_1_0() ? payload::until_close : payload::chunked;
        if (answers_head()) {
            // No body follows, whatever its framing would be.
        } else if (payload_ == payload::until_close) {
            keep_ = persistence::close;
        } else {
            head.text("Transfer-Encoding: chunked\r\n");
        }
    }
    if (!found.has_date) {
        head.bytes<DateCache::line_size>(pool_->date().line());
    }
    if (number != 101 && must_close()) {
        keep_ = persistence::close;
        head.text("Connection: close\r\n");
    } else if (answers_1_0()) {
        head.text("Connection: keep-alive\r\n");
    }
    head.text("\r\n");
    return head;
}

GUST_ALWAYS_INLINE void Exchange::begin_response(
    const ResponseStartLine& start, const FieldLines& fields, Chunk&& chunk, known_length is_known
) {
    const bool is_interim = static_cast<unsigned>(start.status) < 200;
    const bool is_switch = start.status == status::switching_protocols && !answers_1_0();
    if (writing_ != writing::none || (is_interim && !is_switch)) {
        throw_error(errc::wrong_order);
    }
    if (!chunk.empty() && !allows_body(start.status)) {
        throw_error(errc::body_not_allowed);
    }
    const bool is_success = static_cast<unsigned>(start.status) < 300;
    if (is_known == known_length::no && is_success && reading_ == reading::body) {
        admit_body(); // a response that begins before the body did still wants it
        if (writing_ != writing::none) {
            return; // the body was too large, and that is answered
        }
    }
    // A small body goes behind its head in one piece; a larger one is queued the way it wants to
    // be.
    constexpr std::uint64_t cheaper_to_copy = 1024;
    const bool is_inline = is_known == known_length::yes && chunk.from() != Chunk::source::file
                           && chunk.size() <= cheaper_to_copy;
    Writer head = write_head(
        start,
        fields,
        is_known,
        chunk.size(),
        is_inline ? static_cast<std::size_t>(chunk.size()) : 0
    );
    const bool is_copied = is_inline && payload_ == payload::length;
    if (is_copied) {
        payload_left_ -= chunk.size();
        if (!answers_head()) {
            head.text(chunk.view());
        }
    }
    output_->commit(head.size());
    writing_ = writing::open;
    if (!is_copied && !chunk.empty()) {
        queue(std::move(chunk));
    }
}

GUST_DECL void
Exchange::write_headers(const ResponseStartLine& start, const FieldLines& fields, Chunk&& chunk) {
    if (!is_given_up()) {
        begin_response(start, fields, std::move(chunk), known_length::no);
    }
}

/// Queues a whole response.
GUST_DECL void
Exchange::answer(const ResponseStartLine& start, const FieldLines& fields, Chunk&& body) {
    begin_response(start, fields, std::move(body), known_length::yes);
    end_response();
}

GUST_DECL void Exchange::respond_with_page(
    const ResponseStartLine& start, const FieldLines& fields, std::string_view about
) {
    HTTPHeaders all;
    for (std::size_t i = 0; i != fields.size(); ++i) {
        const auto [name, value] = fields[i];
        if (!detail::describes_body(name)) {
            all.add(FieldName{detail::checked, name}, FieldValue{detail::checked, value});
        }
    }
    std::string body;
    if (allows_body(start.status)) {
        const std::string_view line = reason_of(start.status);
        all.add("Content-Type", write_error_body(start.status, about, line, body));
    }
    answer(start, all, Chunk{std::move(body)});
}

GUST_DECL void
Exchange::respond_error(status code, const FieldLines& fields, std::string_view about) {
    if (!is_given_up()) {
        respond_with_page(ResponseStartLine{code}, fields, about);
    }
}

GUST_DECL void Exchange::add_response_field(FieldName name, FieldValue value, field_rule rule) {
    if (is_given_up()) {
        return;
    }
    if (writing_ != writing::none) {
        throw_error(errc::wrong_order);
    }
    if (detail::role_of(name) != detail::field_role::plain) {
        throw_error(errc::forbidden_field);
    }
    request_->response = IncomingRequest::extent::extended;
    ResponseExtras& extras = request_->extras;
    (rule == field_rule::add ? extras.fields : extras.defaults).add(name, value);
}

GUST_DECL void Exchange::set_error_page(const ErrorPage* page) noexcept {
    if (request_ != nullptr) {
        request_->response = IncomingRequest::extent::extended;
        request_->extras.page = page;
    }
}

GUST_DECL std::uint64_t Exchange::response_size() const noexcept {
    return status_ == status{} ? 0 : output_->pushed() - response_mark_;
}

GUST_DECL void
Exchange::respond(const ResponseStartLine& start, const FieldLines& fields, Chunk&& body) {
    if (!is_given_up() && makes_body_of(start.status)) {
        respond_with_page(start, fields, {});
    } else if (!is_given_up()) {
        answer(start, fields, std::move(body));
    }
}

GUST_DECL void Exchange::write_interim(status code, const FieldLines& fields) {
    if (is_given_up()) {
        return;
    }
    const auto number = static_cast<unsigned>(code);
    if (writing_ != writing::none || number < 100 || number > 199 || number == 101) {
        throw_error(errc::wrong_order);
    }
    Writer head{output_->reserve(Writer::status_line_overhead + detail::size_of_rare(fields) + 2)};
    head.status_line(code, {});
    detail::ResponseFields found;
    head = detail::write_rare_fields(head, fields, found);
    if (found.lengths != 0 || found.says_close) {
        throw_error(errc::forbidden_field);
    }
    if (answers_1_0()) {
        return; // HTTP/1.0 has no interim responses (RFC 9110 §15.2)
    }
    head.text("\r\n");
    output_->commit(head.size());
    if (number == 100) {
        request_->framing.expect = expectation::none;
    }
}

/// Queues body bytes in the framing of the response.
GUST_DECL void Exchange::queue(Chunk&& chunk) {
    const std::uint64_t size = chunk.size();
    if (payload_ == payload::length) {
        payload_left_ -= size;
    }
    if (answers_head()) {
        return;
    }
    if (output_->size_in_memory() > parameters_->max_output) {
        error_ = errc::buffer_full;
        abort(outcome::failed);
        return;
    }
    try {
        if (payload_ == payload::chunked) {
            Writer line{output_->reserve(Writer::chunk_line)};
            line.hex(size).text("\r\n");
            output_->commit(line.size());
        }
        output_->push(std::move(chunk));
        if (payload_ == payload::chunked) {
            output_->push(std::string_view{"\r\n"});
        }
    } catch (...) { // out of memory: half a chunk is queued
        abort(outcome::failed);
        throw;
    }
}

GUST_DECL void Exchange::write(Chunk&& chunk) {
    if (is_given_up()) {
        return;
    }
    if (writing_ != writing::open) {
        throw_error(errc::wrong_order);
    }
    if (chunk.empty()) {
        return;
    }
    if (!allows_body(status_)) {
        throw_error(errc::body_not_allowed);
    }
    if (payload_ == payload::length && chunk.size() > payload_left_) {
        throw_error(errc::body_too_long);
    }
    queue(std::move(chunk));
}

GUST_DECL void Exchange::finish(const FieldLines& trailers) {
    if (is_given_up()) {
        return;
    }
    if (writing_ != writing::open) {
        throw_error(errc::wrong_order);
    }
    const bool is_head = answers_head();
    if (payload_ == payload::length && payload_left_ != 0 && !is_head) {
        throw_error(errc::body_too_short);
    }
    if (payload_ == payload::chunked && !is_head) {
        constexpr std::size_t last_chunk = 5;
        Writer end{output_->reserve(last_chunk + detail::size_of_rare(trailers))};
        end.text("0\r\n");
        for (std::size_t i = 0; i != trailers.size(); ++i) {
            const auto [name, value] = trailers[i];
            if (detail::is_forbidden_trailer(name)) {
                throw_error(errc::forbidden_field);
            }
            end = detail::write_rare_field(end, name, value);
        }
        end.text("\r\n");
        output_->commit(end.size());
    }
    end_response();
}

/// The last byte is queued.
GUST_DECL void Exchange::end_response() noexcept {
    if (writing_ != writing::open) { // it was too much, and cut the connection
        return;
    }
    if (status_ == status::switching_protocols) {
        keep_ = persistence::close; // what follows is not HTTP, and nobody took it
    }
    writing_ = writing::complete;
}

} // namespace gust

#endif // GUST_HTTP1_IMPL_EXCHANGE_RESPONSE_IPP
