// SPDX-License-Identifier: MIT
// The routes of contract_server, one delegate each.
#ifndef GUST_EXAMPLES_CONTRACT_SERVER_ROUTES_HPP
#define GUST_EXAMPLES_CONTRACT_SERVER_ROUTES_HPP

#include <gust/gust.hpp>

#include <asio/steady_timer.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "process.hpp"
#include "text.hpp"

namespace contract {

using gust::HTTPConnection;
using gust::HTTPHeaders;
using gust::RequestStartLine;

/// `/` and `/hello`.
struct Hello : gust::HTTPMessageDelegate {
    static constexpr std::string_view etag = "\"hello-world-1\"";
    static constexpr std::time_t last_modified = 1'767'225'600; // Thu, 01 Jan 2026 00:00:00 GMT

    void finish(HTTPConnection& conn) {
        const std::string date = gust::format_date(last_modified);
        if (is_fresh(conn.headers(), etag, last_modified)) {
            respond(conn, gust::status::not_modified, {{"ETag", etag}, {"Last-Modified", date}});
        } else {
            respond(
                conn,
                gust::status::ok,
                {{"Content-Type", "text/plain"}, {"ETag", etag}, {"Last-Modified", date}},
                gust::unowned("Hello, World!")
            );
        }
    }
};

/// POST, PUT and PATCH of the same: the body comes back when it is complete, hence with its length.
struct Mirror : gust::HTTPMessageDelegate {
    std::string body;

    void data_received(HTTPConnection&, gust::bytes chunk) { body += gust::as_text(chunk); }
    void finish(HTTPConnection& conn) {
        respond(
            conn, gust::status::ok, {{"Content-Type", "application/octet-stream"}}, std::move(body)
        );
    }
};

/// What needs nothing but a status, and an Allow where one belongs.
struct Plain : gust::HTTPMessageDelegate {
    gust::status code = gust::status::not_found;
    std::string_view allow{};

    void finish(HTTPConnection& conn) {
        HTTPHeaders fields;
        if (!allow.empty()) {
            fields.add("Allow", allow);
        }
        std::string body;
        if (gust::allows_body(code)) {
            fields.add("Content-Type", "text/plain");
            body = fmt::format("{}\n", gust::reason_of(code));
        }
        respond(conn, code, fields, std::move(body));
    }
};

/// `/echo`: the fields as they were received.
struct Echo : gust::HTTPMessageDelegate {
    void finish(HTTPConnection& conn) {
        std::string lines;
        for (const auto field : conn.headers()) {
            lines += fmt::format("{}: {}\n", field.name, field.value);
        }
        respond(conn, std::move(lines));
    }
};

/// `/headers`
struct Headers : gust::HTTPMessageDelegate {
    void finish(HTTPConnection& conn) {
        gust::Response::json(json_object(conn.headers())).send(conn);
    }
};

/// `/cookie`
struct Cookie : gust::HTTPMessageDelegate {
    void finish(HTTPConnection& conn) {
        std::string lines;
        for (const auto& [name, value] : gust::HTTPServerRequest{conn}.cookies()) {
            lines += fmt::format("{}={}\n", name, value);
        }
        respond(conn, std::move(lines));
    }
};

/// `/body`: streams the body back. While the client does not take what was sent, nothing is read.
struct Relay : gust::HTTPMessageDelegate {
    bool has_begun = false;

    void begin(HTTPConnection& conn) {
        has_begun = true;
        HTTPHeaders fields{{"Content-Type", "application/octet-stream"}};
        if (!conn.headers().contains("Transfer-Encoding")) {
            const auto length = gust::parse_decimal(conn.headers()["Content-Length"]);
            fields.add("Content-Length", gust::decimal(length.value_or(0)));
        }
        conn.write_headers({gust::status::ok}, fields);
    }
    void data_received(HTTPConnection& conn, gust::bytes chunk) {
        if (!has_begun) {
            begin(conn);
        }
        conn.write(chunk);
    }
    void finish(HTTPConnection& conn) {
        if (!has_begun) {
            begin(conn);
        }
        conn.finish();
    }
};

/// `/sink`: counts the body and keeps nothing.
struct Sink : gust::HTTPMessageDelegate {
    std::uint64_t size = 0;
    CRC32 crc;

