// SPDX-License-Identifier: MIT
// The building blocks that many fields share (RFC 9110 §5.6): tokens, lists, quoted strings,
// parameters, weights, numbers. Every function takes linear time and none allocates unless it
// returns a std::string.
#ifndef GUST_HTTP_SYNTAX_HPP
#define GUST_HTTP_SYNTAX_HPP

#include <gust/config.hpp>
#include <gust/http/detail/byte_class.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gust {

/// Whether `c` may stand in a token.
constexpr bool is_tchar(char c) noexcept {
    return detail::is_byte(c, detail::byte_class::tchar);
}

/// Whether `text` is a token: one or more tchars.
constexpr bool is_token(std::string_view text) noexcept {
    return !text.empty() && detail::all_bytes(text, detail::byte_class::tchar);
}

/// Whether `text` has only bytes that a field value may hold. Blanks at its ends are not looked at;
/// "" is one.
constexpr bool is_field_value(std::string_view text) noexcept {
    return detail::all_bytes(text, detail::byte_class::field_value);
}

/// `text` without the blanks and tabs around it.
constexpr std::string_view trim_ows(std::string_view text) noexcept {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

namespace detail {
GUST_DECL bool iequals_bytes(const char* a, const char* b, std::size_t size) noexcept;
GUST_DECL std::size_t find_outside_quotes(std::string_view text, char separator) noexcept;
/// The length of the token that `text` begins with; 0 if it does not.
GUST_DECL std::size_t token_size(std::string_view text) noexcept;
/// Takes the next member off a list; "" at its end.
GUST_DECL std::string_view take_element(std::string_view& list) noexcept;
} // namespace detail

/// Whether the two are equal when the case of ASCII letters is ignored. Other bytes are compared as
/// they are.
inline bool iequals(std::string_view a, std::string_view b) noexcept {
    return a.size() == b.size() && detail::iequals_bytes(a.data(), b.data(), a.size());
}

/// Calls `f(element)` for each member of a comma-separated list (RFC 9110 §5.6.1), trimmed. Commas
/// inside a quoted-string do not separate; empty members are skipped. After an opening quote
/// without its end, the rest of the text is one member.
template <class F>
void for_each_element(std::string_view list, F&& f) {
    for (auto element = detail::take_element(list); !element.empty();
         element = detail::take_element(list))
        f(element);
}

/// Whether `token` is a member of the list; ASCII case is ignored, and a member with parameters is
/// not equal.
GUST_DECL bool has_token(std::string_view list, std::string_view token) noexcept;

/// The number that one or more digits say; nothing for any other byte, for "" and for more than 64
/// bits.
GUST_DECL std::optional<std::uint64_t> parse_decimal(std::string_view digits) noexcept;

/// The same with hexadecimal digits of either case, without a prefix.
GUST_DECL std::optional<std::uint64_t> parse_hex(std::string_view digits) noexcept;

/// What stands before the first `;` outside quotes, trimmed: `text/html` of `text/html;
/// charset=utf-8`.
GUST_DECL std::string_view without_parameters(std::string_view value) noexcept;

/// One parameter, as it was sent: the value may be a quoted-string, see `unquote`.
struct Parameter {
    std::string_view name;
    std::string_view value;
};

namespace detail {
/// Takes the next parameter off `rest`, which begins with `;` or is empty; nothing at the end or
/// where the grammar breaks.
GUST_DECL std::optional<Parameter> take_parameter(std::string_view& rest) noexcept;
} // namespace detail

/// Calls `f(name, value)` for each parameter of `text/html; charset="x"`; the value is as it was
/// sent, see `unquote`.
/// Returns whether the parameters follow the grammar; where they stop to, no more calls are made.
/// Empty ones (`;;`) are skipped; blanks around `;` are allowed, around `=` they are not (RFC 9110
/// §5.6.6).
template <class F>
bool for_each_parameter(std::string_view value, F&& f) {
    auto rest = value.substr(detail::find_outside_quotes(value, ';'));
    while (const auto parameter = detail::take_parameter(rest))
        f(parameter->name, parameter->value);
    return rest.empty();
}

/// The value of the first parameter of that name (ASCII case is ignored), unquoted.
GUST_DECL std::optional<std::string> find_parameter(std::string_view value, std::string_view name);

/// The text that a quoted-string stands for (RFC 9110 §5.6.4); any other text as it is.
GUST_DECL std::string unquote(std::string_view text);

/// The weight `0.5` in thousandths (RFC 9110 §12.4.2): 0 to 1000; nothing if it is not one.
GUST_DECL std::optional<unsigned> parse_qvalue(std::string_view text) noexcept;

/// The weight of a list member such as `gzip;q=0.5`, in thousandths: 1000 without `q`, nothing for
/// an invalid one.
GUST_DECL std::optional<unsigned> quality_of(std::string_view element) noexcept;

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http/impl/syntax.ipp>
#endif

#endif // GUST_HTTP_SYNTAX_HPP
