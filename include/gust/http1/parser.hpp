// SPDX-License-Identifier: MIT
// Parser: request heads through llhttp, with what llhttp lets through refused.
#ifndef GUST_HTTP1_PARSER_HPP
#define GUST_HTTP1_PARSER_HPP

#include <gust/config.hpp>
#include <gust/core/error.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/start_line.hpp>
#include <gust/http1/parameters.hpp>

#include <llhttp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(LLHTTP_STRICT_MODE) && !LLHTTP_STRICT_MODE
#error "llhttp 8 has to be compiled, and included, with LLHTTP_STRICT_MODE=1"
#endif

namespace gust {

/// Parses one request head at a time. No lenient flag is set, and both llhttp 8.1 and 9.2 give the
/// same answers.
///
/// llhttp sees the head only: the body is framed by `frame_request` and decoded by
/// `ChunkedDecoder`, so that lengths and limits live in one place. The bytes of a head stay in one
/// piece of memory, which makes every check of what lies between two spans a look at that memory;
/// it may move between two calls of `feed`.
class Parser {
public:
    enum class result : std::uint8_t { need_more, complete, failed };

    /// Begins a head, whose first byte will be the first byte given to `feed`.
    GUST_DECL void start() noexcept;

    /// Takes the head as far as it is known: all of its bytes, from the first, each time. Empty
    /// lines before it are the caller's to skip.
    ///
    /// With `complete`, `start_line` and `headers` look into `head`, and `size()` is where the body
    /// begins. The result depends on the bytes alone, not on how they were split.
    GUST_HOT_DECL result feed(
        std::string_view head,
        const HTTP1ConnectionParameters& limits,
        RequestStartLine& start_line,
        HTTPHeaders& headers
    );

    /// After `failed`: bad_request, bad_framing, bad_target, target_too_long, head_too_large,
    /// unknown_method, unsupported_version.
    errc error() const noexcept { return error_; }
    /// Bytes of the head, the empty line included.
    std::size_t size() const noexcept { return fed_; }

private:
    struct Callbacks;

    /// What was found last. Lines follow each other with nothing but CRLF between them, so the
    /// place of a line and of a name needs no callback:
    ///
    ///     start ─► version ─► value ─► value …
    enum class place : std::uint8_t { start, version, value };
    /// A value, or a piece of one, as llhttp reports it.
    struct Value {
        std::uint32_t begin; // offset from the head's first byte
        std::uint32_t size;
        std::uint32_t end() const noexcept { return begin + size; }
    };
    struct FieldLine {
        std::uint32_t name;
        std::uint32_t colon;
        Value value; // as far as it is known
    };

    /// Set when llhttp stopped at a method or version: the answer may need a few bytes more.
    enum class verdict : std::uint8_t { none, pending };

    std::size_t target_begin() const noexcept {
        const bool is_known = llhttp_.method <= HTTP_UNLINK;
        return is_known ? to_string(static_cast<method>(llhttp_.method)).size() + 1 : 0;
    }
    GUST_DECL bool begin_version(std::size_t at) noexcept;
    GUST_DECL bool take_values();
    GUST_DECL std::uint32_t find_colon(std::uint32_t begin, Value& found) const noexcept;
    bool begin_field(FieldLine& line, std::uint32_t begin, Value found) noexcept;
    bool end_line(place at, const FieldLine& line);
    bool end_field(const FieldLine& line);
    static bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
    static bool is_blank_or_control(char c) noexcept {
        return static_cast<unsigned char>(c) <= ' ';
    }
    std::size_t last_unblank(std::size_t end) const noexcept {
        do {
            --end;
        } while (is_blank(head_[end]));
        return end;
    }
    std::size_t first_unblank(std::size_t begin) const noexcept {
        while (is_blank(head_[begin])) {
            ++begin;
        }
        return begin;
    }
    bool has_line_end() const noexcept {
        return std::memcmp(head_.data() + line_end_, "\r\n", 2) == 0;
    }
    GUST_DECL bool end_start_line() noexcept;
    GUST_HOT_DECL result finish_head(RequestStartLine& start_line);
    GUST_DECL result wait_for_more() noexcept;
    GUST_DECL bool has_long_target(std::size_t end) const noexcept;
    GUST_DECL result fail_at(std::size_t at, llhttp_errno_t code) noexcept;
    GUST_DECL result judge_start_line() noexcept;
    bool refuse(errc e) noexcept {
        error_ = e;
        return false;
    }
    result fail(errc e) noexcept {
        error_ = e;
        return result::failed;
    }

    llhttp_t llhttp_;
    place place_ = place::start;
    verdict verdict_ = verdict::none;
    errc error_ = errc{};
    std::size_t fed_ = 0;
    // Offsets from the head's first byte.
    std::uint32_t target_end_ = 0;
    std::uint32_t line_end_ = 0; // where the CRLF of the last line is
    std::size_t fields_ = 0;     // lines that have begun
    std::uint32_t found_size_ = 0;
    std::array<Value, 32> found_; // reported, and not looked at yet
    FieldLine line_{};            // of the last value that was
    // Of the present call.
    std::string_view head_;
    const HTTP1ConnectionParameters* limits_ = nullptr;
    HTTPHeaders* headers_ = nullptr;
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http1/impl/parser.ipp>
#endif

#endif // GUST_HTTP1_PARSER_HPP
