// SPDX-License-Identifier: MIT
// Counts what this program takes from the heap.
#ifndef GUST_TESTS_ALLOCATIONS_COUNTER_HPP
#define GUST_TESTS_ALLOCATIONS_COUNTER_HPP

#include <cstdint>

namespace allocations {

/// Counts from its construction to its destruction or `stop`: every operator new of the program and
/// of the libraries it uses, and what its own code, Asio's among it, takes from malloc, calloc,
/// realloc and aligned_alloc. One thread, and one at a time.
class Counter {
public:
    Counter() noexcept;
    Counter(const Counter&) = delete;
    Counter& operator=(const Counter&) = delete;
    ~Counter();

    void stop() noexcept;
    void go_on() noexcept;
    std::uint64_t count() const noexcept;
};

} // namespace allocations

#endif // GUST_TESTS_ALLOCATIONS_COUNTER_HPP
