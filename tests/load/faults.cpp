// SPDX-License-Identifier: MIT
// faults --port P --pid PID [--seconds N] [--connections N] [--seed S]
//
// Honest clients, slow ones, broken ones and such that vanish, all at once on one contract_server.
// The honest have to be served without a wrong byte, and when all are gone the process has to be
// where it was after a shorter load of the same kind: the same descriptors, and no more memory than
// `allowance` says. The server has to run with deadlines of four seconds.
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

#include "sessions.hpp"

namespace {

using load::awaitable;
using load::Load;

struct Session {
    const char* name;
    awaitable<std::string> (*play)(Load&);
};

constexpr Session honest[] = {
    {"keep-alive", load::keep_alive},
    {"keep-alive", load::keep_alive},
    {"keep-alive", load::keep_alive},
    {"burst", load::burst},
    {"patient sender", load::patient},
};
constexpr Session faulty[] = {
    {"slow head", load::slow_head},
    {"slow body", load::slow_body},
    {"slow reader", load::slow_reader},
    {"reset", load::reset},
    {"left", load::leave},
    {"garbage", load::garbage},
    {"silent", load::silent},
};

struct Options {
    std::uint16_t port = 0;
    std::string pid;
    std::uint64_t seconds = 16;
    std::uint64_t connections = 1000;
    std::uint64_t seed = 1;
};

/// What a process holds.
struct Footprint {
    std::uint64_t resident = 0; // KiB
    std::ptrdiff_t descriptors = 0;
};

Footprint footprint_of(const std::string& pid) {
    Footprint found;
    const std::filesystem::directory_iterator descriptors{"/proc/" + pid + "/fd"};
    found.descriptors = std::distance(begin(descriptors), end(descriptors));
    std::ifstream status{"/proc/" + pid + "/status"};
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmRSS:")) {
            found.resident = std::strtoull(line.c_str() + 6, nullptr, 10);
        }
    }
    return found;
}

/// One of the connections: session after session until the load is over.
awaitable<void> keep_busy(Load& load, const Session* sessions, std::size_t count) {
    while (!load.is_over) {
        const Session& session = sessions[load.between(0, count - 1)];
        std::string complaint;
        try {
            const std::string end = co_await session.play(load);
            ++load.sessions[fmt::format("{}: {}", session.name, end)];
        } catch (const load::Wrong& wrong) {
            complaint = wrong.what();
        } catch (const std::system_error& error) {
            complaint = error.what();
        }
        if (!complaint.empty() && !(load.is_over && sessions == faulty)) {
            ++load.complaints;
            fmt::print(stderr, "{}: {}\n", session.name, complaint);
        }
        if (!load.is_over) {
            co_await load.pause(200, 1000);
        }
    }
}

/// Ends the load when it is time, and connections that wait for too long.
awaitable<void> watch(Load& load, std::chrono::seconds duration) {
    const auto end = load::Clock::now() + duration;
    while (!load.is_over || !load.clients.empty()) {
        const auto due = load::Clock::now() + std::chrono::milliseconds{200};
        co_await load.pause(200, 200);
        const auto now = load::Clock::now();
        load.latest = std::max(load.latest, now - due);
        for (load::Client* client : load.clients) {
            if (client->is_overdue(now)) {
                client->close();
            }
        }
        load.is_over = now > end;
    }
}

void play(Load& load, const Options& options, std::chrono::seconds duration) {
    load.is_over = false;
    for (std::uint64_t i = 0; i != options.connections; ++i) {
        const bool is_honest = i % 5 < 3;
        asio::co_spawn(
            load.io,
            is_honest ? keep_busy(load, honest, std::size(honest))
                      : keep_busy(load, faulty, std::size(faulty)),
            asio::detached
        );
    }
    asio::co_spawn(load.io, watch(load, duration), asio::detached);
    load.io.restart();
    load.io.run();
}

/// Waits until the server has closed what it has opened since `before`; false: it never did.
bool settles(const std::string& pid, const Footprint& before) {
    for (int attempt = 0; attempt != 200; ++attempt) {
        if (footprint_of(pid).descriptors == before.descriptors) {
            return true;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds{100});
    }
    return false;
}

void report(const Load& load, std::string_view phase) {
    fmt::print("{}:\n", phase);
    for (const auto& [name, count] : load.sessions) {
        fmt::print("  {:>7} {}\n", count, name);
    }
    const auto in_ms = [](load::Clock::duration time) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    };
    fmt::print(
        "  {} answers and {} bytes compared, {} complaints\n",
        load.answers,
        load.bytes,
        load.complaints
    );
    fmt::print(
        "  the slowest answer took {} ms, the latest timer of these clients came {} ms late\n",
        in_ms(load.longest),
        in_ms(load.latest)
    );
}

void report(std::string_view when, const Footprint& footprint) {
    fmt::print(
        "{}: {} KiB resident, {} descriptors\n", when, footprint.resident, footprint.descriptors
    );
    std::fflush(stdout);
}

/// What may stay, since pools and allocator do not fit a second load exactly as they did the first.
/// It does not grow with the time: in five minutes 64 bytes for each connection would be more.
constexpr std::uint64_t allowance = 4096; // KiB

/// Plays the load and waits for the server to be as it was `before`. False: something is wrong.
bool play_and_settle(Load& load, const Options& options, std::uint64_t seconds, Footprint before) {
    play(load, options, std::chrono::seconds{seconds});
    if (!settles(options.pid, before)) {
        fmt::print("the server does not close its descriptors\n");
        return false;
    }
    return load.complaints == 0;
}

int run(const Options& options) {
    const Footprint fresh = footprint_of(options.pid);
    report("fresh", fresh);

    Load warm_up{options.port, options.seed};
    bool is_fine =
        play_and_settle(warm_up, options, std::min<std::uint64_t>(options.seconds, 3), fresh);
    const Footprint before = footprint_of(options.pid);
    report("after a short load", before);

    Load load{options.port, options.seed + 1};
    is_fine = play_and_settle(load, options, options.seconds, fresh) && is_fine;
    const Footprint after = footprint_of(options.pid);
    report(load, fmt::format("{} connections for {} s", options.connections, options.seconds));
    report("after the load", after);
    if (after.resident > before.resident + allowance) {
        fmt::print("more than {} KiB have stayed\n", allowance);
        is_fine = false;
    }
    fmt::print("faults: {}\n", is_fine ? "everything is in order" : "FAILED");
    return is_fine ? 0 : 1;
}

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string_view name = argv[i];
        const std::uint64_t number = std::strtoull(argv[i + 1], nullptr, 10);
        if (name == "--port") {
            options.port = static_cast<std::uint16_t>(number);
        } else if (name == "--pid") {
            options.pid = argv[i + 1];
        } else if (name == "--seconds") {
            options.seconds = number;
        } else if (name == "--connections") {
            options.connections = number;
        } else if (name == "--seed") {
            options.seed = number;
        } else {
            throw std::invalid_argument{argv[i]};
        }
    }
    if (options.port == 0 || options.pid.empty() || argc % 2 == 0) {
        throw std::invalid_argument{"--port and --pid are needed"};
    }
    return options;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return run(parse(argc, argv));
    } catch (const std::exception& error) {
        fmt::print(stderr, "faults: {}\n", error.what());
        return 2;
    }
}
