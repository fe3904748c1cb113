// SPDX-License-Identifier: MIT
// What the hello servers share: their options, and a loop for each thread.
#ifndef GUST_BENCHMARKS_SUPPORT_SERVE_HPP
#define GUST_BENCHMARKS_SUPPORT_SERVE_HPP

#include <gust/gust.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace bench {

struct Options {
    std::uint16_t port = 0;
    std::size_t threads = 1;
    std::string path; // of a Unix socket; empty: TCP
};

inline bool parse_number(std::string_view text, auto& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc{} && end == text.data() + text.size();
}

/// Nothing for an option that is unknown or has a bad value.
inline std::optional<Options> parse_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; i += 2) {
        const std::string_view name{argv[i]};
        if (i + 1 == argc) {
            return std::nullopt;
        }
        const std::string_view value{argv[i + 1]};
        const bool is_good = name == "--port"      ? parse_number(value, options.port)
                             : name == "--threads" ? parse_number(value, options.threads)
                             : name == "--unix"    ? !(options.path = value).empty()
                                                   : false;
        if (!is_good || options.threads == 0) {
            return std::nullopt;
        }
    }
    return options;
}

/// One server on a loop of its own.
template <class App>
class Worker {
public:
    explicit Worker(const App& app) : server_{io_, app} {}
    gust::HTTPServer<gust::application_of<App>>& server() noexcept { return server_; }
    void run() { io_.run(); }

private:
    // No other thread touches this loop, so that Asio need not lock.
    asio::io_context io_{ASIO_CONCURRENCY_HINT_UNSAFE};
    gust::HTTPServer<gust::application_of<App>> server_;
};

/// Serves `app` until the process is killed, with the limits and deadlines that are on by default.
template <class App>
int serve(int argc, char** argv, const App& app) {
    const std::optional<Options> options = parse_options(argc, argv);
    if (!options) {
        std::fputs("usage: --port P --threads N --unix PATH\n", stderr);
        return 2;
    }
    try {
        std::vector<std::unique_ptr<Worker<App>>> workers;
        gust::ListenOptions listen{.address = "127.0.0.1", .reuse_port = options->threads > 1};
        std::uint16_t port = options->port;
        for (std::size_t i = 0; i != options->threads; ++i) {
            auto& server = workers.emplace_back(std::make_unique<Worker<App>>(app))->server();
            if (!options->path.empty()) {
                if (i == 0) { // a path has one listening socket
                    server.listen_unix(options->path);
                }
                continue;
            }
            std::vector<gust::ListeningSocket> sockets = gust::bind_sockets(port, listen);
            port = sockets.front().port();
            server.add_sockets(std::move(sockets));
        }
        if (options->path.empty()) {
            std::printf("listening on http://127.0.0.1:%u\n", unsigned{port});
        } else {
            std::printf("listening on unix:%s\n", options->path.c_str());
        }
        std::fflush(stdout);

        std::vector<std::thread> threads;
        for (std::size_t i = 1; i != workers.size(); ++i) {
            threads.emplace_back([&worker = *workers[i]] { worker.run(); });
        }
        workers.front()->run();
        for (std::thread& thread : threads) {
            thread.join();
        }
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}

} // namespace bench

#endif // GUST_BENCHMARKS_SUPPORT_SERVE_HPP
