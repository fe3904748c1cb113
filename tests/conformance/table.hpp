// SPDX-License-Identifier: MIT
// The table of cases.txt, read into memory.
#ifndef GUST_TESTS_CONFORMANCE_TABLE_HPP
#define GUST_TESTS_CONFORMANCE_TABLE_HPP

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace conformance {

/// One response that is due.
struct Expected {
    enum class text { any, equal, within };

    int status = 0;
    bool to_head = false; // the request was a HEAD
    text compare = text::any;
    std::string body = {};

    bool is_interim() const noexcept { return status < 200; }
};

struct Case {
    enum class ending { open, close };

    std::string name;
    std::string section;
    std::string weight;
    std::vector<Expected> responses;
    ending end = ending::open;
    std::vector<std::string> fields;
    std::vector<std::string> no_fields;
    std::size_t requests = 0; // heads that reach the application
    bool sends_fin = false;
    bool waits = false; // for a deadline of the server
    std::string bytes;
};

namespace detail {

[[noreturn]] inline void fail(std::string_view what, std::string_view where) {
    throw std::runtime_error{std::string{what} + ": " + std::string{where}};
}

inline std::string_view trim(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    if (first == text.npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

inline std::string unescape(std::string_view text);

/// `\(text*N)`, behind the backslash; takes it from the front of `rest`.
inline std::string repeat(std::string_view& rest) {
    const std::size_t end = rest.find(')');
    const std::size_t star = rest.substr(0, end).rfind('*');
    if (end == rest.npos || star == rest.npos) {
        fail("no repeat", rest);
    }
    const std::string once = unescape(rest.substr(1, star - 1));
    const unsigned long times = std::stoul(std::string{rest.substr(star + 1, end - star - 1)});
    rest.remove_prefix(end + 1);
    std::string all;
    all.reserve(once.size() * times);
    for (unsigned long i = 0; i != times; ++i) {
        all += once;
    }
    return all;
}

inline std::string unescape(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const char c = text.front();
        text.remove_prefix(1);
        if (c != '\\') {
            out += c;
            continue;
        }
        if (text.empty()) {
            fail("a backslash at the end", out);
        }
        const char code = text.front();
        if (code == '(') {
            out += repeat(text);
            continue;
        }
        text.remove_prefix(1);
        switch (code) {
        case 'r':
            out += '\r';
            break;
        case 'n':
            out += '\n';
            break;
        case 't':
            out += '\t';
            break;
        case '0':
            out += '\0';
            break;
        case '\\':
        case '"':
            out += code;
            break;
        case 'x':
            out += static_cast<char>(std::stoi(std::string{text.substr(0, 2)}, nullptr, 16));
            text.remove_prefix(2);
            break;
        default:
            fail("an unknown escape", text);
        }
    }
    return out;
}

/// `"text"`, taken from the front of `rest`.
inline std::string quoted(std::string_view& rest) {
    if (!rest.starts_with('"')) {
        fail("no quote", rest);
    }
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != '"') {
        end += rest[end] == '\\' ? 2U : 1U;
    }
    if (end >= rest.size()) {
        fail("an open quote", rest);
    }
    std::string text = unescape(rest.substr(1, end - 1));
    rest.remove_prefix(end + 1);
    return text;
}

inline std::string_view word(std::string_view& rest) {
    const std::size_t end = std::min(rest.find_first_of(" ,=~"), rest.size());
    const std::string_view found = rest.substr(0, end);
    rest.remove_prefix(end);
    return found;
}

inline bool takes(std::string_view& rest, char c) {
    if (!rest.starts_with(c)) {
        return false;
    }
    rest.remove_prefix(1);
    return true;
}

inline Expected response(std::string_view status, std::string_view& rest) {
    Expected expected;
    expected.to_head = status.ends_with("-head");
    expected.status = std::stoi(std::string{status.substr(0, 3)});
    if (takes(rest, '=')) {
        expected.compare = Expected::text::equal;
        expected.body = quoted(rest);
    } else if (takes(rest, '~')) {
        expected.compare = Expected::text::within;
        expected.body = quoted(rest);
    }
    return expected;
}

/// Whether only an application answers like this.
inline bool is_of_application(const Expected& expected) {
    constexpr std::array refusals{400, 408, 413, 414, 417, 421, 431, 501, 505};
    return !expected.is_interim()
           && std::find(refusals.begin(), refusals.end(), expected.status) == refusals.end();
}

inline void read_expected(std::string_view rest, Case& c) {
    bool has_requests = false;
    bool has_end = false;
    for (rest = trim(rest); !rest.empty(); rest = trim(rest)) {
        if (takes(rest, ',')) {
            continue;
        }
        const std::string_view found = word(rest);
        if (found == "open" || found == "close") {
            c.end = found == "open" ? Case::ending::open : Case::ending::close;
            has_end = true;
        } else if (found == "fin") {
            c.sends_fin = true;
        } else if (found == "wait") {
            c.waits = true;
        } else if (found == "requests" && takes(rest, '=')) {
            c.requests = std::stoul(std::string{word(rest)});
            has_requests = true;
        } else if (found == "field" && takes(rest, '=')) {
            c.fields.push_back(quoted(rest));
        } else if (found == "nofield" && takes(rest, '=')) {
            c.no_fields.push_back(quoted(rest));
        } else if (found.size() >= 3 && found.find_first_not_of("0123456789") >= 3) {
            c.responses.push_back(response(found, rest));
        } else if (found != "none") {
            fail("an unknown word", found);
        }
    }
    if (!has_end) {
        fail("neither open nor close", c.name);
    }
    if (!has_requests) {
        c.requests = static_cast<std::size_t>(
            std::count_if(c.responses.begin(), c.responses.end(), is_of_application)
        );
    }
}

inline Case read_case(std::string_view line) {
    std::string_view rest = line;
    const auto column = [&rest, line] {
        const std::size_t end = rest.find(" | ");
        if (end == rest.npos) {
            fail("too few columns", line);
        }
        const std::string_view text = trim(rest.substr(0, end));
        rest.remove_prefix(end + 3);
        return text;
    };
    Case c;
    c.name = column();
    c.section = column();
    c.weight = column();
    read_expected(column(), c);
    c.bytes = unescape(rest);
    return c;
}

} // namespace detail

/// Throws for a file that is not there, a line that cannot be read, and a name that is used twice.
inline std::vector<Case> read_cases(const std::string& path) {
    std::ifstream file{path};
    if (!file) {
        detail::fail("cannot open", path);
    }
    std::vector<Case> cases;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line.front() == '#') {
            continue;
        }
        cases.push_back(detail::read_case(line));
        const Case& last = cases.back();
        const bool is_known_weight = last.weight == "must" || last.weight == "should"
                                     || last.weight == "may" || last.weight == "ours";
        if (!is_known_weight) {
            detail::fail("an unknown weight", line);
        }
        if (std::any_of(cases.begin(), cases.end() - 1, [&](const Case& c) {
                return c.name == last.name;
            })) {
            detail::fail("a name that is used twice", last.name);
        }
    }
    return cases;
}

} // namespace conformance

#endif // GUST_TESTS_CONFORMANCE_TABLE_HPP
