// SPDX-License-Identifier: MIT
// What a fuzz target says when a property does not hold.
#ifndef GUST_TESTS_FUZZ_REQUIRE_HPP
#define GUST_TESTS_FUZZ_REQUIRE_HPP

#include <cstdio>
#include <cstdlib>

/// Ends the run, and keeps the input, if `property` is false.
#define FUZZ_REQUIRE(property)                                                                     \
    do {                                                                                           \
        if (!(property)) {                                                                         \
            std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #property);          \
            std::abort();                                                                          \
        }                                                                                          \
    } while (false)

#endif // GUST_TESTS_FUZZ_REQUIRE_HPP
