// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_IO_STREAM_HPP
#define GUST_NET_IMPL_IO_STREAM_HPP

#include <gust/net/detail/socket_io.hpp>
#include <gust/net/io_stream.hpp>

#include <algorithm>
#include <memory>
#include <new>

namespace gust {
namespace detail {

/// Tells a stream, if it is still there, that one of its waits is over.
template <class Stream>
struct StreamWait {
    CountedPtr<StreamOperations> operations;
    io_want want;

    void operator()(std::error_code ec) {
        const bool is_read = want == io_want::read;
        (is_read ? operations->read_wait : operations->write_wait) = StreamOperations::wait::none;
        if (auto* stream = static_cast<Stream*>(operations->stream)) {
            is_read ? stream->readable(ec) : stream->writable(ec);
        }
    }
};

} // namespace detail

// The primitives.

template <transport Transport>
io_result IOStream<Transport>::fill(std::size_t wanted) {
    if constexpr (is_direct) {
        const io_result result = transport_.try_read(input_.space(wanted));
        input_.commit(result.n);
        return result;
    } else {
        return transport_->fill(input_);
    }
}

template <transport Transport>
io_result IOStream<Transport>::flush() {
    if constexpr (is_direct) {
        while (!output_.empty()) {
            std::size_t offered = 0;
            const io_result result = send_front(offered);
            if (result.status != io_status::ok) {
                return result;
            }
            output_.consume(result.n);
            if (result.n < offered) { // full: asking again would only tell so
                return {.status = io_status::want_write, .n = 0, .error = {}};
            }
        }
        return {};
    } else {
        return transport_->flush(output_);
    }
}

/// Tries to send what is at the front of the queue, and says how many bytes of memory that was.
template <transport Transport>
GUST_ALWAYS_INLINE io_result IOStream<Transport>::send_front(std::size_t& offered) noexcept {
    if constexpr (!is_direct) {
        return {}; // never called
    } else if (const detail::Segment* part = output_.front_file()) {
        return send_file(*part);
    } else {
        std::array<iovec, gather_limit> parts;
        const std::size_t n = output_.gather(parts, send_limit, offered);
        return transport_.try_write(std::span{parts}.first(n));
    }
}

template <transport Transport>
io_result IOStream<Transport>::send_file(const detail::Segment& segment) noexcept {
    if constexpr (!is_direct) {
        return {}; // never called
    } else if constexpr (requires {
                             transport_.try_send_file(
                                 segment.descriptor, segment.offset, segment.size
                             );
                         }) {
        return transport_.try_send_file(segment.descriptor, segment.offset, segment.size);
    } else {
        std::array<char, 16384> piece;
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(segment.size, piece.size()));
        const io_result got =
            detail::read_file(segment.descriptor, segment.offset, std::span{piece}.first(wanted));
        if (got.status != io_status::ok) {
            return got;
        }
        const iovec part{piece.data(), got.n};
        return transport_.try_write({&part, 1});
    }
}

template <transport Transport>
io_result IOStream<Transport>::peek() noexcept {
    if constexpr (is_direct) {
        return transport_.try_peek();
    } else {
        return transport_->peek();
    }
}

template <transport Transport>
bool IOStream<Transport>::is_reset() noexcept {
    if constexpr (is_direct) {
        return transport_.is_reset();
    } else {
        return transport_->is_reset();
    }
}

template <transport Transport>
bool IOStream<Transport>::is_quiet() noexcept {
    if constexpr (is_direct && requires { transport_.is_quiet(); }) {
        return transport_.is_quiet();
    } else {
        return false;
    }
}

template <transport Transport>
void IOStream<Transport>::prepare_wait() noexcept {
    if constexpr (requires { transport_.prepare_wait(); }) {
        transport_.prepare_wait();
    }
}

template <transport Transport>
template <class Handler>
void IOStream<Transport>::async_wait_readable(
    [[maybe_unused]] std::size_t wanted, Handler&& handler
) {
    if constexpr (is_direct) {
        transport_.async_wait(io_want::read, std::forward<Handler>(handler));
    } else {
        transport_->read(input_, wanted, std::forward<Handler>(handler));
    }
}

template <transport Transport>
template <class Handler>
void IOStream<Transport>::async_wait_writable(Handler&& handler) {
    if constexpr (is_direct) {
        transport_.async_wait(io_want::write, std::forward<Handler>(handler));
    } else {
        transport_->write(output_, std::forward<Handler>(handler));
    }
}

template <transport Transport>
void IOStream<Transport>::shutdown_send() noexcept {
    if constexpr (is_direct) {
        transport_.shutdown_send();
    } else {
        transport_->shutdown_send();
    }
}

template <transport Transport>
bool IOStream<Transport>::is_open() noexcept {
    if constexpr (is_direct) {
        return transport_.is_open();
    } else {
        return transport_->is_open();
    }
}

template <transport Transport>
void IOStream<Transport>::close_transport() noexcept {
    if constexpr (is_direct) {
        transport_.close();
    } else {
        transport_->close();
    }
}

