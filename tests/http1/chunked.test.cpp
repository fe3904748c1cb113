// SPDX-License-Identifier: MIT
#include <gust/http/syntax.hpp>
#include <gust/http1/chunked.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http1/pieces.hpp"
#include "support/catch.hpp"

using namespace std::string_literals;
using gust::ChunkedDecoder;
using gust::errc;
using gust_test::for_each_split;
using gust_test::Pieces;

namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr ChunkedDecoder::Limits defaults{
    .line = 256,
    .extensions = 16384,
    .trailers = 8192,
    .fields = 128,
    .body = std::uint64_t{100} << 20U
};

struct Decoded {
    ChunkedDecoder::result result = ChunkedDecoder::result::need_more;
    errc error = errc{};
    std::string data = {};
    Fields trailers = {};
    std::string rest = {};

    bool operator==(const Decoded&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Decoded& d) {
    constexpr const char* names[] = {"needs more", "data", "done", "failed"};
    out << names[static_cast<int>(d.result)] << " \"" << d.data << '"';
    if (d.result == ChunkedDecoder::result::failed) {
        out << ' ' << make_error_code(d.error).message();
    }
    for (const auto& [name, value] : d.trailers) {
        out << " [" << name << ": " << value << ']';
    }
    return out << " rest \"" << d.rest << '"';
}

Decoded decode(
    const Pieces& pieces,
    const ChunkedDecoder::Limits& limits = defaults,
    std::size_t max_piece = 1U << 16U
) {
    ChunkedDecoder decoder;
    decoder.start();
    gust::HTTPHeaders trailers;
    Decoded decoded;
    for (const std::string_view piece : pieces) {
        if (decoded.result == ChunkedDecoder::result::done) {
            decoded.rest += piece;
            continue;
        }
        const std::string copy{piece}; // so that a look beyond the piece is a look beyond memory
        std::string_view input = copy;
        do {
            std::string_view data;
            decoded.result = decoder.next(input, max_piece, limits, data, trailers);
            if (decoded.result == ChunkedDecoder::result::data) {
                CHECK_FALSE(data.empty());
                CHECK(data.size() <= max_piece);
                decoded.data += data;
            }
        } while (decoded.result == ChunkedDecoder::result::data);
        decoded.rest += input;
        if (decoded.result == ChunkedDecoder::result::failed) {
            decoded.error = decoder.error();
            decoded.rest.clear();
            break;
        }
    }
    if (decoded.result != ChunkedDecoder::result::failed) {
        CHECK(decoder.received() == decoded.data.size());
    }
    for (const auto [name, value] : trailers) {
        decoded.trailers.emplace_back(name, value);
    }
    return decoded;
}

Decoded check(const std::string& input, const ChunkedDecoder::Limits& limits = defaults) {
    const Decoded whole = decode({input}, limits);
    for_each_split(input, [&](const Pieces& pieces) {
        const Decoded found = decode(pieces, limits);
        if (!(found == whole)) {
            INFO(
                input << " in " << pieces.size() << " pieces, the first of "
                      << pieces.front().size()
            );
            CHECK(found == whole);
        }
    });
    return whole;
}

bool is_done(
    const std::string& input,
    const std::string& data,
    const Fields& trailers = {},
    const ChunkedDecoder::Limits& limits = defaults
) {
    const Decoded decoded = check(input, limits);
    CHECK(
        decoded
        == Decoded{.result = ChunkedDecoder::result::done, .data = data, .trailers = trailers}
    );
    return decoded.result == ChunkedDecoder::result::done;
}

bool is_refused(
    const std::string& input,
    errc e = errc::bad_chunk,
    const ChunkedDecoder::Limits& limits = defaults
) {
    const Decoded decoded = check(input, limits);
    CHECK(decoded.error == e);
    return decoded.result == ChunkedDecoder::result::failed;
}

/// One chunk of five bytes behind `line`, and the end.
std::string with_line(const std::string& line) {
    return line + "\r\nhello\r\n0\r\n\r\n";
}

} // namespace

TEST_CASE("chunks are joined", "[http1][chunked]") {
    CHECK(is_done("0\r\n\r\n", ""));
    CHECK(is_done("00000\r\n\r\n", ""));
    CHECK(is_done("5\r\nhello\r\n0\r\n\r\n", "hello"));
    CHECK(is_done("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"));
    CHECK(is_done("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"));
    CHECK(is_done("000005\r\nhello\r\n0\r\n\r\n", "hello"));
    CHECK(is_done("00000000000000000000000005\r\nhello\r\n0\r\n\r\n", "hello"));
    CHECK(is_done("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"));
    const Decoded followed = check("1\r\nx\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n");
    CHECK(followed.result == ChunkedDecoder::result::done);
    CHECK(followed.rest == "GET / HTTP/1.1\r\n\r\n");
}

