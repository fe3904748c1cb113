// SPDX-License-Identifier: MIT
// A load client that costs less than the servers it measures: one thread that never sleeps, two
// system calls for each batch of requests. Every answer is checked: byte by byte before the clock
// starts, by its head and length afterwards. Prints one line of JSON.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <exception>
#include <optional>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <vector>

#include "connection.hpp"
#include "cpu_time.hpp"
#include "histogram.hpp"
#include "options.hpp"
#include "scenario.hpp"

namespace load {
namespace {

std::uint64_t now() noexcept {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U
           + static_cast<std::uint64_t>(time.tv_nsec);
}

constexpr std::uint64_t milliseconds(std::uint64_t n) noexcept {
    return n * 1'000'000U;
}

class Client {
public:
    Client(const Options& options, Exchange& exchange)
        : exchange_{exchange}, pause_{options.pause}, epoll_{epoll_create1(EPOLL_CLOEXEC)} {
        connections_.reserve(options.connections);
        for (std::size_t i = 0; i != options.connections; ++i) {
            connections_.emplace_back(exchange, options.port, i);
            open(i);
        }
    }
    ~Client() { ::close(epoll_); }

    /// One batch on each connection, compared byte by byte.
    void check() {
        exchange_.level = checking::everything;
        for (std::size_t i = 0; i != connections_.size(); ++i) {
            begin(i);
            while (!is_at_rest(i)) {
                (void)progress(i, EPOLLIN | EPOLLOUT);
            }
        }
        exchange_.level = checking::lengths;
    }

    /// Keeps every connection busy until `deadline`. Returns the answers that came.
    std::uint64_t run_until(std::uint64_t deadline) {
        begin_all();
        std::uint64_t answers = 0;
        while (now() < deadline) {
            answers += turn(again::always);
        }
        return answers;
    }

    /// The same until `count` answers have come, and not one request more.
    void run(std::uint64_t count) {
        left_ = count;
        begin_all();
        for (std::uint64_t answers = 0; answers != count;) {
            answers += turn(again::while_left);
        }
    }

    Histogram& latencies() noexcept { return latencies_; }

private:
    enum class again { always, while_left };

    bool is_at_rest(std::size_t i) const noexcept {
        const auto where = connections_[i].where();
        return where == Connection::state::done || where == Connection::state::closed;
    }

    void open(std::size_t i) {
        connections_[i].open();
        watch(EPOLL_CTL_ADD, i, EPOLLIN);
    }
    void watch(int operation, std::size_t i, std::uint32_t events) {
        epoll_event event{};
        event.events = events;
        event.data.u64 = i;
        if (epoll_ctl(epoll_, operation, connections_[i].descriptor(), &event) != 0) {
            throw std::system_error{errno, std::generic_category(), "epoll_ctl"};
        }
    }

    void begin(std::size_t i) {
        Connection& connection = connections_[i];
        if (connection.where() == Connection::state::closed) {
            open(i);
        }
        if (pause_.count() != 0) {
            std::this_thread::sleep_for(pause_);
        }
        connection.begun = now();
        connection.send();
        if (connection.wants_to_send()) {
            watch(EPOLL_CTL_MOD, i, EPOLLIN | EPOLLOUT);
        }
    }
    void begin_all() {
        for (std::size_t i = 0; i != connections_.size(); ++i) {
            if (is_at_rest(i) && may_begin()) {
                begin(i);
            }
        }
    }
    bool may_begin() noexcept {
        if (left_ < exchange_.scenario.depth) {
            return false;
        }
        left_ -= exchange_.scenario.depth;
        return true;
    }

