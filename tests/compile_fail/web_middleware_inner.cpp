// SPDX-License-Identifier: MIT
#include <gust/testing/exchange.hpp>
#include <gust/web.hpp>

auto answer = gust::testing::exchange(gust::request_id() | [](int id) { return id; }, "");
// error: gust: what stands right of `|` is an application
