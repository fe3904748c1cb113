// SPDX-License-Identifier: MIT
#include <gust/http/field.hpp>

void answer(const char* text) {
    const gust::FieldValue value = text;
}
// error: deleted
// error: wrap it in a std::string_view
