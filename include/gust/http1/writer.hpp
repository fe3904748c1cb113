// SPDX-License-Identifier: MIT
// Response heads, chunks and trailers as bytes, written into room that was measured before.
#ifndef GUST_HTTP1_WRITER_HPP
#define GUST_HTTP1_WRITER_HPP

#include <gust/config.hpp>
#include <gust/http/field.hpp>
#include <gust/http/start_line.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace gust {

/// Appends to memory whose size the caller has measured. Checks nothing: what it gets cannot hold
/// CR, LF or NUL.
class Writer {
public:
    explicit Writer(char* out) noexcept : begin_{out}, out_{out} {}

    std::size_t size() const noexcept { return static_cast<std::size_t>(out_ - begin_); }

    /// @{
    GUST_ALWAYS_INLINE Writer& text(std::string_view text) noexcept {
        out_ = copy(out_, text.data(), text.size());
        return *this;
    }
    template <std::size_t N>
    Writer& text(const char (&literal)[N]) noexcept { // one or two stores
        std::memcpy(out_, literal, N - 1);
        out_ += N - 1;
        return *this;
    }
    /// @}
    Writer& decimal(std::uint64_t number) noexcept {
        constexpr std::size_t most_digits = 20;
        out_ = std::to_chars(out_, out_ + most_digits, number).ptr;
        return *this;
    }
    Writer& hex(std::uint64_t number) noexcept {
        unsigned digits = 1;
        while (digits != 16 && (number >> (4 * digits)) != 0) {
            ++digits;
        }
        while (digits-- != 0) {
            *out_++ = "0123456789abcdef"[(number >> (4 * digits)) & 0xFU];
        }
        return *this;
    }
    GUST_ALWAYS_INLINE Writer& field(std::string_view name, std::string_view value) noexcept {
        return text(name).text(": ").text(value).text("\r\n");
    }
    /// `HTTP/1.1 200 OK` (RFC 9112 §4); the space after the code stands also without a reason.
    /// Default reason: the phrase registered for the status.
    Writer& status_line(status code, std::string_view reason) noexcept {
        if (code == status::ok && reason.empty()) {
            return text("HTTP/1.1 200 OK\r\n");
        }
        out_ = copy_status_line(out_, code, reason.empty() ? reason_of(code) : reason);
        return *this;
    }
    /// Copies a text whose length is known when the program is compiled.
    template <std::size_t N>
    Writer& bytes(std::string_view text) noexcept {
        std::memcpy(out_, text.data(), N);
        out_ += N;
        return *this;
    }

    /// The most that `status_line` needs beside a reason of the caller's, and each field beside its
    /// name and value.
    static constexpr std::size_t status_line_overhead = 64;
    static constexpr std::size_t field_overhead = 4;
    /// The most that a chunk's size line needs.
    static constexpr std::size_t chunk_line = 18;

private:
    // Nothing but inlined members sees `this`, so that a compiler keeps both pointers in registers.

    static char* copy_status_line(char* out, status code, std::string_view reason) noexcept {
        const auto number = static_cast<unsigned>(code);
        Writer line{out};
        line.text("HTTP/1.1 ");
        for (const unsigned digit : {number / 100, number / 10 % 10, number % 10}) {
            *line.out_++ = static_cast<char>('0' + digit);
        }
        line.text(" ").text(reason).text("\r\n");
        return line.out_;
    }

    /// Short copies are the common ones: two that overlap instead of a call.
    GUST_ALWAYS_INLINE static char* copy(char* to, const char* from, std::size_t size) noexcept {
        if (size > 32) {
            std::memcpy(to, from, size);
        } else if (size >= 16) {
            copy_ends<16>(to, from, size);
        } else if (size >= 8) {
            copy_ends<8>(to, from, size);
        } else if (size >= 4) {
            copy_ends<4>(to, from, size);
        } else {
            for (std::size_t i = 0; i != size; ++i) {
                to[i] = from[i];
            }
        }
        return to + size;
    }
    template <std::size_t N>
    static void copy_ends(char* to, const char* from, std::size_t size) noexcept {
        char first[N];
        char last[N];
        std::memcpy(first, from, N);
        std::memcpy(last, from + size - N, N);
        std::memcpy(to, first, N);
        std::memcpy(to + size - N, last, N);
    }

    char* begin_;
    char* out_;
};

} // namespace gust

#endif // GUST_HTTP1_WRITER_HPP
