// SPDX-License-Identifier: MIT
// simulation_memory [--seed S] [--count N]: plays each schedule again and again, and lets the n-th
// allocation of the server's loop fail in the n-th run, alone and with what follows it.
//
// Plain hooks only: where a coroutine starts an operation, Asio lets nothing be thrown.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "support/lack_of_memory.hpp"

#define GUST_SIMULATION_LOOP_SCOPE LackOfMemory::Scope
#include "simulation/simulation.hpp"

namespace {

std::uint64_t number_of(const char* text) {
    std::uint64_t number = 0;
    const auto [end, ec] = std::from_chars(text, text + std::strlen(text), number);
    if (ec != std::errc{} || *end != '\0') {
        std::fprintf(stderr, "not a number: %s\n", text);
        std::exit(2);
    }
    return number;
}

std::optional<std::string>
play(const simulation::Schedule& schedule, std::uint64_t first, std::uint64_t in_a_row) {
    simulation::Simulation simulation{schedule};
    simulation.lack_memory();
    LackOfMemory::begin(first, in_a_row);
    return simulation.play();
}

/// Plays one schedule with every allocation failing in turn. False: something did not hold.
bool play_all(std::uint64_t seed, std::uint64_t& runs) {
    constexpr std::uint64_t most = 400;
    simulation::Schedule schedule = simulation::schedule_of(seed);
    schedule.connections = std::min(schedule.connections, 2U);
    play(schedule, 0, 0);
    const std::uint64_t all = std::min(LackOfMemory::end(), most);
    for (std::uint64_t n = 1; n <= all; ++n) {
        for (const std::uint64_t in_a_row : {1U, 3U, 20U}) {
            ++runs;
            if (const auto complaint = play(schedule, n, in_a_row)) {
                std::printf(
                    "seed %llu, allocation %llu, %llu in a row: %s\n%s",
                    static_cast<unsigned long long>(seed),
                    static_cast<unsigned long long>(n),
                    static_cast<unsigned long long>(in_a_row),
                    complaint->c_str(),
                    text_of(schedule).c_str()
                );
                return false;
            }
        }
    }
    return true;
}

} // namespace

int main(int argc, char** argv) {
    std::uint64_t first = 1;
    std::uint64_t count = 100;
    for (int i = 1; i < argc; i += 2) {
        const std::string_view option = argv[i];
        if (i + 1 == argc || (option != "--seed" && option != "--count")) {
            std::fprintf(stderr, "usage: simulation_memory [--seed S] [--count N]\n");
            return 2;
        }
        (option == "--seed" ? first : count) = number_of(argv[i + 1]);
    }
    std::uint64_t runs = 0;
    for (std::uint64_t seed = first; seed != first + count; ++seed) {
        if (!play_all(seed, runs)) {
            return 1;
        }
    }
    std::printf("%llu runs\n", static_cast<unsigned long long>(runs));
    return 0;
}
