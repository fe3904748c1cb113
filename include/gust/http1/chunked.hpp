// SPDX-License-Identifier: MIT
// The chunked coding of a request body (RFC 9112 §7.1), decoded in place.
#ifndef GUST_HTTP1_CHUNKED_HPP
#define GUST_HTTP1_CHUNKED_HPP

#include <gust/config.hpp>
#include <gust/core/error.hpp>
#include <gust/http/headers.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gust {

namespace detail {

/// Fields that have no meaning behind the body, or a dangerous one (RFC 9110 §6.5.1): framing,
/// routing, authentication, what modifies the request, and the format of the content.
GUST_DECL bool is_forbidden_trailer(std::string_view name) noexcept;

} // namespace detail

/// Finds the data in a chunked body, and collects its trailer fields apart from the header.
///
/// Strict: CRLF everywhere, whitespace only where the grammar has it, digits that fit 64 bits, and
/// a bound for the size line, for all extensions and for the trailer section. Bytes may come in any
/// split.
///
///     size ─► extension ─► size_lf ─► data ─► data_cr ─► data_lf ─► size
///                             └─ size 0 ─► trailer lines ─► end_lf ─► done
class ChunkedDecoder {
public:
    enum class result : std::uint8_t { need_more, data, done, failed };

    struct Limits {
        std::size_t line;       // bytes of one size line
        std::size_t extensions; // bytes of all extensions
        std::size_t trailers;   // bytes of the trailer section
        std::size_t fields;     // trailer lines
        std::uint64_t body;     // bytes of data
    };

    /// Begins a body.
    GUST_DECL void start() noexcept;

    /// Takes bytes from the front of `input` until there is data, the end, an error, or nothing
    /// left.
    ///
    /// With `data`, `piece` is the data at hand, at most `max_piece` bytes, and already taken from
    /// `input`.
    GUST_DECL result next(
        std::string_view& input,
        std::size_t max_piece,
        const Limits& limits,
        std::string_view& piece,
        HTTPHeaders& trailers
    );

    /// After `failed`: bad_chunk, or body_too_large.
    errc error() const noexcept { return error_; }
    /// Bytes of data so far.
    std::uint64_t received() const noexcept { return received_; }

private:
    enum class state : std::uint8_t {
        size_first,
        size,
        before_extension, // whitespace that a ';' has to follow
        extension_start,
        extension_name,
        extension_after_name,
        extension_value_start,
        extension_token,
        extension_quoted,
        extension_quoted_pair,
        extension_quoted_end,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer_name,
        trailer_value,
        trailer_lf,
        end_lf,
        done,
    };

    result fail(errc e) noexcept {
        error_ = e;
        return result::failed;
    }
    GUST_DECL bool take_framing(char c, const Limits& limits, HTTPHeaders& trailers);
    GUST_DECL bool take_extension(char c) noexcept;
    GUST_DECL bool take_trailer(char c, const Limits& limits, HTTPHeaders& trailers);
    GUST_DECL bool add_trailer(const Limits& limits, HTTPHeaders& trailers);
    GUST_DECL bool count_line(const Limits& limits) noexcept;

    state state_ = state::size_first;
    errc error_ = errc::bad_chunk;
    std::uint64_t size_ = 0; // of this chunk; counts down in its data
    std::uint64_t received_ = 0;
    std::size_t line_ = 0;
    std::size_t extensions_ = 0;
    std::size_t trailers_ = 0;
    std::size_t trailer_lines_ = 0;
    std::string line_text_; // the trailer line at hand
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http1/impl/chunked.ipp>
#endif

#endif // GUST_HTTP1_CHUNKED_HPP
