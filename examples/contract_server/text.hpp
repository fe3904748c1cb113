// SPDX-License-Identifier: MIT
// What contract_server computes without a connection: JSON, CRC-32, and whether a copy is fresh.
#ifndef GUST_EXAMPLES_CONTRACT_SERVER_TEXT_HPP
#define GUST_EXAMPLES_CONTRACT_SERVER_TEXT_HPP

#include <gust/gust.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace contract {

/// A JSON string. Bytes beyond ASCII are taken for Latin-1, so that any field value has a text.
inline std::string json_string(std::string_view text) {
    std::string out{'"'};
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte >= 0x7F) {
            out += fmt::format("\\u{:04x}", byte);
        } else {
            out += c;
        }
    }
    return out + '"';
}

/// A JSON object: lower-case names in the order in which they first appear, values in arrays.
inline std::string json_object(const gust::HTTPHeaders& fields) {
    std::vector<std::pair<std::string, std::string>> members;
    for (const auto field : fields) {
        std::string name{field.name};
        std::ranges::transform(name, name.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
        });
        auto member = std::ranges::find(members, name, &decltype(members)::value_type::first);
        if (member == members.end()) {
            member = members.insert(member, {name, ""});
        } else {
            member->second += ',';
        }
        member->second += json_string(field.value);
    }
    std::string out{'{'};
    for (const auto& [name, values] : members) {
        out += fmt::format("{}{}:[{}]", out.size() > 1 ? "," : "", json_string(name), values);
    }
    return out + '}';
}

/// CRC-32 as gzip and zlib have it (reflected, polynomial 0xEDB88320).
class CRC32 {
public:
    void update(gust::bytes data) noexcept {
        for (const std::byte b : data) {
            value_ = table[(value_ ^ std::to_integer<std::uint32_t>(b)) & 0xFFU] ^ (value_ >> 8U);
        }
    }
    std::uint32_t value() const noexcept { return ~value_; }

private:
    static constexpr std::array<std::uint32_t, 256> table = [] {
        std::array<std::uint32_t, 256> made{};
        for (std::uint32_t i = 0; i != made.size(); ++i) {
            std::uint32_t c = i;
            for (int bit = 0; bit != 8; ++bit) {
                c = (c & 1U) != 0 ? 0xEDB88320U ^ (c >> 1U) : c >> 1U;
            }
            made[i] = c;
        }
        return made;
    }();

    std::uint32_t value_ = 0xFFFFFFFF;
};

/// Whether a list of entity tags names `opaque` (quotes included) by weak comparison (RFC 9110
/// §8.8.3.2). An opaque tag may hold commas and has no escapes.
inline bool names_tag(std::string_view list, std::string_view opaque) {
    while (!list.empty()) {
        if (list.starts_with("W/\"")) {
            list.remove_prefix(2);
        }
        if (list.front() == '"') {
            const auto end = list.find('"', 1);
            if (end == std::string_view::npos) {
                return false;
            }
            if (list.substr(0, end + 1) == opaque) {
                return true;
            }
            list.remove_prefix(end);
        }
        list.remove_prefix(1);
    }
    return false;
}

/// Whether the client's copy is still good: If-None-Match decides, and without one
/// If-Modified-Since (RFC 9110 §13.2.2). For GET and HEAD.
inline bool
is_fresh(const gust::HTTPHeaders& headers, std::string_view etag, std::time_t last_modified) {
    if (headers.contains("If-None-Match")) {
        const std::string tags = headers.combined("If-None-Match");
        return gust::trim_ows(tags) == "*" || names_tag(tags, etag);
    }
    if (headers.count("If-Modified-Since") != 1) {
        return false;
    }
    const std::optional<std::time_t> since = gust::parse_date(headers["If-Modified-Since"]);
    return since && last_modified <= *since;
}

} // namespace contract

#endif // GUST_EXAMPLES_CONTRACT_SERVER_TEXT_HPP
