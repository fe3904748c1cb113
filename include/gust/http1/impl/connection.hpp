// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP1_IMPL_CONNECTION_HPP
#define GUST_HTTP1_IMPL_CONNECTION_HPP

#include <gust/http1/connection.hpp>

#include <algorithm>
#include <utility>

namespace gust {

template <class Stream>
HTTP1Connection<Stream>::HTTP1Connection(
    Stream&& stream, const HTTP1ConnectionParameters& parameters, const PeerAddress& peer
)
    : HTTPConnection{exchange_, stream.get_executor()},
      stream_{std::move(stream)},
      exchange_{
          stream_.input(),
          stream_.output(),
          parameters,
          detail::ExchangeService::of(stream_.loop().context())
      },
      loop_{&stream_.loop()},
      peer_{peer} {
    loop_->attach();
    loop_->own_handlers(own_waiters_);
}

template <class Stream>
HTTP1Connection<Stream>::~HTTP1Connection() {
    loop_->detach();
}

template <class Stream>
std::string_view HTTP1Connection<Stream>::protocol() const noexcept {
    if constexpr (requires { Stream::transport_type::is_secure; }) {
        return Stream::transport_type::is_secure ? "https" : "http";
    } else {
        return "http";
    }
}

// Handlers: each keeps the connection, and ends in the pump ---------------------------------------

template <class Stream>
struct HTTP1Connection<Stream>::ReadHandler {
    ConnectionRef reference;
    void operator()(std::error_code) {
        static_cast<HTTP1Connection*>(reference.get())->on_readable();
    }
};

template <class Stream>
struct HTTP1Connection<Stream>::WriteHandler {
    ConnectionRef reference;
    void operator()(std::error_code) {
        auto& self = *static_cast<HTTP1Connection*>(reference.get());
        self.write_ = write_interest::unarmed;
        self.pump();
    }
};

template <class Stream>
void HTTP1Connection<Stream>::wake() noexcept {
    if (loop_->defer(call_)) {
        kept_for_call_ = ConnectionRef{*this};
    }
}

template <class Stream>
void HTTP1Connection<Stream>::on_call(detail::DeferredCall& call) noexcept {
    HTTP1Connection& self = static_cast<OwnCall&>(call).connection;
    const ConnectionRef keeps_alive{std::move(self.kept_for_call_)};
    const bool is_late = self.read_ == read_interest::later;
    const bool is_time_to_read =
        self.read_ == read_interest::even_later || (is_late && !self.exchange_.awaits_answer());
    if (is_time_to_read) {
        self.read_late();
    } else if (is_late) {
        self.read_ = read_interest::even_later;
        self.wake();
    }
    if (self.write_ == write_interest::even_later) {
        self.write_ = write_interest::due;
    } else if (self.write_ == write_interest::later) {
        self.write_ = write_interest::even_later;
        self.wake();
    }
    // A pump that ran meanwhile has done all the rest, unless it left off reading.
    if (is_time_to_read || self.pump_ == HTTPConnection::pump_state::scheduled
        || self.read_ == read_interest::ready || self.write_ == write_interest::due) {
        self.pump();
    }
}

template <class Stream>
void HTTP1Connection<Stream>::cancel_hook() noexcept {
    if (exchange_.turn_state() == Exchange::turn::hook) {
        hook_cancellation_.emit(asio::cancellation_type::terminal);
    }
}

template <class Stream>
void HTTP1Connection<Stream>::on_readable() {
    read_ = read_interest::ready;
    if (exchange_.awaits_answer() && !exchange_.is_closed()) {
        // Nothing is read now, so this is only a look at whether the peer has gone, or nobody could
        // wait for it.
        const io_result seen = stream_.peek();
        if (seen.status == io_status::error) {
            exchange_.connection_lost();
        } else if (seen.status == io_status::eof) {
            exchange_.input_ended();
        } else if (seen.status == io_status::want_read) {
            read_ = read_interest::dry;
        }
    }
    pump();
}

template <class Stream>
void HTTP1Connection<Stream>::on_deadline(Deadline& deadline) noexcept {
    HTTP1Connection& self = static_cast<OwnDeadline&>(deadline).connection;
    const ConnectionRef keeps_alive{self};
    const bool is_unread = self.read_ == read_interest::ready && self.exchange_.awaits_answer();
    if (is_unread && self.stream_.is_reset()) { // a reset behind unread bytes wakes nobody
        self.exchange_.connection_lost();
    }
    try {
        if (!self.look_once_more()) {
            self.exchange_.tick(self.loop_->now());
        }
    } catch (...) { // out of memory
        self.exchange_.abort(outcome::failed);
    }
    self.pump();
}

/// Before an idle connection is given up: whether a request is on its way after all.
template <class Stream>
bool HTTP1Connection<Stream>::look_once_more() {
    if constexpr (direct_transport<typename Stream::transport_type>) {
        if (exchange_.reading_state() == Exchange::reading::idle && exchange_.wants_input()) {
            return stream_.fill(exchange_.wanted_room()).n != 0;
        }
    }
    return false;
}

// Moving bytes ------------------------------------------------------------------------------------

template <class Stream>
bool HTTP1Connection<Stream>::transfer() {
    if (exchange_.is_closed()) {
        if (!stream_.is_open()) {
            return false;
        }
        close_stream();
        return true;
    }
    if (read_ == read_interest::ready && exchange_.wants_input() && receive()) {
        return true;
    }
    return !stream_.output().empty() && may_send() && send();
}

/// False while whole answers wait for the next one, or all for the peer. On a transport that cannot
/// be tried no answer waits: whatever ends the connection meanwhile could not send it at once.
template <class Stream>
bool HTTP1Connection<Stream>::may_send() noexcept {
    if constexpr (direct_transport<typename Stream::transport_type>) {
        const bool is_next_awaited =
            exchange_.awaits_answer() && stream_.output().pushed() == answered_;
        if (is_next_awaited && write_ != write_interest::due) {
            return false;
        }
    }
    return write_ != write_interest::armed;
}

template <class Stream>
void HTTP1Connection<Stream>::put_off() noexcept {
    exchange_.hold_output();
    if (put_off_since_ == steady_clock::time_point{}) {
        put_off_since_ = steady_clock::now();
    }
    if (write_ == write_interest::unarmed) {
        write_ = write_interest::later;
        wake();
    }
}

/// Reads before the exchange is asked, when it could only ask for that.
template <class Stream>
void HTTP1Connection<Stream>::receive_first() {
    if (read_ == read_interest::ready && exchange_.wants_input()
        && stream_.input().unread().empty()) {
        receive();
    }
}

template <class Stream>
bool HTTP1Connection<Stream>::receive() {
    if (reads_ == reads_in_a_row) {
        return false;
    }
    ++reads_;
    const io_result result = stream_.fill(exchange_.wanted_room());
    switch (result.status) {
    case io_status::ok:
        exchange_.received(result.n, clock_start());
        if (!stream_.input().is_full()) {
            read_ = read_interest::unarmed; // all that was there is here
        }
        return true;
    case io_status::eof:
        exchange_.input_ended();
        read_ = read_interest::unarmed;
        return true;
    case io_status::error:
        exchange_.connection_lost();
        return true;
    case io_status::want_read:
    case io_status::want_write:
        read_ = read_interest::dry;
        return false;
    }
    return false;
}

template <class Stream>
bool HTTP1Connection<Stream>::send() {
    write_ = write_interest::unarmed;
    put_off_since_ = {};
    const std::uint64_t before = stream_.output().sent();
    const io_result result = stream_.flush();
    const std::uint64_t n = stream_.output().sent() - before;
    if (n != 0) {
        exchange_.sent(n, clock_start());
    }
    if (result.status == io_status::error || result.status == io_status::eof) {
        exchange_.connection_lost();
        return true;
    }
    if (has_waiters() && exchange_.is_drained()) {
        complete_waiters({});
    }
    if (result.status != io_status::ok) {
        write_ = write_interest::armed;
        stream_.async_wait_writable(WriteHandler{ConnectionRef{*this}});
    }
    return n != 0 && exchange_.awaits_output();
}

template <class Stream>
void HTTP1Connection<Stream>::part() {
    // Bytes that come to a closed connection are answered with a reset. It can overtake an answer
    // that is on its way, but not one that has arrived, and not the FIN.
    const bool may_part = exchange_.parts_by_agreement() && stream_.is_quiet();
    stream_.shutdown_send();
    if (may_part) {
        exchange_.part();
    }
}

/// Before the connection is closed: sends whole answers that were only put off, and nothing else.
template <class Stream>
void HTTP1Connection<Stream>::send_answers() {
    if constexpr (direct_transport<typename Stream::transport_type>) {
        if (put_off_since_ != steady_clock::time_point{}) {
            stream_.output().take_back(answered_);
            stream_.flush();
        }
    }
}

template <class Stream>
void HTTP1Connection<Stream>::close_stream() {
    if (exchange_.parts_with_reset()) {
        stream_.abort();
    } else {
        send_answers();
        stream_.close();
    }
    complete_waiters(errc::closed);
    hook_cancellation_.emit(asio::cancellation_type::terminal);
}

template <class Stream>
void HTTP1Connection<Stream>::settle() {
    const bool has_left_off = reads_ == reads_in_a_row;
    reads_ = 0;
    exchange_.rest(clock_start());
    GUST_ASSERT(exchange_.is_consistent());
    if (exchange_.turn_state() != Exchange::turn::hook) {
        stream_.input().settle();
    }
    if (exchange_.is_closed()) {
        loop_->deadlines().set(deadline_, no_deadline);
        return;
    }
    if (read_ == read_interest::ready && exchange_.wants_input()) {
        if (has_left_off) {
            wake(); // other connections first; a pump that runs cannot be touched
        }
    } else if (!exchange_.has_ended_input()) {
        expect_input();
    }
    if (!stream_.output().empty() && write_ != write_interest::armed) {
        put_off();
    }
    loop_time due = exchange_.deadline();
    if (read_ == read_interest::ready && exchange_.awaits_answer()) {
        due = std::min(due, loop_->now() + 1); // each tick looks for a reset
    }
    loop_->deadlines().set(deadline_, due);
}

template <class Stream>
void HTTP1Connection<Stream>::expect_input() {
    if constexpr (direct_transport<typename Stream::transport_type>) {
        if (read_ == read_interest::unarmed && loop_->late_reads().are_good()) {
            if (exchange_.is_kept()) {
                stream_.prepare_wait(); // not when it is idle, and somebody else has taken memory
            }
            read_ = read_interest::later;
            wake();
            return;
        }
    }
    if (read_ == read_interest::unarmed || read_ == read_interest::dry) {
        arm_read();
    }
}

template <class Stream>
void HTTP1Connection<Stream>::read_early() {
    if constexpr (direct_transport<typename Stream::transport_type>) {
        if (loop_->early_reads().are_good()) {
            try_read(loop_->early_reads());
            if (read_ == read_interest::dry) {
                read_ = read_interest::unarmed;
            }
        }
    }
}

template <class Stream>
void HTTP1Connection<Stream>::read_late() {
    if (exchange_.wants_input()) {
        try_read(loop_->late_reads());
    } else {
        read_ = read_interest::dry;
    }
}

/// Tries once what is usually waited for.
template <class Stream>
void HTTP1Connection<Stream>::try_read(detail::Odds& odds) {
    read_ = read_interest::ready;
    try {
        odds.count(receive());
    } catch (...) { // out of memory: by the time it has waited there may be some
        read_ = read_interest::dry;
    }
}

template <class Stream>
void HTTP1Connection<Stream>::arm_read() {
    read_ = read_interest::armed;
    stream_.async_wait_readable(
        exchange_.wanted_room(),
        detail::in_memory(memory_for_read_wait_, ReadHandler{ConnectionRef{*this}})
    );
}

template <class Stream>
void HTTP1Connection<Stream>::hook_ended(const std::exception_ptr& error) {
    try {
        error ? hook_failed(error) : exchange_.end_hook();
    } catch (...) { // out of memory
        exchange_.abort(outcome::failed);
    }
    pump();
}

template <class Stream>
void HTTP1Connection<Stream>::hook_failed(const std::exception_ptr& error) {
    const errc mistake = peers_mistake(error);
    if (mistake == errc{}) {
        report_failure(error);
    }
    exchange_.hook_failed(mistake == errc{} ? errc::no_answer : mistake);
}

template <class Stream>
void HTTP1Connection<Stream>::report_failure(const std::exception_ptr& error) noexcept {
    // A hook that was cancelled because the peer has gone did nothing wrong.
    if (!exchange_.is_closed()) {
        loop_->log().write(log_level::error, log_kind::hook, "a hook failed", error);
    }
}

template <class Stream>
Stream HTTP1Connection<Stream>::detach()
    requires direct_transport<typename Stream::transport_type>
{
    exchange_.detach();
    if (stream_.output().pushed() == answered_ && write_ != write_interest::armed) {
        stream_.flush(); // answers that were put off; what the hook has written is its own to flush
    }
    return std::move(stream_);
}

} // namespace gust

#endif // GUST_HTTP1_IMPL_CONNECTION_HPP