TEST_CASE(
    "a piece is never larger than asked for, and never spans two chunks", "[http1][chunked]"
) {
    ChunkedDecoder decoder;
    decoder.start();
    gust::HTTPHeaders trailers;
    const std::string body =
        "14\r\n" + std::string(20, 'a') + "\r\n1e\r\n" + std::string(30, 'b') + "\r\n0\r\n\r\n";
    std::string_view input = body;
    std::vector<std::size_t> sizes;
    std::string_view piece;
    while (decoder.next(input, 16, defaults, piece, trailers) == ChunkedDecoder::result::data) {
        sizes.push_back(piece.size());
    }
    CHECK(sizes == std::vector<std::size_t>{16, 4, 16, 14});
    CHECK(input.empty());
}

TEST_CASE("a chunk size is digits and nothing else", "[http1][chunked]") {
    for (const std::string line :
         {"",   " 5",  "\t5", "5 ",    "5\t", "0x5",  "+5",    "-5", "-4", "5_0",
          "5,", "g",   "5g",  "5h",    ":",   "5:",   "G",     "@",  "/",  "`",
          "5.", "5\r", "5\n", "\r\n5", "5 5", "\x80", "5\x80", "5\""}) {
        INFO(line);
        CHECK(is_refused(with_line(line)));
    }
    for (int i = 0; i != 256; ++i) {
        const char c = static_cast<char>(i);
        INFO("byte " << i);
        const bool is_hex = gust::parse_hex({&c, 1}).has_value();
        CHECK(
            (decode({"0"s + c}).result == ChunkedDecoder::result::need_more)
            == (is_hex || c == ';' || c == '\r' || c == ' ' || c == '\t')
        );
        CHECK((decode({std::string{c}}).result == ChunkedDecoder::result::need_more) == is_hex);
    }
}

TEST_CASE("a chunk size has to fit 64 bits and the body limit", "[http1][chunked]") {
    CHECK(is_refused("10000000000000000\r\n", errc::bad_chunk));
    CHECK(is_refused("FFFFFFFFFFFFFFFFF\r\n", errc::bad_chunk));
    CHECK(is_refused("FFFFFFFFFFFFFFFF\r\n", errc::body_too_large));
    CHECK(is_refused("8000000000000000\r\n", errc::body_too_large));
    ChunkedDecoder::Limits limits = defaults;
    limits.body = 10;
    CHECK(is_done("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", {}, limits));
    CHECK(is_done("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", "0123456789", {}, limits));
    CHECK(is_refused("b\r\n", errc::body_too_large, limits));
    CHECK(is_refused("5\r\n01234\r\n6\r\n", errc::body_too_large, limits));
    limits.body = 0;
    CHECK(is_done("0\r\n\r\n", "", {}, limits));
    CHECK(is_refused("1\r\n", errc::body_too_large, limits));
    limits.body = std::numeric_limits<std::uint64_t>::max();
    const Decoded huge = check("FFFFFFFFFFFFFFFF\r\nab", limits);
    CHECK(huge.result == ChunkedDecoder::result::need_more);
    CHECK(huge.data == "ab");
    // A second chunk must not take the sum around the corner.
    CHECK(is_refused("1\r\na\r\nFFFFFFFFFFFFFFFF\r\n", errc::body_too_large, limits));
}

TEST_CASE("every line of a chunked body ends with CRLF", "[http1][chunked]") {
    for (const std::string body :
         {"5\nhello\r\n0\r\n\r\n",
          "5\r\nhello\n0\r\n\r\n",
          "5\r\nhello0\r\n\r\n",
          "5\r\nhello!\r\n0\r\n\r\n",
          "5\r\nhelloXX0\r\n\r\n",
          "5\r\nhello\rX0\r\n\r\n",
          "5\r\nhello\r0\r\n\r\n",
          "5\rhello\r\n0\r\n\r\n",
          "5\r\nhello\r\n0\n\n",
          "5\r\nhello\r\n0\r\n\n",
          "5\r\nhello\r\n0\n\r\n",
          "5\r\nhello\r\n0\r\n\rX",
          "5\r\nhello\r\n\r\n0\r\n\r\n",
          "5\r\nhello\r\n0\r\nX\r\n\r\n",
          "0\r\nX: a\n\r\n",
          "0\r\nX: a\r\n\n",
          "0\r\nX: a\rb\r\n\r\n",
          "5;a\nhello\r\n0\r\n\r\n",
          "5;a\rhello\r\n0\r\n\r\n"}) {
        INFO(body);
        CHECK(is_refused(body));
    }
}

