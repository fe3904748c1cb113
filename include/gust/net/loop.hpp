// SPDX-License-Identifier: MIT
// What all streams of one io_context share: memory, and the tick that time is counted in.
#ifndef GUST_NET_LOOP_HPP
#define GUST_NET_LOOP_HPP

#include <gust/config.hpp>
#include <gust/core/list_link.hpp>
#include <gust/core/log.hpp>
#include <gust/core/odds.hpp>
#include <gust/core/reserved_memory.hpp>
#include <gust/net/block_pool.hpp>
#include <gust/net/deadline_wheel.hpp>
#include <gust/net/stream_buffer.hpp>

#include <asio/basic_waitable_timer.hpp>
#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>
#include <asio/version.hpp>

#include <chrono>
#include <cstddef>
#include <thread>

// Before Asio 1.30 a wait that is cancelled on io_uring may take the completion of another one with
// it, sooner or later that of the listening socket. With GUST_ALLOW_FAULTY_IO_URING it compiles all
// the same, to be measured.
#if defined(ASIO_HAS_IO_URING_AS_DEFAULT) && !defined(GUST_ALLOW_FAULTY_IO_URING)
#if ASIO_VERSION < 103000
#error "gust: io_uring needs Asio 1.30 or newer, since older ones lose waits"
#endif
#endif

namespace gust {

namespace detail {

/// Somebody who keeps handlers outside of Asio, and destroys them when the `io_context` is
/// destroyed.
class HandlerOwner : public ListLink {
public:
    virtual void destroy_handlers() noexcept = 0;

protected:
    ~HandlerOwner() = default;
};

/// One call that a loop makes later, in the memory of whoever wants it. Is not made when destroyed
/// before.
class DeferredCall : public ListLink {
public:
    using function = void(DeferredCall&) noexcept;
    explicit DeferredCall(function* call) noexcept : call_{call} {}
    void make() noexcept { call_(*this); }

private:
    function* call_;
};

} // namespace detail

/// The part of gust that belongs to an `io_context`: found by `Loop::of`, made when first asked
/// for.
///
/// Time here is the loop's own: it advances by one interval a tick, however late the tick comes, so
/// a loop that was stalled by its own handlers does not time out its peers. The timer runs while
/// somebody is attached. One thread runs the context; nothing here is thread-safe.
class Loop : public asio::execution_context::service {
public:
    using key_type = Loop;
    static inline asio::execution_context::id id;

    GUST_DECL explicit Loop(asio::io_context& context);
    GUST_DECL ~Loop() override;

    static Loop& of(asio::io_context& context) { return asio::use_service<Loop>(context); }

    BlockPool& blocks() noexcept { return blocks_; }
    SegmentPool& segments() noexcept { return segments_; }
    DeadlineWheel& deadlines() noexcept { return deadlines_; }
    asio::io_context& context() noexcept { return context_; }
    Log& log() noexcept { return log_; }
    /// Tells `sink` what happens on this loop; silent by default.
    void set_log(LogSink sink, log_level least = log_level::info) noexcept {
        log_.set_sink(sink, least);
    }

    /// The loop's present time.
    loop_time now() const noexcept { return deadlines_.now(); }
    /// The time of a deadline `after` from now: never earlier, and later by two intervals at most.
    loop_time due_in(std::chrono::milliseconds after) const noexcept {
        return now() + static_cast<loop_time>((after + interval_).count());
    }
    std::chrono::milliseconds interval() const noexcept { return interval_; }

    /// Makes the ticks fine enough for deadlines of this length: an eighth of it, within 20 ms and
    /// 1 s.
    GUST_DECL void expect_deadline(std::chrono::milliseconds shortest) noexcept;

    /// Keeps the timer running until as many `detach` have been called.
    void attach() noexcept {
        if (attached_++ == 0) {
            start();
        } else if (!is_armed_ && !is_manual_) { // there was no memory for it
            arm();
        }
    }
    void detach() noexcept {
        --attached_;
        end_timer();
    }
    /// From here to `expect_no_streams` more of them may come at any time: the timer of the last
    /// one that has gone runs out by itself, since to stop and to start it takes system calls.
    void expect_streams() noexcept { ++expecting_; }
    void expect_no_streams() noexcept {
        --expecting_;
        end_timer();
    }
    /// Streams attached now.
    std::size_t attached() const noexcept { return attached_; }

    /// Whether the calling thread is the one that has run this loop since the first stream was
    /// attached.
    bool is_current_thread() const noexcept { return thread_ == std::this_thread::get_id(); }
    /// Makes the calling thread the one that runs this loop, unless another one has streams
    /// attached or accepted here: one thread runs a loop. Returns whether it is.
    bool claim_thread() noexcept {
        if (attached_ == 0 || thread_ == std::thread::id{}) {
            thread_ = std::this_thread::get_id();
        }
        return is_current_thread();
    }

    /// Advances time by one interval, as the timer does. For tests, after `stop_timer`.
    void tick() noexcept { deadlines_.advance(static_cast<loop_time>(interval_.count())); }
    /// Leaves time to whoever calls `tick`.
    void stop_timer() noexcept {
        is_manual_ = true;
        cancel_timer();
    }

    /// Makes this call once the handlers that are ready now have run, and what is deferred from
    /// there a round later. A call that is deferred already stays where it is. Needs no memory.
    /// False, and no call, when the context is being destroyed.
    bool defer(detail::DeferredCall& call) noexcept {
        if (is_shut_down_) {
            return false;
        }
        if (!call.is_linked()) {
            if (!is_round_scheduled_) {
                schedule_round();
            }
            deferred_.insert(call);
        }
        return true;
    }
    /// How it went with those who read as soon as they had been accepted.
    detail::Odds& early_reads() noexcept { return early_reads_; }
    /// How it went with those who read once more before they waited.
    detail::Odds& late_reads() noexcept { return late_reads_; }

    /// Whoever is in this list is asked to destroy its handlers before the services of the context
    /// go.
    void own_handlers(detail::HandlerOwner& owner) noexcept { handler_owners_.insert(owner); }

private:
    GUST_DECL void shutdown() noexcept override;
    GUST_DECL void start() noexcept;
    GUST_DECL void arm() noexcept;
    void end_timer() noexcept {
        if (attached_ == 0 && expecting_ == 0) {
            cancel_timer();
        }
    }
    GUST_DECL void cancel_timer() noexcept;
    GUST_DECL void schedule_round() noexcept;

    asio::io_context& context_;
    detail::ListLink handler_owners_;
    detail::ListLink deferred_;
    detail::ReservedMemory<256> memory_for_deferred_;
    detail::Odds early_reads_;
    detail::Odds late_reads_;
    Log log_;
    BlockPool blocks_;
    SegmentPool segments_;
    DeadlineWheel deadlines_;
    detail::ReservedMemory<256> memory_for_timer_;
    asio::basic_waitable_timer<
        std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>,
        asio::io_context::executor_type>
        timer_;
    std::chrono::milliseconds interval_{1000};
    std::size_t attached_ = 0;
    std::size_t expecting_ = 0;
    std::thread::id thread_;
    bool is_armed_ = false;
    bool is_manual_ = false;
    bool is_round_scheduled_ = false; // for those who are deferred, even if they have gone
    bool is_shut_down_ = false;
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/loop.ipp>
#endif

#endif // GUST_NET_LOOP_HPP
