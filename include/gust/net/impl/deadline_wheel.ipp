// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_DEADLINE_WHEEL_IPP
#define GUST_NET_IMPL_DEADLINE_WHEEL_IPP

#include <gust/net/deadline_wheel.hpp>

#include <algorithm>

namespace gust {

GUST_DECL void DeadlineWheel::relink(Deadline& deadline, loop_time due) noexcept {
    deadline.unlink();
    deadline.due_ = due;
    if (due == no_deadline) {
        return;
    }
    const loop_time turn = loop_time{slots - 1} << slot_shift;
    deadline.linked_for_ = std::clamp(due, now_, now_ + turn);
    slot_of(deadline.linked_for_).insert(deadline);
}

GUST_DECL void DeadlineWheel::advance(loop_time by) noexcept {
    const loop_time first = now_ >> slot_shift;
    now_ += by;
    const loop_time last = std::min(now_ >> slot_shift, first + slots - 1);
    for (loop_time slot = first; slot <= last; ++slot) {
        sweep(wheel_[slot % slots]);
    }
}

GUST_DECL void DeadlineWheel::sweep(detail::ListLink& slot) noexcept {
    if (!slot.is_linked()) {
        return;
    }
    // The whole list is taken off first: a callback may put entries back into this very slot.
    detail::ListLink taken;
    taken.next = slot.next;
    taken.previous = slot.previous;
    taken.next->previous = &taken;
    taken.previous->next = &taken;
    slot.next = slot.previous = &slot;
    while (taken.is_linked()) {
        auto& deadline = static_cast<Deadline&>(*taken.next);
        if (deadline.due_ > now_) {
            relink(deadline, deadline.due_);
            continue;
        }
        deadline.unlink();
        deadline.expired_(deadline);
    }
}

} // namespace gust

#endif // GUST_NET_IMPL_DEADLINE_WHEEL_IPP
