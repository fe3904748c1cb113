// SPDX-License-Identifier: MIT
// Requests in one line, and the parts of what comes back.
#ifndef GUST_TESTS_WEB_ASK_HPP
#define GUST_TESTS_WEB_ASK_HPP

#include <gust/http/syntax.hpp>
#include <gust/testing/exchange.hpp>

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

namespace gust_test {

/// The response to a request line, and fields that each end with CRLF.
template <class App>
std::string
send(App app, std::string_view line, std::string_view fields = "", std::string_view content = "") {
    return gust::testing::exchange(
        std::move(app),
        fmt::format(
            "{} HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n{}\r\n{}",
            line,
            fields,
            content
        )
    );
}

inline int code(const std::string& response) {
    return response.size() > 12 ? std::stoi(response.substr(9, 3)) : 0;
}
inline std::string body(const std::string& response) {
    const auto end = response.find("\r\n\r\n");
    return end == response.npos ? "" : response.substr(end + 4);
}
/// The value of the first field of that name, or "".
inline std::string field(const std::string& response, std::string_view name) {
    std::string_view rest = std::string_view{response}.substr(0, response.find("\r\n\r\n"));
    for (auto end = rest.find("\r\n"); end != rest.npos; end = rest.find("\r\n")) {
        rest.remove_prefix(end + 2);
        const std::string_view line = rest.substr(0, rest.find("\r\n"));
        const auto colon = line.find(':');
        if (gust::iequals(line.substr(0, colon), name)) {
            return std::string{gust::trim_ows(line.substr(colon + 1))};
        }
    }
    return {};
}
/// "200 body", to compare in one go.
inline std::string brief(const std::string& response) {
    return fmt::format("{} {}", code(response), body(response));
}
template <class App>
std::string
ask(App app, std::string_view line, std::string_view fields = "", std::string_view content = "") {
    return brief(send(std::move(app), line, fields, content));
}

} // namespace gust_test

#endif // GUST_TESTS_WEB_ASK_HPP
