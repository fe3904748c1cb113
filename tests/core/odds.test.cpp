// SPDX-License-Identifier: MIT
#include <gust/core/odds.hpp>

#include "support/catch.hpp"

using gust::detail::Odds;

namespace {

/// Takes every chance that is good, up to so many chances; returns how many that were.
int taken(Odds& odds, int chances, bool succeeds) {
    int tries = 0;
    for (int i = 0; i != chances; ++i) {
        if (odds.are_good()) {
            ++tries;
            odds.count(succeeds);
        }
    }
    return tries;
}

} // namespace

TEST_CASE("what has never been tried is worth a try", "[core]") {
    Odds odds;
    CHECK(odds.are_good());
}

TEST_CASE("what succeeds is tried every time", "[core]") {
    Odds odds;
    CHECK(taken(odds, 1000, true) == 1000);
}

TEST_CASE("what fails is tried once in 256 chances", "[core]") {
    Odds odds;
    CHECK(taken(odds, 2560, false) == 10);
}

TEST_CASE("a few failures do not spoil what mostly succeeds", "[core]") {
    Odds odds;
    int tries = 0;
    for (int i = 0; i != 300; ++i) {
        if (odds.are_good()) {
            odds.count(++tries % 3 != 0);
        }
    }
    CHECK(tries == 300);
}

TEST_CASE("what has begun to fail is given up soon, and found again when it succeeds", "[core]") {
    Odds odds;
    taken(odds, 1000, true);
    CHECK(taken(odds, 200, false) <= 20);
    CHECK(taken(odds, 512, true) >= 256);
}
