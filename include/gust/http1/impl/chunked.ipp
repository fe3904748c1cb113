// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP1_IMPL_CHUNKED_IPP
#define GUST_HTTP1_IMPL_CHUNKED_IPP

#include <gust/http/syntax.hpp>
#include <gust/http1/chunked.hpp>

#include <algorithm>
#include <limits>

namespace gust {
namespace detail {

constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

GUST_DECL bool is_forbidden_trailer(std::string_view name) noexcept {
    static constexpr std::string_view forbidden[] = {
        "transfer-encoding",
        "content-length",
        "trailer",
        "connection",
        "keep-alive",
        "proxy-connection",
        "upgrade",
        "te",
        "host",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
        "via",
        "max-forwards",
        "authorization",
        "proxy-authorization",
        "www-authenticate",
        "proxy-authenticate",
        "cookie",
        "set-cookie",
        "expect",
        "range",
        "if-match",
        "if-none-match",
        "if-modified-since",
        "if-range",
        "if-unmodified-since",
        "cache-control",
        "content-encoding",
        "content-type",
        "content-range",
    };
    for (const std::string_view other : forbidden) {
        if (iequals(name, other)) {
            return true;
        }
    }
    return false;
}

} // namespace detail

GUST_DECL void ChunkedDecoder::start() noexcept {
    state_ = state::size_first;
    size_ = received_ = 0;
    line_ = extensions_ = trailers_ = trailer_lines_ = 0;
    line_text_.clear();
}

GUST_DECL ChunkedDecoder::result ChunkedDecoder::next(
    std::string_view& input,
    std::size_t max_piece,
    const Limits& limits,
    std::string_view& piece,
    HTTPHeaders& trailers
) {
    while (!input.empty() && state_ != state::done) {
        if (state_ == state::data) {
            const std::size_t n = static_cast<std::size_t>(
                std::min<std::uint64_t>(size_, std::min(input.size(), max_piece))
            );
            piece = input.substr(0, n);
            input.remove_prefix(n);
            size_ -= n;
            received_ += n;
            if (size_ == 0) {
                state_ = state::data_cr;
            }
            return result::data;
        }
        if (!take_framing(input.front(), limits, trailers)) {
            return result::failed;
        }
        input.remove_prefix(1);
        if (state_ == state::data && size_ > limits.body - std::min(limits.body, received_)) {
            return fail(errc::body_too_large);
        }
    }
    return state_ == state::done ? result::done : result::need_more;
}

GUST_DECL bool ChunkedDecoder::count_line(const Limits& limits) noexcept {
    line_ += state_ == state::size_lf ? 0U : 1U; // the line end is not part of the line
    return line_ <= limits.line && extensions_ <= limits.extensions;
}

GUST_DECL bool ChunkedDecoder::take_framing(char c, const Limits& limits, HTTPHeaders& trailers) {
    constexpr std::size_t longest_size = 16; // more digits are zeros, and as idle as an extension
    error_ = errc::bad_chunk;
    switch (state_) {
    case state::size_first:
    case state::size: {
        const int digit = detail::hex_digit(c);
        if (digit >= 0) {
            if (size_ > (std::numeric_limits<std::uint64_t>::max() >> 4U)) {
                return false;
            }
            size_ = (size_ << 4U) | static_cast<std::uint64_t>(digit);
            state_ = state::size;
            extensions_ += line_ >= longest_size ? 1U : 0U;
            return count_line(limits);
        }
        if (state_ == state::size_first) {
            return false;
        }
        [[fallthrough]];
    }
    case state::before_extension:
        if (c == ';') {
            state_ = state::extension_start;
        } else if (c == ' ' || c == '\t') {
            state_ = state::before_extension;
            ++extensions_;
        } else if (c == '\r' && state_ == state::size) {
            state_ = state::size_lf;
        } else {
            return false;
        }
        return count_line(limits);
    case state::size_lf:
        if (c != '\n') {
            return false;
        }
        line_ = 0;
        state_ = size_ == 0 ? state::trailer_start : state::data;
        return true;
    case state::data_cr:
        state_ = state::data_lf;
        return c == '\r';
    case state::data_lf:
        state_ = state::size_first;
        return c == '\n';
    case state::trailer_start:
    case state::trailer_name:
    case state::trailer_value:
    case state::trailer_lf:
        return take_trailer(c, limits, trailers);
    case state::end_lf:
        state_ = state::done;
        return c == '\n';
    case state::data:
    case state::done:
        return false;
    default:
        ++extensions_;
        return take_extension(c) && count_line(limits);
    }
}

GUST_DECL bool ChunkedDecoder::take_extension(char c) noexcept {
    const bool is_blank = c == ' ' || c == '\t';
    const auto ends_extension = [this](char end) {
        state_ = end == ';' ? state::extension_start : state::size_lf;
        return end == ';' || end == '\r';
    };
    switch (state_) {
    case state::extension_start:
        if (is_blank) {
            return true;
        }
        state_ = state::extension_name;
        return is_tchar(c);
    case state::extension_name:
        if (is_tchar(c)) {
            return true;
        }
        if (is_blank) {
            state_ = state::extension_after_name;
            return true;
        }
        if (c == '=') {
            state_ = state::extension_value_start;
            return true;
        }
        return ends_extension(c);
    case state::extension_after_name: // whitespace here belongs to '=' or ';', not to the end of
                                      // the line
        if (is_blank) {
            return true;
        }
        state_ = c == '=' ? state::extension_value_start : state::extension_start;
        return c == '=' || c == ';';
    case state::extension_value_start:
        if (is_blank) {
            return true;
        }
        state_ = c == '"' ? state::extension_quoted : state::extension_token;
        return c == '"' || is_tchar(c);
    case state::extension_token:
        if (is_tchar(c)) {
            return true;
        }
        if (is_blank) {
            state_ = state::before_extension;
            return true;
        }
        return ends_extension(c);
    case state::extension_quoted:
        if (c == '"') {
            state_ = state::extension_quoted_end;
            return true;
        }
        if (c == '\\') {
            state_ = state::extension_quoted_pair;
            return true;
        }
        return is_field_value({&c, 1});
    case state::extension_quoted_pair:
        state_ = state::extension_quoted;
        return is_field_value({&c, 1});
    case state::extension_quoted_end:
        if (is_blank) {
            state_ = state::before_extension;
            return true;
        }
        return ends_extension(c);
    default:
        return false;
    }
}

GUST_DECL bool ChunkedDecoder::take_trailer(char c, const Limits& limits, HTTPHeaders& trailers) {
    if (state_ == state::trailer_start && c == '\r') {
        state_ = state::end_lf;
        return true;
    }
    if (++trailers_ > limits.trailers) {
        return false;
    }
    switch (state_) {
    case state::trailer_lf:
        state_ = state::trailer_start;
        return c == '\n' && add_trailer(limits, trailers);
    case state::trailer_value:
        if (c == '\r') {
            state_ = state::trailer_lf;
            return true;
        }
        line_text_ += c;
        return is_field_value({&c, 1});
    default: // the name
        state_ = c == ':' ? state::trailer_value : state::trailer_name;
        line_text_ += c;
        return is_tchar(c) || (c == ':' && line_text_.size() > 1);
    }
}

GUST_DECL bool ChunkedDecoder::add_trailer(const Limits& limits, HTTPHeaders& trailers) {
    const std::string_view line = line_text_;
    const std::size_t colon = line.find(':');
    if (++trailer_lines_ > limits.fields) {
        return false;
    }
    const std::string_view name = line.substr(0, colon);
    if (!detail::is_forbidden_trailer(name)) {
        trailers.add(
            FieldName{detail::checked, name},
            FieldValue{detail::checked, trim_ows(line.substr(colon + 1))}
        );
    }
    line_text_.clear();
    return true;
}

} // namespace gust

#endif // GUST_HTTP1_IMPL_CHUNKED_IPP
