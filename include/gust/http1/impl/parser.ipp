// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP1_IMPL_PARSER_IPP
#define GUST_HTTP1_IMPL_PARSER_IPP

#include <gust/http/syntax.hpp>
#include <gust/http1/parser.hpp>

#include <algorithm>
#include <cstring>
#include <optional>

namespace gust {

static_assert(static_cast<int>(method::delete_) == HTTP_DELETE);
static_assert(static_cast<int>(method::patch) == HTTP_PATCH);
static_assert(static_cast<int>(method::unlink) == HTTP_UNLINK);

/// What llhttp calls. A span callback may come several times for one element: its bytes are
/// contiguous.
struct Parser::Callbacks {
    static constexpr int stop = -1;

    static Parser& parser_of(llhttp_t* llhttp) noexcept {
        return *static_cast<Parser*>(llhttp->data);
    }
    static std::size_t offset(const Parser& parser, const char* at) noexcept {
        return static_cast<std::size_t>(at - parser.head_.data());
    }

    static int on_url(llhttp_t* llhttp, const char* at, std::size_t size) {
        Parser& parser = parser_of(llhttp);
        const std::size_t begin = offset(parser, at);
        if (parser.place_ == place::method && !parser.begin_target(begin)) {
            return stop;
        }
        parser.target_end_ = static_cast<std::uint32_t>(begin + size);
        const bool fits = parser.target_end_ - parser.target_ <= parser.limits_->max_target;
        return fits || parser.refuse(errc::target_too_long) ? 0 : stop;
    }
    static int on_version(llhttp_t* llhttp, const char* at, std::size_t) {
        Parser& parser = parser_of(llhttp);
        if (parser.place_ != place::target) {
            return 0;
        }
        // llhttp knows other protocols too, and does not mind two spaces.
        parser.place_ = place::version;
        const std::size_t begin = offset(parser, at);
        const bool is_http =
            begin == parser.target_end_ + 6U && std::memcmp(at - 6, " HTTP/", 6) == 0;
        return is_http || parser.refuse(errc::bad_request) ? 0 : stop;
    }
    static int on_version_complete(llhttp_t* llhttp) {
        return parser_of(llhttp).end_version() ? 0 : stop;
    }
    static int on_header_field(llhttp_t* llhttp, const char* at, std::size_t size) {
        Parser& parser = parser_of(llhttp);
        const std::size_t begin = offset(parser, at);
        if (parser.place_ != place::name && !parser.begin_name(begin)) {
            return stop;
        }
        parser.entry_.name_size = static_cast<std::uint32_t>(begin + size) - parser.entry_.name;
        return 0;
    }
    static int on_header_value(llhttp_t* llhttp, const char* at, std::size_t size) {
        Parser& parser = parser_of(llhttp);
        auto& entry = parser.entry_;
        const std::size_t begin = offset(parser, at);
        if (size
            == 0) { // reported on the next line if the value is empty, and at the edge of a piece
            return 0;
        }
        const bool is_next =
            parser.place_ == place::name
                ? parser.begin_value(begin)
                : parser.place_ == place::value && begin == entry.value + entry.value_size;
        if (!is_next) { // a folded line
            parser.error_ = errc::bad_request;
            return stop;
        }
        entry.value_size = static_cast<std::uint32_t>(begin + size) - entry.value;
        return 0;
    }
    static int on_header_value_complete(llhttp_t* llhttp) {
        return parser_of(llhttp).end_value() ? 0 : stop;
    }
    static int on_headers_complete(llhttp_t*) {
        return HPE_PAUSED; // llhttp's part ends here: it reports where the body begins
    }

