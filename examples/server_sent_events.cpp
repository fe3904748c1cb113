// SPDX-License-Identifier: MIT
// An event stream: one event a tick to each client, until it goes away. Usage: server_sent_events
// [PORT]
#include <gust/gust.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>

// [events]
struct Events : gust::HTTPMessageDelegate {
    gust::awaitable<> finish(auto& conn) {
        conn.set_half_close(gust::half_close::abort); // who sends FIN listens no more
        conn.write_headers(
            {gust::status::ok},
            {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}}
        );
        asio::steady_timer timer{conn.get_executor()};
        for (std::uint64_t id = 0;; ++id) {
            conn.write(fmt::format("id: {}\ndata: tick\n\n", id));
            co_await conn.drained(); // throws when the client has gone
            timer.expires_after(std::chrono::milliseconds{100});
            co_await timer.async_wait(gust::use_awaitable); // so does this
        }
    }
    void response_ended(gust::outcome how) noexcept {
        fmt::print(stderr, "a stream ended: {}\n", to_string(how));
    }
};
// [events]

int main(int argc, char** argv) {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Events>};
    server.listen(
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
