// SPDX-License-Identifier: MIT
// Field names and values that cannot hold a byte which would break a message. Where they are taken,
// nothing is left to check: response splitting is a type error for literals and an exception for
// everything else.
#ifndef GUST_HTTP_FIELD_HPP
#define GUST_HTTP_FIELD_HPP

#include <gust/config.hpp>
#include <gust/http/syntax.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace gust {
namespace detail {

// Never defined: a bad literal calls one of these in a constant expression, and the compiler names
// it.
void field_name_has_an_invalid_character();
void field_name_is_empty();
void field_value_has_an_invalid_character();
void field_text_is_not_a_string_literal();

/// Promises that a text was checked already.
struct checked_t {};
inline constexpr checked_t checked{};

GUST_DECL std::string_view check_field_name(std::string_view text);
GUST_DECL std::string_view check_field_value(std::string_view text);

template <class T>
concept run_time_pointer = std::is_pointer_v<T> || std::is_null_pointer_v<T>;

} // namespace detail

/// A view of a field name: a token (RFC 9110 §5.6.2), hence never empty.
///
/// A string literal is checked by the compiler. A `std::string_view` or `std::string` is checked
/// when it is converted; a run-time `const char*` is refused, so wrap it in a `std::string_view`.
/// Nothing is copied: the text must outlive the FieldName, which a temporary string does when the
/// FieldName is an argument (both live to the end of the full expression).
class FieldName {
public:
    template <std::size_t N>
    consteval FieldName(const char (&text)[N]) : text_{text, N - 1} {
        if (text[N - 1] != '\0')
            detail::field_text_is_not_a_string_literal();
        if (text_.empty())
            detail::field_name_is_empty();
        if (!is_token(text_))
            detail::field_name_has_an_invalid_character();
    }

    /// Throws errc::invalid_field if `text` is not a token.
    FieldName(std::string_view text) : text_{detail::check_field_name(text)} {}
    FieldName(const std::string& text) : text_{detail::check_field_name(text)} {}

    template <detail::run_time_pointer Pointer>
    FieldName(Pointer) = delete; // a run-time const char*: wrap it in a std::string_view

    /// Skips the check, for text that a parser has already checked.
    constexpr FieldName(detail::checked_t, std::string_view text) noexcept : text_{text} {}

    constexpr std::string_view text() const noexcept { return text_; }
    constexpr operator std::string_view() const noexcept { return text_; }

private:
    std::string_view text_;
};

/// A view of a field value: HTAB, SP to 0x7E and 0x80 to 0xFF (RFC 9110 §5.5), possibly empty,
/// without blanks around it.
///
/// Made like FieldName, with the same lifetime. Blanks around the text are not part of the value
/// and are dropped.
class FieldValue {
public:
    template <std::size_t N>
    consteval FieldValue(const char (&text)[N]) : text_{trim_ows({text, N - 1})} {
        if (text[N - 1] != '\0')
            detail::field_text_is_not_a_string_literal();
        if (!is_field_value(text_))
            detail::field_value_has_an_invalid_character();
    }

    /// Throws errc::invalid_field if `text` has a control byte other than HTAB: CR, LF and NUL
    /// among them.
    FieldValue(std::string_view text) : text_{detail::check_field_value(text)} {}
    FieldValue(const std::string& text) : text_{detail::check_field_value(text)} {}

    template <detail::run_time_pointer Pointer>
    FieldValue(Pointer) = delete; // a run-time const char*: wrap it in a std::string_view

    /// Skips the check, for text that a parser has already checked and trimmed.
    constexpr FieldValue(detail::checked_t, std::string_view text) noexcept : text_{text} {}

    constexpr std::string_view text() const noexcept { return text_; }
    constexpr operator std::string_view() const noexcept { return text_; }

private:
    std::string_view text_;
};

/// One field line. A function that takes `std::initializer_list<Field>` is called with
/// `{{"Content-Type", "text/plain"}, {"X-Id", id}}`. Such a function must not have to be awaited:
/// g++ 12 compiles no initializer list inside `co_await`.
struct Field {
    FieldName name;
    FieldValue value;
};

/// A number in decimal digits, held in place, so that it can be a field value without an
/// allocation.
class Decimal {
public:
    constexpr explicit Decimal(std::uint64_t number) noexcept {
        do {
            digits_[--first_] = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number != 0);
    }

    constexpr std::string_view text() const noexcept {
        return {digits_ + first_, sizeof digits_ - first_};
    }
    /// Valid as long as this object; as an argument, `{"Content-Length", decimal(n)}`, that is long
    /// enough.
    constexpr operator FieldValue() const noexcept { return {detail::checked, text()}; }

private:
    char digits_[20] = {};
    std::size_t first_ = sizeof digits_;
};

/// A number as a field value: `{"Content-Length", decimal(n)}`.
constexpr Decimal decimal(std::uint64_t number) noexcept {
    return Decimal{number};
}

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http/impl/field.ipp>
#endif

#endif // GUST_HTTP_FIELD_HPP
