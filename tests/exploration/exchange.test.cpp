// SPDX-License-Identifier: MIT
// Every state that an exchange can reach, and everything that can happen in it.
//
// The search drives a real Exchange as HTTP1ServerConnection does, and abstracts what it sees to
// the state machines, the clocks and a few classes of sizes. A state is reached by the shortest
// path of actions that leads to it; an exchange cannot be copied, so a path is played again each
// time.
#include <gust/http1/exchange.hpp>
#include <gust/net/block_pool.hpp>
#include <gust/net/stream_buffer.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace gust {

/// Reads what an exchange keeps to itself.
struct ExchangeProbe {
    /// Two exchanges with the same picture cannot be told apart by what happens next, sizes aside.
    static std::string picture(const Exchange& e) {
        std::string text;
        const auto add = [&text](auto value) {
            text += static_cast<char>('a' + static_cast<int>(value));
        };
        // What the present state cannot use is left out: it is set anew before it counts.
        const bool has_request = e.side_ == Exchange::side::owed || e.side_ == Exchange::side::told;
        const bool has_body = has_request && e.reading_ == Exchange::reading::body;
        const bool is_closed = e.reading_ == Exchange::reading::closed;
        add(e.reading_);
        add(e.writing_);
        add(e.turn_);
        add(e.side_);
        add(e.handles_);
        add(has_request ? e.outcome_ : outcome::sent);
        if (is_closed) {
            return text;
        }
        add(has_request ? e.keep_ : persistence::close);
        add(e.peer_);
        add(e.flow_);
        add(has_request && e.life_ == Exchange::life::fresh ? Exchange::life::serving : e.life_);
        const bool may_end = has_request && e.writing_ != Exchange::writing::complete
                             && e.peer_ == Exchange::peer::sending;
        add(may_end ? e.half_close_ : half_close::answer);
        add(e.clock_);
        add(has_request && e.writing_ == Exchange::writing::open ? e.payload_
                                                                 : Exchange::payload::none);
        add(has_request && e.writing_ == Exchange::writing::open && e.payload_left_ == 0);
        add(has_request && e.writing_ != Exchange::writing::none
            && e.output_->sent() > e.response_mark_);
        add(has_body ? e.body_stage_ : Exchange::body_stage::announced);
        const bool is_counted = has_body
                                && (e.request_->framing.body == body_framing::chunked
                                    || e.body_left_ > e.parameters_->max_body_size);
        add(is_counted && e.request_->max_body_size == unlimited);
        add(has_body && e.read_left_ != 0);
        add(e.reading_ >= Exchange::reading::discard && e.discarded_ > e.parameters_->discard_size);
        add(e.read_due_ == no_deadline    ? 0
            : e.write_due_ == no_deadline ? 1
            : e.read_due_ < e.write_due_  ? 2
                                          : 3);
        add(e.write_due_ == no_deadline);
        return text;
    }
};

} // namespace gust

namespace {

using namespace std::literals;
using gust::Exchange;
using gust::Field;
using gust::ResponseStartLine;
using event = Exchange::event;
using reading = Exchange::reading;
using writing = Exchange::writing;
using turn = Exchange::turn;
using side = Exchange::side;

/// What a search may do to an exchange.
enum class action {
    pump,

    // The peer sends, and ends.
    send_get,
    send_get_close,
    send_get_1_0,
    send_head,
    send_length,
    send_long_length,
    send_too_long,
    send_chunked,
    send_expecting,
    send_malformed,
    send_half_head,
    send_other_half,
    send_empty_line,
    send_cr,
    send_byte,
    send_rest,
    send_chunk,
    send_half_chunk,
    send_last_chunk,
    send_bad_chunk,
    send_too_large_chunk,
    send_junk,
    fin,
    reset,
    take_part,
    take_all,

    next_deadline,
    drain,
    close,

    // The delegate.
    end_hook,
    fail_hook,
    keep,
    drop,
    headers,
    headers_length,
    headers_no_body,
    write_small,
    write_large,
    finish,
    respond,
    respond_close,
    respond_short,
    respond_long,
    interim,
    go_on,
    lift_limit,
    abort_at_fin,
    close_after,
    detach,

