// SPDX-License-Identifier: MIT
#include <gust/http/headers.hpp>
#include <gust/http1/framing.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using gust::body_framing;
using gust::errc;
using gust::expectation;
using gust::persistence;
using gust::version;

namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

struct Framed {
    std::error_code error;
    gust::RequestFraming framing;
};

Framed frame(const Lines& lines, version v = version::http_1_1) {
    gust::HTTPHeaders headers;
    for (const auto& [name, value] : lines) {
        // As a parser leaves them: trimmed, and otherwise whatever the peer sent.
        headers.add(
            gust::FieldName{gust::detail::checked, name},
            gust::FieldValue{gust::detail::checked, value}
        );
    }
    Framed framed;
    const gust::RequestStartLine line{gust::method::post, "/", v};
    gust::KnownHost host;
    framed.error = frame_request(line, headers, host, framed.framing);
    return framed;
}

/// With a Host before them.
Framed frame_hosted(Lines lines, version v = version::http_1_1) {
    lines.insert(lines.begin(), {"Host", "a"});
    return frame(lines, v);
}

} // namespace

TEST_CASE("one valid Host is due in HTTP/1.1", "[http1][framing]") {
    CHECK(frame({}).error == errc::bad_host);
    CHECK_FALSE(frame({}, version::http_1_0).error);
    CHECK(frame({{"Host", "a"}, {"Host", "b"}}).error == errc::bad_host);
    CHECK(frame({{"Host", "a"}, {"HOST", "a"}}).error == errc::bad_host);
    CHECK(frame({{"Host", "a"}, {"host", "a"}}, version::http_1_0).error == errc::bad_host);
    CHECK(frame({{"Host", ""}, {"Host", ""}}).error == errc::bad_host);
    for (const std::string value :
         {"",
          "a",
          "A.example",
          "a:80",
          "a:",
          "a:65535",
          "[::1]",
          "[::1]:80",
          "1.2.3.4",
          "a,b",
          "%41",
          "a_b~!$&'()*+;="}) {
        INFO(value);
        CHECK_FALSE(frame({{"hOsT", value}}).error);
    }
    for (const std::string value :
         {"a/b",
          "u@a",
          "a b",
          "a:99x",
          "a:65536",
          "a:-1",
          ":80",
          "[::1",
          "::1",
          "[x]",
          "a?b",
          "a#b",
          "%4",
          "%zz",
          "a\x80",
          "a:80:80",
          "http://a",
          "a\tb"}) {
        INFO(value);
        CHECK(frame({{"Host", value}}).error == errc::bad_host);
        CHECK(frame({{"Host", value}}, version::http_1_0).error == errc::bad_host);
    }
}

TEST_CASE("a body is framed by one Content-Length of digits", "[http1][framing]") {
    CHECK(frame_hosted({}).framing.body == body_framing::none);
    CHECK(frame_hosted({{"Content-Length", "0"}}).framing.body == body_framing::none);
    const std::pair<std::string, std::uint64_t> lengths[] = {
        {"1", 1},
        {"0005", 5},
        {std::string(300, '0') + "7", 7},
        {"18446744073709551615", std::numeric_limits<std::uint64_t>::max()},
        {"9223372036854775808", std::uint64_t{1} << 63U},
    };
    for (const auto& [text, value] : lengths) {
        INFO(text);
        for (const version v : {version::http_1_0, version::http_1_1}) {
            const Framed framed = frame_hosted({{"content-LENGTH", text}}, v);
            CHECK_FALSE(framed.error);
            CHECK(framed.framing.body == body_framing::length);
            CHECK(framed.framing.length == value);
        }
    }
    for (const std::string text : {"",    "+5",    "-5",  "1 2", "5, 5",
                                   "5,5", "5, 6",  "5,",  ",5",  "18446744073709551616",
                                   "0x5", "5a",    "5.0", "5;x", "1_0",
                                   "foo", "\"5\"", "5\t", " 5",  "99999999999999999999999999"}) {
        INFO(text);
        CHECK(frame_hosted({{"Content-Length", text}}).error == errc::bad_framing);
        CHECK(
            frame_hosted({{"Content-Length", text}}, version::http_1_0).error == errc::bad_framing
        );
    }
    CHECK(
        frame_hosted({{"Content-Length", "5"}, {"Content-Length", "5"}}).error == errc::bad_framing
    );
    CHECK(
        frame_hosted({{"Content-Length", "5"}, {"Content-Length", "6"}}).error == errc::bad_framing
    );
    CHECK(
        frame_hosted({{"Content-Length", "0"}, {"Content-Length", "0"}}).error == errc::bad_framing
    );
    CHECK_FALSE(frame_hosted({{"Content_Length", "x"}, {"Content-Lengths", "y"}}).error);
}