TEST_CASE("an unfinished chunked body is waited for", "[http1][chunked]") {
    const std::string body = "5;a=\"b\\\"c\"\r\nhello\r\n0\r\nX: y\r\n\r\n";
    for (std::size_t n = 0; n != body.size(); ++n) {
        CHECK(decode({body.substr(0, n)}).result == ChunkedDecoder::result::need_more);
    }
    CHECK(is_done(body, "hello", {{"X", "y"}}));
}

TEST_CASE("extensions are parsed and forgotten", "[http1][chunked]") {
    for (const std::string line :
         {"5;a",
          "5;a=b",
          "5;a=b;c",
          "5;a=\"x\";b",
          "5;a=\"\"",
          "5;a=\"\t \x80\xff~\"",
          "5;a=\"\\\"\\\\\\a\"",
          "5;a;b;c=d",
          "5 ;a = b",
          "5; a=b",
          "5\t;\ta\t=\tb",
          "5;a=b ;c",
          "5;a=\"b\" ;c",
          "5;a ;b",
          "5;!#$%&'*+-.^_`|~09aZ=!#$%&'*+-.^_`|~09aZ",
          "5 ;a"}) {
        INFO(line);
        CHECK(is_done(with_line(line), "hello"));
        CHECK(is_done("5\r\nhello\r\n0" + line.substr(1) + "\r\n\r\n", "hello"));
    }
    for (const std::string& line :
         std::vector<std::string>{"5;",           "5;;a",         "5;=b",         "5;a=",
                                  "5;a;;b",       "5;a=b=c",      "5;a=\"x\"y",   "5;a=\"x",
                                  "5;a b",        "5;a=b c",      "5;a\x80",      "5;a=\x80",
                                  "5;\x01",       "5;a=\"\x01\"", "5;a=\"\x7f\"", "5;a=\"\\\x01\"",
                                  "5;a=\"\\\n\"", "5;a\0"s,       "5;a=\"\0\""s,  "5;a(",
                                  "5;a=(",        "5;a,b",        "5;a=b,",       "5;a=\"x\n\"",
                                  "5;a=b ",       "5;a ",         "5;a=\"x\" ",   "5; ",
                                  ";a",           "5;a=;b",       "5;a\"x\""}) {
        INFO(line);
        CHECK(is_refused(with_line(line)));
    }
}

TEST_CASE("size lines and extensions are bounded", "[http1][chunked]") {
    const auto line_of = [](std::size_t size) { return std::string(size - 1, '0') + "5"; };
    CHECK(is_done(with_line(line_of(256)), "hello"));
    CHECK(is_refused(line_of(257)));
    CHECK(is_refused(std::string(5000, '0')));
    CHECK(is_done(with_line("5;" + std::string(254, 'a')), "hello"));
    CHECK(is_refused("5;" + std::string(255, 'a')));
    CHECK(is_refused("5;a=\"" + std::string(255, ' ')));
    CHECK(is_refused("5" + std::string(256, ' ')));

    std::string many;
    for (int i = 0; i != 5000; ++i) {
        many += "1;abcdefgh\r\nx\r\n";
    }
    CHECK(decode({many + "0\r\n\r\n"}).result == ChunkedDecoder::result::failed);
    CHECK(decode({many.substr(0, 15 * 1000) + "0\r\n\r\n"}).result == ChunkedDecoder::result::done);

    // Blanks before an extension count as much as what it says.
    ChunkedDecoder::Limits limits = defaults;
    limits.extensions = 10;
    CHECK(is_done("1;abcd\r\nx\r\n1;efgh\r\ny\r\n0\r\n\r\n", "xy", {}, limits));
    CHECK(is_refused("1;abcd\r\nx\r\n1;efghijk\r\ny\r\n0\r\n\r\n", errc::bad_chunk, limits));
    CHECK(is_refused("1               ;a\r\nx\r\n0\r\n\r\n", errc::bad_chunk, limits));
    // So do zeros beyond the longest size.
    const std::string zeros = std::string(20, '0') + "1\r\nx\r\n"; // 5 bytes too many
    CHECK(is_done(zeros + zeros + "0\r\n\r\n", "xx", {}, limits));
    CHECK(is_refused(zeros + zeros + zeros + "0\r\n\r\n", errc::bad_chunk, limits));
}

