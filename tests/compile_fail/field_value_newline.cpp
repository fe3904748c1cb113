// SPDX-License-Identifier: MIT
#include <gust/http/field.hpp>

#include <initializer_list>

void write_headers(std::initializer_list<gust::Field> fields);

template <class T>
void answer(T&) {
    write_headers({{"X", "a\r\nSet-Cookie: b"}});
}

template void answer(int&);
// error: field_value_has_an_invalid_character
