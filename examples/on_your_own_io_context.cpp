// SPDX-License-Identifier: MIT
// gust beside what a program has anyway: here a timer that counts, and its count over HTTP. One
// io_context, one thread, no lock. Usage: on_your_own_io_context [PORT]
#include <gust/gust.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <system_error>

/// What the program is about. It knows nothing of HTTP.
class Ticker {
public:
    explicit Ticker(asio::io_context& io) : timer_{io} { wait(); }
    std::uint64_t count() const { return count_; }

private:
    void wait() {
        timer_.expires_after(std::chrono::milliseconds{10});
        timer_.async_wait([this](std::error_code ec) {
            if (!ec) {
                ++count_;
                wait();
            }
        });
    }

    asio::steady_timer timer_;
    std::uint64_t count_ = 0;
};

int main(int argc, char** argv) {
    asio::io_context io; // yours: gust neither stops it nor makes another one
    Ticker ticker{io};

    gust::HTTPServer server{io, [&ticker](gust::HTTPServerRequest&) {
                                return gust::Response::text(fmt::format("{}\n", ticker.count()));
                            }};
    server.listen(
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
