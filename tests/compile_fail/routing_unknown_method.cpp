// SPDX-License-Identifier: MIT
#include <gust/routing/rule.hpp>

auto rule = gust::on<"FETCH /">([] { return gust::Response{}; });
// error: route_pattern_names_an_unknown_method
