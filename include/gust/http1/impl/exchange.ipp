// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP1_IMPL_EXCHANGE_IPP
#define GUST_HTTP1_IMPL_EXCHANGE_IPP

#include <gust/http1/exchange.hpp>
#include <gust/http1/writer.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string>
#include <utility>

namespace gust {
namespace detail {

inline loop_time milliseconds_of(std::chrono::milliseconds duration) noexcept {
    return static_cast<loop_time>(duration.count());
}

/// One rule for silence and for trickle: bytes earn the time that the lowest rate would need for
/// them. `credit` is in thousandths of a byte, and keeps what has not earned a whole millisecond.
inline loop_time extend(
    loop_time due, loop_time now, loop_time timeout, std::uint64_t& credit, std::uint64_t rate
) noexcept {
    if (rate == 0) {
        return now + timeout;
    }
    const loop_time earned = credit / rate;
    credit %= rate;
    return std::min(now + timeout, due + std::min(timeout, earned));
}

} // namespace detail

GUST_DECL Exchange::Exchange(
    InputBuffer& input,
    OutputQueue& output,
    const HTTP1ConnectionParameters& parameters,
    ExchangePool& pool
) noexcept
    : input_{&input}, output_{&output}, parameters_{&parameters}, pool_{&pool} {}

GUST_DECL Exchange::~Exchange() {
    release_request();
}

// Events ------------------------------------------------------------------------------------------

GUST_HOT_DECL Exchange::event Exchange::next() {
    if (turn_ == turn::hook) {
        return event::none;
    }
    switch (side_) {
    case side::over:
        side_ = side::absent;
        [[fallthrough]];
    case side::absent:
        return next_without_request();
    case side::owed:
        return next_owed();
    case side::told:
        return next_told();
    }
    return event::none;
}

GUST_DECL Exchange::event Exchange::next_without_request() {
    if (reading_ == reading::idle) {
        if (is_paused() || !skip_empty_lines()) {
            return event::none;
        }
        if (reading_ == reading::idle && !input_->unread().empty()) {
            begin_head();
        } else if (reading_ == reading::idle) {
            release_request();
            if (peer_ == peer::half_closed) {
                start_linger();
            }
        }
    }
    if (reading_ == reading::head && complete_head()) {
        return event::request;
    }
    if (reading_ != reading::linger) {
        return event::none;
    }
    release_request();
    return drop_input();
}

GUST_DECL Exchange::event Exchange::next_owed() {
    if (reading_ == reading::body && writing_ != writing::complete) {
        admit_body();
    }
    if (writing_ == writing::complete && reading_ == reading::body) {
        if (keep_ == persistence::keep) {
            reading_ = reading::discard;
            discarded_ = 0;
        } else {
            start_linger();
        }
    }
    if (reading_ == reading::closed || writing_ == writing::complete) {
        side_ = side::told;
        return event::connection_closed;
    }
    if (reading_ == reading::complete) {
        side_ = side::told;
        return event::finish;
    }
    const event taken = take_body();
    return taken == event::none && (reading_ != reading::body || writing_ == writing::complete)
               ? next_owed()
               : taken;
}

GUST_DECL Exchange::event Exchange::next_told() {
    if (reading_ == reading::discard) {
        drop_input();
    }
    if (reading_ == reading::closed) {
        side_ = side::over;
        return event::ended;
    }
    if (writing_ != writing::complete) {
        if (handles_ != 0) {
            turn_ = turn::answer;
            return event::none;
        }
        hook_failed(); // nobody can answer any more
        return next_told();
    }
    turn_ = turn::peer;
    if (reading_ == reading::discard) {
        return event::none;
    }
    side_ = side::over;
    end_request();
    return event::ended;
}

/// Sets what follows a request whose response is complete.
GUST_DECL void Exchange::end_request() noexcept {
    if (reading_ == reading::complete && keep_ == persistence::keep) {
        reading_ = reading::idle;
        writing_ = writing::none;
    } else if (reading_ != reading::linger) {
        if (reading_ == reading::complete && request_->framing.persist == persistence::close) {
            parting_ = parting::agreed;
        }
        start_linger();
    }
    stop_clock();
    if (life_ == life::fresh) {
        life_ = life::serving;
    }
}

GUST_DECL void Exchange::release_request() noexcept {
    if (request_ != nullptr) {
        pool_->release(std::exchange(request_, nullptr));
    }
}

// The head ----------------------------------------------------------------------------------------

/// Skips the empty lines that some clients send behind a body (RFC 9112 §2.2). False: wait for more
/// bytes.
GUST_DECL bool Exchange::skip_empty_lines() {
    constexpr unsigned limit = 8;
    for (;;) {
        const std::string_view unread = input_->unread();
        if (unread.empty() || (unread.front() != '\r' && unread.front() != '\n')) {
            return true;
        }
        if (unread == "\r" && peer_ == peer::sending) {
            return false;
        }
        if (!unread.starts_with("\r\n") || ++empty_lines_ > limit) {
            refuse(errc::bad_request);
            return true;
        }
        input_->consume(2);
    }
}

GUST_DECL void Exchange::begin_head() {
    if (request_ == nullptr) {
        request_ = pool_->acquire();
    } else {
        request_->clear();
    }
    request_->parser.start();
    reading_ = reading::head;
    empty_lines_ = 0;
}

/// Parses what is there of a head. True: it is complete and in order.
GUST_HOT_DECL bool Exchange::complete_head() {
    IncomingRequest& request = *request_;
    const std::string_view unread = input_->unread();
    switch (request.parser.feed(unread, *parameters_, request.start_line, request.headers)) {
    case Parser::result::need_more:
        if (peer_ == peer::half_closed) {
            peer_left();
        }
        return false;
    case Parser::result::failed:
        refuse(request.parser.error());
        return false;
    case Parser::result::complete:
        break;
    }
    const RequestStartLine& line = request.start_line;
    errc mistake = detail::read_target(line.method, line.target, request.target, false);
    if (mistake == errc{}) {
        mistake = frame_request(line, request.headers, pool_->host(), request.framing);
    }
    if (mistake != errc{}) {
        refuse(mistake);
        return false;
    }
    request.block = input_->pin();
    input_->consume(request.parser.size());
    request.max_body_size = parameters_->max_body_size;
    request.body_timeout = parameters_->body_timeout;

    ++serial_;
    handles_ = 0;
    outcome_ = outcome::sent;
    error_ = errc{};
    status_ = status{};
    half_close_ = half_close::answer;
    keep_ = parameters_->keep_alive == keep_alive::enabled ? request.framing.persist
                                                           : persistence::close;
    body_stage_ = body_stage::announced;
    body_left_ = request.framing.length;
    read_left_ = 0;
    stop_clock();
    if (request.framing.body == body_framing::none) {
        reading_ = reading::complete;
    } else {
        reading_ = reading::body;
        request.chunks.start();
    }
    side_ = side::owed;
    return true;
}

// The body ----------------------------------------------------------------------------------------

/// Judges the announced length once the delegate had its say, and tells a client that waits to go
/// on.
GUST_DECL void Exchange::admit_body() {
    if (body_stage_ == body_stage::wanted) {
        return;
    }
    body_stage_ = body_stage::wanted;
    if (body_left_ > request_->max_body_size) {
        refuse(errc::body_too_large);
    } else if (request_->framing.expect == expectation::continue_100 && writing_ == writing::none) {
        output_->push(std::string_view{"HTTP/1.1 100 Continue\r\n\r\n"});
    }
}

GUST_DECL ChunkedDecoder::Limits Exchange::chunk_limits() const noexcept {
    return {
        .line = parameters_->max_chunk_line,
        .extensions = parameters_->max_chunk_extensions,
        .trailers = parameters_->max_trailers,
        .fields = parameters_->max_fields,
        .body = request_->max_body_size
    };
}

GUST_DECL Exchange::event Exchange::take_body() {
    if (is_paused()) {
        return event::none;
    }
    const std::string_view unread = input_->unread();
    if (request_->framing.body == body_framing::length) {
        if (unread.empty()) {
            if (peer_ == peer::half_closed) {
                peer_left();
            }
            return event::none;
        }
        const auto n = static_cast<std::size_t>(
            std::min<std::uint64_t>(body_left_, std::min(unread.size(), largest_piece()))
        );
        piece_ = unread.substr(0, n);
        input_->consume(n);
        body_left_ -= n;
        if (body_left_ == 0) {
            reading_ = reading::complete;
        }
        return event::data;
    }
    std::string_view rest = unread;
    const ChunkedDecoder::result found =
        request_->chunks.next(rest, largest_piece(), chunk_limits(), piece_, request_->trailers);
    input_->consume(unread.size() - rest.size());
    switch (found) {
    case ChunkedDecoder::result::data:
        return event::data;
    case ChunkedDecoder::result::done:
        reading_ = reading::complete;
        break;
    case ChunkedDecoder::result::failed:
        refuse(request_->chunks.error());
        break;
    case ChunkedDecoder::result::need_more:
        if (peer_ == peer::half_closed) {
            peer_left();
        }
        break;
    }
    return event::none;
}

/// Reads away what nobody wants: a body behind its answer, or what comes behind the last answer.
GUST_DECL Exchange::event Exchange::drop_input() {
    const std::string_view unread = input_->unread();
    if (reading_ == reading::discard) {
        std::string_view rest = unread;
        if (request_->framing.body == body_framing::length) {
            const std::uint64_t n = std::min<std::uint64_t>(body_left_, unread.size());
            rest.remove_prefix(static_cast<std::size_t>(n));
            body_left_ -= n;
            if (body_left_ == 0) {
                reading_ = reading::complete;
            }
        } else {
            ChunkedDecoder::result found = ChunkedDecoder::result::data;
            while (found == ChunkedDecoder::result::data) {
                found = request_->chunks.next(
                    rest, unread.size(), chunk_limits(), piece_, request_->trailers
                );
            }
            if (found == ChunkedDecoder::result::done) {
                reading_ = reading::complete;
            } else if (found == ChunkedDecoder::result::failed) {
                start_linger();
            }
        }
        discarded_ += unread.size() - rest.size();
        input_->consume(unread.size() - rest.size());
        if (reading_ == reading::discard
            && (discarded_ > parameters_->discard_size || peer_ == peer::half_closed)) {
            start_linger();
        }
        return event::none;
    }
    discarded_ += unread.size();
    input_->consume(unread.size());
    if (discarded_ > parameters_->discard_size && output_->empty()) {
        part();
        return event::none;
    }
    if (!output_->empty()) {
        return event::none;
    }
    if (peer_ == peer::half_closed) {
        part();
        return event::none;
    }
    return std::exchange(writing_, writing::shut) == writing::shut ? event::none : event::shutdown;
}

GUST_DECL void Exchange::start_linger() noexcept {
    reading_ = reading::linger;
    keep_ = persistence::close;
    discarded_ = 0;
    if (writing_ != writing::shut) {
        writing_ = writing::complete;
    }
    if (side_ == side::absent) { // a head that was refused
        release_request();
    }
}

GUST_DECL bool Exchange::is_paused() noexcept {
    if (output_->size() > parameters_->output_high_water) {
        flow_ = flow::paused;
    } else if (output_->size() <= parameters_->output_low_water) {
        flow_ = flow::open;
    }
    return flow_ == flow::paused;
}

// The peer ----------------------------------------------------------------------------------------

GUST_DECL bool Exchange::wants_input() const noexcept {
    if (peer_ == peer::half_closed || turn_ != turn::peer) {
        return false;
    }
    switch (reading_) {
    case reading::idle:
    case reading::head:
    case reading::body:
        return flow_ == flow::open;
    case reading::discard:
    case reading::linger:
        return true;
    case reading::complete:
    case reading::closed:
        return false;
    }
    return false;
}

GUST_DECL std::size_t Exchange::wanted_room() const noexcept {
    constexpr std::size_t room_for_a_head = 1024;
    if (reading_ != reading::body && reading_ != reading::discard && reading_ != reading::linger) {
        return room_for_a_head;
    }
    if (reading_ == reading::body && request_->framing.body == body_framing::length) {
        return static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, largest_piece()));
    }
    return largest_piece();
}

