// SPDX-License-Identifier: MIT
// Latencies, kept to within 2 %.
#ifndef GUST_BENCHMARKS_LOAD_HISTOGRAM_HPP
#define GUST_BENCHMARKS_LOAD_HISTOGRAM_HPP

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace load {

/// Counts of nanoseconds in buckets, 64 to each power of two.
class Histogram {
public:
    void add(std::uint64_t nanoseconds) noexcept {
        ++counts_[index(nanoseconds)];
        ++total_;
    }
    void clear() noexcept { *this = Histogram{}; }

    /// The lower edge of the bucket in which the given share of all values is reached.
    std::uint64_t percentile(double share) const noexcept {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i != counts_.size(); ++i) {
            seen += counts_[i];
            if (seen > wanted) {
                return lower_edge(i);
            }
        }
        return 0;
    }

private:
    static constexpr unsigned bits = 6;
    static constexpr std::size_t steps = std::size_t{1} << bits;

    /// Below 2^(bits+1) a value is its own bucket.
    static std::size_t index(std::uint64_t value) noexcept {
        const auto width = static_cast<unsigned>(std::bit_width(value));
        const unsigned shift = width > bits + 1 ? width - bits - 1 : 0;
        return shift * steps + static_cast<std::size_t>(value >> shift);
    }
    static std::uint64_t lower_edge(std::size_t bucket) noexcept {
        const std::size_t shift = bucket < 2 * steps ? 0 : bucket / steps - 1;
        return static_cast<std::uint64_t>(bucket - shift * steps) << shift;
    }

    std::array<std::uint32_t, (64 - bits + 1) * steps> counts_{};
    std::uint64_t total_ = 0;
};

} // namespace load

#endif // GUST_BENCHMARKS_LOAD_HISTOGRAM_HPP
