// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_IMPL_HEADERS_IPP
#define GUST_HTTP_IMPL_HEADERS_IPP

#include <gust/core/error.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/syntax.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace gust {

GUST_DECL HTTPHeaders::HTTPHeaders(std::initializer_list<Field> fields) {
    entries_.reserve(fields.size());
    for (const Field& field : fields) {
        add(field.name, field.value);
    }
}

GUST_DECL HTTPHeaders::HTTPHeaders(const HTTPHeaders& other) {
    entries_.reserve(other.size());
    for (const FieldView field : other) {
        entries_.push_back(append_text(field.name, field.value));
    }
}

GUST_DECL HTTPHeaders& HTTPHeaders::operator=(const HTTPHeaders& other) {
    if (this != &other) {
        *this = HTTPHeaders{other};
    }
    return *this;
}

GUST_DECL std::optional<std::string_view> HTTPHeaders::get(std::string_view name) const noexcept {
    const std::size_t i = find(name, 0);
    return i == size() ? std::nullopt : std::optional{at(i).value};
}

GUST_DECL std::string_view HTTPHeaders::operator[](std::string_view name) const noexcept {
    return get(name).value_or(std::string_view{});
}

GUST_DECL std::size_t HTTPHeaders::count(std::string_view name) const noexcept {
    std::size_t n = 0;
    for_each(name, [&n](std::string_view) { ++n; });
    return n;
}

GUST_DECL std::string HTTPHeaders::combined(std::string_view name) const {
    std::string all;
    bool is_first = true;
    for_each(name, [&](std::string_view value) {
        if (!is_first) {
            all += ", ";
        }
        is_first = false;
        all += value;
    });
    return all;
}

GUST_DECL void HTTPHeaders::add(FieldName name, FieldValue value) {
    own();
    entries_.push_back(append_text(name.text(), value.text()));
}

GUST_DECL void HTTPHeaders::set(FieldName name, FieldValue value) {
    own();
    const std::size_t i = find(name.text(), 0);
    if (i == size()) {
        add(name, value);
        return;
    }
    const Entry replaced = append_text(name.text(), value.text());
    entries_[i] = replaced;
    const auto later = entries_.begin() + static_cast<std::ptrdiff_t>(i + 1);
    const std::string_view kept = at(i).name;
    entries_.erase(
        std::remove_if(
            later,
            entries_.end(),
            [this, kept](const Entry& entry) {
                return iequals({base() + entry.name, entry.name_size}, kept);
            }
        ),
        entries_.end()
    );
}

GUST_DECL std::size_t HTTPHeaders::remove(std::string_view name) {
    return std::erase_if(entries_, [this, name](const Entry& entry) {
        return iequals({base() + entry.name, entry.name_size}, name);
    });
}

GUST_DECL void HTTPHeaders::clear() noexcept {
    entries_.clear();
    text_.clear();
    lent_ = nullptr;
}

GUST_DECL std::size_t HTTPHeaders::find(std::string_view name, std::size_t from) const noexcept {
    const char* const text = base();
    for (std::size_t i = from; i != entries_.size(); ++i) {
        const Entry& entry = entries_[i];
        if (entry.name_size == name.size() && iequals({text + entry.name, entry.name_size}, name)) {
            return i;
        }
    }
    return entries_.size();
}

GUST_DECL HTTPHeaders::Entry
HTTPHeaders::append_text(std::string_view name, std::string_view value) {
    if (name.size() + value.size() > std::numeric_limits<std::uint32_t>::max() - text_.size()) {
        throw_error(errc::buffer_full);
    }
    const auto start = static_cast<std::uint32_t>(text_.size());
    const std::size_t size = text_.size() + name.size() + value.size();
    if (size <= text_.capacity()) {
        text_.append(name).append(value);
    } else { // both may look into the text that has to move
        std::string larger;
        larger.reserve(std::max(size, 2 * text_.size()));
        larger.append(text_).append(name).append(value);
        text_.swap(larger);
    }
    const auto name_size = static_cast<std::uint32_t>(name.size());
    return {start, name_size, start + name_size, static_cast<std::uint32_t>(value.size())};
}

GUST_DECL void HTTPHeaders::own() {
    if (lent_ != nullptr) {
        *this = HTTPHeaders{std::as_const(*this)};
    }
}

GUST_DECL bool operator==(const HTTPHeaders& a, const HTTPHeaders& b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i != a.size(); ++i) {
        if (!iequals(a.at(i).name, b.at(i).name) || a.at(i).value != b.at(i).value) {
            return false;
        }
    }
    return true;
}

} // namespace gust

#endif // GUST_HTTP_IMPL_HEADERS_IPP