GUST_DECL void Exchange::received(std::size_t n, loop_time now) noexcept {
    if (clock_ == clock::body) {
        const loop_time timeout = detail::milliseconds_of(request_->body_timeout);
        read_credit_ += n * 1000;
        read_due_ = detail::extend(read_due_, now, timeout, read_credit_, parameters_->min_rate);
    }
}

GUST_DECL void Exchange::sent(std::uint64_t n, loop_time now) noexcept {
    if (write_due_ != no_deadline) {
        const loop_time timeout = detail::milliseconds_of(parameters_->write_timeout);
        write_credit_ += n * 1000;
        write_due_ = detail::extend(write_due_, now, timeout, write_credit_, parameters_->min_rate);
    }
}

GUST_DECL void Exchange::input_ended() noexcept {
    peer_ = peer::half_closed;
    const bool is_awaited = side_ == side::owed || side_ == side::told;
    if (half_close_ == half_close::abort && is_awaited && writing_ != writing::complete) {
        abort(outcome::peer_gone);
    }
}

GUST_DECL void Exchange::part() noexcept {
    reading_ = reading::closed;
    writing_ = writing::shut;
}

GUST_DECL void Exchange::connection_lost() noexcept {
    abort(outcome::peer_gone);
}

/// The peer ended its side in the middle of a message: what was answered before still goes out.
GUST_DECL void Exchange::peer_left() noexcept {
    if (writing_ == writing::open && !withdraw_response()) {
        abort(outcome::peer_gone);
        return;
    }
    outcome_ = outcome::peer_gone;
    start_linger();
}

