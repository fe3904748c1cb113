// SPDX-License-Identifier: MIT
// The client's side of a simulation: the bytes that came, as responses.
#ifndef GUST_TESTS_SIMULATION_RESPONSES_HPP
#define GUST_TESTS_SIMULATION_RESPONSES_HPP

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/script.hpp"

namespace simulation {

/// How the bytes ended.
enum class ending { open, fin, reset };

struct Response {
    unsigned status = 0;
    std::optional<std::uint32_t> number; // none: the library's own answer
    bool is_for_head = false;
    bool says_close = false;
    bool is_whole = false;
    bool is_cut_by_end = false; // close-delimited
    bool has_trailers = false;
    std::string body;
};

/// Takes responses off a byte stream, as strictly as a client may.
class ResponseReader {
public:
    explicit ResponseReader(std::string_view bytes, ending how) noexcept
        : rest_{bytes}, ending_{how} {}

    /// What does not look like a response, or came behind the last one.
    const std::string& error() const noexcept { return error_; }

    std::vector<Response> all() {
        std::vector<Response> found;
        while (!rest_.empty() && error_.empty()) {
            if (!found.empty() && (found.back().says_close || !found.back().is_whole)) {
                error_ = "bytes behind the last response: " + std::string{rest_.substr(0, 80)};
                break;
            }
            Response response;
            if (!read(response)) {
                break;
            }
            if (response.status == 101) {
                found.push_back(std::move(response));
                break; // what follows is not HTTP
            }
            if (response.status >= 200) {
                found.push_back(std::move(response));
            }
        }
        return found;
    }

private:
    bool fail(std::string what) {
        error_ = std::move(what);
        return false;
    }
    bool take_line(std::string_view& line) {
        const std::size_t end = rest_.find("\r\n");
        if (end == rest_.npos) {
            return false;
        }
        line = rest_.substr(0, end);
        rest_.remove_prefix(end + 2);
        return true;
    }

    /// False: the head is not there, or is wrong.
    bool read(Response& response) {
        const std::size_t end = rest_.find("\r\n\r\n");
        if (end == rest_.npos) {
            return false; // cut in the head
        }
        std::string_view line;
        take_line(line);
        if (!line.starts_with("HTTP/1.1 ") || line.size() < 13 || line[12] != ' ') {
            return fail("not a status line: " + std::string{line.substr(0, 80)});
        }
        std::from_chars(line.data() + 9, line.data() + 12, response.status);
        std::optional<std::size_t> length;
        bool is_chunked = false;
        bool has_date = false;
        while (take_line(line) && !line.empty()) {
            const std::size_t colon = line.find(": ");
            if (colon == line.npos) {
                return fail("not a field: " + std::string{line});
            }
            const std::string_view name = line.substr(0, colon);
            const std::string_view value = line.substr(colon + 2);
            if (name == "Content-Length") {
                if (length || is_chunked) {
                    return fail("two lengths");
                }
                length.emplace();
                std::from_chars(value.data(), value.data() + value.size(), *length);
            } else if (name == "Transfer-Encoding") {
                if (length || is_chunked || value != "chunked") {
                    return fail("two lengths");
                }
                is_chunked = true;
            } else if (name == "Connection") {
                response.says_close = value == "close";
            } else if (name == "X-Number") {
                response.number.emplace();
                std::from_chars(value.data(), value.data() + value.size(), *response.number);
                response.is_for_head = value.ends_with(" HEAD");
            } else if (name == "Date") {
                has_date = true;
            }
        }
        if (response.status >= 200 && !has_date) {
            return fail("no Date");
        }
        if (response.status < 200 || response.status == 204) {
            if (length || is_chunked) {
                return fail("a length where there is no body");
            }
        }
        return read_body(response, length, is_chunked);
    }

    bool read_body(Response& response, std::optional<std::size_t> length, bool is_chunked) {
        const bool has_none = response.is_for_head || response.status < 200
                              || response.status == 204 || response.status == 304;
        if (has_none) {
            response.is_whole = true;
            return true;
        }
        if (is_chunked) {
            return read_chunks(response);
        }
        if (!length) {
            response.body = rest_;
            rest_ = {};
            response.is_whole = ending_ == ending::fin;
            response.is_cut_by_end = true;
            response.says_close = true;
            return true;
        }
        // The library's answer to a HEAD that it refused has a length and no body.
        if (!response.number && rest_.empty() && ending_ == ending::fin) {
            response.is_whole = true;
            return true;
        }
        response.body = rest_.substr(0, *length);
        rest_.remove_prefix(response.body.size());
        response.is_whole = response.body.size() == *length;
        return true;
    }
    bool read_chunks(Response& response) {
        for (;;) {
            std::string_view line;
            if (!take_line(line)) {
                rest_ = {};
                return true; // cut
            }
            std::size_t size = 0;
            const auto [at, ec] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
            if (ec != std::errc{} || at != line.data() + line.size()) {
                return fail("not a chunk size: " + std::string{line});
            }
            if (size == 0) {
                while (take_line(line)) {
                    if (line.empty()) {
                        response.is_whole = true;
                        return true;
                    }
                    response.has_trailers = true;
                }
                rest_ = {};
                return true;
            }
            response.body += rest_.substr(0, size);
            if (rest_.size() < size + 2) {
                rest_ = {};
                return true;
            }
            if (rest_.substr(size, 2) != "\r\n") {
                return fail("a chunk without its end");
            }
            rest_.remove_prefix(size + 2);
        }
    }

    std::string_view rest_;
    ending ending_;
    std::string error_;
};

} // namespace simulation

#endif // GUST_TESTS_SIMULATION_RESPONSES_HPP
