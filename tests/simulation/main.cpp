// SPDX-License-Identifier: MIT
// simulation [--seconds N] [--seed S] [--count N]: plays schedules, one for each seed from S on.
//
// A failure prints its seed and the schedule without what it does not need, and ends the run.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "simulation/simulation.hpp"
#include "simulation/split.hpp"

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

/// Seeds that once failed.
constexpr std::uint64_t regressions[]{
#include "simulation/regressions.inc"
};

bool play(std::uint64_t seed) {
    if (const auto difference = simulation::play_split(seed)) {
        std::printf("seed %llu: ", static_cast<unsigned long long>(seed));
        std::fwrite(difference->data(), 1, difference->size(), stdout);
        std::fflush(stdout); // before a sanitizer ends the process
        return false;
    }
    const simulation::Schedule schedule = simulation::schedule_of(seed);
    const auto complaint = simulation::play(schedule);
    if (!complaint) {
        return true;
    }
    const simulation::Schedule small = simulation::shrink(schedule);
    const auto again = simulation::play(small);
    std::printf(
        "seed %llu: %s\n%s%s\n",
        static_cast<unsigned long long>(seed),
        complaint->c_str(),
        again ? "" : "(the shrunk schedule does not fail)\n",
        text_of(small).c_str()
    );
    if (again) {
        std::printf("shrunk: %s\n", again->c_str());
    }
    std::fflush(stdout);
    return false;
}

} // namespace

int main(int argc, char** argv) {
    std::uint64_t seconds = 0;
    std::uint64_t first = 1;
    std::uint64_t count = 20'000;
    for (int i = 1; i < argc; i += 2) {
        const std::string_view option = argv[i];
        const std::uint64_t value = i + 1 < argc ? number_of(argv[i + 1]) : 0;
        if (option == "--seconds" && i + 1 < argc) {
            seconds = value;
            count = ~std::uint64_t{0};
        } else if (option == "--seed" && i + 1 < argc) {
            first = value;
        } else if (option == "--count" && i + 1 < argc) {
            count = value;
        } else {
            std::fprintf(stderr, "usage: simulation [--seconds N] [--seed S] [--count N]\n");
            return 2;
        }
    }
    for (const std::uint64_t seed : regressions) {
        if (!play(seed)) {
            return 1;
        }
    }
    const auto begin = std::chrono::steady_clock::now();
    std::uint64_t played = 0;
    for (; played != count; ++played) {
        if (!play(first + played)) {
            return 1;
        }
        if (seconds != 0 && played % 64 == 0
            && std::chrono::steady_clock::now() - begin >= std::chrono::seconds{seconds}) {
            break;
        }
    }
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    std::printf(
        "%llu schedules in %.1f s\n", static_cast<unsigned long long>(played), passed.count()
    );
    return 0;
}