    void data_received(HTTPConnection&, gust::bytes chunk) {
        size += chunk.size();
        crc.update(chunk);
    }
    void finish(HTTPConnection& conn) {
        std::string json = fmt::format(R"({{"bytes":{},"crc32":"{:08x}")", size, crc.value());
        if (!conn.trailers().empty()) {
            json += fmt::format(R"(,"trailers":{})", json_object(conn.trailers()));
        }
        gust::Response::json(json + '}').send(conn);
    }
};

/// `/chunked`
struct Chunked : gust::HTTPMessageDelegate {
    gust::awaitable<> finish(HTTPConnection& conn) {
        conn.write_headers({gust::status::ok}, {{"Content-Type", "text/plain"}});
        for (int i = 0; i != 10; ++i) {
            conn.write(fmt::format("chunk-{}\n", i));
            co_await conn.drained();
        }
        conn.finish();
    }
};

/// `/trailers`
struct Trailers : gust::HTTPMessageDelegate {
    void finish(HTTPConnection& conn) {
        conn.write_headers(
            {gust::status::ok},
            {{"Content-Type", "text/plain"}, {"Trailer", "X-Checksum"}},
            "trailed"
        );
        conn.finish({{"X-Checksum", "42"}});
    }
};

/// `/status/N`
struct Status : gust::HTTPMessageDelegate {
    std::uint16_t number = 200;

    void finish(HTTPConnection& conn) {
        const auto code = static_cast<gust::status>(number);
        respond(conn, code, gust::allows_body(code) ? fmt::format("{}", number) : std::string{});
    }
};

/// `/large/N`: N bytes from static memory, never more of them queued than the client takes.
struct Large : gust::HTTPMessageDelegate {
    std::uint64_t size = 0;

    static std::string_view block() {
        static const std::string text = [] {
            std::string made;
            for (int i = 0; i != 8192; ++i) {
                made += "0123456789abcdef";
            }
            return made;
        }();
        return text;
    }
    gust::awaitable<> finish(HTTPConnection& conn) {
        conn.write_headers(
            {gust::status::ok},
            {{"Content-Type", "text/plain"}, {"Content-Length", gust::decimal(size)}}
        );
        const bool is_head = conn.start_line().method == gust::method::head;
        for (std::uint64_t left = is_head ? 0 : size; left != 0;) {
            const auto piece = block().substr(0, std::min<std::uint64_t>(left, block().size()));
            conn.write(gust::unowned(piece));
            left -= piece.size();
            co_await conn.drained();
        }
        conn.finish();
    }
};

/// `/slow/MS`: a coroutine that a reset cancels.
struct Slow : gust::HTTPMessageDelegate {
    std::chrono::milliseconds time{};

    gust::awaitable<> finish(HTTPConnection& conn) {
        asio::steady_timer timer{conn.get_executor(), time};
        co_await timer.async_wait(gust::use_awaitable);
        respond(conn, "slow");
    }
};

// [later]
/// `/later/MS`: a plain hook that leaves the answer to a timer.
struct Later : gust::HTTPMessageDelegate {
    std::chrono::milliseconds time{};

    void finish(HTTPConnection& conn) {
        auto timer = std::make_shared<asio::steady_timer>(conn.get_executor(), time);
        timer->async_wait([timer, reply = conn.keep()](std::error_code) mutable {
            respond(reply, "later");
        });
    }
};
// [later]

/// `/abandon`: nobody answers.
struct Abandon : gust::HTTPMessageDelegate {
    void finish(HTTPConnection&) {}
};

/// `/early`: answers before the body.
struct Early : gust::HTTPMessageDelegate {
    void headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
        respond(conn, "early");
    }
    void finish(HTTPConnection&) {}
};

/// `/throw/HOOK`
struct Throw : gust::HTTPMessageDelegate {
    enum class hook { headers, data, finish };
    hook where = hook::finish;

    void reached(hook here) const {
        if (here == where) {
            throw std::runtime_error{"thrown because it was asked for"};
        }
    }
    void headers_received(HTTPConnection&, const RequestStartLine&, const HTTPHeaders&) {
        reached(hook::headers);
    }
    void data_received(HTTPConnection&, gust::bytes) { reached(hook::data); }
    void finish(HTTPConnection& conn) {
        reached(hook::finish);
        respond(conn, "nothing was thrown: there was no data\n");
    }
};

/// `/counters`: what all loops of this process have counted.
struct Counters : gust::HTTPMessageDelegate {
    const Process* process = nullptr;

    gust::awaitable<> finish(HTTPConnection& conn) {
        const std::uint64_t connections = co_await process->connections();
        gust::Response::json(process->json(connections)).send(conn);
    }
};

} // namespace contract

#endif // GUST_EXAMPLES_CONTRACT_SERVER_ROUTES_HPP
