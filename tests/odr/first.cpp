// SPDX-License-Identifier: MIT
#include <gust/gust.hpp>

const void* second();

// Both units see one error category, and neither defines anything twice.
int main() {
    return second() == &gust::error_category() ? 0 : 1;
}
