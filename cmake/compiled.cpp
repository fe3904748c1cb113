// SPDX-License-Identifier: MIT
// gust's part of the library gust::compiled.
#include <gust/impl/src.hpp>
