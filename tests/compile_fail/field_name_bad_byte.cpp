// SPDX-License-Identifier: MIT
#include <gust/http/field.hpp>

#include <initializer_list>

void write_headers(std::initializer_list<gust::Field> fields);

void answer() {
    write_headers({{"Content-Type", "text/plain"}, {"X Y", "z"}});
}
// error: field_name_has_an_invalid_character