    count
};

constexpr std::array<const char*, static_cast<std::size_t>(action::count)> action_names{
    "pump",
    "send_get",
    "send_get_close",
    "send_get_1_0",
    "send_head",
    "send_length",
    "send_long_length",
    "send_too_long",
    "send_chunked",
    "send_expecting",
    "send_malformed",
    "send_half_head",
    "send_other_half",
    "send_empty_line",
    "send_cr",
    "send_byte",
    "send_rest",
    "send_chunk",
    "send_half_chunk",
    "send_last_chunk",
    "send_bad_chunk",
    "send_too_large_chunk",
    "send_junk",
    "fin",
    "reset",
    "take_part",
    "take_all",
    "next_deadline",
    "drain",
    "close",
    "end_hook",
    "fail_hook",
    "keep",
    "drop",
    "headers",
    "headers_length",
    "headers_no_body",
    "write_small",
    "write_large",
    "finish",
    "respond",
    "respond_close",
    "respond_short",
    "respond_long",
    "interim",
    "go_on",
    "lift_limit",
    "abort_at_fin",
    "close_after",
    "detach"
};

using path = std::vector<action>;

std::string text_of(const path& steps) {
    std::string text;
    for (const action step : steps) {
        text += ' ';
        text += action_names[static_cast<std::size_t>(step)];
    }
    return text;
}

struct Violation : std::logic_error {
    using std::logic_error::logic_error;
};

void expect(bool holds, const char* what) {
    if (!holds) {
        throw Violation{what};
    }
}

/// Small limits, so that each can be crossed by one action.
const gust::HTTP1ConnectionParameters limits{
    .max_body_size = 50,
    .chunk_size = 16,
    .output_high_water = 2000,
    .output_low_water = 500,
    .max_output = 2500,
    .discard_size = 20,
};

constexpr std::size_t large_size = 3000;

struct Pools {
    gust::BlockPool blocks;
    gust::SegmentPool segments;
    gust::ExchangePool exchanges;
};

/// One exchange, a peer, and a delegate that does what the search wants.
class Connection {
public:
    explicit Connection(Pools& pools)
        : input_{pools.blocks},
          output_{pools.blocks, pools.segments},
          exchange_{input_, output_, limits, pools.exchanges} {
        pump();
    }

    /// Does `what` if that can happen now.
    bool apply(action what);
    std::string picture() const;
    bool is_over() const { return exchange_.is_closed() && !has_delegate_ && !has_handle_; }

    /// Whether a peer that sends nothing any more is got rid of, whatever was going on.
    void outlive_silent_peer(bool takes_output) {
        constexpr int most_rounds = 40;
        for (int round = 0; round != most_rounds; ++round) {
            while (in_hook()) {
                apply(action::end_hook);
            }
            apply(action::drop);
            apply(action::pump);
            if (takes_output) {
                apply(action::take_all);
            }
            if (in_hook()) {
                continue;
            }
            if (exchange_.is_closed() && !has_delegate_) {
                return;
            }
            apply(action::next_deadline);
        }
        throw Violation{"a silent peer is always got rid of"};
    }

private:
    enum class hook { none, headers, data, finish, closed };
    enum class user { nothing, begun, ended };
    enum class position { head, other_half, length, chunked, half_chunk, junk };

    bool in_hook() const { return hook_ != hook::none; }
    /// Whether only the hook runs: a plain one, or one that has not yet suspended.
    bool is_busy() const { return in_hook() && !is_rested_; }
    /// A verb outside of a pump schedules one: other things may come first.
    void touch() {
        is_rested_ = is_rested_ && in_hook();
        is_fresh_ = false;
    }
    /// A completion handler ends in the pump.
    bool wake() {
        touch();
        pump();
        return true;
    }
    bool may_answer() const {
        return (in_hook() && hook_ != hook::closed)
               || (has_handle_ && exchange_.is_current(serial_));
    }

    void pump();
    void handle(event e);
    void rest();
    void begin(hook which) {
        hook_ = which;
        if (which != hook::closed) {
            exchange_.begin_hook();
        }
    }

