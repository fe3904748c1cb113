// SPDX-License-Identifier: MIT
// What a server shares with its connections, and what outlives it as long as they do.
#ifndef GUST_SERVER_DETAIL_SERVER_CORE_HPP
#define GUST_SERVER_DETAIL_SERVER_CORE_HPP

#include <gust/config.hpp>
#include <gust/core/awaitable.hpp>
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

/// The connections of one server, and how it stops.
///
///     serving ─drain─► draining ─last connection─► serving nobody; abandoned: from both, when the
///     server is destroyed
class ServedConnections : public Counted {
public:
    explicit ServedConnections(Loop& loop) : timer_{loop.context().get_executor()} {}
    GUST_DECL virtual ~ServedConnections();

    std::size_t size() const noexcept { return size_; }
    bool is_serving() const noexcept { return state_ != state::abandoned; }
    bool is_draining() const noexcept { return state_ == state::draining; }

    GUST_DECL void begun(ServedConnection& connection);
    /// Those who wait are told when the last connection has ended.
    GUST_DECL void drain(std::chrono::milliseconds deadline, WaiterList<StopReport>& waiting);
    /// The server goes: cuts everything, and calls no hook any more.
    GUST_DECL void abandon() noexcept;

protected:
    /// Takes a connection off the list.
    GUST_DECL void remove(ServedConnection& connection) noexcept;
    /// Counts a connection that ended while the server drains.
    GUST_DECL void count_end();

private:
    enum class state : std::uint8_t { serving, draining, abandoned };
    enum class cut : std::uint8_t { not_yet, done };
    using time_point = std::chrono::steady_clock::time_point;

    GUST_DECL void close_all() noexcept;
    /// Calls `then` when the timer expires; at once if there is no memory to wait with.
    GUST_DECL void wait(void (ServedConnections::*then)());
    GUST_DECL void cut_all();
    void count_late() noexcept { report_.late = size_; }
    GUST_DECL void complete_if_done();

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

/// The application, the parameters and the connections of one server.
template <class Server, class Application>
class ServerCore : public ServedConnections {
public:
    using App = Application;
    using Ref = CountedPtr<ServerCore>;

    ServerCore(App app, const HTTP1ConnectionParameters& parameters, Loop& loop, Server& server)
        : ServedConnections{loop},
          app_{std::move(app)},
          parameters_{parameters},
          server_{&server} {}

    App& app() noexcept { return app_; }
    const HTTP1ConnectionParameters& parameters() const noexcept { return parameters_; }

    /// The last that a connection says. `on_close` is told to the application.
    template <class Connection>
    void ended(Connection& connection) noexcept {
        remove(connection);
        if (!is_serving()) {
            return; // and there is no server any more
        }
        if constexpr (requires { app_.on_close(connection); }) {
            app_.on_close(connection);
        }
        if (is_draining()) {
            count_end();
        } else {
            server_->connection_ended();
        }
    }

private:
    App app_;
    HTTP1ConnectionParameters parameters_;
    Server* server_;
};

} // namespace detail
} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/server/impl/server_core.ipp>
#endif

#endif // GUST_SERVER_DETAIL_SERVER_CORE_HPP