    static const llhttp_settings_t& settings() noexcept {
        static const llhttp_settings_t instance = [] {
            llhttp_settings_t made;
            llhttp_settings_init(&made);
            made.on_url = on_url;
            made.on_version = on_version;
            made.on_version_complete = on_version_complete;
            made.on_header_field = on_header_field;
            made.on_header_value = on_header_value;
            made.on_header_value_complete = on_header_value_complete;
            made.on_headers_complete = on_headers_complete;
            return made;
        }();
        return instance;
    }
};

GUST_DECL void Parser::start() noexcept {
    llhttp_init(&llhttp_, HTTP_REQUEST, &Callbacks::settings());
    llhttp_.data = this;
    place_ = place::method;
    verdict_ = verdict::none;
    error_ = errc{};
    fed_ = 0;
    target_ = target_end_ = 0;
}

GUST_DECL Parser::result Parser::feed(
    std::string_view head,
    const HTTP1ConnectionParameters& limits,
    RequestStartLine& start_line,
    HTTPHeaders& headers
) {
    head_ = head;
    if (verdict_ == verdict::pending) {
        return judge_start_line();
    }
    limits_ = &limits;
    headers_ = &headers;
    const std::size_t size = static_cast<std::size_t>(
        std::min<std::uint64_t>({head.size(), limits.max_head, std::uint64_t{1} << 31U})
    );
    const llhttp_errno_t code = llhttp_execute(&llhttp_, head.data() + fed_, size - fed_);
    if (code == HPE_OK) {
        fed_ = size;
        if (size < head.size() || size >= limits.max_head) {
            return fail(errc::head_too_large);
        }
        const bool has_line = place_ <= place::target && head.find('\n') != std::string_view::npos;
        return has_line ? fail(errc::bad_request) : result::need_more; // a line without a version
    }
    const char* const stopped = llhttp_get_error_pos(&llhttp_);
    const auto at = stopped == nullptr ? size : static_cast<std::size_t>(stopped - head.data());
    if (code != HPE_PAUSED) {
        return fail_at(at, code);
    }
    fed_ = at;
    return finish_head(start_line);
}

GUST_DECL Parser::result Parser::finish_head(RequestStartLine& start_line) noexcept {
    if (place_ != place::line || !is_line_end(fed_ - 2)) {
        return fail(errc::bad_request);
    }
    start_line.method = static_cast<method>(llhttp_.method);
    start_line.target = head_.substr(target_, target_end_ - target_);
    start_line.version = llhttp_.http_minor == 0 ? version::http_1_0 : version::http_1_1;
    detail::HeadersAccess::lend(*headers_, head_.data());
    return result::complete;
}

/// Whether the line before ends with CRLF right before `at`, and nothing else lies between.
GUST_DECL bool Parser::is_line_end(std::size_t at) const noexcept {
    return at == line_end_ + 2U && head_[line_end_] == '\r' && head_[line_end_ + 1] == '\n';
}

GUST_DECL bool Parser::begin_target(std::size_t at) noexcept {
    place_ = place::target;
    target_ = static_cast<std::uint32_t>(at);
    if (llhttp_.method > HTTP_UNLINK) {
        return refuse(errc::unknown_method);
    }
    // llhttp accepts more than one space.
    const std::size_t method_size = to_string(static_cast<method>(llhttp_.method)).size();
    return at == method_size + 1 || refuse(errc::bad_request);
}

GUST_DECL bool Parser::end_version() noexcept {
    if (llhttp_.http_major != 1 || llhttp_.http_minor > 1) {
        return refuse(errc::unsupported_version);
    }
    place_ = place::line;
    line_end_ = target_end_ + 9; // " HTTP/1.1"
    return true;
}

GUST_DECL bool Parser::begin_name(std::size_t at) {
    if (place_ != place::line || !is_line_end(at)) { // no version at all, a bare LF, a folded line
        return refuse(errc::bad_request);
    }
    if (headers_->size() == limits_->max_fields) {
        return refuse(errc::head_too_large);
    }
    place_ = place::name;
    entry_ = {static_cast<std::uint32_t>(at), 0, 0, 0};
    return true;
}

GUST_DECL bool Parser::begin_value(std::size_t at) noexcept {
    place_ = place::value;
    entry_.value = static_cast<std::uint32_t>(at);
    // Between the colon and the value there is blank space only, so no line was folded before it.
    std::size_t before = at;
    while (head_[before - 1] == ' ' || head_[before - 1] == '\t') {
        --before;
    }
    return before == entry_.name + entry_.name_size + 1U || refuse(errc::bad_request);
}

GUST_DECL bool Parser::end_value() {
    std::size_t end = entry_.value + entry_.value_size;
    if (place_ == place::name) { // an empty value: its line ends after the blanks behind the colon
        end = entry_.name + entry_.name_size + 1U;
        entry_.value = static_cast<std::uint32_t>(end);
        while (end < head_.size() && (head_[end] == ' ' || head_[end] == '\t')) {
            ++end;
        }
    } else if (place_ != place::value) {
        return refuse(errc::bad_request);
    }
    if (entry_.name_size == 0) {
        return refuse(errc::bad_request);
    }
    place_ = place::line;
    line_end_ = static_cast<std::uint32_t>(end);
    const char* const value = head_.data() + entry_.value;
    while (entry_.value_size != 0
           && (value[entry_.value_size - 1] == ' ' || value[entry_.value_size - 1] == '\t')) {
        --entry_.value_size;
    }
    detail::HeadersAccess::entries(*headers_).push_back(entry_);
    return true;
}

GUST_DECL Parser::result Parser::fail_at(std::size_t at, llhttp_errno_t code) noexcept {
    if (error_ == errc::unknown_method || error_ == errc::unsupported_version) {
        return judge_start_line();
    }
    if (error_ != errc{}) { // refused by a callback, which said why
        return result::failed;
    }
    switch (code) {
    case HPE_INVALID_URL: {
        const bool is_long = place_ == place::target && at - target_ > limits_->max_target;
        return fail(is_long ? errc::target_too_long : errc::bad_target);
    }
    case HPE_INVALID_METHOD:
    case HPE_INVALID_CONSTANT:
    case HPE_INVALID_VERSION:
    case HPE_PAUSED_H2_UPGRADE:
        return judge_start_line();
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_UNEXPECTED_CONTENT_LENGTH:
    case HPE_INVALID_TRANSFER_ENCODING:
        return fail(errc::bad_framing);
    default:
        return fail(errc::bad_request);
    }
}

namespace detail {

enum class match : std::uint8_t { no, so_far, whole };

/// Compares text with a pattern in which '#' stands for a digit.
GUST_DECL match match_pattern(std::string_view text, std::string_view pattern) noexcept {
    for (std::size_t i = 0; i != pattern.size(); ++i) {
        if (i == text.size()) {
            return match::so_far;
        }
        const bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (pattern[i] == '#' ? !is_digit : text[i] != pattern[i]) {
            return match::no;
        }
    }
    return match::whole;
}

/// What is wrong with a start line that llhttp refused; nothing while the bytes do not tell yet.
GUST_DECL std::optional<errc> judge_start_line(std::string_view head) noexcept {
    constexpr std::size_t longest_method = 32;
    const auto method_size = static_cast<std::size_t>(
        std::find_if_not(head.begin(), head.end(), is_tchar) - head.begin()
    );
    if (method_size > longest_method) {
        return errc::unknown_method;
    }
    if (method_size == head.size()) {
        return std::nullopt;
    }
    if (method_size == 0 || head[method_size] != ' ') {
        return errc::bad_request;
    }
    const std::string_view name = head.substr(0, method_size);
    if (name == "PRI") { // the preface of HTTP/2
        switch (match_pattern(head, "PRI * HTTP/2.0\r")) {
        case match::so_far:
            return std::nullopt;
        case match::whole:
            return errc::unsupported_version;
        case match::no:
            return errc::unknown_method;
        }
    }
    if (!parse_method(name)) {
        return errc::unknown_method;
    }
    const std::size_t space = head.find(' ', method_size + 1);
    if (space == std::string_view::npos) {
        return errc::bad_request;
    }
    const std::string_view end = head.substr(space);
    switch (match_pattern(end, " HTTP/#.#\r")) {
    case match::so_far:
        return std::nullopt;
    case match::whole: // of a version that is spoken, it was the line end that was refused
        return end.starts_with(" HTTP/1.1") || end.starts_with(" HTTP/1.0")
                   ? errc::bad_request
                   : errc::unsupported_version;
    case match::no:
        break;
    }
    return errc::bad_request;
}

} // namespace detail

GUST_DECL Parser::result Parser::judge_start_line() noexcept {
    verdict_ = verdict::pending;
    const std::optional<errc> found = detail::judge_start_line(head_);
    return found ? fail(*found) : result::need_more;
}

} // namespace gust

#endif // GUST_HTTP1_IMPL_PARSER_IPP