    bool send(std::string_view bytes, position next);
    bool send_head(std::string_view head, position next, std::size_t length = 0) {
        if (position_ != position::head) {
            return false;
        }
        if (!send(head, next)) {
            return false;
        }
        length_ = length;
        return true;
    }
    bool take(std::uint64_t n);
    template <class Verb>
    bool answer(bool is_mistake, user next, Verb verb);

    gust::InputBuffer input_;
    gust::OutputQueue output_;
    Exchange exchange_;
    gust::loop_time now_ = 1000;

    hook hook_ = hook::none;
    bool has_delegate_ = false;
    bool is_told_ = false;
    bool is_detached_ = false;
    bool is_rested_ = false;
    bool is_stream_closed_ = false;
    bool has_shut_ = false;
    bool is_last_ = false;
    bool was_kept_ = true;
    user user_ = user::nothing;
    bool has_handle_ = false;
    std::uint64_t serial_ = 0;
    int fed_ = 0;
    bool is_fresh_ = false; // nothing happened since the last pump
    position position_ = position::head;
    std::size_t length_ = 0;
};

void Connection::pump() {
    fed_ = 0;
    for (;;) {
        const event e = exchange_.next();
        if (e == event::none) {
            if (exchange_.is_closed() && !is_stream_closed_) {
                is_stream_closed_ = true;
                output_.clear();
                continue;
            }
            break;
        }
        handle(e);
        if (in_hook()) {
            is_rested_ = false;
            return;
        }
    }
    rest();
}

void Connection::handle(event e) {
    switch (e) {
    case event::none:
        break;
    case event::request:
        expect(!has_delegate_, "a delegate ends before the next begins");
        expect(!is_last_, "no message starts after the connection was not kept");
        expect(!is_stream_closed_, "a closed connection interprets no byte");
        has_delegate_ = true;
        is_told_ = is_detached_ = false;
        user_ = user::nothing;
        was_kept_ = true;
        begin(hook::headers);
        break;
    case event::data:
        expect(has_delegate_ && !is_told_, "data comes before the end");
        expect(!exchange_.piece().empty(), "a piece holds bytes");
        begin(hook::data);
        break;
    case event::finish:
        expect(has_delegate_ && !is_told_, "one of finish and on_connection_close");
        expect(user_ != user::ended, "finish is for those who have not answered");
        is_told_ = true;
        begin(hook::finish);
        break;
    case event::connection_closed:
        expect(has_delegate_ && !is_told_, "one of finish and on_connection_close");
        is_told_ = true;
        begin(hook::closed);
        break;
    case event::ended:
        expect(has_delegate_, "response_ended once");
        expect(is_told_ || is_detached_, "response_ended is the last");
        expect(is_detached_ == (exchange_.result() == gust::outcome::detached), "detached says so");
        has_delegate_ = false;
        is_last_ = is_last_ || exchange_.keep_state() == gust::persistence::close;
        break;
    case event::shutdown:
        expect(!has_shut_ && !has_delegate_ && output_.empty(), "FIN behind everything, once");
        has_shut_ = true;
        break;
    }
}

/// The end of a pump: everything that design H3 promises of a connection at rest.
void Connection::rest() {
    expect(exchange_.next() == event::none, "nothing is left to do");
    exchange_.rest(now_);
    if (exchange_.turn_state() != turn::hook) {
        input_.settle();
    }
    is_rested_ = is_fresh_ = true;

    expect(exchange_.is_consistent(), "only the states that are drawn");
    const reading r = exchange_.reading_state();
    const bool is_closed = exchange_.is_closed();
    const auto unread = input_.unread();
    // 1. A pending hook stops everything else.
    expect((exchange_.turn_state() == turn::hook) == in_hook(), "the turn is the hook's");
    const side s = exchange_.side_state();
    expect(has_delegate_ == (s == side::owed || s == side::told), "a delegate has a request");
    // 2. Somebody will wake the connection, and a peer that is waited for has a clock.
    const bool is_peers_turn = exchange_.turn_state() == turn::peer;
    expect(
        is_closed || exchange_.wants_input() || !output_.empty() || !is_peers_turn,
        "something is waited for"
    );
    expect(
        is_closed || !is_peers_turn || exchange_.deadline() != gust::no_deadline,
        "a clock runs while it is the peer's turn"
    );
    expect(
        is_closed || exchange_.turn_state() != turn::answer || has_handle_, "somebody will answer"
    );
    // 3. An idle connection holds nothing.
    if (r == reading::idle) {
        expect(!has_delegate_, "idle: no delegate");
        expect(!unread.empty() || !input_.pin(), "idle: no block");
    }
    expect(
        is_closed || output_.empty() || exchange_.deadline() != gust::no_deadline,
        "output has a clock"
    );
    expect(
        is_peers_turn || !output_.empty() || exchange_.deadline() == gust::no_deadline,
        "no clock runs while the delegate is waited for"
    );
    // 4. What is not kept stays so.
    expect(
        was_kept_ || exchange_.keep_state() == gust::persistence::close || !has_delegate_, "kept"
    );
    was_kept_ = exchange_.keep_state() == gust::persistence::keep;
    // 5. Bounds, and no byte is left lying.
    expect(output_.size() <= limits.max_output + large_size + 1024, "output is bounded");
    if (is_peers_turn && exchange_.wants_input()) {
        switch (r) {
        case reading::idle:
            expect(unread.empty() || unread == "\r", "idle: all read");
            break;
        case reading::head:
            expect(!unread.empty() && unread.find("\r\n\r\n") == unread.npos, "a head in part");
            break;
        case reading::body:
        case reading::discard:
        case reading::linger:
            expect(unread.empty(), "a body is read as far as it is there");
            break;
        case reading::complete:
        case reading::closed:
            expect(false, "no input is wanted");
        }
    }
    // A deadline that has not come does nothing.
    const gust::loop_time due = exchange_.deadline();
    if (due != gust::no_deadline) {
        exchange_.tick(due - 1);
        expect(
            exchange_.deadline() == due && exchange_.reading_state() == r,
            "an early tick does nothing"
        );
    }
}

bool Connection::send(std::string_view bytes, position next) {
    if (!exchange_.wants_input() || is_busy() || !is_fresh_ || fed_ == 2) {
        return false;
    }
    const auto room = input_.space(exchange_.wanted_room());
    expect(room.size() >= bytes.size(), "room for a read");
    bytes.copy(room.data(), bytes.size());
    input_.commit(bytes.size());
    exchange_.received(bytes.size(), now_);
    position_ = next;
    ++fed_;
    is_rested_ = false;
    return true;
}

bool Connection::take(std::uint64_t n) {
    if (is_busy() || n == 0 || n > output_.size()) {
        return false;
    }
    output_.consume(n);
    exchange_.sent(n, now_);
    return true;
}

/// Calls a verb as a hook, or as the holder of a handle. `is_mistake`: the caller's own calls do
/// not allow it.
template <class Verb>
bool Connection::answer(bool is_mistake, user next, Verb verb) {
    if (!may_answer()) {
        return false;
    }
    const std::uint64_t pushed = output_.pushed();
    const std::string before = gust::ExchangeProbe::picture(exchange_);
    const bool is_given_up = exchange_.is_closed() || exchange_.result() != gust::outcome::sent;
    try {
        verb();
        expect(
            !is_mistake || is_given_up || exchange_.result() != gust::outcome::sent,
            "a mistake is told"
        );
        user_ = next;
    } catch (const std::system_error& error) {
        expect(is_mistake, "a verb throws for a mistake of its caller only");
        expect(!is_given_up, "a verb does nothing when nobody listens");
        expect(pushed == output_.pushed(), "a mistake queues nothing");
        expect(before == gust::ExchangeProbe::picture(exchange_), "a mistake changes nothing");
    }
    touch();
    return true;
}

/// Whether the bytes of `what` are tried behind others in one read.
bool may_follow(action what) {
    return what == action::send_get || what == action::send_rest || what == action::send_chunk
           || what == action::send_last_chunk || what == action::send_bad_chunk;
}

constexpr std::string_view get_head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

bool Connection::apply(action what) {
    const std::array<Field, 0> no_fields{};
    const std::array<Field, 1> length_field{Field{"Content-Length", "5"}};
    const std::array<Field, 2> wrong_fields{
        Field{"Content-Length", "5"}, Field{"Connection", "close"}
    };
    const std::array<Field, 1> close_field{Field{"Connection", "close"}};
    if (fed_ != 0 && what != action::pump && !may_follow(what)) {
        return false;
    }
    bool is_past_bound = false;
    switch (what) {
    case action::pump:
        if (hook_ == hook::closed || is_rested_) {
            return false;
        }
        pump();
        return true;
    case action::send_get:
        return send_head(get_head, position::head);
    case action::send_get_close:
        return send_head("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", position::head);
    case action::send_get_1_0:
        return send_head("GET / HTTP/1.0\r\n\r\n", position::head);
    case action::send_head:
        return send_head("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", position::head);
    case action::send_length:
        return send_head(
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n", position::length, 3
        );
    case action::send_long_length:
        return send_head(
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 24\r\n\r\n", position::length, 24
        );
    case action::send_too_long:
        return send_head(
            "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 60\r\n\r\n", position::length, 60
        );
    case action::send_chunked:
        return send_head(
            "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", position::chunked
        );
    case action::send_expecting:
        return send_head(
            "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
            position::length,
            3
        );
    case action::send_malformed:
        return send_head("GET / HTTP/1.1\r\nHost : a\r\n\r\n", position::junk);
    case action::send_half_head:
        return send_head(get_head.substr(0, 9), position::other_half);
    case action::send_other_half:
        return position_ == position::other_half && send(get_head.substr(9), position::head);
    case action::send_empty_line:
        return send_head("\r\n", position::head);
    case action::send_cr:
        return send_head("\r", position::junk);
    case action::send_byte:
        if (position_ != position::length || (length_ != 3 && length_ != 24)
            || !send("b", position::length)) {
            return false;
        }
        --length_;
        return true;
    case action::send_rest:
        return position_ == position::length && send(std::string(length_, 'b'), position::head);
    case action::send_chunk:
        return position_ == position::chunked && send("1\r\nb\r\n", position::chunked);
    case action::send_half_chunk:
        if (position_ == position::half_chunk) {
            return send("b\r\n", position::chunked);
        }
        return position_ == position::chunked && send("2\r\nb", position::half_chunk);
    case action::send_last_chunk:
        return position_ == position::chunked && send("0\r\n\r\n", position::head);
    case action::send_bad_chunk:
        return position_ == position::chunked && send("zz\r\n", position::junk);
    case action::send_too_large_chunk:
        return position_ == position::chunked && send("40\r\n", position::junk);
    case action::send_junk:
        return (position_ == position::junk || exchange_.reading_state() == reading::linger)
               && send(std::string(30, 'x'), position::junk);
    case action::fin:
        if (is_busy() || exchange_.has_ended_input() || exchange_.is_closed()) {
            return false;
        }
        exchange_.input_ended();
        return wake();
    case action::reset:
        if (is_busy() || exchange_.is_closed()) {
            return false;
        }
        exchange_.connection_lost();
        return wake();
    case action::take_part:
        if (output_.size() < 2 || !take(output_.size() / 2)) {
            return false;
        }
        return wake();
    case action::take_all:
        if (!take(output_.size())) {
            return false;
        }
        return wake();
    case action::next_deadline:
        if (is_busy() || exchange_.deadline() == gust::no_deadline) {
            return false;
        }
        now_ = std::max(now_, exchange_.deadline());
        exchange_.tick(now_);
        return wake();
    case action::drain:
        if (is_busy()) {
            return false;
        }
        exchange_.drain();
        return wake();
    case action::close:
        exchange_.abort(gust::outcome::failed);
        touch();
        return true;
    case action::end_hook:
    case action::fail_hook:
        if (!in_hook() || (hook_ == hook::closed && what == action::fail_hook)) {
            return false;
        }
        if (std::exchange(hook_, hook::none) != hook::closed) {
            what == action::end_hook ? exchange_.end_hook() : exchange_.hook_failed();
        }
        is_rested_ = false;
        return wake();
    case action::keep:
        if ((hook_ != hook::headers && hook_ != hook::finish) || has_handle_) {
            return false;
        }
        has_handle_ = true;
        serial_ = exchange_.keep();
        return true;
    case action::drop:
        if (!std::exchange(has_handle_, false)) {
            return false;
        }
        exchange_.release(serial_);
        touch();
        return true;
    case action::headers:
        return answer(user_ != user::nothing, user::begun, [&] {
            exchange_.write_headers(ResponseStartLine{gust::status::ok}, no_fields, {});
        });
    case action::headers_length:
        return answer(user_ != user::nothing, user::begun, [&] {
            exchange_.write_headers(ResponseStartLine{gust::status::ok}, length_field, {});
        });
    case action::headers_no_body:
        return answer(user_ != user::nothing, user::begun, [&] {
            exchange_.write_headers(ResponseStartLine{gust::status::not_modified}, no_fields, {});
        });
    case action::write_small:
        // Whether the body may hold it is the exchange's own account.
        if (user_ == user::begun) {
            if (!may_answer()) {
                return false;
            }
            try {
                exchange_.write(gust::Chunk{"hello"});
            } catch (const std::system_error& error) {
                expect(
                    error.code() == gust::errc::body_too_long
                        || error.code() == gust::errc::body_not_allowed,
                    "a verb throws for a mistake of its caller only"
                );
            }
            touch();
            return true;
        }
        return answer(true, user_, [&] { exchange_.write(gust::Chunk{"hello"}); });
    case action::write_large:
        if (user_ != user::begun || !may_answer()) {
            return false;
        }
        is_past_bound = output_.size() > limits.max_output || exchange_.is_closed();
        try {
            exchange_.write(gust::Chunk{std::string(large_size, 'l')});
        } catch (const std::system_error& error) {
            expect(
                error.code() == gust::errc::body_too_long
                    || error.code() == gust::errc::body_not_allowed,
                "a verb throws for a mistake of its caller only"
            );
        }
        expect(is_past_bound == exchange_.is_closed(), "the bound is for what is already queued");
        touch();
        return true;
    case action::finish:
        if (user_ == user::begun) {
            if (!may_answer()) {
                return false;
            }
            try {
                exchange_.finish({});
                user_ = user::ended;
            } catch (const std::system_error& error) {
                expect(
                    error.code() == gust::errc::body_too_short,
                    "a verb throws for a mistake of its caller only"
                );
            }
            touch();
            return true;
        }
        return answer(true, user_, [&] { exchange_.finish({}); });
    case action::respond:
        return answer(user_ != user::nothing, user::ended, [&] {
            exchange_.respond(ResponseStartLine{gust::status::ok}, no_fields, gust::Chunk{"hello"});
        });
    case action::respond_close:
        return answer(user_ != user::nothing, user::ended, [&] {
            exchange_.respond(
                ResponseStartLine{gust::status::ok}, close_field, gust::Chunk{"hello"}
            );
        });
    case action::respond_short:
        if (has_delegate_ && exchange_.request().start_line.method == gust::method::head) {
            return false; // the length may be that of the body which is not sent
        }
        return answer(true, user_, [&] {
            exchange_.respond(ResponseStartLine{gust::status::ok}, wrong_fields, gust::Chunk{"hi"});
        });
    case action::respond_long:
        return answer(true, user_, [&] {
            exchange_.respond(
                ResponseStartLine{gust::status::ok}, wrong_fields, gust::Chunk{"hello, world"}
            );
        });
    case action::interim:
        return answer(user_ != user::nothing, user_, [&] {
            exchange_.write_interim(gust::status::early_hints, no_fields);
        });
    case action::go_on:
        return answer(user_ != user::nothing, user_, [&] {
            exchange_.write_interim(gust::status::continue_, no_fields);
        });
    case action::lift_limit:
        if (hook_ != hook::headers || is_rested_) {
            return false;
        }
        exchange_.set_max_body_size(gust::unlimited);
        return true;
    case action::abort_at_fin:
        if (hook_ != hook::headers) {
            return false;
        }
        exchange_.set_half_close(gust::half_close::abort);
        touch();
        return true;
    case action::close_after:
        if (hook_ != hook::headers && hook_ != hook::finish) {
            return false;
        }
        exchange_.close_after_response();
        return true;
    case action::detach:
        if (!in_hook() || hook_ == hook::closed || exchange_.is_closed()) {
            return false;
        }
        exchange_.detach();
        is_detached_ = true;
        is_stream_closed_ = true;
        input_.clear();
        output_.clear();
        return true;
    case action::count:
        break;
    }
    return false;
}

std::string Connection::picture() const {
    std::string text = gust::ExchangeProbe::picture(exchange_);
    const auto add = [&text](auto value) {
        text += static_cast<char>('a' + static_cast<int>(value));
    };
    add(hook_);
    add(has_delegate_);
    add(has_delegate_ && is_told_);
    add(is_detached_);
    add(is_rested_);
    add(is_stream_closed_);
    add(has_delegate_ ? user_ : user::nothing);
    add(has_handle_);
    add(has_handle_ && exchange_.is_current(serial_));
    if (exchange_.is_closed()) {
        return text;
    }
    const auto unsent = output_.size();
    add(unsent == 0                          ? 0
        : unsent <= limits.output_high_water ? 1
        : unsent <= limits.max_output        ? 2
                                             : 3);
    add(has_shut_);
    add(is_last_);
    add(fed_);
    add(exchange_.reading_state() == reading::linger ? position::junk : position_);
    add(position_ == position::length ? length_ : 0);
    text += input_.unread();
    return text;
}

struct Search {
    struct State {
        std::size_t parent;
        action by;
        std::uint8_t tried = 0; // actions below this have been tried
    };
    std::vector<State> states;
    std::unordered_map<std::string, std::size_t> known;
    std::uint64_t transitions = 0;
    Pools pools;

