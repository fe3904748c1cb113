// SPDX-License-Identifier: MIT
// Chunk: bytes to be sent, with their ownership in the type they were made from.
#ifndef GUST_CORE_CHUNK_HPP
#define GUST_CORE_CHUNK_HPP

#include <gust/core/bytes.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gust {

/// A part of an open file, sent as it lies there.
///
/// `owner` closes the descriptor, and is held until the bytes are sent or dropped, which may be
/// after the response has ended. Without one the descriptor outlives the connection.
struct file {
    int descriptor = -1;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::shared_ptr<const void> owner;

    // Not an aggregate: g++ 12 destroys one that is made inside a co_await expression twice.
    file(int fd, std::uint64_t from, std::uint64_t length, std::shared_ptr<const void> held = {})
        : descriptor{fd}, offset{from}, size{length}, owner{std::move(held)} {}
};

/// Bytes that `owner` keeps alive; what `shared` returns.
struct shared_bytes {
    std::shared_ptr<const void> owner;
    std::string_view view;
};

/// Bytes that outlive the connection; what `unowned` returns.
struct unowned_bytes {
    std::string_view view;
};

/// Sends `view` without a copy and holds `owner` until it is sent.
inline shared_bytes shared(std::shared_ptr<const void> owner, std::string_view view) noexcept {
    return {std::move(owner), view};
}

/// Sends `view` without a copy. The caller promises that its memory outlives the connection.
inline unowned_bytes unowned(std::string_view view) noexcept {
    return {view};
}

/// Bytes to be sent. What it is made from says who owns them:
///
/// a view, a literal or an lvalue string is copied; a `std::string` rvalue is kept; `shared(owner,
/// view)` is held; `unowned(view)` and `file` are sent from where they lie.
///
/// An argument type: it refers to what it was made from, for the call that it is passed to. It is
/// never stored.
class Chunk {
public:
    enum class source : std::uint8_t { view, text, shared, unowned, file };

    // NOLINTBEGIN(google-explicit-constructor): conversions are what it is for
    constexpr Chunk() noexcept = default;
    template <class Text>
        requires std::convertible_to<const Text&, std::string_view>
                 && (!std::same_as<std::remove_cvref_t<Text>, Chunk>)
    constexpr Chunk(const Text& text) noexcept : Chunk{source::view, text} {}
    Chunk(std::string&& text) noexcept : Chunk{source::text, text} { held_.text = &text; }
    Chunk(bytes data) noexcept : Chunk{source::view, as_text(data)} {}
    Chunk(shared_bytes&& data) noexcept : Chunk{source::shared, data.view} {
        held_.owner = &data.owner;
    }
    constexpr Chunk(unowned_bytes data) noexcept : Chunk{source::unowned, data.view} {}
    constexpr Chunk(const gust::file& part) noexcept
        : source_{source::file}, size_{part.size}, held_{.part = &part} {}
    // NOLINTEND(google-explicit-constructor)

    constexpr source from() const noexcept { return source_; }
    constexpr std::uint64_t size() const noexcept { return size_; }
    constexpr bool empty() const noexcept { return size_ == 0; }

    /// The bytes, unless they are in a file.
    constexpr std::string_view view() const noexcept {
        return {data_, static_cast<std::size_t>(size_)};
    }
    /// What it was made from, to be moved from: of the source of that name only.
    std::string& text() const noexcept { return *held_.text; }
    std::shared_ptr<const void>& owner() const noexcept { return *held_.owner; }
    const gust::file& part() const noexcept { return *held_.part; }

private:
    constexpr Chunk(source from, std::string_view view) noexcept
        : source_{from}, data_{view.data()}, size_{view.size()} {}

    source source_ = source::view;
    const char* data_ = nullptr;
    std::uint64_t size_ = 0;
    union {
        std::string* text = nullptr;
        std::shared_ptr<const void>* owner;
        const gust::file* part;
    } held_;
};

} // namespace gust

#endif // GUST_CORE_CHUNK_HPP
