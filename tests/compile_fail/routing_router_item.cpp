// SPDX-License-Identifier: MIT
#include <gust/routing/router.hpp>

void serve() {
    gust::Router router{[] { return gust::Response{}; }};
}
// error: gust: a Router is made of rules
