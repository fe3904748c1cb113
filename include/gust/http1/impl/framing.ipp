// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP1_IMPL_FRAMING_IPP
#define GUST_HTTP1_IMPL_FRAMING_IPP

#include <gust/http/known_name.hpp>
#include <gust/http/syntax.hpp>
#include <gust/http1/framing.hpp>

#include <optional>

namespace gust {
namespace detail {

/// What one pass over the fields collects before anything is judged.
struct FramingFields {
    unsigned hosts = 0;
    std::string_view host;
    unsigned lengths = 0;
    std::string_view length;
    unsigned codings_lines = 0;
    unsigned chunked = 0;
    unsigned other_codings = 0;
    bool is_last_chunked = false;
    bool is_coding_malformed = false;
    bool says_close = false;
    bool says_keep_alive = false;
    bool expects_continue = false;
    bool expects_other = false;
};

GUST_DECL void read_transfer_encoding(std::string_view value, FramingFields& fields) noexcept {
    ++fields.codings_lines;
    for_each_element(value, [&fields](std::string_view coding) {
        fields.is_last_chunked = iequals(coding, "chunked");
        if (fields.is_last_chunked) {
            ++fields.chunked;
        } else if (is_token(coding)) {
            ++fields.other_codings;
        } else {
            fields.is_coding_malformed = true;
        }
    });
}

GUST_DECL void read_connection(std::string_view value, FramingFields& fields) noexcept {
    if (is_name(value, "keep-alive")) { // what nearly every client says, if anything
        fields.says_keep_alive = true;
        return;
    }
    for_each_element(value, [&fields](std::string_view option) {
        fields.says_close |= iequals(option, "close");
        fields.says_keep_alive |= iequals(option, "keep-alive");
    });
}

GUST_DECL void read_expect(std::string_view value, FramingFields& fields) noexcept {
    for_each_element(value, [&fields](std::string_view member) {
        (iequals(member, "100-continue") ? fields.expects_continue : fields.expects_other) = true;
    });
}

GUST_ALWAYS_INLINE FramingFields collect_framing(const HTTPHeaders& headers) noexcept {
    FramingFields fields;
    for (const auto [name, value] : headers) {
        switch (name.size()) { // most names are told apart by their length alone
        case 4:
            if (is_name(name, "host")) {
                ++fields.hosts;
                fields.host = value;
            }
            break;
        case 6:
            if (is_name(name, "expect")) {
                read_expect(value, fields);
            }
            break;
        case 10:
            if (is_name(name, "connection")) {
                read_connection(value, fields);
            }
            break;
        case 14:
            if (is_name(name, "content-length")) {
                ++fields.lengths;
                fields.length = value;
            }
            break;
        case 17:
            if (is_name(name, "transfer-encoding")) {
                read_transfer_encoding(value, fields);
            }
            break;
        default:
            break;
        }
    }
    return fields;
}

GUST_DECL errc frame_body(
    const RequestStartLine& start, const FramingFields& fields, RequestFraming& framing
) noexcept {
    if (fields.codings_lines != 0) {
        const bool is_faulty = fields.lengths != 0 || start.version == version::http_1_0
                               || fields.is_coding_malformed || !fields.is_last_chunked
                               || fields.chunked != 1;
        if (is_faulty) {
            return errc::bad_framing;
        }
        if (fields.other_codings != 0) {
            return errc::unknown_coding;
        }
        framing.body = body_framing::chunked;
        return errc{};
    }
    if (fields.lengths == 0) {
        return errc{};
    }
    const std::optional<std::uint64_t> length = parse_decimal(fields.length);
    if (fields.lengths != 1 || !length) {
        return errc::bad_framing;
    }
    framing.length = *length;
    framing.body = *length == 0 ? body_framing::none : body_framing::length;
    return errc{};
}

} // namespace detail

GUST_HOT_DECL errc frame_request(
    const RequestStartLine& start,
    const HTTPHeaders& headers,
    KnownHost& host,
    RequestFraming& framing
) noexcept {
    const detail::FramingFields fields = detail::collect_framing(headers);
    const bool is_1_0 = start.version == version::http_1_0;
    if (fields.hosts > 1 || (fields.hosts == 0 && !is_1_0) || !host.is_valid(fields.host)) {
        return errc::bad_host;
    }
    framing = {};
    if (const errc e = detail::frame_body(start, fields, framing); e != errc{}) {
        return e;
    }
    if (fields.says_close || (is_1_0 && !fields.says_keep_alive)) {
        framing.persist = persistence::close;
    } else {
        framing.persist = persistence::keep;
    }
    if (!is_1_0) { // an expectation of HTTP/1.0 is ignored (RFC 9110 §10.1.1)
        if (fields.expects_other) {
            return errc::expectation_failed;
        }
        if (fields.expects_continue && framing.body != body_framing::none) {
            framing.expect = expectation::continue_100;
        }
    }
    return errc{};
}

} // namespace gust

#endif // GUST_HTTP1_IMPL_FRAMING_IPP
