// SPDX-License-Identifier: MIT
// CaptureType: what the `int` of `{id:int}` means, and how to give other words a meaning.
#ifndef GUST_ROUTING_CAPTURE_HPP
#define GUST_ROUTING_CAPTURE_HPP

#include <gust/routing/fixed_string.hpp>
#include <gust/routing/uuid.hpp>

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace gust {

/// The type behind a word in a pattern. Known are `int`, `uint` (32 bits), `int64`, `uint64` and
/// `uuid`; a capture without a word is text.
///
/// Specialise it, before a pattern uses it, for types of your own:
///
///     template <>
///     struct gust::CaptureType<"date"> {
///         using type = Date;
///         static std::optional<Date> parse(std::string_view text); // nothing: no match
///         static std::string print(const Date& date);              // for Router::reverse
///     };
///
/// `parse` gets the decoded text, which is never empty, and may be called more than once for a
/// request. What `print` returns is percent-encoded, and `parse` must take it back.
template <FixedString Word>
struct CaptureType;

namespace detail {

/// Digits, behind a `-` for negative numbers; what does not fit into `T` is no match.
template <std::integral T>
struct IntegerCapture {
    using type = T;
    static std::optional<T> parse(std::string_view text) noexcept {
        T number{};
        const char* const end = text.data() + text.size();
        const auto [stopped, error] = std::from_chars(text.data(), end, number);
        if (error != std::errc{} || stopped != end)
            return std::nullopt;
        return number;
    }
    static std::string print(T number) { return std::to_string(number); }
};

} // namespace detail

template <>
struct CaptureType<"int"> : detail::IntegerCapture<int> {};
template <>
struct CaptureType<"uint"> : detail::IntegerCapture<unsigned> {};
template <>
struct CaptureType<"int64"> : detail::IntegerCapture<std::int64_t> {};
template <>
struct CaptureType<"uint64"> : detail::IntegerCapture<std::uint64_t> {};

template <>
struct CaptureType<"uuid"> {
    using type = UUID;
    static std::optional<UUID> parse(std::string_view text) noexcept { return UUID::parse(text); }
    static std::string print(const UUID& id) { return id.text(); }
};

/// What a `CaptureType` has to have.
template <class T>
concept capture_type = requires(std::string_view text, const typename T::type& value) {
    { T::parse(text) } -> std::same_as<std::optional<typename T::type>>;
    { T::print(value) } -> std::convertible_to<std::string>;
};

} // namespace gust

#endif // GUST_ROUTING_CAPTURE_HPP
