// SPDX-License-Identifier: MIT
#include <gust/core/join.hpp>

#include "support/catch.hpp"

TEST_CASE("texts are joined in their order", "[core]") {
    CHECK(gust::detail::join({}).empty());
    CHECK(gust::detail::join({"one"}) == "one");
    CHECK(gust::detail::join({"unix:", std::string{"@"}, "", {"names", 4}}) == "unix:@name");
}