/// Takes the response back if none of it is on its way: answers before it still go out.
GUST_DECL bool Exchange::withdraw_response() noexcept {
    if (output_->committed() > response_mark_) {
        return false;
    }
    output_->take_back(response_mark_);
    writing_ = writing::none;
    status_ = status{};
    return true;
}

GUST_DECL void Exchange::abort(outcome why) noexcept {
    if (reading_ == reading::closed) {
        return;
    }
    const bool is_open = side_ == side::owed || side_ == side::told;
    if (is_open && outcome_ == outcome::sent) {
        outcome_ = why;
    }
    if (payload_ == payload::until_close && (writing_ == writing::open || !output_->empty())) {
        parting_ = parting::reset;
    }
    reading_ = reading::closed;
    writing_ = writing::shut;
    if (turn_ == turn::answer) {
        turn_ = turn::peer;
    }
}

GUST_DECL void Exchange::drain() noexcept {
    life_ = life::draining;
    if (clock_ == clock::idle || reading_ == reading::idle) {
        stop_clock(); // starts again, with the shorter time
    }
}

GUST_DECL void Exchange::detach() noexcept {
    outcome_ = outcome::detached;
    side_ = side::told;
    reading_ = reading::closed;
    writing_ = writing::shut;
}

GUST_DECL void Exchange::hook_failed(errc e) {
    turn_ = turn::peer;
    if (is_given_up()) {
        return; // nobody minds what becomes of a hook after another answer
    }
    if (writing_ == writing::none || withdraw_response()) {
        answer_error(e);
    } else if (writing_ == writing::open) {
        abort(outcome::failed);
    } else { // the response is whole, only the connection is not to be trusted any more
        keep_ = persistence::close;
    }
}

