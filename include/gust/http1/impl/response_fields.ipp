// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP1_IMPL_RESPONSE_FIELDS_IPP
#define GUST_HTTP1_IMPL_RESPONSE_FIELDS_IPP

#include <gust/core/error.hpp>
#include <gust/http/syntax.hpp>
#include <gust/http1/detail/response_fields.hpp>

#include <optional>

namespace gust::detail {

GUST_DECL bool read_role(field_role role, std::string_view value, ResponseFields& found) {
    switch (role) {
    case field_role::plain:
        return true;
    case field_role::date:
        return found.has_date = true;
    case field_role::connection: {
        const bool says_close = has_token(value, "close");
        found.says_close |= says_close;
        return !says_close && !has_token(value, "keep-alive");
    }
    case field_role::framing:
        throw_error(errc::forbidden_field);
    case field_role::length: {
        const std::optional<std::uint64_t> length = parse_decimal(value);
        if (!length || ++found.lengths > 1) {
            throw_error(errc::forbidden_field);
        }
        found.length = *length;
        return false;
    }
    }
    return false;
}

GUST_DECL void check_length(status code, std::uint64_t announced, std::uint64_t has, bool is_all) {
    const auto number = static_cast<unsigned>(code);
    const bool must_be_empty = code == status::reset_content && announced != 0;
    if (number < 200 || code == status::no_content || must_be_empty) {
        throw_error(errc::forbidden_field);
    }
    if (allows_body(code) && has > announced) {
        throw_error(errc::body_too_long);
    }
    if (allows_body(code) && has < announced && is_all) {
        throw_error(errc::body_too_short);
    }
}

GUST_DECL std::size_t size_of_rare(const FieldLines& fields) noexcept {
    return size_of(fields);
}

GUST_DECL Writer write_rare_fields(Writer head, const FieldLines& fields, ResponseFields& found) {
    return fields.headers() == nullptr ? write_lines(head, fields.span(), found)
                                       : write_lines(head, *fields.headers(), found);
}

GUST_DECL Writer write_rare_field(Writer head, std::string_view name, std::string_view value) {
    return head.field(name, value);
}

GUST_DECL Writer write_extras(Writer head, const FieldLines& fields, const ResponseExtras& extras) {
    for (const auto [name, value] : extras.fields) {
        head = write_rare_field(head, name, value);
    }
    for (const auto [name, value] : extras.defaults) {
        if (!fields.contains(name)) {
            head = write_rare_field(head, name, value);
        }
    }
    return head;
}

GUST_DECL bool describes_body(std::string_view name) noexcept {
    constexpr std::string_view names[] = {
        "Content-Encoding",
        "Content-Language",
        "Content-Length",
        "Content-Location",
        "Content-Type",
        "ETag",
        "Last-Modified",
    };
    for (const std::string_view known : names) {
        if (iequals(name, known)) {
            return true;
        }
    }
    return false;
}

} // namespace gust::detail

#endif // GUST_HTTP1_IMPL_RESPONSE_FIELDS_IPP
