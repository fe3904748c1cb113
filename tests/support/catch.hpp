// SPDX-License-Identifier: MIT
// Catch2, whichever version: 3 as its amalgamated pair, 3 installed, or 2.
#ifndef GUST_TESTS_SUPPORT_CATCH_HPP
#define GUST_TESTS_SUPPORT_CATCH_HPP

#if __has_include(<catch_amalgamated.hpp>)
#include <catch_amalgamated.hpp>
#elif __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>

#include <string>

/// The names of Catch2 3 that version 2 spells differently.
namespace Catch::Matchers {

inline auto ContainsSubstring(const std::string& text) {
    return Contains(text);
}

} // namespace Catch::Matchers
#endif

#endif // GUST_TESTS_SUPPORT_CATCH_HPP
