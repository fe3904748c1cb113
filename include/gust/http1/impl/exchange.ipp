// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP1_IMPL_EXCHANGE_IPP
#define GUST_HTTP1_IMPL_EXCHANGE_IPP

#include <gust/http/known_name.hpp>
#include <gust/http/syntax.hpp>
#include <gust/http1/exchange.hpp>
#include <gust/http1/writer.hpp>

#include <algorithm>
#include <array>
#include <optional>
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

/// Which fields of a response the connection has to look at.
enum class field_role : std::uint8_t { plain, length, date, connection, framing };

GUST_ALWAYS_INLINE field_role role_of(std::string_view name) noexcept {
    switch (name.size()) { // most names are told apart by their length alone
    case 4:
        return is_name(name, "date") ? field_role::date : field_role::plain;
    case 10:
        return is_name(name, "connection") ? field_role::connection : field_role::plain;
    case 14:
        return is_name(name, "content-length") ? field_role::length : field_role::plain;
    case 17:
        return is_name(name, "transfer-encoding") ? field_role::framing : field_role::plain;
    default:
        return field_role::plain;
    }
}

/// What the fields of a response say that the connection has to know.
struct ResponseFields {
    std::uint64_t length = 0;
    unsigned lengths = 0;
    bool has_date = false;
    bool says_close = false;
};

/// Reads a field that is not plain, and tells whether its line is written as it stands: what the
/// connection decides itself is not. Throws for what an application must not send.
GUST_DECL bool read_role(field_role role, std::string_view value, ResponseFields& found) {
    switch (role) {
    case field_role::plain:
        return true;
    case field_role::date:
        return found.has_date = true;
    case field_role::connection: {
        const bool says_close = has_token(value, "close");
        found.says_close |= says_close;
        return !says_close && !has_token(value, "keep-alive");
    }
    case field_role::framing:
        throw_error(errc::forbidden_field);
    case field_role::length: {
        const std::optional<std::uint64_t> length = parse_decimal(value);
        if (!length || ++found.lengths > 1) {
            throw_error(errc::forbidden_field);
        }
        found.length = *length;
        return false;
    }
    }
    return false;
}

/// The room that the lines of `fields` need.
GUST_ALWAYS_INLINE std::size_t size_of(const FieldLines& fields) noexcept {
    std::size_t size = 0;
    for (std::size_t i = 0; i != fields.size(); ++i) {
        const auto [name, value] = fields[i];
        size += name.size() + value.size() + Writer::field_overhead;
    }
    return size;
}

/// Writes the lines of a range of fields, and notes what the connection has to know of them.
/// Throws.
template <class Fields>
GUST_ALWAYS_INLINE Writer write_lines(Writer head, const Fields& fields, ResponseFields& found) {
    for (const auto& field : fields) {
        const std::string_view name = field.name;
        const std::string_view value = field.value;
        const field_role role = role_of(name);
        if (role == field_role::plain || read_role(role, value, found)) {
            head.field(name, value);
        }
    }
    return head;
}

/// The same where it is rare: compiled once, and called.
/// @{
GUST_DECL Writer write_rare_fields(Writer head, const FieldLines& fields, ResponseFields& found) {
    return fields.headers() == nullptr ? write_lines(head, fields.span(), found)
                                       : write_lines(head, *fields.headers(), found);
}
GUST_DECL std::size_t size_of_rare(const FieldLines& fields) noexcept {
    return size_of(fields);
}
GUST_DECL Writer write_rare_field(Writer head, std::string_view name, std::string_view value) {
    return head.field(name, value);
}
/// @}

/// Throws unless the length that the application announced is right: `has` bytes are there of the
/// body, or are all of it.
GUST_DECL void check_length(status code, std::uint64_t announced, std::uint64_t has, bool is_all) {
    const auto number = static_cast<unsigned>(code);
    const bool must_be_empty = code == status::reset_content && announced != 0;
    if (number < 200 || code == status::no_content || must_be_empty) {
        throw_error(errc::forbidden_field);
    }
    if (allows_body(code) && has > announced) {
        throw_error(errc::body_too_long);
    }
    if (allows_body(code) && has < announced && is_all) {
        throw_error(errc::body_too_short);
    }
}

/// Writes the lines that middleware has added.
GUST_DECL Writer write_extras(Writer head, const FieldLines& fields, const ResponseExtras& extras) {
    for (const auto [name, value] : extras.fields) {
        head = write_rare_field(head, name, value);
    }
    for (const auto [name, value] : extras.defaults) {
        if (!fields.contains(name)) {
            head = write_rare_field(head, name, value);
        }
    }
    return head;
}

/// Whether a field is about the body, and goes when another body takes its place.
inline bool describes_body(std::string_view name) noexcept {
    constexpr std::string_view names[] = {
        "Content-Encoding",
        "Content-Language",
        "Content-Length",
        "Content-Location",
        "Content-Type",
        "ETag",
        "Last-Modified",
    };
    for (const std::string_view known : names) {
        if (iequals(name, known)) {
            return true;
        }
    }
    return false;
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

// Verbs -------------------------------------------------------------------------------------------

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
