// SPDX-License-Identifier: MIT
// A timing loop for micro-benchmarks.
#ifndef GUST_BENCHMARKS_MICRO_TIMING_HPP
#define GUST_BENCHMARKS_MICRO_TIMING_HPP

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>

namespace micro {

/// Makes the compiler believe that `value` is read and written elsewhere.
template <class T>
void keep(T& value) {
    asm volatile("" : : "r"(&value) : "memory");
}

/// Calls `f` over and over and prints the nanoseconds of one call: the median of eleven slices of
/// 20 ms, and the fastest and the slowest of them. `per_call`: how many things a call does, of
/// which one is timed.
template <class F>
void measure(const char* name, F&& f, double per_call = 1) {
    using clock = std::chrono::steady_clock;
    using namespace std::chrono_literals;
    const auto time_of = [&f](std::uint64_t calls) {
        const auto begun = clock::now();
        for (std::uint64_t i = 0; i != calls; ++i) {
            f();
        }
        return clock::now() - begun;
    };
    std::uint64_t calls = 1;
    while (time_of(calls) < 20ms) {
        calls *= 2;
    }
    std::array<double, 11> slices;
    for (double& slice : slices) {
        const std::chrono::duration<double, std::nano> time = time_of(calls);
        slice = time.count() / static_cast<double>(calls) / per_call;
    }
    std::sort(slices.begin(), slices.end());
    std::printf("%-44s %9.1f ns  (%.1f to %.1f)\n", name, slices[5], slices[0], slices[10]);
}

} // namespace micro

#endif // GUST_BENCHMARKS_MICRO_TIMING_HPP
