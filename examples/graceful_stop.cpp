// SPDX-License-Identifier: MIT
// Goes away politely: on SIGTERM no new connection is accepted, and every request that has begun is
// answered. Usage: graceful_stop [PORT]
#include <gust/gust.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>

/// Takes half a second for each answer.
struct Slow : gust::HTTPMessageDelegate {
    gust::awaitable<> finish(auto& conn) {
        fmt::print(stderr, "a request has begun\n");
        asio::steady_timer timer{conn.get_executor(), std::chrono::milliseconds{500}};
        co_await timer.async_wait(gust::use_awaitable);
        respond(conn, "done\n");
    }
};

// [stop]
gust::awaitable<> stop_on_signal(auto& server) {
    asio::signal_set signals{server.get_executor(), SIGINT, SIGTERM};
    co_await signals.async_wait(gust::use_awaitable);
    // What takes longer than ten seconds is cut. Completes when the last hook has ended.
    const gust::StopReport report = co_await server.stop(std::chrono::seconds{10});
    fmt::print(stderr, "stopped: {} finished, {} cut\n", report.finished, report.aborted);
}
// [stop]

int main(int argc, char** argv) {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Slow>};
    server.listen(
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888, {.address = "127.0.0.1"}
    );
    asio::co_spawn(io, stop_on_signal(server), asio::detached);
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run(); // returns when nothing is left to do
}
