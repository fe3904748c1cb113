// SPDX-License-Identifier: MIT
// A server with one route for each thing a client can do: what this project's checks talk to.
#include <gust/gust.hpp>

#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "contract_server/application.hpp"
#include "contract_server/options.hpp"
#include "contract_server/process.hpp"

namespace {

using contract::Options;
using contract::Process;

/// One thread's part: a loop and the server on it.
struct Worker {
    asio::io_context io{1};
    gust::HTTPServer<contract::Application> server;

    Worker(Process& process, const Options& options)
        : server{io, contract::Application{process}, options.limits} {
        gust::Loop::of(io).set_log(gust::stderr_log());
        if (options.max_connections) {
            const std::size_t share = (*options.max_connections - 1) / options.threads + 1;
            server.set_max_connections(share);
        }
    }
    std::uint64_t accepted() { return server.app().closed() + server.connections(); }
};

using Workers = std::vector<std::unique_ptr<Worker>>;

/// The kernel spreads TCP connections over one socket for each loop; a Unix socket is one for all.
std::string listen(Workers& workers, const Options& options) {
    if (!options.unix_path.empty()) {
        gust::ListeningSocket socket = gust::bind_unix_socket(options.unix_path);
        const int descriptor = socket.descriptor();
        for (auto& worker : workers) {
            std::vector<gust::ListeningSocket> sockets;
            sockets.emplace_back(::dup(descriptor));
            worker->server.add_unix_sockets(std::move(sockets));
        }
        return "unix:" + options.unix_path;
    }
    std::uint16_t port = options.port;
    for (auto& worker : workers) {
        worker->server.listen(port, {.address = options.host, .reuse_port = workers.size() > 1});
        port = worker->server.port();
    }
    return "http://" + workers.front()->server.local_endpoints().front();
}

/// The first signal drains, a second one cuts. Afterwards nothing keeps any loop.
class Stopper {
public:
    Stopper(Workers& workers, std::chrono::milliseconds deadline)
        : workers_{workers}, signals_{workers.front()->io, SIGINT, SIGTERM} {
        signals_.async_wait([this, deadline](std::error_code, int) { stop_all(deadline); });
    }

private:
    void stop_all(std::chrono::milliseconds deadline) {
        serving_ = workers_.size();
        signals_.async_wait([this](std::error_code ec, int) {
            if (!ec) {
                for (auto& worker : workers_) {
                    worker->server.stop({}, [](gust::StopReport) {});
                }
            }
        });
        for (auto& worker : workers_) {
            worker->server.stop(deadline, [this](gust::StopReport report) { stopped(report); });
        }
    }
    void stopped(gust::StopReport report) {
        fmt::print(stderr, "stopped: {} finished, {} cut\n", report.finished, report.aborted);
        if (--serving_ == 0) {
            asio::post(workers_.front()->io, [this] { signals_.cancel(); });
        }
    }

    Workers& workers_;
    asio::signal_set signals_;
    std::atomic<std::size_t> serving_ = 0;
};

void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void serve(const Options& options) {
    Process process;
    Workers workers;
    for (std::size_t i = 0; i != options.threads; ++i) {
        auto& worker = *workers.emplace_back(std::make_unique<Worker>(process, options));
        process.loops.push_back({&worker.io, [&worker] { return worker.accepted(); }});
    }
    const std::string where = listen(workers, options);
    const Stopper stopper{workers, options.drain_timeout};
    fmt::print("listening on {}\n", where);
    std::fflush(stdout);

    std::vector<std::thread> threads;
    for (std::size_t i = 1; i != workers.size(); ++i) {
        threads.emplace_back([&worker = *workers[i]] { worker.io.run(); });
    }
    workers.front()->io.run();
    for (std::thread& thread : threads) {
        thread.join();
    }
    if (!options.unix_path.empty()) {
        ::unlink(options.unix_path.c_str());
    }
}

} // namespace

int main(int argc, char** argv) {
    const std::span arguments{argv + 1, static_cast<std::size_t>(argc - 1)};
    try {
        if (arguments.size() == 1 && std::string_view{arguments.front()} == "--help") {
            fmt::print("{}", contract::usage);
            return 0;
        }
        const Options options = contract::parse_options(arguments);
        raise_descriptor_limit();
        serve(options);
        return 0;
    } catch (const std::invalid_argument& mistake) {
        fmt::print(stderr, "contract_server: {}; --help lists the options\n", mistake.what());
        return 2;
    } catch (const std::exception& error) {
        fmt::print(stderr, "contract_server: {}\n", error.what());
        return 1;
    }
}
