// SPDX-License-Identifier: MIT
// Responses as a strict client reads them: what it cannot read is a mistake of the server.
#ifndef GUST_TESTS_CONFORMANCE_RESPONSES_HPP
#define GUST_TESTS_CONFORMANCE_RESPONSES_HPP

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

struct Response {
    enum class body_end { none, length, last_chunk, close };

    int status = 0;
    std::string reason;
    std::string head;                                        // without the empty line
    std::vector<std::pair<std::string, std::string>> fields; // names in lower case
    std::string body;
    std::vector<std::pair<std::string, std::string>> trailers;
    body_end end = body_end::none;

    std::size_t count(std::string_view name) const {
        return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), [&](auto& f) {
            return f.first == name;
        }));
    }
    /// The first value of a field; empty if there is none.
    std::string_view field(std::string_view name) const {
        for (const auto& [found, value] : fields) {
            if (found == name) {
                return value;
            }
        }
        return {};
    }
    bool says_close() const { return field("connection") == "close"; }
};

/// Takes responses off the front of what a server has sent.
class ResponseReader {
public:
    enum class ended { no, yes };

    explicit ResponseReader(std::string_view bytes) : rest_{bytes} {}

    /// The next one. Nothing, and a `mistake`, if it is not whole or not well-formed.
    std::optional<Response> next(bool to_head, ended has_ended) {
        Response response;
        const std::size_t size = rest_.find("\r\n\r\n");
        if (size == rest_.npos) {
            return fail("a head without an end");
        }
        response.head = rest_.substr(0, size + 2);
        rest_.remove_prefix(size + 4);
        std::string_view lines = response.head;
        if (!read_status_line(take_line(lines), response)) {
            return fail("a malformed status line");
        }
        while (!lines.empty()) {
            if (!read_field(take_line(lines), response.fields)) {
                return fail("a malformed field");
            }
        }
        return read_body(std::move(response), to_head, has_ended);
    }

    std::string_view rest() const { return rest_; }
    const std::string& mistake() const { return mistake_; }

private:
    std::optional<Response> fail(std::string what) {
        mistake_ = std::move(what);
        return std::nullopt;
    }
    static std::string_view take_line(std::string_view& lines) {
        const std::size_t end = lines.find("\r\n");
        const std::string_view line = lines.substr(0, end);
        lines.remove_prefix(end == lines.npos ? lines.size() : end + 2);
        return line;
    }
    static bool is_text(std::string_view text) {
        return std::all_of(text.begin(), text.end(), [](unsigned char c) {
            return c == '\t' || (c >= 0x20 && c != 0x7F);
        });
    }
    static bool is_digits(std::string_view text) {
        return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
    }
    static bool read_status_line(std::string_view line, Response& response) {
        if (line.size() < 13 || !line.starts_with("HTTP/1.1 ") || line[12] != ' '
            || !is_digits(line.substr(9, 3)) || line[9] == '0' || !is_text(line.substr(13))) {
            return false;
        }
        response.status = std::stoi(std::string{line.substr(9, 3)});
        response.reason = line.substr(13);
        return true;
    }
    static bool
    read_field(std::string_view line, std::vector<std::pair<std::string, std::string>>& fields) {
        const std::size_t colon = line.find(':');
        if (colon == line.npos || colon == 0 || !is_text(line)) {
            return false;
        }
        std::string name{line.substr(0, colon)};
        for (char& c : name) {
            const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
            if (!is_plain) {
                return false; // stricter than a token: what this server sends has plain names
            }
            c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        }
        std::string_view value = line.substr(colon + 1);
        if (!value.empty() && value.front() == ' ') {
            value.remove_prefix(1);
        }
        fields.emplace_back(std::move(name), value);
        return true;
    }

    std::optional<Response> read_body(Response response, bool to_head, ended has_ended) {
        const bool has_length = response.count("content-length") != 0;
        const bool has_coding = response.count("transfer-encoding") != 0;
        if (response.count("content-length") > 1 || response.count("transfer-encoding") > 1
            || (has_length && has_coding)) {
            return fail("a length that is not clear");
        }
        if (has_coding && response.field("transfer-encoding") != "chunked") {
            return fail("an unknown coding");
        }
        if (has_length && !is_digits(response.field("content-length"))) {
            return fail("a length without digits");
        }
        const bool is_bodiless =
            response.status < 200 || response.status == 204 || response.status == 304;
        if ((response.status < 200 || response.status == 204) && (has_length || has_coding)) {
            return fail("a length where no body can be");
        }
        if (is_bodiless || to_head) {
            return response;
        }
        if (has_coding) {
            response.end = Response::body_end::last_chunk;
            return read_chunks(std::move(response));
        }
        if (has_length) {
            const std::size_t n = std::stoul(std::string{response.field("content-length")});
            if (rest_.size() < n) {
                return fail("a body that is too short");
            }
            response.body = rest_.substr(0, n);
            rest_.remove_prefix(n);
            response.end = Response::body_end::length;
            return response;
        }
        if (has_ended == ended::no) {
            return fail("a body without an end");
        }
        response.body = rest_;
        rest_ = {};
        response.end = Response::body_end::close;
        return response;
    }

    std::optional<Response> read_chunks(Response response) {
        for (;;) {
            const std::size_t digits = rest_.find("\r\n");
            if (digits == rest_.npos || digits == 0 || digits > 16
                || rest_.find_first_not_of("0123456789abcdef") != digits) {
                return fail("a malformed chunk size");
            }
            const std::size_t n = std::stoul(std::string{rest_.substr(0, digits)}, nullptr, 16);
            rest_.remove_prefix(digits + 2);
            if (n == 0) {
                break;
            }
            if (rest_.size() < n + 2 || rest_.substr(n, 2) != "\r\n") {
                return fail("a malformed chunk");
            }
            response.body += rest_.substr(0, n);
            rest_.remove_prefix(n + 2);
        }
        while (!rest_.starts_with("\r\n")) {
            if (rest_.find("\r\n") == rest_.npos
                || !read_field(take_line(rest_), response.trailers)) {
                return fail("a malformed trailer");
            }
        }
        rest_.remove_prefix(2);
        return response;
    }

    std::string_view rest_;
    std::string mistake_;
};

} // namespace conformance

#endif // GUST_TESTS_CONFORMANCE_RESPONSES_HPP
