// SPDX-License-Identifier: MIT
// All cores: a thread, an io_context and a server for each. The kernel spreads the connections
// (SO_REUSEPORT), and each stays on its loop. Usage: loop_per_core [PORT]
#include <gust/gust.hpp>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <thread>
#include <vector>

struct Whoami : gust::HTTPMessageDelegate {
    unsigned number = 0;
    void finish(auto& conn) { respond(conn, fmt::format("served by loop {}\n", number)); }
};

struct App {
    unsigned number;
    Whoami start_request(auto&, auto&) const {
        Whoami delegate;
        delegate.number = number;
        return delegate;
    }
};

// [loop]
struct Loop {
    explicit Loop(unsigned number) : server{io, App{number}} {}

    asio::io_context io{1}; // one thread runs it
    gust::HTTPServer<App> server;
};
// [loop]

int main(int argc, char** argv) {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    auto port = argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : std::uint16_t{8888};
    std::vector<std::unique_ptr<Loop>> loops;
    for (unsigned i = 0; i != cores; ++i) {
        auto& loop = *loops.emplace_back(std::make_unique<Loop>(i));
        loop.server.listen(port, {.address = "127.0.0.1", .reuse_port = true});
        port = loop.server.port(); // with port 0 the first one chooses
    }
    fmt::print(stderr, "listening on http://localhost:{}\n", port);

    asio::signal_set signals{loops.front()->io, SIGINT, SIGTERM};
    signals.async_wait([&](std::error_code, int) {
        for (auto& loop : loops) { // `stop` may be called from any thread
            loop->server.stop(std::chrono::seconds{10}, [](gust::StopReport) {});
        }
    });
    std::vector<std::thread> threads;
    for (unsigned i = 1; i != cores; ++i) {
        threads.emplace_back([&io = loops[i]->io] { io.run(); });
    }
    loops.front()->io.run();
    for (std::thread& thread : threads) {
        thread.join();
    }
}
