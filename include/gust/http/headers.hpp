// SPDX-License-Identifier: MIT
// HTTPHeaders: the fields of a message, in their order.
#ifndef GUST_HTTP_HEADERS_HPP
#define GUST_HTTP_HEADERS_HPP

#include <gust/config.hpp>
#include <gust/http/field.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gust {

namespace detail {
struct HeadersAccess;
}

/// The fields of a message: an ordered multimap with case-insensitive names (RFC 9110 §5.3).
///
/// Those of a request look into the bytes that were received: they are lent, until the response has
/// ended. A copy owns its text. Adding takes constant time; look-up compares lengths first and
/// walks the list.
class HTTPHeaders {
public:
    struct FieldView {
        std::string_view name;
        std::string_view value;
    };

    class const_iterator {
    public:
        using value_type = FieldView;
        using difference_type = std::ptrdiff_t;
        using iterator_category = std::forward_iterator_tag;
        using reference = FieldView;
        using pointer = void;

        const_iterator() noexcept = default;
        FieldView operator*() const noexcept { return headers_->at(index_); }
        const_iterator& operator++() noexcept {
            ++index_;
            return *this;
        }
        const_iterator operator++(int) noexcept {
            const_iterator old = *this;
            ++index_;
            return old;
        }
        bool operator==(const const_iterator&) const noexcept = default;

    private:
        friend class HTTPHeaders;
        const_iterator(const HTTPHeaders& headers, std::size_t index) noexcept
            : headers_{&headers}, index_{index} {}
        const HTTPHeaders* headers_ = nullptr;
        std::size_t index_ = 0;
    };

    HTTPHeaders() noexcept = default;
    GUST_DECL HTTPHeaders(std::initializer_list<Field> fields);
    /// A copy owns its text, also when the original only looks into a request.
    GUST_DECL HTTPHeaders(const HTTPHeaders& other);
    HTTPHeaders(HTTPHeaders&& other) noexcept = default;
    GUST_DECL HTTPHeaders& operator=(const HTTPHeaders& other);
    HTTPHeaders& operator=(HTTPHeaders&& other) noexcept = default;
    ~HTTPHeaders() = default;

    bool empty() const noexcept { return entries_.empty(); }
    /// Field lines, repeated names counted each time.
    std::size_t size() const noexcept { return entries_.size(); }
    FieldView at(std::size_t index) const noexcept {
        const Entry& entry = entries_[index];
        return {{base() + entry.name, entry.name_size}, {base() + entry.value, entry.value_size}};
    }
    const_iterator begin() const noexcept { return {*this, 0}; }
    const_iterator end() const noexcept { return {*this, entries_.size()}; }

    /// The first value of a field, or nothing.
    GUST_DECL std::optional<std::string_view> get(std::string_view name) const noexcept;
    /// The first value of a field, or an empty view: for fields where absent and empty mean the
    /// same.
    GUST_DECL std::string_view operator[](std::string_view name) const noexcept;
    bool contains(std::string_view name) const noexcept { return find(name, 0) != size(); }
    /// How many lines a field has.
    GUST_DECL std::size_t count(std::string_view name) const noexcept;
    /// All values of a field joined with ", ": what a list field means (RFC 9110 §5.3).
    GUST_DECL std::string combined(std::string_view name) const;
    /// Calls `f(value)` for each line of a field, in order.
    template <class F>
    void for_each(std::string_view name, F&& f) const {
        for (std::size_t i = find(name, 0); i != size(); i = find(name, i + 1)) {
            f(at(i).value);
        }
    }

    /// Appends a line.
    GUST_DECL void add(FieldName name, FieldValue value);
    /// Replaces every line of a field by one, at the place of the first.
    GUST_DECL void set(FieldName name, FieldValue value);
    /// Removes every line of a field. Returns how many there were.
    GUST_DECL std::size_t remove(std::string_view name);
    GUST_DECL void clear() noexcept;

    /// Same lines in the same order; names compare case-insensitively, values exactly.
    GUST_DECL friend bool operator==(const HTTPHeaders& a, const HTTPHeaders& b) noexcept;

private:
    friend struct detail::HeadersAccess;
    struct Entry {
        std::uint32_t name;
        std::uint32_t name_size;
        std::uint32_t value;
        std::uint32_t value_size;
    };

    const char* base() const noexcept { return lent_ != nullptr ? lent_ : text_.data(); }
    GUST_DECL std::size_t find(std::string_view name, std::size_t from) const noexcept;
    GUST_DECL Entry append_text(std::string_view name, std::string_view value);
    GUST_DECL void own();

    std::vector<Entry> entries_;
    std::string text_;
    const char* lent_ = nullptr; // set: the entries look into memory of somebody else
};

namespace detail {

/// How a parser fills headers without copying.
struct HeadersAccess {
    using Entry = HTTPHeaders::Entry;
    /// Lets the entries look into `base`.
    static void lend(HTTPHeaders& headers, const char* base) noexcept { headers.lent_ = base; }
    static std::vector<Entry>& entries(HTTPHeaders& headers) noexcept { return headers.entries_; }
};

} // namespace detail
} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http/impl/headers.ipp>
#endif

#endif // GUST_HTTP_HEADERS_HPP