    std::size_t progress(std::size_t i, std::uint32_t events) {
        Connection& connection = connections_[i];
        if ((events & EPOLLOUT) != 0 && connection.wants_to_send()) {
            connection.continue_sending();
            if (!connection.wants_to_send()) {
                watch(EPOLL_CTL_MOD, i, EPOLLIN);
            }
        }
        return (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 ? connection.receive(buffer_) : 0;
    }

    std::uint64_t turn(again policy) {
        if (connections_.size() == 1 && !exchange_.scenario.is_one_per_connection) {
            return advance(0, EPOLLIN | EPOLLOUT, policy);
        }
        std::array<epoll_event, 256> events;
        const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), 0);
        std::uint64_t answers = 0;
        for (int e = 0; e < n; ++e) {
            const epoll_event& event = events[static_cast<std::size_t>(e)];
            answers += advance(event.data.u64, event.events, policy);
        }
        return answers;
    }

    std::uint64_t advance(std::size_t i, std::uint32_t events, again policy) {
        const std::size_t answers = progress(i, events);
        const bool is_done = exchange_.scenario.is_one_per_connection
                                 ? connections_[i].where() == Connection::state::closed
                                 : is_at_rest(i);
        if (answers != 0 && is_done) {
            latencies_.add(now() - connections_[i].begun);
            if (policy == again::always || may_begin()) {
                begin(i);
            }
        }
        return answers;
    }

    Exchange& exchange_;
    std::chrono::microseconds pause_;
    int epoll_;
    std::vector<Connection> connections_;
    std::vector<char> buffer_ = std::vector<char>(std::size_t{256} << 10U);
    std::uint64_t left_ = UINT64_MAX;
    Histogram latencies_;
};

void measure(Client& client, const Options& options) {
    client.run_until(now() + milliseconds(options.warmup));
    client.latencies().clear();
    const CpuTime before = CpuTime::now(options.servers);
    const std::uint64_t begun = now();
    const std::uint64_t answers = client.run_until(begun + milliseconds(options.duration));
    const std::uint64_t ended = now();
    const CpuTime after = CpuTime::now(options.servers);

    const auto elapsed = static_cast<double>(ended - begun);
    const auto count = static_cast<double>(answers);
    const auto server = static_cast<double>(after.server - before.server);
    const auto own = static_cast<double>(after.client - before.client);
    const auto machine = static_cast<double>(after.machine - before.machine);
    std::printf(
        "{\"requests\": %llu, \"per_second\": %.1f, \"p50_us\": %.2f, \"p99_us\": %.2f, "
        "\"server_us\": %.4f, \"server_busy\": %.3f, \"client_busy\": %.3f, "
        "\"others_busy\": %.3f}\n",
        static_cast<unsigned long long>(answers),
        count / elapsed * 1e9,
        static_cast<double>(client.latencies().percentile(0.50)) / 1e3,
        static_cast<double>(client.latencies().percentile(0.99)) / 1e3,
        count > 0 ? server / count / 1e3 : 0.0,
        server / elapsed,
        own / elapsed,
        (machine - server - own) / elapsed
    );
}

void raise_descriptor_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const Options& options) {
    const std::optional<Scenario> chosen = scenario(options.scenario);
    if (!chosen) {
        std::fputs(usage, stderr);
        return 2;
    }
    if (options.requests % chosen->depth != 0) {
        std::fputs("--requests must be a multiple of what is sent at once\n", stderr);
        return 2;
    }
    raise_descriptor_limit();
    Exchange exchange{*chosen};
    Client client{options, exchange};
    client.check();
    if (options.hold != 0) {
        std::puts("{\"held\": true}");
        std::fflush(stdout);
        while (std::getchar() != EOF) {
        }
    } else if (options.requests != 0) {
        client.run(options.requests);
        std::printf("{\"requests\": %llu}\n", static_cast<unsigned long long>(options.requests));
    } else {
        measure(client, options);
    }
    return 0;
}

} // namespace
} // namespace load

int main(int argc, char** argv) {
    const auto options = load::parse_options(argc, argv);
    if (!options) {
        std::fputs(load::usage, stderr);
        return 2;
    }
    try {
        return load::run(*options);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "load_client: %s\n", error.what());
        return 1;
    }
}
