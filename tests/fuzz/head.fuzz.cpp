// SPDX-License-Identifier: MIT
// A head gives the same result in any split, and one that is accepted is what a plain reading of
// its lines says. The first byte picks the limits, the second the split.
#include <gust/http/syntax.hpp>
#include <gust/http1/framing.hpp>
#include <gust/http1/parser.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"

namespace {

using gust::Parser;

struct Result {
    Parser::result result = Parser::result::need_more;
    gust::errc error{};
    std::size_t size = 0;
    std::string text; // start line and fields
    int framing_error = 0;

    bool operator==(const Result&) const = default;
};

/// Feeds the bytes of `head` in pieces of 1 to `most` bytes.
Result
parse(std::string_view head, const gust::HTTP1ConnectionParameters& limits, std::size_t most) {
    Parser parser;
    parser.start();
    gust::RequestStartLine line;
    gust::HTTPHeaders headers;
    Result found;
    std::string seen;
    for (std::size_t fed = 0; fed != head.size();) {
        fed += std::min(head.size() - fed, 1 + (fed * 7 + most) % most);
        std::string moved{head.substr(0, fed)}; // the block may move
        seen.swap(moved);
        found.result = parser.feed(seen, limits, line, headers);
        if (found.result != Parser::result::need_more) {
            break;
        }
    }
    if (found.result == Parser::result::failed) {
        found.error = parser.error();
        FUZZ_REQUIRE(status_of(found.error) >= 400);
    }
    if (found.result != Parser::result::complete) {
        return found;
    }
    found.size = parser.size();
    found.text = std::string{to_string(line.method)} + ' ' + std::string{line.target} + ' '
                 + std::string{to_string(line.version)} + "\r\n";
    FUZZ_REQUIRE(line.target.size() <= limits.max_target);
    FUZZ_REQUIRE(headers.size() <= limits.max_fields && found.size <= limits.max_head);
    for (const auto [name, value] : headers) {
        FUZZ_REQUIRE(gust::is_token(name) && gust::is_field_value(value));
        FUZZ_REQUIRE(gust::trim_ows(value) == value);
        found.text.append(name).append(":").append(value).append("\r\n");
    }
    gust::KnownHost host;
    gust::RequestFraming framing;
    const std::error_code ec = frame_request(line, headers, host, framing);
    found.framing_error = ec.value();
    FUZZ_REQUIRE(!ec || status_of(static_cast<gust::errc>(ec.value())) >= 400);
    return found;
}

/// The lines of an accepted head, with the blanks around values gone.
std::string plain_reading(std::string_view head) {
    std::string text;
    bool is_first = true;
    while (true) {
        const std::size_t end = head.find("\r\n");
        FUZZ_REQUIRE(end != head.npos);
        const std::string_view line = head.substr(0, end);
        head.remove_prefix(end + 2);
        if (line.empty()) {
            FUZZ_REQUIRE(head.empty());
            return text;
        }
        const std::size_t colon = is_first ? 0 : line.find(':');
        FUZZ_REQUIRE(colon != line.npos);
        if (is_first) {
            text.append(line);
        } else {
            text.append(line.substr(0, colon + 1)).append(gust::trim_ows(line.substr(colon + 1)));
        }
        text += "\r\n";
        is_first = false;
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is the fuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    gust::HTTP1ConnectionParameters limits;
    if ((data[0] & 1U) != 0) {
        limits.max_target = 12;
        limits.max_head = 100;
        limits.max_fields = 3;
    }
    const std::string head{reinterpret_cast<const char*>(data) + 2, size - 2};
    const Result whole = parse(head, limits, head.size() + 1);
    FUZZ_REQUIRE(whole == parse(head, limits, 1));
    FUZZ_REQUIRE(whole == parse(head, limits, 1 + data[1] % 64));
    if (whole.result == Parser::result::complete) {
        FUZZ_REQUIRE(whole.text == plain_reading(std::string_view{head}.substr(0, whole.size)));
    }
    return 0;
}
