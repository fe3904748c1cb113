// SPDX-License-Identifier: MIT
// Chunk: bytes to be sent, with their ownership in the type they were made from.
#ifndef GUST_CORE_CHUNK_HPP
#define GUST_CORE_CHUNK_HPP

#include <gust/core/bytes.hpp>

#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gust {

/// A part of an open file, sent as it lies there.
///
/// The descriptor is borrowed: it stays open until the response has ended and its bytes are sent.
struct file {
    int descriptor = -1;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
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
/// view)` is held; `unowned(view)` and `file` are sent from where they lie. Made for the call it is
/// passed to, not to be stored.
class Chunk {
public:
    enum class source : std::uint8_t { view, text, shared, unowned, file };

    Chunk() noexcept = default;
    template <class Text>
        requires std::convertible_to<const Text&, std::string_view>
                 && (!std::same_as<std::remove_cvref_t<Text>, Chunk>)
    Chunk(const Text& text) noexcept
        : view_{text} {}               // NOLINT(google-explicit-constructor): an argument type
    Chunk(std::string&& text) noexcept // NOLINT(google-explicit-constructor)
        : source_{source::text}, text_{std::move(text)} {}
    Chunk(bytes data) noexcept : view_{as_text(data)} {} // NOLINT(google-explicit-constructor)
    Chunk(shared_bytes data) noexcept                    // NOLINT(google-explicit-constructor)
        : source_{source::shared}, view_{data.view}, owner_{std::move(data.owner)} {}
    Chunk(unowned_bytes data) noexcept // NOLINT(google-explicit-constructor)
        : source_{source::unowned}, view_{data.view} {}
    Chunk(const file& part) noexcept // NOLINT(google-explicit-constructor)
        : source_{source::file}, file_{part} {}

    source from() const noexcept { return source_; }
    std::uint64_t size() const noexcept {
        switch (source_) {
        case source::text:
            return text_.size();
        case source::file:
            return file_.size;
        default:
            return view_.size();
        }
    }
    bool empty() const noexcept { return size() == 0; }

    /// The bytes, unless they are in a file.
    std::string_view view() const noexcept { return source_ == source::text ? text_ : view_; }
    std::string& text() noexcept { return text_; }
    std::shared_ptr<const void>& owner() noexcept { return owner_; }
    const file& part() const noexcept { return file_; }

private:
    source source_ = source::view;
    std::string_view view_;
    std::string text_;
    std::shared_ptr<const void> owner_;
    file file_;
};

} // namespace gust

#endif // GUST_CORE_CHUNK_HPP