TEST_CASE("trailer fields are kept apart", "[http1][chunked]") {
    CHECK(is_done("0\r\nX: y\r\n\r\n", "", {{"X", "y"}}));
    CHECK(is_done(
        "1\r\nz\r\n0\r\nX-A:b\r\nx-a: \t c d\t \r\nEmpty:\r\nBlank: \r\nHigh: \x80\r\n\r\n",
        "z",
        {{"X-A", "b"}, {"x-a", "c d"}, {"Empty", ""}, {"Blank", ""}, {"High", "\x80"}}
    ));
    for (const std::string line :
         {"X : y",
          " X: y",
          "\tX: y",
          ": y",
          "no colon",
          "X(: y",
          "X\x80: y",
          "X: a\x01"
          "b",
          "X: \x7f",
          "X: a\r\n b",
          "X",
          ":"}) {
        INFO(line);
        CHECK(is_refused("0\r\n" + line + "\r\n\r\n"));
    }
    CHECK(is_refused("0\r\nX: a\0\r\n\r\n"s));
    for (int i = 0; i != 256; ++i) {
        const char c = static_cast<char>(i);
        INFO("byte " << i);
        CHECK(
            (decode({"0\r\na"s + c + "b: c\r\n\r\n"}).result == ChunkedDecoder::result::done)
            == (gust::is_tchar(c) || c == ':')
        );
        CHECK(
            (decode({"0\r\na: b"s + c + "c\r\n\r\n"}).result == ChunkedDecoder::result::done)
            == gust::is_field_value({&c, 1})
        );
    }
}

TEST_CASE("a trailer field that decides framing or access is dropped", "[http1][chunked]") {
    for (const std::string name :
         {"Transfer-Encoding",
          "content-length",
          "HOST",
          "Trailer",
          "Connection",
          "TE",
          "Expect",
          "Authorization",
          "Content-Encoding",
          "Content-Type",
          "Content-Range",
          "Cookie",
          "Proxy-Authorization",
          "Upgrade",
          "Keep-Alive",
          "Proxy-Connection",
          "Set-Cookie",
          "Max-Forwards",
          "Cache-Control",
          "Range",
          "If-Match",
          "If-None-Match",
          "If-Modified-Since",
          "If-Unmodified-Since",
          "If-Range",
          "Forwarded",
          "X-Forwarded-For"}) {
        INFO(name);
        CHECK(is_done(
            "0\r\nA: 1\r\n" + name + ": close\r\nB: 2\r\n\r\n", "", {{"A", "1"}, {"B", "2"}}
        ));
    }
}

TEST_CASE("the trailer section is bounded", "[http1][chunked]") {
    ChunkedDecoder::Limits limits = defaults;
    limits.trailers = 20;
    limits.fields = 2;
    CHECK(is_done("0\r\nA: b\r\nC: d\r\n\r\n", "", {{"A", "b"}, {"C", "d"}}, limits));
    CHECK(is_refused("0\r\nA: b\r\nC: d\r\nE:\r\n\r\n", errc::bad_chunk, limits));
    CHECK(is_done(
        "0\r\nA: " + std::string(15, 'v') + "\r\n\r\n", "", {{"A", std::string(15, 'v')}}, limits
    ));
    CHECK(is_refused("0\r\nA: " + std::string(16, 'v') + "\r\n\r\n", errc::bad_chunk, limits));
    CHECK(is_refused("0\r\n" + std::string(21, 'n'), errc::bad_chunk, limits));
    // One that is dropped counts too.
    CHECK(is_refused("0\r\nTE:\r\nTE:\r\nTE:\r\n\r\n", errc::bad_chunk, limits));
    std::string lines = "0\r\n";
    for (int i = 0; i != 5000; ++i) {
        lines += "A: b\r\n";
    }
    CHECK(decode({lines + "\r\n"}).result == ChunkedDecoder::result::failed);
}

TEST_CASE("a decoder is used again", "[http1][chunked]") {
    ChunkedDecoder decoder;
    for (const std::string_view body :
         {"5\r\nhello\r\n0\r\nX: y\r\n\r\n",
          "x",
          "3;a=b\r\nabc\r\n",
          "0\r\nX: unfinished",
          "2\r\nok\r\n0\r\n\r\n"}) {
        decoder.start();
        gust::HTTPHeaders trailers;
        std::string_view input = body;
        std::string_view piece;
        std::string data;
        auto result = ChunkedDecoder::result::data;
        while (result == ChunkedDecoder::result::data) {
            result = decoder.next(input, 1U << 16U, defaults, piece, trailers);
            if (result == ChunkedDecoder::result::data) {
                data += piece;
            }
        }
        INFO(body);
        const Decoded fresh = decode({body});
        CHECK(result == fresh.result);
        CHECK(data == fresh.data);
        CHECK(trailers.size() == fresh.trailers.size());
    }
}
