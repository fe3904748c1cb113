// SPDX-License-Identifier: MIT
// body_limit and time_limit: bounds for one application or one rule.
#ifndef GUST_WEB_LIMITS_HPP
#define GUST_WEB_LIMITS_HPP

#include <gust/http/connection.hpp>
#include <gust/http/status.hpp>
#include <gust/web/middleware.hpp>

#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <system_error>
#include <utility>

namespace gust {

/// A middleware that bounds the request body; more is answered with 413. What is inside may set
/// another bound. A body that is held in memory has `max_buffered_body_size` as well.
class BodyLimit : public Middleware {
public:
    explicit BodyLimit(std::uint64_t size) noexcept : size_{size} {}
    void headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
        conn.set_max_body_size(size_);
    }

private:
    std::uint64_t size_;
};

inline BodyLimit body_limit(std::uint64_t size) noexcept {
    return BodyLimit{size};
}

/// A middleware that bounds the time from the complete head to the complete response.
///
/// After it the request is answered with 408 if its body is still on the way, else with `late`; a
/// response that has begun is cut. A pending hook is cancelled, what a `ResponseHandle` is told
/// later is dropped, and the connection is closed. Not for responses that take long to send.
class TimeLimit : public Middleware {
public:
    TimeLimit(std::chrono::milliseconds limit, status late) noexcept : limit_{limit}, late_{late} {}

    class Clock : public Middleware {
    public:
        Clock(HTTPConnection& conn, std::chrono::milliseconds limit, status late)
            : state_{std::make_shared<State>(conn, late)} {
            state_->timer.expires_after(limit);
            state_->timer.async_wait([state = state_](std::error_code) { state->expire(); });
        }
        Clock(Clock&&) noexcept = default;
        Clock& operator=(Clock&&) = delete;
        ~Clock() {
            if (state_ != nullptr) {
                state_->stop();
            }
        }
        void finish(HTTPConnection&) noexcept { state_->is_received = true; }
        void response_ended(outcome) noexcept { state_->stop(); }

    private:
        struct State {
            State(HTTPConnection& conn, status code)
                : timer{conn.get_executor()}, connection{&conn}, late{code} {}
            void expire() {
                if (HTTPConnection* const conn = std::exchange(connection, nullptr)) {
                    conn->give_up(is_received ? late : status::request_timeout);
                }
            }
            void stop() noexcept {
                if (std::exchange(connection, nullptr) != nullptr) {
                    timer.cancel();
                }
            }

            asio::basic_waitable_timer<
                std::chrono::steady_clock,
                asio::wait_traits<std::chrono::steady_clock>,
                executor>
                timer;
            HTTPConnection* connection; // while its response has not ended
            status late;
            bool is_received = false;
        };
        std::shared_ptr<State> state_; // outlives this in the timer's handler
    };
    Clock start_request(HTTPConnection& conn) const { return Clock{conn, limit_, late_}; }

private:
    std::chrono::milliseconds limit_;
    status late_;
};

inline TimeLimit
time_limit(std::chrono::milliseconds limit, status late = status::service_unavailable) noexcept {
    return TimeLimit{limit, late};
}

} // namespace gust

#endif // GUST_WEB_LIMITS_HPP
