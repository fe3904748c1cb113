// SPDX-License-Identifier: MIT
// The parts of a request's path one by one: parser, header look-up, writer, date, target decoding.
#include <gust/gust.hpp>
#include <gust/http1/framing.hpp>
#include <gust/http1/parser.hpp>
#include <gust/http1/writer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

#include "timing.hpp"

namespace {

constexpr std::string_view short_head = "GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n";
constexpr std::string_view browser_head =
    "GET /articles/2026/11?page=2&sort=newest HTTP/1.1\r\n"
    "Host: localhost:8080\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    "\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: session=8c2f6f0f4d0b4e0e9b6d0a3f1f5a7e21; theme=dark; consent=yes\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Sec-Fetch-Mode: navigate\r\n\r\n";

/// One parsed request, its memory reused.
struct Parsed {
    gust::HTTP1ConnectionParameters limits;
    gust::Parser parser;
    gust::RequestStartLine start;
    gust::HTTPHeaders headers;

    void parse(std::string_view head) {
        headers.clear();
        parser.start();
        if (parser.feed(head, limits, start, headers) != gust::Parser::result::complete) {
            std::fputs("the parser refused a good request\n", stderr);
            std::exit(1);
        }
    }
};

void parse() {
    Parsed parsed;
    micro::measure("parse a head with 1 field", [&] {
        parsed.parse(short_head);
        micro::keep(parsed);
    });
    micro::measure("parse a browser's head, 10 fields", [&] {
        parsed.parse(browser_head);
        micro::keep(parsed);
    });
    micro::measure("read the framing of a browser's head", [&] {
        gust::KnownHost host;
        gust::RequestFraming framing;
        (void)gust::frame_request(parsed.start, parsed.headers, host, framing);
        micro::keep(framing);
    });
}

void look_up() {
    Parsed parsed;
    parsed.parse(browser_head);
    std::optional<std::string_view> found;
    micro::measure("look up the last of 10 fields", [&] {
        found = parsed.headers.get("sec-fetch-mode");
        micro::keep(found);
    });
    micro::measure("look up a field that is not there", [&] {
        found = parsed.headers.get("If-None-Match");
        micro::keep(found);
    });
    micro::measure("copy 10 fields", [&] {
        gust::HTTPHeaders copy{parsed.headers};
        micro::keep(copy);
    });
}

void write() {
    std::array<char, 512> room{};
    gust::DateCache date;
    std::string_view type = "text/plain";
    std::string_view server = "gust";
    std::uint64_t length = 13;
    std::uint64_t piece = 65'536;
    micro::measure("write a head with 4 fields", [&] {
        micro::keep(type); // not known to the compiler
        micro::keep(server);
        micro::keep(length);
        gust::Writer writer{room.data()};
        writer.status_line(gust::status::ok, {})
            .field("Content-Type", type)
            .field("Server", server)
            .text("Content-Length: ")
            .decimal(length)
            .text("\r\nDate: ")
            .text(date.at(784'111'777))
            .text("\r\n\r\n");
        micro::keep(room);
    });
    micro::measure("write a chunk's size", [&] {
        micro::keep(piece);
        gust::Writer{room.data()}.hex(piece).text("\r\n");
        micro::keep(room);
    });
}

void date() {
    char text[gust::date_size];
    std::time_t time = 784'111'777;
    micro::measure("format a date", [&] {
        gust::format_date(++time, text);
        micro::keep(text);
    });
    gust::DateCache cache;
    micro::measure("ask the date cache", [&] {
        std::string_view now = cache.now();
        micro::keep(now);
    });
    std::optional<std::time_t> parsed;
    micro::measure("parse a date", [&] {
        parsed = gust::parse_date("Sun, 06 Nov 1994 08:49:37 GMT", 784'111'777);
        micro::keep(parsed);
    });
}

void target() {
    gust::TargetParts parts;
    micro::measure("take a target apart", [&] {
        (void)gust::parse_target(gust::method::get, "/articles/2026/11?page=2&sort=newest", parts);
        micro::keep(parts);
    });
    std::optional<std::string> decoded;
    micro::measure("decode a path without escapes", [&] {
        decoded = gust::percent_decode("/articles/2026/11");
        micro::keep(decoded);
    });
    micro::measure("decode a path with escapes", [&] {
        decoded = gust::percent_decode("/caf%C3%A9/cr%C3%A8me%20br%C3%BBl%C3%A9e");
        micro::keep(decoded);
    });
    micro::measure("parse a query of 4 pairs", [&] {
        gust::QueryPairs pairs = gust::parse_query("page=2&sort=newest&q=a+b%26c&empty=");
        micro::keep(pairs);
    });
}

} // namespace

int main() {
    parse();
    look_up();
    write();
    date();
    target();
}