// Mistakes of the peer ----------------------------------------------------------------------------

GUST_DECL void Exchange::refuse(errc e) {
    switch (writing_) {
    case writing::none:
        answer_error(e);
        break;
    case writing::open:
        if (withdraw_response()) {
            answer_error(e);
            break;
        }
        error_ = e;
        abort(e == errc::request_timeout ? outcome::timed_out : outcome::failed);
        break;
    case writing::complete:
    case writing::shut:
        start_linger();
        break;
    }
}

/// Queues the answer to a mistake and gives the connection up.
GUST_DECL void Exchange::answer_error(errc e) {
    error_ = e;
    outcome_ = e == errc::request_timeout ? outcome::timed_out : outcome::failed;
    try {
        queue_error(static_cast<status>(status_of(e)), make_error_code(e).message());
    } catch (...) { // no memory for an answer, or a page that fails: then there is none
        abort(outcome_);
        throw;
    }
}

GUST_DECL void Exchange::queue_error(status code, std::string_view detail) {
    keep_ = persistence::close;
    const bool is_head =
        side_ == side::absent ? input_->unread().starts_with("HEAD ") : answers_head();
    std::string body;
    const FieldValue type = write_error_body(code, detail, detail, body);
    const std::array<Field, 1> fields{Field{"Content-Type", type}};
    Writer response =
        write_head(ResponseStartLine{code}, fields, known_length::yes, body.size(), body.size());
    if (!is_head) {
        response.text(body);
    }
    output_->commit(response.size());
    start_linger();
}

/// Writes the body of an error, by the page in force or as `line`. Returns its type.
GUST_DECL FieldValue Exchange::write_error_body(
    status code, std::string_view detail, std::string_view line, std::string& body
) {
    if (is_extended() && request_->extras.page != nullptr) {
        const ErrorPage& page = *request_->extras.page;
        page.write(page.context, code, detail, body);
        return page.content_type;
    }
    body.append(line).append("\n");
    return "text/plain; charset=utf-8";
}

GUST_DECL bool Exchange::give_up(status code) {
    if (is_given_up() || writing_ == writing::complete || side_ == side::absent
        || side_ == side::over) {
        return false;
    }
    if (writing_ == writing::open) {
        abort(outcome::timed_out);
        return true;
    }
    queue_error(code, reason_of(code));
    outcome_ = outcome::timed_out;
    return true;
}

