// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_LOOP_IPP
#define GUST_NET_IMPL_LOOP_IPP

#include <gust/net/loop.hpp>

#include <asio/post.hpp>

#include <algorithm>
#include <new>
#include <system_error>

namespace gust {

GUST_DECL Loop::Loop(asio::io_context& context)
    : asio::execution_context::service{context},
      context_{context},
      timer_{context.get_executor()} {}

GUST_DECL Loop::~Loop() = default;

GUST_DECL void Loop::shutdown() noexcept {
    is_shut_down_ = true;
    while (handler_owners_.is_linked()) {
        auto& owner = static_cast<detail::HandlerOwner&>(*handler_owners_.next);
        owner.unlink();
        owner.destroy_handlers();
    }
}

GUST_DECL void Loop::expect_deadline(std::chrono::milliseconds shortest) noexcept {
    using std::chrono::milliseconds;
    const milliseconds wanted = std::clamp(shortest / 8, milliseconds{20}, milliseconds{1000});
    if (wanted < interval_) {
        interval_ = wanted;
        if (is_armed_) {
            timer_.cancel(); // the handler arms it anew
        }
    }
}

GUST_DECL void Loop::start() noexcept {
    thread_ = std::this_thread::get_id();
    if (!is_armed_ && !is_manual_) {
        arm();
    }
}

GUST_DECL void Loop::arm() noexcept {
    try {
        timer_.expires_after(interval_);
        timer_.async_wait(detail::in_memory(memory_for_timer_, [this](std::error_code ec) {
            is_armed_ = false;
            if (!ec && !is_manual_) {
                tick();
            }
            if (attached_ != 0 && !is_armed_ && !is_manual_) {
                arm();
            }
        }));
        is_armed_ = true;
    } catch (const std::bad_alloc&) { // Asio's list of timers did not grow
        is_armed_ = false;            // the next stream that is attached tries again
    }
}

GUST_DECL void Loop::cancel_timer() noexcept {
    timer_.cancel();
}

GUST_DECL void Loop::schedule_round() noexcept {
    const auto make_calls = [this] {
        is_round_scheduled_ = false;
        detail::ListLink round;
        round.splice(deferred_);
        while (round.is_linked()) {
            auto& call = static_cast<detail::DeferredCall&>(*round.next);
            call.unlink();
            call.make();
        }
    };
    asio::post(context_, detail::in_memory(memory_for_deferred_, make_calls));
    is_round_scheduled_ = true;
}

} // namespace gust

#endif // GUST_NET_IMPL_LOOP_IPP
