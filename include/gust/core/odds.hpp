// SPDX-License-Identifier: MIT
// Whether a try that costs little is likely to succeed.
#ifndef GUST_CORE_ODDS_HPP
#define GUST_CORE_ODDS_HPP

#include <cstdint>

namespace gust::detail {

/// Judges by how the last tries went. Where most of them fail, one chance in 256 is still taken.
class Odds {
public:
    /// Asks about one chance.
    bool are_good() noexcept {
        if (lead_ != 0 || passed_over_ == most_passed_over) {
            return true;
        }
        ++passed_over_;
        return false;
    }
    void count(bool has_succeeded) noexcept {
        if (has_succeeded) {
            lead_ = lead_ == most_lead ? lead_ : lead_ + 1;
        } else if (lead_ != 0) {
            --lead_;
        }
        passed_over_ = 0;
    }

private:
    static constexpr std::uint8_t most_lead = 16;
    static constexpr std::uint8_t most_passed_over = 255;

    std::uint8_t lead_ = 0; // of successes over failures
    std::uint8_t passed_over_ = most_passed_over;
};

} // namespace gust::detail

#endif // GUST_CORE_ODDS_HPP
