// SPDX-License-Identifier: MIT
// FieldLines: the fields of a message to be written, whoever holds them.
#ifndef GUST_HTTP_FIELD_LINES_HPP
#define GUST_HTTP_FIELD_LINES_HPP

#include <gust/http/field.hpp>
#include <gust/http/headers.hpp>

#include <concepts>
#include <cstddef>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

namespace gust {

namespace detail {

/// An array, a vector, a span of fields.
template <class T>
concept field_array = requires(const T& fields) {
    { std::as_const(*std::data(fields)) } -> std::same_as<const Field&>;
    std::size(fields);
};

} // namespace detail

/// A view of fields or of headers. An argument type: it refers to what it was made from.
class FieldLines {
public:
    FieldLines() noexcept = default;
    template <detail::field_array Fields>
    FieldLines(const Fields& fields) noexcept : FieldLines{std::size(fields), std::data(fields)} {}
    FieldLines(const HTTPHeaders& headers) noexcept : headers_{&headers}, size_{headers.size()} {}

    std::size_t size() const noexcept { return size_; }
    HTTPHeaders::FieldView operator[](std::size_t index) const noexcept {
        if (headers_ != nullptr) {
            return headers_->at(index);
        }
        return {fields_[index].name.text(), fields_[index].value.text()};
    }
    /// Those that it views: in headers, or else in a span.
    /// @{
    const HTTPHeaders* headers() const noexcept { return headers_; }
    std::span<const Field> span() const noexcept { return {fields_, size_}; }
    /// @}
    bool contains(std::string_view name) const noexcept {
        for (std::size_t i = 0; i != size_; ++i) {
            if (iequals((*this)[i].name, name)) {
                return true;
            }
        }
        return false;
    }

private:
    FieldLines(std::size_t size, const Field* fields) noexcept : fields_{fields}, size_{size} {}

    const HTTPHeaders* headers_ = nullptr;
    const Field* fields_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace gust

#endif // GUST_HTTP_FIELD_LINES_HPP
