// SPDX-License-Identifier: MIT
#include <gust/routing/rule.hpp>

using Captures = gust::captures_of<gust::Pattern<"/{tint:color}">>;
static_assert(sizeof(Captures) != 0);
// error: the word behind the colon of a capture is int, uint, int64, uint64, uuid or one for