template <transport Transport>
void IOStream<Transport>::close() noexcept {
    shut(make_error_code(errc::closed));
    if (operations_) { // of streams that never had any, a program need not contain the read family
        operations_->interrupt(this);
    }
}

template <transport Transport>
void IOStream<Transport>::abort() noexcept {
    if constexpr (requires { transport().abort(); }) {
        transport().abort();
    } else if constexpr (requires { transport().lowest_layer().native_handle(); }) {
        detail::reset_on_close(transport().lowest_layer().native_handle());
    }
    close();
}

template <transport Transport>
void IOStream<Transport>::leave() noexcept {
    if constexpr (!is_direct) {
        if (!transport_) { // moved from
            return;
        }
        transport_->close();
    }
    if (operations_) {
        close();
        operations_->stream = nullptr;
    }
}

// The read family and `write`.

template <transport Transport>
detail::StreamOperations& IOStream<Transport>::operations() {
    if (!operations_) {
        operations_ = detail::CountedPtr{new detail::StreamOperations{*loop_}};
        operations_->stream = this;
        operations_->interrupt = [](void* self) noexcept {
            static_cast<IOStream*>(self)->interrupt();
        };
        if (!is_open()) {
            operations_->ended_by = operations_->failed_by = errc::closed;
        }
    }
    return *operations_;
}

template <transport Transport>
template <class Handler, class Condition>
void IOStream<Transport>::begin_read(Handler handler, Condition condition) {
    using operation = detail::WaitingOperation<Handler, Condition>;
    if (operations().read_state != detail::StreamOperations::reading::idle) {
        detail::post_completion(
            get_executor(),
            std::move(handler),
            make_error_code(errc::busy),
            typename Condition::result{}
        );
        return;
    }
    input_.settle();
    detail::StreamOutcome outcome;
    if (advance(condition, outcome) == progress::complete) {
        detail::complete_now(operations_, handler, condition, std::move(outcome));
        settle();
        return;
    }
    auto waiting = std::make_unique<operation>(operations_, handler, std::move(condition));
    waiting->set_cancellation();
    wait_readable();
    operations_->add_reader(*waiting.release());
}

template <transport Transport>
template <class Handler>
void IOStream<Transport>::begin_write(Handler handler, Chunk data) {
    using operation = detail::WaitingOperation<Handler, detail::WriteKind>;
    const detail::StreamOperations& ops = operations();
    const std::uint64_t added = data.from() == Chunk::source::file ? 0 : data.size();
    std::error_code error = ops.failed_by;
    if (!error && output_.size_in_memory() + added > ops.options.max_write_buffer_size) {
        error = errc::buffer_full;
    }
    if (!error) {
        output_.push(std::move(data)); // all of it, or it throws
        if (ops.write_wait == detail::StreamOperations::wait::none) {
            error = send();
        }
    }
    if (error || output_.empty()) {
        detail::complete_now(operations_, handler, detail::WriteKind{}, {error, {}, {}});
    } else {
        auto waiting = std::make_unique<operation>(operations_, handler, detail::WriteKind{});
        waiting->set_cancellation();
        wait_writable();
        operations_->add_writer(*waiting.release(), output_.pushed());
    }
    interrupt();
}

template <transport Transport>
template <class Handler>
void IOStream<Transport>::begin_watch(Handler handler) {
    using operation = detail::WaitingOperation<Handler, detail::WatchKind>;
    operations();
    auto waiting = std::make_unique<operation>(operations_, handler, detail::WatchKind{});
    waiting->set_cancellation();
    operations_->add_watcher(*waiting.release());
    settle();
}

/// Takes what is buffered and what can be read, until the condition is met or nothing more is
/// there.
template <transport Transport>
typename IOStream<Transport>::progress
IOStream<Transport>::advance(detail::ReadCondition& condition, detail::StreamOutcome& outcome) {
    using verdict = detail::ReadCondition::verdict;
    const detail::StreamOperations& ops = *operations_;
    while (true) {
        detail::ReadCondition::judgement judged = condition.judge(input_.unread());
        if (judged.is == verdict::more && ops.ended_by == errc::closed
            && condition.is_satisfied_by_end()) {
            judged = {verdict::done, input_.unread().size()};
        }
        if (judged.is == verdict::done) {
            outcome.view = input_.unread().substr(0, judged.taken);
            outcome.pin = input_.pin();
            input_.consume(judged.taken);
            return progress::complete;
        }
        input_.consume(judged.taken);
        if (ops.ended_by) {
            outcome.error = ops.ended_by;
            return progress::complete;
        }
        if (judged.is == verdict::unsatisfiable) {
            shut(make_error_code(errc::unsatisfiable));
        } else if (input_.unread().size() >= ops.options.max_buffer_size) {
            shut(make_error_code(errc::buffer_full));
        } else if (receive(condition) == progress::waiting) {
            return progress::waiting;
        }
    }
}

