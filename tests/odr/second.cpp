// SPDX-License-Identifier: MIT
#include <gust/gust.hpp>

const void* second();

const void* second() {
    return &gust::error_category();
}
