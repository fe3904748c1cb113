// SPDX-License-Identifier: MIT
// What a server shares with its connections, and what outlives it as long as they do.
#ifndef GUST_SERVER_DETAIL_SERVER_CORE_HPP
#define GUST_SERVER_DETAIL_SERVER_CORE_HPP

#include <gust/core/counted.hpp>
#include <gust/core/list_link.hpp>
#include <gust/core/waiter.hpp>
#include <gust/http1/parameters.hpp>
#include <gust/http1/server_connection.hpp>
#include <gust/net/loop.hpp>

#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace gust {

/// What became of the connections that were open when a server was stopped.
struct StopReport {
    /// Ended by themselves: answered, or idle.
    std::size_t finished = 0;
    /// Cut at the deadline.
    std::size_t aborted = 0;
    /// Of those, the ones whose hook went on in spite of its cancellation.
    std::size_t late = 0;
};

namespace detail {

/// The application, the parameters and the connections of one server.
///
///     serving ─drain─► draining ─last connection─► serving nobody; abandoned: from both, when the
///     server is destroyed
template <class Server, class Application>
class ServerCore : public Counted {
public:
    using App = Application;
    using Ref = CountedPtr<ServerCore>;

    ServerCore(App app, const HTTP1ConnectionParameters& parameters, Loop& loop, Server& server)
        : app_{std::move(app)},
          parameters_{parameters},
          server_{&server},
          timer_{loop.context().get_executor()} {}

    App& app() noexcept { return app_; }
    const HTTP1ConnectionParameters& parameters() const noexcept { return parameters_; }
    std::size_t size() const noexcept { return size_; }
    bool is_serving() const noexcept { return state_ != state::abandoned; }

    void begun(ServedConnection& connection) {
        connections_.insert(connection);
        ++size_;
        if (state_ == state::draining) {
            connection.drain();
        }
    }
    /// The last that a connection says. `closed` is told to the application.
    template <class Connection>
    void ended(Connection& connection) noexcept {
        connection.ListLink::unlink();
        --size_;
        if (state_ == state::abandoned) {
            return;
        }
        if constexpr (requires { app_.on_close(connection); }) {
            app_.on_close(connection);
        }
        if (state_ == state::draining) {
            ++(cut_ == cut::not_yet ? report_.finished : report_.aborted);
            complete_if_done();
        } else {
            server_->connection_ended();
        }
    }

    void drain(std::chrono::milliseconds deadline, Waiter<StopReport>& waiter) {
        waiters_.add(waiter);
        if (state_ == state::serving) {
            state_ = state::draining;
            for (ListLink* link = connections_.next; link != &connections_; link = link->next) {
                static_cast<ServedConnection*>(link)->drain();
            }
        }
        const auto due = std::chrono::steady_clock::now() + deadline;
        if (cut_ == cut::not_yet && (timer_.expiry() == time_point{} || due < timer_.expiry())) {
            timer_.expires_at(due);
            if (!wait([this] { cut_all(); })) {
                cut_all();
            }
        }
        complete_if_done();
    }

    /// The server goes: cuts everything, and calls no hook any more.
    void abandon() noexcept {
        state_ = state::abandoned;
        server_ = nullptr;
        timer_.cancel();
        close_all();
    }

private:
    enum class state : std::uint8_t { serving, draining, abandoned };
    enum class cut : std::uint8_t { not_yet, done };
    using time_point = std::chrono::steady_clock::time_point;

    /// Calls `f` when the timer expires. False: there is no memory to wait with.
    template <class F>
    bool wait(F f) {
        try {
            timer_.async_wait([self = Ref{this}, f](std::error_code ec) {
                if (!ec && self->state_ == state::draining) {
                    f();
                }
            });
            return true;
        } catch (const std::bad_alloc&) {
            return false;
        }
    }
    void close_all() {
        for (ListLink* link = connections_.next; link != &connections_; link = link->next) {
            static_cast<ServedConnection*>(link)->close();
        }
    }
    void cut_all() {
        constexpr std::chrono::milliseconds grace{100};
        cut_ = cut::done;
        close_all();
        timer_.expires_after(grace); // what is cancelled and yet there after this ignores it
        if (!wait([this] { report_.late = size_; })) {
            report_.late = size_; // too many, rather than none
        }
    }
    void complete_if_done() {
        if (size_ == 0) {
            timer_.cancel();
            waiters_.complete_all(report_);
        }
    }

    App app_;
    HTTP1ConnectionParameters parameters_;
    Server* server_;
    ListLink connections_;
    std::size_t size_ = 0;
    state state_ = state::serving;
    cut cut_ = cut::not_yet;
    StopReport report_;
    WaiterList<StopReport> waiters_;
    asio::basic_waitable_timer<
        std::chrono::steady_clock,
        asio::wait_traits<std::chrono::steady_clock>,
        executor>
        timer_;
};

} // namespace detail
} // namespace gust

#endif // GUST_SERVER_DETAIL_SERVER_CORE_HPP