// Clocks ------------------------------------------------------------------------------------------

GUST_DECL Exchange::clock Exchange::wanted_clock() const noexcept {
    if (turn_ != turn::peer) {
        return clock::none;
    }
    switch (reading_) {
    case reading::idle:
    case reading::head:
        if (flow_ == flow::paused) { // it is the peer's turn to take, and the write clock runs
            return clock::none;
        }
        return reading_ == reading::head || life_ == life::fresh ? clock::head : clock::idle;
    case reading::body:
        return wants_input() ? clock::body : clock::none;
    case reading::discard:
        return clock::discard;
    case reading::linger:
        return output_->empty() ? clock::linger : clock::none;
    case reading::complete:
    case reading::closed:
        return clock::none;
    }
    return clock::none;
}

GUST_HOT_DECL void Exchange::rest(loop_time now) noexcept {
    const clock wanted = wanted_clock();
    if (wanted != clock_) {
        if (clock_ == clock::body) {
            read_left_ = read_due_ > now ? read_due_ - now : 1;
        }
        clock_ = wanted;
        const auto in = [now](std::chrono::milliseconds d) {
            return now + detail::milliseconds_of(d);
        };
        switch (wanted) {
        case clock::none:
            read_due_ = no_deadline;
            break;
        case clock::idle:
            read_due_ =
                in(life_ == life::draining ? parameters_->drain_idle : parameters_->idle_timeout);
            break;
        case clock::head:
            read_due_ = in(parameters_->head_timeout);
            break;
        case clock::body:
            read_due_ = read_left_ != 0 ? now + read_left_ : in(request_->body_timeout);
            break;
        case clock::discard:
        case clock::linger:
            read_due_ = in(parameters_->discard_timeout);
            break;
        }
    }
    if (output_->empty() || reading_ == reading::closed) {
        write_due_ = no_deadline;
    } else if (write_due_ == no_deadline) {
        write_due_ = now + detail::milliseconds_of(parameters_->write_timeout);
    }
}

GUST_DECL void Exchange::tick(loop_time now) {
    if (now >= write_due_) {
        parting_ = parting::reset;
        abort(outcome::timed_out);
        return;
    }
    if (now < read_due_) {
        return;
    }
    read_due_ = no_deadline;
    switch (reading_) {
    case reading::idle:
        if (life_ == life::draining || !output_->empty()) {
            start_linger();
        } else {
            part();
        }
        break;
    case reading::head:
    case reading::body:
        refuse(errc::request_timeout);
        break;
    case reading::discard:
        start_linger();
        break;
    case reading::linger:
        part();
        break;
    case reading::complete:
    case reading::closed:
        break;
    }
}

// What the delegate allows the peer ---------------------------------------------------------------

GUST_DECL void Exchange::set_max_body_size(std::uint64_t size) {
    if (request_ != nullptr) {
        request_->max_body_size = size;
    }
}

GUST_DECL void Exchange::limit_buffered_body() {
    if (request_ != nullptr) {
        request_->max_body_size =
            std::min(request_->max_body_size, parameters_->max_buffered_body_size);
    }
}

GUST_DECL void Exchange::set_body_timeout(std::chrono::milliseconds timeout) {
    if (request_ != nullptr) {
        request_->body_timeout = timeout;
    }
}

GUST_DECL void Exchange::set_half_close(half_close policy) noexcept {
    half_close_ = policy;
    if (peer_ == peer::half_closed) {
        input_ended();
    }
}

// Invariants --------------------------------------------------------------------------------------

GUST_DECL bool Exchange::is_consistent() const noexcept {
    const auto writes = [this](std::initializer_list<writing> allowed) {
        return std::find(allowed.begin(), allowed.end(), writing_) != allowed.end();
    };
    switch (reading_) {
    case reading::idle:
    case reading::head:
        return writes({writing::none}) && side_ != side::owed && side_ != side::told;
    case reading::body:
    case reading::complete:
        return writes({writing::none, writing::open, writing::complete})
               && (side_ == side::owed || side_ == side::told);
    case reading::discard:
        return writes({writing::complete}) && side_ == side::told;
    case reading::linger:
        return writes({writing::complete, writing::shut}) && keep_ == persistence::close;
    case reading::closed:
        return writes({writing::shut});
    }
    return false;
}

} // namespace gust

#endif // GUST_HTTP1_IMPL_EXCHANGE_IPP