    path path_to(std::size_t state) const {
        path steps;
        for (; state != 0; state = states[state].parent) {
            steps.push_back(states[state].by);
        }
        return {steps.rbegin(), steps.rend()};
    }

    static void play(Connection& connection, const path& steps) {
        for (const action step : steps) {
            connection.apply(step);
        }
    }

    void run() {
        {
            Connection first{pools};
            known.emplace(first.picture(), 0);
            states.push_back({0, action::count});
        }
        for (std::size_t state = 0; state != states.size(); ++state) {
            path steps = path_to(state);
            try {
                while (states[state].tried != static_cast<int>(action::count)) {
                    steps = path_to(state);
                    walk(state, steps);
                }
                steps = path_to(state);
                be_silent(state, steps);
            } catch (const Violation& violation) {
                throw Violation{std::string{violation.what()} + " after" + text_of(steps)};
            }
        }
    }

    /// Plays the way to a state and goes on from there, by what was not yet tried where it comes
    /// to.
    void walk(std::size_t state, path& steps) {
        Connection connection{pools};
        play(connection, steps);
        while (!connection.is_over()) {
            std::uint8_t& next = states[state].tried;
            bool has_moved = false;
            while (!has_moved && next != static_cast<int>(action::count)) {
                steps.push_back(static_cast<action>(next++));
                has_moved = connection.apply(steps.back());
                if (!has_moved) {
                    steps.pop_back();
                }
            }
            if (!has_moved) {
                return;
            }
            ++transitions;
            const auto [found, is_new] = known.emplace(connection.picture(), states.size());
            if (is_new) {
                states.push_back({state, steps.back()});
            }
            state = found->second;
        }
        states[state].tried = static_cast<int>(action::count);
    }

    void be_silent(std::size_t state, const path& steps) {
        {
            Connection connection{pools};
            play(connection, steps);
            connection.outlive_silent_peer(false);
        }
        if (state % 2 == 0) {
            Connection connection{pools};
            play(connection, steps);
            connection.outlive_silent_peer(true);
        }
    }
};

} // namespace

TEST_CASE("every state of an exchange keeps its promises", "[http1][exploration]") {
    Search search;
    try {
        search.run();
    } catch (const Violation& violation) {
        FAIL(violation.what());
    }
    std::printf(
        "%zu states, %llu transitions\n",
        search.states.size(),
        static_cast<unsigned long long>(search.transitions)
    );
    CHECK(search.states.size() > 1000);
    CHECK(search.pools.blocks.blocks_in_use() == 0);
}
