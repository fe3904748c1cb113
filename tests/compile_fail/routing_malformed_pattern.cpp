// SPDX-License-Identifier: MIT
#include <gust/routing/rule.hpp>

#include <string_view>

auto rule = gust::on<"GET /users/{id">([](std::string_view) { return gust::Response{}; });
// error: route_pattern_has_an_unbalanced_brace
