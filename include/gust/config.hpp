// SPDX-License-Identifier: MIT
// How gust is compiled: header-only by default, or once, in the file that includes
// <gust/impl/src.hpp>.
#ifndef GUST_CONFIG_HPP
#define GUST_CONFIG_HPP

#include <cassert>

/// Marks a non-template function whose body lives in an `.ipp` file.
///
/// Header-only (the default) makes it `inline`. With `GUST_SEPARATE_COMPILATION` defined for the
/// whole program (the target `gust::compiled` does it), the bodies are compiled once, where
/// `<gust/impl/src.hpp>` is included. `GUST_HOT_DECL` is the same for a function that belongs into
/// its one caller.
#if defined(GUST_SEPARATE_COMPILATION)
#define GUST_DECL
#define GUST_HOT_DECL
#else
#define GUST_HEADER_ONLY 1
#define GUST_DECL inline
#define GUST_HOT_DECL GUST_ALWAYS_INLINE
#endif

/// Marks a function that costs more to call than to be part of its caller, on the path of every
/// request.
#define GUST_ALWAYS_INLINE [[gnu::always_inline]] inline

/// Checks one of gust's own invariants: never a peer's input, never a caller's mistake.
#ifndef GUST_ASSERT
#define GUST_ASSERT(condition) assert(condition)
#endif

#endif // GUST_CONFIG_HPP
