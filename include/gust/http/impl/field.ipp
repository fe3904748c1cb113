// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_FIELD_IPP
#define GUST_HTTP_IMPL_FIELD_IPP

#include <gust/config.hpp>
#include <gust/core/error.hpp>
#include <gust/http/field.hpp>
#include <gust/http/syntax.hpp>

#include <string_view>

namespace gust::detail {

GUST_DECL std::string_view check_field_name(std::string_view text) {
    if (!is_token(text))
        throw_error(errc::invalid_field);
    return text;
}

GUST_DECL std::string_view check_field_value(std::string_view text) {
    const auto value = trim_ows(text);
    if (!is_field_value(value))
        throw_error(errc::invalid_field);
    return value;
}

} // namespace gust::detail

#endif // GUST_HTTP_IMPL_FIELD_IPP
