// SPDX-License-Identifier: MIT
// A chunked body gives the same data, trailers and verdict in any split, and one that is accepted
// is what a plain reading says. The first byte picks the limits, the second the split.
#include <gust/http/syntax.hpp>
#include <gust/http1/chunked.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "fuzz/require.hpp"

namespace {

using gust::ChunkedDecoder;

struct Result {
    ChunkedDecoder::result result = ChunkedDecoder::result::need_more;
    gust::errc error{};
    std::size_t taken = 0;
    std::string body;
    std::string trailers;

    bool operator==(const Result&) const = default;
};

Result decode(
    std::string_view input,
    const ChunkedDecoder::Limits& limits,
    std::size_t most_input,
    std::size_t most_piece
) {
    ChunkedDecoder decoder;
    decoder.start();
    gust::HTTPHeaders trailers;
    Result found;
    std::size_t at = 0;
    while (at != input.size() && found.result == ChunkedDecoder::result::need_more) {
        const std::size_t n = std::min(input.size() - at, 1 + (at * 5 + most_input) % most_input);
        const std::string copy{input.substr(at, n)};
        std::string_view rest = copy;
        do {
            std::string_view piece;
            found.result = decoder.next(rest, most_piece, limits, piece, trailers);
            if (found.result == ChunkedDecoder::result::data) {
                FUZZ_REQUIRE(!piece.empty() && piece.size() <= most_piece);
                found.body += piece;
            }
        } while (found.result == ChunkedDecoder::result::data);
        found.taken += n - rest.size();
        at += n;
    }
    FUZZ_REQUIRE(decoder.received() == found.body.size() && found.body.size() <= limits.body);
    if (found.result == ChunkedDecoder::result::failed) {
        found.error = decoder.error();
        found.taken = 0; // where it stopped says nothing
        return found;
    }
    for (const auto [name, value] : trailers) {
        FUZZ_REQUIRE(gust::is_token(name) && gust::is_field_value(value));
        found.trailers.append(name).append(":").append(value).append("\r\n");
    }
    return found;
}

/// The data of a body that was accepted.
std::string plain_reading(std::string_view text) {
    std::string body;
    for (;;) {
        const std::size_t end = text.find("\r\n");
        FUZZ_REQUIRE(end != text.npos);
        std::size_t size = 0;
        const auto [last, ec] = std::from_chars(text.data(), text.data() + end, size, 16);
        FUZZ_REQUIRE(ec == std::errc{});
        const std::string_view rest{last, static_cast<std::size_t>(text.data() + end - last)};
        FUZZ_REQUIRE(
            rest.empty() || rest.front() == ';' || rest.front() == ' ' || rest.front() == '\t'
        );
        text.remove_prefix(end + 2);
        if (size == 0) {
            FUZZ_REQUIRE(text == "\r\n" || text.ends_with("\r\n\r\n"));
            return body;
        }
        FUZZ_REQUIRE(text.size() >= size + 2 && text.substr(size, 2) == "\r\n");
        body += text.substr(0, size);
        text.remove_prefix(size + 2);
    }
}

} // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is the fuzzer's
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const bool is_small = (data[0] & 1U) != 0;
    const ChunkedDecoder::Limits limits{
        .line = is_small ? 12U : 256U,
        .extensions = is_small ? 20U : 16384U,
        .trailers = is_small ? 24U : 8192U,
        .fields = is_small ? 2U : 128U,
        .body = is_small ? 30U : std::uint64_t{1} << 40U
    };
    const std::string input{reinterpret_cast<const char*>(data) + 2, size - 2};
    const Result whole = decode(input, limits, input.size() + 1, std::size_t{1} << 20U);
    FUZZ_REQUIRE(whole == decode(input, limits, 1, 1));
    FUZZ_REQUIRE(whole == decode(input, limits, 1 + data[1] % 32, 1 + data[0] % 16));
    if (whole.result == ChunkedDecoder::result::done) {
        FUZZ_REQUIRE(whole.body == plain_reading(std::string_view{input}.substr(0, whole.taken)));
    }
    return 0;
}