TEST_CASE("chunked is the one transfer coding", "[http1][framing]") {
    const Lines accepted[] = {
        {{"Transfer-Encoding", "chunked"}},
        {{"transfer-encoding", "ChUnKeD"}},
        {{"Transfer-Encoding", ", chunked"}},
        {{"Transfer-Encoding", "chunked,"}},
        {{"Transfer-Encoding", "chunked , "}},
        {{"Transfer-Encoding", ""}, {"Transfer-Encoding", "chunked"}},
        {{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", ""}},
    };
    for (const Lines& lines : accepted) {
        INFO(lines.front().second << " and " << lines.size() - 1 << " more");
        const Framed framed = frame_hosted(lines);
        CHECK_FALSE(framed.error);
        CHECK(framed.framing.body == body_framing::chunked);
        CHECK(frame_hosted(lines, version::http_1_0).error == errc::bad_framing);
    }
    const Lines unknown[] = {
        {{"Transfer-Encoding", "gzip, chunked"}},
        {{"Transfer-Encoding", "gzip"}, {"Transfer-Encoding", "chunked"}},
        {{"Transfer-Encoding", "bogus, chunked"}},
        {{"Transfer-Encoding", "identity, chunked"}},
        {{"Transfer-Encoding", "trailers, chunked"}},
        {{"Transfer-Encoding", "gzip, deflate, , chunked"}},
    };
    for (const Lines& lines : unknown) {
        INFO(lines.front().second);
        CHECK(frame_hosted(lines).error == errc::unknown_coding);
        CHECK(frame_hosted(lines, version::http_1_0).error == errc::bad_framing);
    }
    const Lines faulty[] = {
        {{"Transfer-Encoding", ""}},
        {{"Transfer-Encoding", ","}},
        {{"Transfer-Encoding", "identity"}},
        {{"Transfer-Encoding", "gzip"}},
        {{"Transfer-Encoding", "xchunked"}},
        {{"Transfer-Encoding", "chunkedx"}},
        {{"Transfer-Encoding", "chunked;q=1"}},
        {{"Transfer-Encoding", "\"chunked\""}},
        {{"Transfer-Encoding", "a chunked"}},
        {{"Transfer-Encoding", "chunked, gzip"}},
        {{"Transfer-Encoding", "chunked, identity"}},
        {{"Transfer-Encoding", "chunked, chunked"}},
        {{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "chunked"}},
        {{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "gzip"}},
        {{"Transfer-Encoding", "gzip;q=\"a, chunked"}},
        {{"Transfer-Encoding", "gzip;q=\"a\", chunked"}},
        {{"Transfer-Encoding",
          "\x0b"
          "chunked"}},
        {{"Transfer-Encoding",
          "\xc2\xa0"
          "chunked"}},
        {{"Transfer-Encoding", "chunked"}, {"Content-Length", "5"}},
        {{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}},
        {{"Content-Length", "0"}, {"Transfer-Encoding", "chunked"}},
        {{"Transfer-Encoding", ""}, {"Content-Length", "5"}},
        {{"Transfer-Encoding", "gzip, chunked"}, {"Content-Length", "5"}},
    };
    for (const Lines& lines : faulty) {
        INFO(lines.front().second << " and " << lines.size() - 1 << " more");
        CHECK(frame_hosted(lines).error == errc::bad_framing);
        CHECK(frame_hosted(lines, version::http_1_0).error == errc::bad_framing);
    }
}

TEST_CASE("close beats keep-alive, and only the version decides without them", "[http1][framing]") {
    const auto keeps = [](const Lines& lines, version v) {
        const Framed framed = frame_hosted(lines, v);
        CHECK_FALSE(framed.error);
        return framed.framing.persist == persistence::keep;
    };
    const auto v0 = version::http_1_0;
    const auto v1 = version::http_1_1;
    CHECK(keeps({}, v1));
    CHECK_FALSE(keeps({}, v0));
    for (const std::string value :
         {"close",
          "CLOSE",
          "foo, close",
          "close, foo",
          "close ,foo",
          ",close",
          ",,close,,",
          "keep-alive, close",
          "close, keep-alive",
          "\tclose\t",
          "foo,\tclose"}) {
        INFO(value);
        CHECK_FALSE(keeps({{"Connection", value}}, v1));
        CHECK_FALSE(keeps({{"Connection", value}}, v0));
        CHECK_FALSE(keeps({{"Connection", "keep-alive"}, {"connection", value}}, v1));
        CHECK_FALSE(keeps({{"connection", value}, {"Connection", "keep-alive"}}, v0));
    }
    for (const std::string value :
         {"", "foo", "closed, xclose", "\"close\"", "clo se", "upgrade"}) {
        INFO(value);
        CHECK(keeps({{"Connection", value}}, v1));
        CHECK_FALSE(keeps({{"Connection", value}}, v0));
    }
    for (const std::string value :
         {"keep-alive", "Keep-Alive", "foo, keep-alive", "keep-alive\t"}) {
        INFO(value);
        CHECK(keeps({{"Connection", value}}, v1));
        CHECK(keeps({{"Connection", value}}, v0));
    }
    CHECK(keeps({{"Proxy-Connection", "close"}}, v1));
    CHECK_FALSE(keeps({{"Proxy-Connection", "keep-alive"}}, v0));
    CHECK(keeps({{"Keep-Alive", "close"}}, v1));
}

TEST_CASE("an expectation is read, and only where a body follows", "[http1][framing]") {
    const auto expects = [](const Lines& lines, version v = version::http_1_1) {
        const Framed framed = frame_hosted(lines, v);
        CHECK_FALSE(framed.error);
        return framed.framing.expect == expectation::continue_100;
    };
    const std::pair<std::string, std::string> length{"Content-Length", "5"};
    const std::pair<std::string, std::string> chunked{"Transfer-Encoding", "chunked"};
    CHECK(expects({{"Expect", "100-continue"}, length}));
    CHECK(expects({{"expect", "100-CONTINUE"}, chunked}));
    CHECK(expects({{"Expect", "100-continue, 100-continue"}, length}));
    CHECK(expects({{"Expect", "100-continue"}, {"Expect", "100-continue"}, length}));
    CHECK_FALSE(expects({{"Expect", ""}, length}));
    CHECK_FALSE(expects({{"Expect", "100-continue"}}));
    CHECK_FALSE(expects({{"Expect", "100-continue"}, {"Content-Length", "0"}}));
    CHECK_FALSE(expects({{"Expect", "100-continue"}, length}, version::http_1_0));
    CHECK_FALSE(expects({{"Expect", "foo"}, length}, version::http_1_0));
    for (const std::string value :
         {"foo", "100-continue, foo", "100-continue;q=1", "100-continu", "\"100-continue\""}) {
        INFO(value);
        CHECK(frame_hosted({{"Expect", value}, length}).error == errc::expectation_failed);
        CHECK(frame_hosted({{"Expect", value}}).error == errc::expectation_failed);
    }
    CHECK(
        frame_hosted({{"Expect", "100-continue"}, {"Expect", "foo"}, length}).error
        == errc::expectation_failed
    );
}

TEST_CASE("a mistake in the framing is named before a failed expectation", "[http1][framing]") {
    CHECK(frame({{"Expect", "foo"}, {"Content-Length", "x"}}).error == errc::bad_host);
    CHECK(frame_hosted({{"Expect", "foo"}, {"Content-Length", "x"}}).error == errc::bad_framing);
}
