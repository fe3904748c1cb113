// SPDX-License-Identifier: MIT
// The fields of a response on their way into its head, and what the connection has to know of them.
#ifndef GUST_HTTP1_DETAIL_RESPONSE_FIELDS_HPP
#define GUST_HTTP1_DETAIL_RESPONSE_FIELDS_HPP

#include <gust/config.hpp>
#include <gust/http/field_lines.hpp>
#include <gust/http/known_name.hpp>
#include <gust/http/status.hpp>
#include <gust/http1/incoming_request.hpp>
#include <gust/http1/writer.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gust::detail {

/// Which fields of a response the connection has to look at.
enum class field_role : std::uint8_t { plain, length, date, connection, framing };

GUST_ALWAYS_INLINE field_role role_of(std::string_view name) noexcept {
    switch (name.size()) { // most names are told apart by their length alone
    case 4:
        return is_name(name, "date") ? field_role::date : field_role::plain;
    case 10:
        return is_name(name, "connection") ? field_role::connection : field_role::plain;
    case 14:
        return is_name(name, "content-length") ? field_role::length : field_role::plain;
    case 17:
        return is_name(name, "transfer-encoding") ? field_role::framing : field_role::plain;
    default:
        return field_role::plain;
    }
}

/// What the fields of a response say that the connection has to know.
struct ResponseFields {
    std::uint64_t length = 0;
    unsigned lengths = 0;
    bool has_date = false;
    bool says_close = false;
};

/// Reads a field that is not plain, and tells whether its line is written as it stands: what the
/// connection decides itself is not. Throws for what an application must not send.
GUST_DECL bool read_role(field_role role, std::string_view value, ResponseFields& found);

/// Throws unless the length that the application announced is right: `has` bytes are there of the
/// body, or are all of it.
GUST_DECL void check_length(status code, std::uint64_t announced, std::uint64_t has, bool is_all);

/// The room that the lines of `fields` need.
GUST_ALWAYS_INLINE std::size_t size_of(const FieldLines& fields) noexcept {
    std::size_t size = 0;
    for (std::size_t i = 0; i != fields.size(); ++i) {
        const auto [name, value] = fields[i];
        size += name.size() + value.size() + Writer::field_overhead;
    }
    return size;
}

/// Writes the lines of a range of fields, and notes what the connection has to know of them.
/// Throws.
template <class Fields>
GUST_ALWAYS_INLINE Writer write_lines(Writer head, const Fields& fields, ResponseFields& found) {
    for (const auto& field : fields) {
        const std::string_view name = field.name;
        const std::string_view value = field.value;
        const field_role role = role_of(name);
        if (role == field_role::plain || read_role(role, value, found)) {
            head.field(name, value);
        }
    }
    return head;
}

/// The same where it is rare: compiled once, and called.
/// @{
GUST_DECL std::size_t size_of_rare(const FieldLines& fields) noexcept;
GUST_DECL Writer write_rare_fields(Writer head, const FieldLines& fields, ResponseFields& found);
GUST_DECL Writer write_rare_field(Writer head, std::string_view name, std::string_view value);
/// @}

/// Writes the lines that middleware has added.
GUST_DECL Writer write_extras(Writer head, const FieldLines& fields, const ResponseExtras& extras);

/// Whether a field is about the body, and goes when another body takes its place.
GUST_DECL bool describes_body(std::string_view name) noexcept;

} // namespace gust::detail

#if defined(GUST_HEADER_ONLY)
#include <gust/http1/impl/response_fields.ipp>
#endif

#endif // GUST_HTTP1_DETAIL_RESPONSE_FIELDS_HPP
