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

namespace gust {

/// A view of fields or of headers. An argument type: it refers to what it was made from.
class FieldLines {
public:
    FieldLines() noexcept = default;
    /// An array, a vector, a span of fields.
    template <class Fields>
        requires std::convertible_to<const Fields&, std::span<const Field>>
    FieldLines(const Fields& fields) noexcept : FieldLines{std::size(fields), std::data(fields)} {}
    FieldLines(const HTTPHeaders& headers) noexcept : headers_{&headers}, size_{headers.size()} {}

    std::size_t size() const noexcept { return size_; }
    HTTPHeaders::FieldView operator[](std::size_t index) const noexcept {
        if (headers_ != nullptr) {
            return headers_->at(index);
        }
        return {fields_[index].name.text(), fields_[index].value.text()};
    }
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
