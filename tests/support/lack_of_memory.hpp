// SPDX-License-Identifier: MIT
// Lets memory lack when a test wants it to: in operator new, and in aligned_alloc, where Asio takes
// its memory.
#ifndef GUST_TESTS_SUPPORT_LACK_OF_MEMORY_HPP
#define GUST_TESTS_SUPPORT_LACK_OF_MEMORY_HPP

#include <cstdint>
#include <limits>

/// Counts the allocations made within a `Scope`, and refuses some of them. One thread.
class LackOfMemory {
public:
    /// Refuses `in_a_row` allocations from the `first` one on, which is 1 for the very next; 0:
    /// none.
    static void begin(std::uint64_t first, std::uint64_t in_a_row = 1) noexcept {
        first_ = first;
        in_a_row_ = in_a_row;
        counted_ = refused_ = 0;
    }
    /// Refuses every allocation from now on.
    static void begin() noexcept { begin(1, std::numeric_limits<std::uint64_t>::max()); }
    /// Refuses none any more. Returns how many were counted since `begin`.
    static std::uint64_t end() noexcept {
        first_ = 0;
        return counted_;
    }
    static std::uint64_t refused() noexcept { return refused_; }

    /// A time in which allocations are counted, and refused.
    class Scope {
    public:
        Scope() noexcept : before_{is_within_} { is_within_ = true; }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;
        ~Scope() { is_within_ = before_; }

    private:
        bool before_;
    };

    static bool refuses() noexcept {
        if (!is_within_) {
            return false;
        }
        ++counted_;
        if (first_ == 0 || counted_ < first_ || counted_ - first_ >= in_a_row_) {
            return false;
        }
        ++refused_;
        return true;
    }

private:
    static inline std::uint64_t first_ = 0;
    static inline std::uint64_t in_a_row_ = 0;
    static inline std::uint64_t counted_ = 0;
    static inline std::uint64_t refused_ = 0;
    static inline bool is_within_ = false;
};

#endif // GUST_TESTS_SUPPORT_LACK_OF_MEMORY_HPP
