// SPDX-License-Identifier: MIT
// Deadlines that are stored, not armed: one coarse tick looks for those that are due.
#ifndef GUST_NET_DEADLINE_WHEEL_HPP
#define GUST_NET_DEADLINE_WHEEL_HPP

#include <gust/config.hpp>
#include <gust/core/list_link.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace gust {

/// Milliseconds of a loop's own time, which advances by ticks only.
using loop_time = std::uint64_t;

/// A deadline that never comes.
inline constexpr loop_time no_deadline = ~loop_time{0};

/// One deadline, kept in a wheel. Leaves the wheel when destroyed.
class Deadline : detail::ListLink {
public:
    using callback = void(Deadline&) noexcept;

    /// Calls `expired` when the deadline has passed; the deadline is no longer set then.
    explicit Deadline(callback* expired) noexcept : expired_{expired} {}

    loop_time due() const noexcept { return is_linked() ? due_ : no_deadline; }

private:
    friend class DeadlineWheel;
    callback* expired_;
    loop_time due_ = no_deadline;
    loop_time linked_for_ =
        0; // the slot it waits in is the slot of this time, never later than due_
};

/// All deadlines of one loop. Moving one to a later time costs a store; the sweep moves the entry.
class DeadlineWheel {
public:
    loop_time now() const noexcept { return now_; }

    /// Sets `deadline` to `due`; `no_deadline` takes it off.
    void set(Deadline& deadline, loop_time due) noexcept {
        if (deadline.is_linked() && due >= deadline.linked_for_ && due != no_deadline) {
            deadline.due_ = due;
            return;
        }
        relink(deadline, due);
    }

    /// Moves time forward and calls what is due. A callback may set, cancel or destroy any
    /// deadline.
    GUST_DECL void advance(loop_time by) noexcept;

private:
    static constexpr unsigned slot_shift = 6; // 64 ms a slot
    static constexpr std::size_t slots =
        512; // 32 s a turn; what is due later is looked at once a turn

    GUST_DECL void relink(Deadline& deadline, loop_time due) noexcept;
    detail::ListLink& slot_of(loop_time time) noexcept {
        return wheel_[(time >> slot_shift) % slots];
    }
    GUST_DECL void sweep(detail::ListLink& slot) noexcept;

    std::array<detail::ListLink, slots> wheel_;
    loop_time now_ = 0;
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/deadline_wheel.ipp>
#endif

#endif // GUST_NET_DEADLINE_WHEEL_HPP
