// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP1_IMPL_PARSER_IPP
#define GUST_HTTP1_IMPL_PARSER_IPP

#include <gust/http/syntax.hpp>
#include <gust/http1/parser.hpp>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <utility>

namespace gust {

static_assert(static_cast<int>(method::delete_) == HTTP_DELETE);
static_assert(static_cast<int>(method::patch) == HTTP_PATCH);
static_assert(static_cast<int>(method::unlink) == HTTP_UNLINK);

/// What llhttp calls. A span callback may come several times for one element: its bytes are
/// contiguous, and the last call may be empty.
struct Parser::Callbacks {
    static constexpr int stop = -1;

    static Parser& parser_of(llhttp_t* llhttp) noexcept {
        return *static_cast<Parser*>(llhttp->data);
    }
    static std::size_t offset(const Parser& parser, const char* at) noexcept {
        return static_cast<std::size_t>(at - parser.head_.data());
    }

    static int on_version(llhttp_t* llhttp, const char* at, std::size_t) {
        Parser& parser = parser_of(llhttp);
        const bool is_fine =
            parser.place_ != place::start || parser.begin_version(offset(parser, at));
        return is_fine ? 0 : stop;
    }
    /// Calls nothing as a rule: lines are looked at later, many at a time.
    static int on_header_value(llhttp_t* llhttp, const char* at, std::size_t size) {
        Parser& parser = parser_of(llhttp);
        if (parser.found_size_ == parser.found_.size()) {
            return take_values_first(llhttp, at, size);
        }
        parser.found_[parser.found_size_++] = {
            static_cast<std::uint32_t>(offset(parser, at)), static_cast<std::uint32_t>(size)
        };
        return 0;
    }
    [[gnu::noinline]] static int
    take_values_first(llhttp_t* llhttp, const char* at, std::size_t size) {
        return parser_of(llhttp).take_values() ? on_header_value(llhttp, at, size) : stop;
    }
    static int on_headers_complete(llhttp_t*) {
        return HPE_PAUSED; // llhttp's part ends here: it reports where the body begins
    }