/// Reads once. An end is remembered, and closes the stream if it is a failure.
template <transport Transport>
typename IOStream<Transport>::progress IOStream<Transport>::receive(detail::ReadCondition& condition
) {
    io_result result;
    try {
        result = receive_some(condition);
    } catch (const std::bad_alloc&) {
        result = {
            .status = io_status::error,
            .n = 0,
            .error = std::make_error_code(std::errc::not_enough_memory)
        };
    }
    switch (result.status) {
    case io_status::ok:
        break;
    case io_status::eof:
        operations_->end(make_error_code(errc::closed));
        break;
    case io_status::error:
        shut(result.error);
        break;
    case io_status::want_read:
    case io_status::want_write:
        input_.settle(); // nobody holds a block while waiting
        return progress::waiting;
    }
    return progress::complete;
}

template <transport Transport>
io_result IOStream<Transport>::receive_some([[maybe_unused]] detail::ReadCondition& condition) {
    if constexpr (is_direct) {
        const std::size_t most = std::max<std::size_t>(operations_->options.read_chunk_size, 1);
        const std::span<char> target = condition.target();
        if (!target.empty() && input_.unread().empty()) {
            const io_result result = transport_.try_read(target);
            condition.put(result.n);
            return result;
        }
        const std::span<char> room = input_.space(room_for(condition));
        const io_result result = transport_.try_read(room.first(std::min(room.size(), most)));
        input_.commit(result.n);
        return result;
    } else {
        return transport_->fill(input_);
    }
}

template <transport Transport>
std::size_t IOStream<Transport>::room_for(const detail::ReadCondition& condition) const noexcept {
    const std::size_t wanted = condition.wanted(input_.unread().size());
    return std::max(std::min(wanted, operations_->options.read_chunk_size), least_room);
}

/// Sends what it can. A failure closes the stream.
template <transport Transport>
std::error_code IOStream<Transport>::send() {
    const io_result result = flush();
    if (result.status == io_status::error) {
        shut(result.error);
        return result.error;
    }
    operations_->finish_writers(output_.sent());
    return {};
}

/// Closes the transport and remembers why. Completes nothing but the writes that are through.
template <transport Transport>
void IOStream<Transport>::shut(std::error_code error) noexcept {
    if (operations_) {
        operations_->finish_writers(output_.sent());
        operations_->fail(error);
    }
    close_transport();
    output_.clear();
}

/// After the stream was shut: completes the read that waits, then everything else.
template <transport Transport>
void IOStream<Transport>::interrupt() noexcept {
    if (!operations_) {
        return;
    }
    if (operations_->failed_by && operations_->is_reading()) {
        detail::StreamOutcome outcome;
        advance(*operations_->reader().condition(), outcome);
        operations_->finish_reader(std::move(outcome), detail::delivery::post);
    }
    settle();
}

/// Completes what an end completes, or sees to it that an end is noticed.
template <transport Transport>
void IOStream<Transport>::settle() {
    detail::StreamOperations& ops = *operations_;
    if (ops.failed_by) {
        ops.fail_writers();
    }
    if (ops.ended_by) {
        ops.tell_watchers();
    } else if (ops.is_watched() && !ops.is_reading() && input_.unread().empty()) {
        wait_readable();
    }
}

template <transport Transport>
void IOStream<Transport>::wait_readable() {
    if (operations_->read_wait == detail::StreamOperations::wait::none) {
        async_wait_readable(least_room, detail::StreamWait<IOStream>{operations_, io_want::read});
        operations_->read_wait = detail::StreamOperations::wait::armed;
    }
}

template <transport Transport>
void IOStream<Transport>::wait_writable() {
    if (operations_->write_wait == detail::StreamOperations::wait::none) {
        async_wait_writable(detail::StreamWait<IOStream>{operations_, io_want::write});
        operations_->write_wait = detail::StreamOperations::wait::armed;
    }
}

template <transport Transport>
void IOStream<Transport>::readable(std::error_code error) {
    const detail::CountedPtr<detail::StreamOperations> ops = operations_;
    if (error && is_open()) {
        shut(detail::as_system_error(error));
    }
    if (ops->is_reading()) {
        detail::StreamOutcome outcome;
        if (advance(*ops->reader().condition(), outcome) == progress::waiting) {
            wait_readable();
            return;
        }
        ops->finish_reader(std::move(outcome), detail::delivery::dispatch); // may end the stream
    } else if (!ops->ended_by && ops->is_watched()) {
        look_for_end();
    }
    if (ops->stream != nullptr) {
        static_cast<IOStream*>(ops->stream)->settle();
    }
}

/// With nobody reading: an end is what is looked for, and what comes instead is kept for the next
/// read.
template <transport Transport>
void IOStream<Transport>::look_for_end() {
    detail::ReadSome anything{least_room};
    receive(anything);
}

template <transport Transport>
void IOStream<Transport>::writable(std::error_code error) {
    if (error && is_open()) {
        shut(detail::as_system_error(error));
    } else if (!operations_->failed_by && !send() && !output_.empty()) {
        wait_writable();
    }
    interrupt();
}

} // namespace gust

#endif // GUST_NET_IMPL_IO_STREAM_HPP
