// SPDX-License-Identifier: MIT
#include <gust/http/field.hpp>

void answer() {
    const gust::FieldName name = "";
}
// error: field_name_is_empty