    static const llhttp_settings_t& settings() noexcept {
        static const llhttp_settings_t instance = [] {
            llhttp_settings_t made;
            llhttp_settings_init(&made);
            made.on_version = on_version;
            made.on_header_value = on_header_value;
            made.on_headers_complete = on_headers_complete;
            return made;
        }();
        return instance;
    }
    /// A parser that has seen nothing: copied, which costs less than to make one.
    static const llhttp_t& fresh() noexcept {
        static const llhttp_t instance = [] {
            llhttp_t made;
            llhttp_init(&made, HTTP_REQUEST, &settings());
            return made;
        }();
        return instance;
    }
};

GUST_DECL void Parser::start() noexcept {
    llhttp_ = Callbacks::fresh();
    llhttp_.data = this;
    place_ = place::start;
    verdict_ = verdict::none;
    error_ = errc{};
    fed_ = 0;
    fields_ = 0;
    found_size_ = 0;
    line_ = {};
}

GUST_HOT_DECL Parser::result Parser::feed(
    std::string_view head,
    const HTTP1ConnectionParameters& limits,
    RequestStartLine& start_line,
    HTTPHeaders& headers
) {
    head_ = head;
    if (verdict_ == verdict::pending) {
        return judge_start_line();
    }
    if (!head.empty() && (head.front() == '\r' || head.front() == '\n')) { // llhttp skips them
        return fail(errc::bad_request);
    }
    limits_ = &limits;
    headers_ = &headers;
    const std::size_t size = static_cast<std::size_t>(
        std::min<std::uint64_t>({head.size(), limits.max_head, std::uint64_t{1} << 31U})
    );
    const llhttp_errno_t code = llhttp_execute(&llhttp_, head.data() + fed_, size - fed_);
    const bool is_fine = take_values();
    if (code == HPE_OK && is_fine) {
        fed_ = size;
        return wait_for_more();
    }
    const char* const stopped = llhttp_get_error_pos(&llhttp_);
    const auto at = stopped == nullptr ? size : static_cast<std::size_t>(stopped - head.data());
    if (code != HPE_PAUSED || !is_fine) {
        return fail_at(at, code);
    }
    fed_ = at;
    return finish_head(start_line);
}

/// The bytes so far are in order. Those that are over a limit already are not waited for.
GUST_DECL Parser::result Parser::wait_for_more() noexcept {
    if (place_ == place::start) {
        if (has_long_target(fed_)) {
            return fail(errc::target_too_long);
        }
        if (head_.find('\n') < fed_) { // a line without a version
            return fail(errc::bad_request);
        }
    }
    return fed_ >= limits_->max_head ? fail(errc::head_too_large) : result::need_more;
}

/// Whether the target is over its limit already in the bytes before `end`.
GUST_DECL bool Parser::has_long_target(std::size_t end) const noexcept {
    const std::size_t target = std::min(head_.find(' '), end) + 1;
    const std::size_t target_end = std::min(head_.find_first_of(" \r\n", target), end);
    return target_end > target && target_end - target > limits_->max_target;
}

/// The start line is over: llhttp knows more methods, protocols and versions than are served here.
GUST_DECL bool Parser::end_start_line() noexcept {
    if (place_ != place::version) {
        return refuse( // no version at all
            has_long_target(head_.size()) ? errc::target_too_long : errc::bad_request
        );
    }
    if (llhttp_.http_major != 1 || llhttp_.http_minor > 1) {
        return refuse(errc::unsupported_version);
    }
    line_end_ = target_end_ + 9; // " HTTP/1.1"
    return has_line_end() || refuse(errc::bad_request);
}

GUST_DECL bool Parser::begin_version(std::size_t at) noexcept {
    place_ = place::version;
    if (llhttp_.method > HTTP_UNLINK) { // of another protocol, perhaps
        return refuse(has_long_target(at) ? errc::target_too_long : errc::unknown_method);
    }
    constexpr std::size_t protocol = 6; // " HTTP/"
    target_end_ = static_cast<std::uint32_t>(at - protocol);
    const std::size_t target = target_begin();
    if (target_end_ - target > limits_->max_target) {
        return refuse(errc::target_too_long);
    }
    // llhttp accepts more than one space, and other protocols.
    const bool is_http = std::memcmp(head_.data() + target_end_, " HTTP/", protocol) == 0;
    const bool is_spaced = head_[target] != ' ' && head_[target_end_ - 1] != ' ';
    return (is_http && is_spaced) || refuse(errc::bad_request);
}

/// Looks at the lines of the values that were found. They come in order, so the same mistake is
/// seen first however the bytes were split.
GUST_DECL bool Parser::take_values() {
    place at = place_;
    FieldLine line = line_; // our own one stays in registers
    std::size_t fields = fields_;
    const std::size_t max_fields = limits_->max_fields;
    const std::uint32_t n = std::exchange(found_size_, 0);
    for (const Value found : std::span{found_}.first(n)) {
        if (found.begin == line.value.end()) {
            line.value.size += found.size;
            continue;
        }
        if (!end_line(at, line) || !begin_field(line, line_end_ + 2, found)) {
            return false;
        }
        if (fields++ == max_fields) {
            return refuse(errc::head_too_large);
        }
        at = place::value;
    }
    place_ = at;
    line_ = line;
    fields_ = fields;
    return true;
}

/// A value begins, and its line at `begin`. An empty one is reported on the next line.
GUST_ALWAYS_INLINE bool
Parser::begin_field(FieldLine& line, std::uint32_t begin, Value found) noexcept {
    std::uint32_t colon = found.begin - 2;
    if (std::memcmp(head_.data() + colon, ": ", 2) != 0) { // unusual
        colon = find_colon(begin, found);
    }
    // llhttp folds an empty value with blank lines. Between the colon and a value is blank space
    // only, so no other line was folded before it.
    if (colon == begin || is_blank_or_control(head_[begin])) {
        return refuse(errc::bad_request);
    }
    line = {begin, colon, found};
    return true;
}

/// The colon of the line at `begin`, or `begin` where none is before that value. Tells where an
/// empty value is.
GUST_DECL std::uint32_t Parser::find_colon(std::uint32_t begin, Value& found) const noexcept {
    const std::size_t colon = found.size == 0 ? head_.find(':', begin) : last_unblank(found.begin);
    if (colon == std::string_view::npos || head_[colon] != ':') {
        return begin;
    }
    if (found.size == 0) {
        found.begin = static_cast<std::uint32_t>(first_unblank(colon + 1));
    }
    return static_cast<std::uint32_t>(colon);
}

/// The line before the next value, or before the empty line, is over.
GUST_ALWAYS_INLINE bool Parser::end_line(place at, const FieldLine& line) {
    return at == place::value ? end_field(line) : end_start_line();
}

/// The end of a value has to be CRLF, right behind what was found of it.
GUST_ALWAYS_INLINE bool Parser::end_field(const FieldLine& line) {
    line_end_ = line.value.end();
    if (!has_line_end()) {
        return refuse(errc::bad_request); // a bare LF, or a folded line
    }
    std::uint32_t end = line_end_;
    // llhttp lets no control character but HTAB into a value.
    while (end != line.value.begin && is_blank_or_control(head_[end - 1])) {
        --end;
    }
    detail::HeadersAccess::entries(*headers_).push_back(
        {line.name, line.colon - line.name, line.value.begin, end - line.value.begin}
    );
    return true;
}

GUST_HOT_DECL Parser::result Parser::finish_head(RequestStartLine& start_line) {
    if (!end_line(place_, line_)) {
        return error_ == errc::unsupported_version ? judge_start_line() : result::failed;
    }
    if (fed_ != line_end_ + 4U || head_[line_end_ + 2] != '\r') {
        return fail(errc::bad_request);
    }
    const std::size_t target = target_begin();
    start_line.method = static_cast<method>(llhttp_.method);
    start_line.target = {head_.data() + target, target_end_ - target};
    start_line.version = llhttp_.http_minor == 0 ? version::http_1_0 : version::http_1_1;
    detail::HeadersAccess::lend(*headers_, head_.data());
    return result::complete;
}

GUST_DECL Parser::result Parser::fail_at(std::size_t at, llhttp_errno_t code) noexcept {
    if (error_ == errc::unknown_method || error_ == errc::unsupported_version) {
        return judge_start_line();
    }
    if (error_ != errc{}) { // refused by a callback, which said why
        return result::failed;
    }
    if (place_ == place::start && has_long_target(at)) {
        return fail(errc::target_too_long);
    }
    if (place_ == place::start && head_.find('\n') < at) { // a line without a version
        return fail(errc::bad_request);
    }
    switch (code) {
    case HPE_INVALID_URL:
        return fail(errc::bad_target);
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
    const std::size_t method_size = token_size(head);
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
