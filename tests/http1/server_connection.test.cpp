// SPDX-License-Identifier: MIT
// The life of a connection: which hooks are called in which order, and what the peer gets.
#include <gust/http1/server_connection.hpp>
#include <gust/testing/fail_point.hpp>

#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "http1/pieces.hpp"
#include "http1/script.hpp"
#include "support/catch.hpp"

using gust::errc;
using gust::HTTPConnection;
using gust_test::for_each_split;
using gust_test::get;
using gust_test::ok;
using gust_test::ok_close;
using gust_test::Pieces;
using gust_test::ScriptedSession;
using gust_test::Session;
using gust_test::thrown_by;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

std::string post(std::string_view body) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size())
           + "\r\n\r\n" + std::string{body};
}
const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "5\r\nhello\r\n0\r\n\r\n";
const std::string no_answer = "HTTP/1.1 500 Internal Server Error\r\n"
                              "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 29\r\n"
                              "Date: *\r\nConnection: close\r\n\r\nthe request was not answered\n";

bool begins_with_status(const std::string& bytes, unsigned status) {
    return bytes.starts_with("HTTP/1.1 " + std::to_string(status) + ' ');
}

std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != text.npos;
         at = text.find(part, at + part.size())) {
        ++n;
    }
    return n;
}

using MemoryStream = gust::IOStream<gust::testing::MemoryTransport>;

/// Answers after a turn of the loop, but for some targets.
struct Behind : gust::HTTPMessageDelegate {
    std::optional<MemoryStream>* detached;

    explicit Behind(std::optional<MemoryStream>* into) noexcept : detached{into} {}

    gust::awaitable<> finish(auto& conn) {
        const std::string target{conn.start_line().target};
        if (target == "/events") {
            conn.set_half_close(gust::half_close::abort);
            asio::steady_timer never{conn.get_executor(), asio::steady_timer::time_point::max()};
            co_await never.async_wait(gust::use_awaitable);
        }
        if (!target.ends_with("/at-once")) {
            co_await asio::post(gust::use_awaitable);
        }
        if (target.starts_with("/close")) {
            conn.close();
        } else if (target.starts_with("/detach")) {
            detached->emplace(conn.detach());
        } else {
            if (target == "/work") {
                for (int ticks = 0; ticks != 100; ++ticks) {
                    conn.stream().loop().tick();
                }
            }
            respond(conn, "ok");
        }
    }
};

/// Says a word, and goes on after a turn of the loop.
struct Hints : gust::HTTPMessageDelegate {
    bool* has_gone_on;

    explicit Hints(bool* gone_on) noexcept : has_gone_on{gone_on} {}
    gust::awaitable<> finish(HTTPConnection& conn) {
        conn.write_interim(gust::status::early_hints, {});
        co_await asio::post(gust::use_awaitable);
        *has_gone_on = true;
        respond(conn, "ok");
    }
};

struct HintsApp {
    bool* has_gone_on;
    Hints start_request(auto& /*server_conn*/, auto& /*conn*/) const { return Hints{has_gone_on}; }
};

struct BehindApp {
    std::optional<MemoryStream>* detached;
    Behind start_request(auto& /*server_conn*/, auto& /*conn*/) const { return Behind{detached}; }
};

/// Takes long for `/slow`: until `go` is no more.
struct Slow : gust::HTTPMessageDelegate {
    std::optional<asio::steady_timer>* go;

    explicit Slow(std::optional<asio::steady_timer>* timer) noexcept : go{timer} {}
    gust::awaitable<> finish(HTTPConnection& conn) {
        if (conn.start_line().target == "/slow") {
            std::error_code cancelled;
            co_await (*go)->async_wait(asio::redirect_error(gust::use_awaitable, cancelled));
        }
        co_await asio::post(gust::use_awaitable);
        respond(conn, "ok");
    }
};

struct SlowApp {
    std::optional<asio::steady_timer>* go;
    Slow start_request(auto& /*server_conn*/, auto& /*conn*/) const { return Slow{go}; }
};

} // namespace

TEST_CASE("hooks come in their order, for every split of a request", "[http1][connection]") {
    const auto log_of = [](const Pieces& pieces, std::size_t& body) {
        ScriptedSession session;
        body = 0;
        session.data = [&](HTTPConnection&, std::string_view piece) { body += piece.size(); };
        std::string bytes;
        for (const std::string_view piece : pieces) {
            bytes += session.send(piece);
        }
        CHECK(bytes == ok);
        CHECK(session.ends_cleanly());
        std::string log = session.log;
        for (std::size_t at = log.find(" D"); at != log.npos; at = log.find(" D")) {
            log.erase(at, log.find(' ', at + 1) - at);
        }
        return log;
    };
    for (const std::string& request : {get, post("hello"), chunked}) {
        for_each_split(request, [&](const Pieces& pieces) {
            std::size_t body = 0;
            CHECK(log_of(pieces, body) == "H F E:sent X");
            CHECK(body == (request == get ? 0U : 5U));
        });
    }
}

TEST_CASE("a connection that never speaks calls no hook of a message", "[http1][connection]") {
    ScriptedSession session;
    CHECK(session.receive().empty());
    CHECK(session.ends_cleanly());
    CHECK(session.log == "X");
    CHECK(session.recorder.text.empty());
}

TEST_CASE("a connection is kept for the next request", "[http1][connection]") {
    ScriptedSession session;
    for (int i = 0; i != 3; ++i) {
        CHECK(session.send(get) == ok);
        CHECK(session.send(post("hello")) == ok);
        CHECK(session.send(chunked) == ok);
    }
    CHECK_FALSE(session.peer.has_ended());
    CHECK(session.server.connections() == 1);
    CHECK(session.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n") == ok_close);
    CHECK(session.peer.has_ended());
    CHECK(session.ends_cleanly());
    CHECK(count_of(session.log, "E:sent") == 10);
    CHECK(session.log.ends_with("F E:sent X"));
}

// RFC 9112 §9.6
TEST_CASE(
    "a client that wanted the end is not waited for when it has its answer", "[http1][connection]"
) {
    const std::string get_last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    ScriptedSession session;
    session.peer.acknowledge_at_once();

    SECTION("by a field") {
        CHECK(session.send(get + get_last) == ok + ok_close);
        CHECK(session.peer.is_closed());
    }
    SECTION("by its version, and the end of the body") {
        session.finish = [](HTTPConnection& conn) {
            conn.write_headers({gust::status::ok}, {});
            conn.write("hello");
            conn.finish();
        };
        CHECK(session.send("GET / HTTP/1.0\r\n\r\n").ends_with("\r\n\r\nhello"));
        CHECK(session.peer.is_closed());
    }
    SECTION("unless it sent more") {
        if (GENERATE(true, false)) { // which is not read before
            session.peer.set_read_size(get_last.size());
        }
        CHECK(session.send(get_last + get) == ok_close);
        CHECK(session.peer.has_ended());
        CHECK_FALSE(session.peer.is_closed());
    }
    CHECK_FALSE(session.peer.is_reset());
    CHECK(session.log.find("F E:sent") != std::string::npos);
}

TEST_CASE("a client is waited for where it could lose its answer", "[http1][connection]") {
    const std::string get_last = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    SECTION("it has not acknowledged") {
        ScriptedSession session;
        session.peer.write(get_last);
        session.server.run();
        CHECK(session.peer.has_ended());
        CHECK_FALSE(session.peer.is_closed());
        CHECK(session.ends_cleanly());
    }
    SECTION("the server wanted the end") {
        ScriptedSession session{{.keep_alive = gust::keep_alive::disabled}};
        session.peer.acknowledge_at_once();
        CHECK(session.send(get) == ok_close);
        CHECK_FALSE(session.peer.is_closed());
        CHECK(session.ends_cleanly());
    }
    SECTION("its request has no end yet") {
        ScriptedSession session;
        session.peer.acknowledge_at_once();
        session.headers = [](HTTPConnection& conn) { respond(conn, "early"); };
        const std::string answer = session.send(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
        );
        CHECK(answer.ends_with("early"));
        CHECK_FALSE(session.peer.is_closed());
        session.peer.write("hello");
        session.server.run();
        CHECK_FALSE(session.peer.is_reset());
        CHECK(session.ends_cleanly());
    }
    SECTION("its request was refused") {
        ScriptedSession session;
        session.peer.acknowledge_at_once();
        CHECK(begins_with_status(session.send("GET / HTTP/1.0\r\nA\r\n\r\n"), 400));
        CHECK_FALSE(session.peer.is_closed());
        CHECK(session.ends_cleanly());
    }
}

TEST_CASE("keep-alive can be switched off", "[http1][connection]") {
    ScriptedSession session{{.keep_alive = gust::keep_alive::disabled}};
    CHECK(session.send(get + get) == ok_close);
    CHECK(session.log == "H F E:sent");
    CHECK(session.ends_cleanly());
}

TEST_CASE(
    "10,000 pipelined requests in one write are answered in order with bounded memory",
    "[http1][connection]"
) {
    constexpr std::size_t requests = 10'000;
    ScriptedSession session;
    std::size_t served = 0;
    session.finish = [&](HTTPConnection& conn) {
        CHECK(conn.target().query == std::to_string(served));
        respond(conn, std::to_string(served++));
    };
    std::string all;
    for (std::size_t i = 0; i != requests; ++i) {
        all += "GET /?" + std::to_string(i) + " HTTP/1.1\r\nHost: a\r\n\r\n";
    }
    session.peer.write(all);
    session.server.run();
    // The peer takes nothing: what is answered is bounded, and what is unread stays with the peer.
    const std::size_t answered_unread = served;
    CHECK(answered_unread < 6000);
    session.server.run();
    CHECK(served == answered_unread);
    std::string bytes;
    for (std::string more = session.receive(); !more.empty(); more = session.receive()) {
        bytes += more;
    }
    CHECK(served == requests);
    std::size_t at = 0;
    for (std::size_t i = 0; i != requests; ++i) {
        const std::string body = "\r\n\r\n" + std::to_string(i);
        at = bytes.find("HTTP/1.1 200 OK", at);
        REQUIRE(at != bytes.npos);
        at = bytes.find("\r\n\r\n", at);
        REQUIRE(bytes.compare(at, body.size(), body) == 0);
    }
    CHECK(bytes.find("HTTP/1.1", at) == bytes.npos);
    CHECK(session.ends_cleanly());
}

TEST_CASE("answers of pipelined requests wait for each other", "[http1][connection]") {
    ScriptedSession session;
    std::vector<gust::ResponseHandle> handles;
    session.finish = [&](HTTPConnection& conn) { handles.push_back(conn.keep()); };
    CHECK(session.send(get + get + get).empty());
    REQUIRE(handles.size() == 1); // one at a time
    for (int i = 0; i != 3; ++i) {
        respond(handles.back(), "ok");
        CHECK(session.receive() == ok);
    }
    CHECK(handles.size() == 3);
    CHECK(session.log == "H F E:sent H F E:sent H F E:sent");
}

TEST_CASE("an answer does not wait for the next one that takes long", "[http1][connection]") {
    std::optional<asio::steady_timer> go;
    Session session{SlowApp{&go}};
    go.emplace(session.server.context(), asio::steady_timer::time_point::max());
    const std::string slow = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";
    CHECK(session.send(get + get + slow + get) == ok + ok);
    go.reset(); // and cancels
    CHECK(session.receive() == ok + ok);
    CHECK(session.ends_cleanly());
}

TEST_CASE("an interim response does not wait for the answer", "[http1][connection]") {
    bool has_gone_on = false;
    Session session{HintsApp{&has_gone_on}};
    session.peer.write(get);
    session.server.context().restart();
    std::string bytes;
    while (bytes.empty() && session.server.context().poll_one() != 0) {
        bytes = session.peer.read_all();
    }
    CHECK(bytes.starts_with("HTTP/1.1 103 Early Hints\r\n"));
    CHECK_FALSE(has_gone_on);
    CHECK(session.receive() == ok);
    CHECK(session.ends_cleanly());
}

TEST_CASE("an answer that waits for the next one is not lost", "[http1][connection]") {
    std::optional<MemoryStream> detached;
    Session session{BehindApp{&detached}, {.write_timeout = 100ms}};
    const auto get_from = [](std::string_view target) {
        return "GET " + std::string{target} + " HTTP/1.1\r\nHost: a\r\n\r\n";
    };
    SECTION("with a connection that is closed") {
        CHECK(session.send(get + get + get_from("/close") + get) == ok + ok);
        CHECK(session.peer.is_closed());
    }
    SECTION("with a connection that is closed at once") {
        CHECK(session.send(get + get + get_from("/close/at-once") + get) == ok + ok);
        CHECK(session.peer.is_closed());
    }
    SECTION("with a stream that is handed over") {
        CHECK(session.send(get + get + get_from("/detach") + get) == ok + ok);
        REQUIRE(detached);
        CHECK(detached->input().unread() == get);
    }
    SECTION("with a stream that is handed over at once") {
        CHECK(session.send(get + get + get_from("/detach/at-once") + get) == ok + ok);
        REQUIRE(detached);
        CHECK(detached->output().empty());
    }
    SECTION("with a peer that goes") {
        session.peer.write(get + get + get_from("/events"));
        session.peer.shutdown();
        CHECK(session.receive() == ok + ok);
        CHECK(session.peer.is_closed());
    }
    SECTION("because the peer did not get it in time") {
        CHECK(session.send(get + get_from("/work") + get) == ok + ok + ok);
        CHECK(session.ends_cleanly());
    }
    detached.reset();
}

TEST_CASE("100 Continue is sent when the delegate wants the body", "[http1][connection]") {
    const std::string head =
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    const std::string go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    SECTION("by doing nothing in headers_received") {
        ScriptedSession session;
        CHECK(session.send(head) == go_on);
        CHECK(session.send("hello") == ok);
        CHECK(session.log == "H D5 F E:sent");
        CHECK(session.send(get) == ok);
    }
    SECTION("when its awaitable has ended") {
        struct Waits : gust::HTTPMessageDelegate {
            gust::awaitable<>
            headers_received(HTTPConnection& conn, const gust::RequestStartLine&, const gust::HTTPHeaders&) {
                asio::steady_timer timer{conn.get_executor(), 1ms};
                co_await timer.async_wait(gust::use_awaitable);
            }
            void finish(HTTPConnection& conn) { respond(conn, "ok"); }
        };
        Session session{gust::each<Waits>};
        CHECK(session.send(head).empty());
        std::string bytes;
        const auto give_up = std::chrono::steady_clock::now() + 10s;
        while (bytes.empty() && std::chrono::steady_clock::now() < give_up) {
            session.server.context().restart();
            session.server.context().run_for(1s);
            bytes = session.receive();
        }
        CHECK(bytes == go_on);
        CHECK(session.send("hello") == ok);
    }
    SECTION("not when it has answered; then nothing of the body is awaited") {
        ScriptedSession session;
        session.headers = [](HTTPConnection& conn) { respond(conn, "ok"); };
        CHECK(session.send(head) == ok_close);
        CHECK(session.log == "H C E:sent");
        CHECK(session.peer.has_ended());
        CHECK(session.ends_cleanly());
    }
    SECTION("not twice when it said so itself") {
        ScriptedSession session;
        session.headers = [](HTTPConnection& conn) { conn.write_interim(gust::status::continue_); };
        CHECK(session.send(head) == go_on);
        CHECK(session.send("hello") == ok);
    }
    SECTION("before a response that begins early") {
        ScriptedSession session;
        session.headers = [](HTTPConnection& conn) {
            conn.write_headers({gust::status::ok}, {{"Content-Length", "2"}}, "o");
        };
        session.finish = [](HTTPConnection& conn) {
            conn.write("k");
            conn.finish();
        };
        CHECK(
            session.send(head) == go_on + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: *\r\n\r\no"
        );
        CHECK(session.send("hello") == "k");
        CHECK(session.send(get).ends_with("ok"));
    }
    SECTION("not for a body over the limit of this exchange") {
        ScriptedSession session;
        session.headers = [](HTTPConnection& conn) { conn.set_max_body_size(4); };
        const std::string bytes = session.send(head);
        CHECK(begins_with_status(bytes, 413));
        CHECK(session.log == "H C E:failed");
    }
}

TEST_CASE("an early answer lets the rest of a small body be read away", "[http1][connection]") {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) { respond(conn, "ok"); };
    const std::string request = post(std::string(100'000, 'x'));
    CHECK(session.send(request.substr(0, 100)) == ok);
    CHECK(session.log == "H C");
    CHECK(session.send(request.substr(100, 50'000)).empty());
    CHECK(session.log == "H C"); // not over before the body is
    session.headers = [](HTTPConnection&) {};
    CHECK(session.send(request.substr(50'100) + get) == ok);
    CHECK(session.log == "H C E:sent H F E:sent");
    CHECK(session.ends_cleanly());
}

TEST_CASE("an early answer to a large body closes, and can be read", "[http1][connection]") {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) { respond(conn, "ok"); };
    const std::string request = post(std::string(300'000, 'x'));
    CHECK(session.send(request.substr(0, 200'000)) == ok_close);
    CHECK(session.log == "H C E:sent");
    CHECK(session.peer.has_ended());
    CHECK_FALSE(session.peer.is_closed());
    CHECK(session.ends_cleanly());
}

TEST_CASE("chunks of an early answer are read away within the budget only", "[http1][connection]") {
    ScriptedSession session{{.discard_size = 1000}};
    session.headers = [](HTTPConnection& conn) { respond(conn, "ok"); };
    CHECK(session.send(chunked + get) == ok + ok);
    CHECK(session.log == "H C E:sent H C E:sent");
    session.log.clear();
    std::string more = chunked.substr(0, chunked.find("5\r\n"));
    CHECK(session.send(more) == ok);
    for (int i = 0; i != 3; ++i) {
        CHECK(session.send("190\r\n" + std::string(400, 'x') + "\r\n").empty());
    }
    CHECK(session.peer.has_ended());
    CHECK(session.log == "H C E:sent");
    CHECK(session.ends_cleanly());
}

TEST_CASE("a delegate may answer in any hook, and only once", "[http1][connection]") {
    SECTION("data_received") {
        ScriptedSession session;
        session.data = [](HTTPConnection& conn, std::string_view) { respond(conn, "ok"); };
        CHECK(session.send(post("hello")) == ok);
        CHECK(session.log == "H D5 C E:sent");
        CHECK(session.send(get) == ok);
    }
    SECTION("begun in one, ended in another") {
        ScriptedSession session;
        session.headers = [](HTTPConnection& conn) {
            conn.write_headers({gust::status::ok}, {{"Content-Length", "6"}}, "H");
        };
        session.data = [](HTTPConnection& conn, std::string_view piece) { conn.write(piece); };
        session.finish = [](HTTPConnection& conn) { conn.finish(); };
        CHECK(
            session.send(post("hello"))
            == "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nDate: *\r\n\r\nHhello"
        );
        CHECK(session.log == "H D5 F E:sent");
    }
    SECTION("twice") {
        ScriptedSession session;
        std::error_code second;
        session.finish = [&](HTTPConnection& conn) {
            respond(conn, "ok");
            second = thrown_by([&] { respond(conn, "ok"); });
        };
        CHECK(session.send(get) == ok);
        CHECK(second == errc::wrong_order);
        CHECK(session.log == "H F E:sent");
    }
    SECTION("in the ending hooks, where it comes too late") {
        ScriptedSession session;
        gust::ResponseHandle handle;
        session.headers = [&](HTTPConnection& conn) { handle = conn.keep(); };
        session.connection_close = [&] { respond(handle, "late"); };
        session.ended = [&] { respond(handle, "later"); };
        CHECK(session.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel").empty());
        session.peer.shutdown();
        CHECK(session.receive().empty());
        CHECK(session.log == "H D3 C E:peer_gone X");
    }
}

TEST_CASE("a hook that throws is answered with 500 while nothing is sent", "[http1][connection]") {
    const auto fail = [] { throw std::runtime_error{"meant"}; };
    struct Row {
        std::string hook;
        std::string log;
    };
    for (const Row& row :
         {Row{"headers", "H C E:failed"},
          Row{"data", "H D5 C E:failed"},
          Row{"finish", "H D5 F E:failed"}}) {
        for (const std::string answered : {"", "begun", "whole"}) {
            INFO(row.hook << ' ' << answered);
            ScriptedSession session;
            const auto hook = [&](HTTPConnection& conn) {
                if (answered == "begun") {
                    conn.write_headers({gust::status::ok}, {}, "x");
                } else if (answered == "whole") {
                    respond(conn, "ok"); // taken back: nothing of it has left
                }
                fail();
            };
            if (row.hook == "headers") {
                session.headers = hook;
            } else if (row.hook == "data") {
                session.data = [&](HTTPConnection& conn, std::string_view) { hook(conn); };
            } else {
                session.finish = hook;
            }
            CHECK(session.send(post("hello") + get) == no_answer);
            CHECK(session.log == row.log);
            CHECK(session.recorder.text == "a hook failed: meant\n");
            CHECK(session.peer.has_ended());
            CHECK(session.ends_cleanly());
        }
    }
    SECTION("answers before it in the pipeline are sent first") {
        ScriptedSession session;
        int n = 0;
        session.finish = [&](HTTPConnection& conn) {
            if (++n == 3) {
                fail();
            }
            respond(conn, "ok");
        };
        CHECK(session.send(get + get + get + get) == ok + ok + no_answer);
        CHECK(session.log == "H F E:sent H F E:sent H F E:failed");
    }
    SECTION("a response that has begun to leave is cut") {
        ScriptedSession session;
        session.headers = [](HTTPConnection& conn) {
            conn.write_headers({gust::status::ok}, {}, "x");
        };
        session.data = [&](HTTPConnection&, std::string_view) { fail(); };
        const std::string request = post("hello");
        CHECK(
            session.send(request.substr(0, request.size() - 5))
            == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: *\r\n\r\n1\r\nx\r\n"
        );
        CHECK(session.send("hello").empty());
        CHECK(session.log == "H D5 C E:failed X");
        CHECK(session.peer.is_closed());
    }
    SECTION("what is no std::exception") {
        ScriptedSession session;
        session.finish = [](HTTPConnection&) { throw 42; };
        CHECK(session.send(get) == no_answer);
    }
}

namespace {

struct RefusingApp {
    std::string* log;
    gust_test::ScriptedDelegate start_request(auto&, auto&) const {
        throw std::runtime_error{"no delegate"};
    }
    void on_close(auto&) const noexcept { *log += 'X'; }
};

} // namespace

TEST_CASE(
    "a hook that throws a mistake of the peer is answered with its status", "[http1][connection]"
) {
    struct Row {
        errc mistake;
        std::string status;
        std::string logged;
    };
    for (const Row& row :
         {Row{errc::bad_request, "400 Bad Request", ""},
          Row{errc::body_too_large, "413 Content Too Large", ""},
          Row{errc::unknown_coding, "501 Not Implemented", ""},
          Row{errc::no_answer, "500 Internal Server Error", "the request was not answered"},
          Row{errc::wrong_order,
              "500 Internal Server Error",
              "the call does not fit the state of the response"}}) {
        INFO(row.status << ' ' << row.logged);
        const std::string logged = row.logged.empty() ? "" : "a hook failed: " + row.logged + "\n";
        ScriptedSession session;
        session.finish = [&](HTTPConnection&) { gust::throw_error(row.mistake); };
        CHECK(session.send(get + get).starts_with("HTTP/1.1 " + row.status + "\r\n"));
        CHECK(session.log == "H F E:failed");
        CHECK(session.recorder.text == logged);
        CHECK(session.ends_cleanly());
    }
    SECTION("that has been awaited") {
        struct Late : gust::HTTPMessageDelegate {
            gust::awaitable<> finish(HTTPConnection& conn) {
                co_await asio::post(gust::use_awaitable);
                gust::parse_query(conn.target().query, 2);
            }
        };
        Session session{gust::each<Late>};
        const std::string answer = session.send("GET /?a&b&c HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"));
        CHECK(session.recorder.text.empty());
        CHECK(session.ends_cleanly());
    }
    SECTION("behind what was sent already") {
        ScriptedSession session;
        session.headers = [](HTTPConnection& conn) {
            conn.write_headers({gust::status::ok}, {}, "x");
        };
        session.finish = [](HTTPConnection&) { gust::throw_error(errc::bad_request); };
        const std::string first = post("hello");
        CHECK(session.send(first.substr(0, first.size() - 1)).starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK(session.send(first.substr(first.size() - 1)).empty());
        CHECK(session.log == "H D4 D1 F E:failed X");
        CHECK(session.peer.has_ended());
    }
}

TEST_CASE("an application that throws or refuses is answered with 500", "[http1][connection]") {
    std::string log;
    Session session{RefusingApp{&log}};
    CHECK(session.send(get) == no_answer);
    CHECK(session.ends_cleanly());
    CHECK(log == "X");
}

TEST_CASE("a delegate that nobody can answer for any more gets a 500", "[http1][connection]") {
    ScriptedSession session;
    session.finish = [](HTTPConnection&) {};
    CHECK(session.send(get) == no_answer);
    CHECK(session.log == "H F E:failed");
    CHECK(session.ends_cleanly());
}

TEST_CASE("a FIN at every byte gives an answer or an orderly end", "[http1][connection]") {
    for (const std::string& request : {get, post("hello"), chunked}) {
        const std::size_t head = request.find("\r\n\r\n") + 4;
        for (std::size_t n = 0; n <= request.size(); ++n) {
            INFO(request << " cut at " << n);
            ScriptedSession session;
            const std::string before = session.send(request.substr(0, n));
            session.peer.shutdown();
            const std::string bytes = before + session.receive();
            if (n == request.size()) {
                CHECK(bytes == ok);
                CHECK(session.log.ends_with("F E:sent X"));
            } else {
                CHECK(bytes.empty());
                CHECK((n < head ? session.log == "X" : session.log.ends_with("C E:peer_gone X")));
                CHECK(count_of(session.log, "F") == 0);
            }
            CHECK(session.peer.is_closed());
            CHECK_FALSE(session.peer.is_reset());
            CHECK(session.server.connections() == 0);
        }
    }
}

TEST_CASE("a reset at every byte ends every hook once", "[http1][connection]") {
    for (const std::string& request : {post("hello"), chunked}) {
        const std::size_t head = request.find("\r\n\r\n") + 4;
        for (std::size_t n = 0; n <= request.size(); ++n) {
            INFO(request << " cut at " << n);
            ScriptedSession session;
            gust::ResponseHandle handle;
            session.finish = [&](HTTPConnection& conn) { handle = conn.keep(); };
            CHECK(session.send(request.substr(0, n)).empty());
            session.peer.reset();
            CHECK(session.receive().empty());
            if (n < head) {
                CHECK(session.log == "X");
            } else if (n < request.size()) {
                CHECK(session.log.ends_with("C E:peer_gone X"));
                CHECK(count_of(session.log, "F") == 0);
            } else {
                CHECK(session.log.ends_with("F E:peer_gone X"));
                CHECK(count_of(session.log, "C") == 0);
            }
            CHECK_FALSE(handle);
            respond(handle, "nobody reads this");
            CHECK(session.server.connections() == 0);
        }
    }
}

TEST_CASE(
    "a half-closed client gets its later answer, unless that is not wanted", "[http1][connection]"
) {
    ScriptedSession session;
    gust::ResponseHandle handle;
    session.finish = [&](HTTPConnection& conn) { handle = conn.keep(); };
    SECTION("answer") {
        session.peer.write(get);
        session.peer.shutdown();
        CHECK(session.receive().empty());
        CHECK(session.log == "H F");
        CHECK(handle);
        respond(handle, "ok");
        CHECK(session.receive() == ok);
        CHECK(session.log == "H F E:sent X");
    }
    SECTION("FIN after the request") {
        CHECK(session.send(get).empty());
        session.peer.shutdown();
        CHECK(session.receive().empty());
        CHECK(session.log == "H F");
        respond(handle, "ok");
        CHECK(session.receive() == ok);
        CHECK(session.log == "H F E:sent X");
    }
    SECTION("abort") {
        session.headers = [](HTTPConnection& conn) {
            conn.set_half_close(gust::half_close::abort);
        };
        CHECK(session.send(get).empty());
        session.peer.shutdown();
        CHECK(session.receive().empty());
        CHECK(session.log == "H F E:peer_gone X");
        CHECK_FALSE(handle);
    }
    SECTION("abort, with the FIN already there") {
        session.headers = [](HTTPConnection& conn) {
            conn.set_half_close(gust::half_close::abort);
        };
        session.peer.write(post("hello"));
        session.peer.shutdown();
        CHECK(session.receive().empty());
        CHECK(session.log.ends_with("E:peer_gone X"));
    }
    SECTION("all that was pipelined before the FIN is answered") {
        session.finish = [](HTTPConnection& conn) { respond(conn, "ok"); };
        session.peer.write(get + get + get);
        session.peer.shutdown();
        const std::string bytes = session.receive();
        CHECK(count_of(bytes, "HTTP/1.1 200 OK") == 3);
        CHECK(count_of(session.log, "E:sent") == 3);
        CHECK(session.log.ends_with("X"));
    }
    CHECK(session.peer.is_closed());
    CHECK_FALSE(session.peer.is_reset());
}

TEST_CASE(
    "a reset behind pipelined bytes is noticed while an answer is awaited", "[http1][connection]"
) {
    ScriptedSession session;
    gust::ResponseHandle handle;
    session.finish = [&](HTTPConnection& conn) { handle = conn.keep(); };
    CHECK(session.send(get + get).empty());
    session.peer.write("more that nobody reads");
    session.server.run();
    session.peer.reset();
    session.server.run();
    session.pass(3s); // within a tick or two
    CHECK(session.log == "H F E:peer_gone X");
    CHECK_FALSE(handle);
    CHECK(session.server.connections() == 0);
}

TEST_CASE("limits of one exchange are back to normal in the next", "[http1][connection]") {
    ScriptedSession session{{.max_body_size = 10}};
    session.headers = [](HTTPConnection& conn) { conn.set_max_body_size(gust::unlimited); };
    const std::string eleven(11, 'x');
    CHECK(session.send(post(eleven)) == ok);
    session.headers = [](HTTPConnection& conn) { conn.set_max_body_size(5); };
    CHECK(session.send(post("12345")) == ok);
    session.headers = [](HTTPConnection&) {};
    CHECK(session.send(post("0123456789")) == ok);
    CHECK(begins_with_status(session.send(post(eleven)), 413));
    CHECK(session.log.ends_with("H C E:failed"));
    CHECK(session.ends_cleanly());
}

TEST_CASE("a body over its limit is 413, however it is framed", "[http1][connection]") {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    ScriptedSession session{{.max_body_size = 8}};
    SECTION("length") {
        CHECK(begins_with_status(session.send(post("123456789")), 413));
        CHECK(session.log == "H C E:failed");
    }
    SECTION("chunks, when the size line is there") {
        CHECK(session.send(head + "5\r\nhello\r\n").empty());
        CHECK(begins_with_status(session.send("4\r\n"), 413));
        CHECK(session.log == "H D5 C E:failed");
    }
    SECTION("but not when it is exactly that") {
        CHECK(session.send(post("12345678")) == ok);
        CHECK(session.send(head + "8\r\n12345678\r\n0\r\n\r\n") == ok);
    }
    CHECK(session.recorder.text.empty());
}

TEST_CASE("pieces of a body are as large as they are asked to be", "[http1][connection]") {
    ScriptedSession session{{.chunk_size = 16}};
    CHECK(session.send(post(std::string(50, 'x'))) == ok);
    CHECK(session.log == "H D16 D16 D16 D2 F E:sent");
    session.log.clear();
    CHECK(
        session.send(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n"
            + std::string(20, 'a') + "\r\n1e\r\n" + std::string(30, 'b') + "\r\n0\r\n\r\n"
        )
        == ok
    );
    CHECK(session.log == "H D16 D4 D16 D14 F E:sent");
}

TEST_CASE("trailers are there in finish, and not among the headers", "[http1][connection]") {
    ScriptedSession session;
    std::vector<std::string> seen;
    const auto note = [&](HTTPConnection& conn) {
        seen.push_back(
            std::string{conn.trailers()["X-Sum"]} + '/' + std::string{conn.headers()["X-Sum"]}
        );
    };
    session.headers = note;
    session.data = [&](HTTPConnection& conn, std::string_view) { note(conn); };
    session.finish = [&](HTTPConnection& conn) {
        note(conn);
        respond(conn, "ok");
    };
    const std::string trailed = chunked.substr(0, chunked.size() - 2) + "X-Sum: 42\r\n\r\n";
    CHECK(session.send(trailed + chunked) == ok + ok);
    CHECK(seen == std::vector{"/"s, "/"s, "42/"s, "/"s, "/"s, "/"s});
}

TEST_CASE(
    "the head of a request stays readable until the response has ended", "[http1][connection]"
) {
    ScriptedSession session;
    gust::ResponseHandle handle;
    HTTPConnection* connection = nullptr;
    session.finish = [&](HTTPConnection& conn) {
        connection = &conn;
        handle = conn.keep();
    };
    const std::string body(300'000, 'x');
    CHECK(session
              .send(
                  "POST /path?query HTTP/1.1\r\nHost: example\r\nContent-Length: 300000\r\n\r\n"
                  + body
              )
              .empty());
    REQUIRE(handle);
    CHECK(connection->start_line().target == "/path?query");
    CHECK(connection->target().path == "/path");
    CHECK(connection->headers()["host"] == "example");
    respond(handle, "ok");
    CHECK(session.receive() == ok);
}

// Handles -----------------------------------------------------------------------------------------

TEST_CASE("a handle answers later", "[http1][handle]") {
    ScriptedSession session;
    gust::ResponseHandle handle;
    session.finish = [&](HTTPConnection& conn) { handle = conn.keep(); };
    CHECK_FALSE(handle); // names nothing yet
    CHECK(session.send(get).empty());
    CHECK(handle);
    SECTION("in one piece") {
        respond(handle, "ok");
        CHECK_FALSE(session.log.ends_with("E:sent")); // a verb only records
        CHECK(session.receive() == ok);
    }
    SECTION("in many") {
        handle.write_interim(gust::status::early_hints);
        handle.write_headers({gust::status::ok}, {{"Content-Length", "2"}});
        CHECK(session.receive().ends_with("\r\n\r\n"));
        handle.write("o");
        CHECK(session.receive() == "o");
        handle.write("k");
        handle.finish();
        CHECK(session.receive() == "k");
    }
    SECTION("from a hand that it was moved to") {
        gust::ResponseHandle moved{std::move(handle)};
        respond(handle, "from nowhere");
        CHECK(moved);
        gust::ResponseHandle assigned;
        assigned = std::move(moved);
        CHECK(assigned);
        respond(assigned, "ok");
        CHECK(session.receive() == ok);
        CHECK_FALSE(assigned);
        handle = std::move(assigned);
    }
    SECTION("by cutting the connection") {
        handle.close();
        CHECK(session.receive().empty());
        CHECK(session.log == "H F E:failed X");
        CHECK(session.peer.is_closed());
        CHECK_FALSE(handle);
        return;
    }
    CHECK(session.log == "H F E:sent");
    CHECK_FALSE(handle);
    handle.write("stale");
    handle.finish();
    handle.close();
    CHECK(session.send(get).empty()); // the next exchange is kept by its own handle
    CHECK(session.log == "H F E:sent H F");
    respond(handle, "ok");
    CHECK(session.receive() == ok);
    CHECK(session.ends_cleanly());
}

TEST_CASE("a stale handle does nothing to the next exchange", "[http1][handle]") {
    ScriptedSession session;
    gust::ResponseHandle stale;
    gust::ResponseHandle fresh;
    session.finish = [&](HTTPConnection& conn) { stale = conn.keep(); };
    CHECK(session.send(get).empty());
    respond(stale, "ok");
    session.finish = [&](HTTPConnection& conn) { fresh = conn.keep(); };
    CHECK(session.send(get) == ok);
    CHECK_FALSE(stale);
    CHECK(fresh);
    respond(stale, "not this");
    stale.write_headers({gust::status::ok}, {});
    stale.write("nor this");
    stale.finish();
    stale.close();
    {
        const gust::ResponseHandle gone{std::move(stale)};
    } // counts for its own exchange only
    CHECK(session.receive().empty());
    CHECK(session.log == "H F E:sent H F");
    respond(fresh, "ok");
    CHECK(session.receive() == ok);
}

TEST_CASE("the last handle that goes without an answer makes it a 500", "[http1][handle]") {
    ScriptedSession session;
    std::vector<gust::ResponseHandle> handles;
    session.headers = [&](HTTPConnection& conn) { handles.push_back(conn.keep()); };
    session.finish = [&](HTTPConnection& conn) { handles.push_back(conn.keep()); };
    CHECK(session.send(get).empty());
    handles.pop_back();
    CHECK(session.receive().empty());
    handles.clear();
    CHECK(session.receive() == no_answer);
    CHECK(session.log == "H F E:failed");
    CHECK(session.ends_cleanly());
}

TEST_CASE("a handle that goes while the body is still coming changes nothing", "[http1][handle]") {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) { conn.keep(); };
    const std::string request = post("hello");
    CHECK(session.send(request.substr(0, request.size() - 2)).empty());
    CHECK(session.send(request.substr(request.size() - 2)) == ok);
}

TEST_CASE("a handle may outlive its connection", "[http1][handle]") {
    ScriptedSession session;
    gust::ResponseHandle handle;
    session.finish = [&](HTTPConnection& conn) { handle = conn.keep(); };
    CHECK(session.send(get).empty());
    session.peer.reset();
    session.server.run();
    CHECK_FALSE(handle);
    CHECK(session.server.connections() == 0);
    respond(handle, "nobody reads this");
    handle = {};
    session.server.run();
    CHECK_FALSE(handle);
}

TEST_CASE("a handle answers before the body is there", "[http1][handle]") {
    ScriptedSession session;
    gust::ResponseHandle handle;
    session.headers = [&](HTTPConnection& conn) { handle = conn.keep(); };
    const std::string request = post("hello");
    CHECK(session.send(request.substr(0, request.size() - 3)).empty());
    SECTION("whole") {
        respond(handle, "ok");
        CHECK(session.receive() == ok);
        CHECK(session.log == "H D2 C");
        session.headers = [](HTTPConnection&) {};
        CHECK(session.send(request.substr(request.size() - 3) + get) == ok);
        CHECK(session.log == "H D2 C E:sent H F E:sent");
    }
    SECTION("in part") {
        handle.write_headers({gust::status::ok}, {{"Content-Length", "2"}}, "o");
        CHECK(session.receive().ends_with("\r\n\r\no"));
        session.finish = [](HTTPConnection& conn) {
            conn.write("k");
            conn.finish();
        };
        CHECK(session.send(request.substr(request.size() - 3)) == "k");
        CHECK(session.log == "H D2 D3 F E:sent");
    }
    SECTION("too late: the rest is malformed") {
        ScriptedSession broken;
        gust::ResponseHandle late;
        broken.headers = [&](HTTPConnection& conn) { late = conn.keep(); };
        CHECK(broken.send(chunked.substr(0, chunked.find("5\r\n"))).empty());
        CHECK(late);
        CHECK(begins_with_status(broken.send("x"), 400));
        CHECK_FALSE(late);
        respond(late, "ok");
        CHECK(broken.receive().empty());
        CHECK(broken.log == "H C E:failed");
        CHECK(broken.ends_cleanly());
    }
}

TEST_CASE("a connection can be cut in every hook", "[http1][connection]") {
    const std::pair<std::string, std::string> rows[] = {
        {"headers", "H C E:failed X"},
        {"data", "H D5 C E:failed X"},
        {"finish", "H D5 F E:failed X"}
    };
    for (const auto& [hook, log] : rows) {
        for (const bool has_begun : {false, true}) {
            INFO(hook << ' ' << has_begun);
            ScriptedSession session;
            const auto cut = [&](HTTPConnection& conn) {
                if (has_begun) {
                    conn.write_headers({gust::status::ok}, {}, "never sent");
                }
                conn.close();
                conn.write("nothing");
                respond(conn, "nor this");
                conn.finish();
            };
            if (hook == "headers") {
                session.headers = cut;
            } else if (hook == "data") {
                session.data = [&](HTTPConnection& conn, std::string_view) { cut(conn); };
            } else {
                session.finish = cut;
            }
            CHECK(session.send(post("hello") + get).empty());
            CHECK(session.log == log);
            CHECK(session.peer.is_closed());
            CHECK(session.server.connections() == 0);
        }
    }
}

TEST_CASE("a peer that goes behind an answer leaves nothing behind", "[http1][connection]") {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n";
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) { respond(conn, "ok"); };
    SECTION("FIN in a body that is read away") {
        CHECK(session.send(head) == ok);
        session.peer.shutdown();
        session.server.run();
    }
    SECTION("reset in a body that is read away") {
        CHECK(session.send(head) == ok);
        session.peer.reset();
        session.server.run();
    }
    SECTION("reset while the connection lingers") {
        CHECK(session.send("GET / HTTP/1.0\r\n\r\n") == ok_close);
        session.peer.reset();
        session.server.run();
    }
    SECTION("closed with the answer unread") {
        session.peer.write(get);
        session.server.run();
        session.peer.close();
        session.server.run();
    }
    SECTION("reset with the answer partly unsent") {
        session.headers = [](HTTPConnection& conn) { respond(conn, std::string(300'000, 'x')); };
        session.peer.write(get);
        session.server.run();
        session.peer.reset();
        session.server.run();
    }
    CHECK(session.server.connections() == 0);
    CHECK(count_of(session.log, "E:") == 1);
    CHECK(count_of(session.log, "C") == 1);
    CHECK(session.log.ends_with(" X"));
    CHECK(session.recorder.text.empty());
}

TEST_CASE("limits at their lowest hang nothing", "[http1][connection]") {
    SECTION("pieces of no byte are pieces of one") {
        ScriptedSession session{{.chunk_size = 0}};
        CHECK(session.send(post("abc")) == ok);
        CHECK(session.send(chunked) == ok);
        CHECK(session.log == "H D1 D1 D1 F E:sent H D1 D1 D1 D1 D1 F E:sent");
    }
    SECTION("drained with a low-water mark of nothing") {
        struct Drains : gust::HTTPMessageDelegate {
            gust::awaitable<> finish(HTTPConnection& conn) {
                conn.write_headers({gust::status::ok}, {}, "a");
                co_await conn.drained();
                conn.write("b");
                co_await conn.drained();
                conn.finish();
            }
        };
        Session session{gust::each<Drains>, {.output_high_water = 0, .output_low_water = 0}};
        CHECK(session.send(get + get).ends_with("1\r\na\r\n1\r\nb\r\n0\r\n\r\n"));
    }
    SECTION("nothing of a body is read away") {
        ScriptedSession session{{.discard_size = 0}};
        session.headers = [](HTTPConnection& conn) { respond(conn, "ok"); };
        CHECK(session.send(post("hello")) == ok_close);
        CHECK(session.ends_cleanly());
    }
    SECTION("no deadline at all is met") {
        ScriptedSession session{
            {.head_timeout = 0ms, .body_timeout = 0ms, .idle_timeout = 0ms, .write_timeout = 0ms}
        };
        CHECK(session.send(get) == ok);
        session.server.pass(3s);
        CHECK(session.peer.has_ended());
    }
    SECTION("no room for a head") {
        ScriptedSession session{{.max_head = 0}};
        CHECK(begins_with_status(session.send("G"), 431));
        CHECK(session.ends_cleanly());
    }
}

// Coroutines --------------------------------------------------------------------------------------

namespace {

/// Counts its frames, and how its hooks end.
struct Counts {
    int frames = 0;
    int cancelled = 0;
    int finished = 0;
    std::string log = {};
};

struct Frame {
    Counts* counts;
    explicit Frame(Counts& c) : counts{&c} { ++counts->frames; }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;
    ~Frame() { --counts->frames; }
};

/// Waits in the hook that it is told to wait in, until the test lets it go.
struct Waiting : gust::HTTPMessageDelegate {
    enum class place { headers, data, finish };

    Counts* counts;
    asio::steady_timer* timer;
    place where;

    Waiting(Counts& c, asio::steady_timer& t, place p) : counts{&c}, timer{&t}, where{p} {}

    gust::awaitable<> wait_in(place here) {
        const Frame frame{*counts};
        if (here == where) {
            std::error_code ec;
            co_await timer->async_wait(asio::redirect_error(gust::use_awaitable, ec));
            const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
            if (state.cancelled() != asio::cancellation_type::none) {
                ++counts->cancelled;
                throw std::system_error{asio::error::operation_aborted};
            }
        }
    }
    gust::awaitable<>
    headers_received(HTTPConnection&, const gust::RequestStartLine&, const gust::HTTPHeaders&) {
        counts->log += 'H';
        co_await wait_in(place::headers);
    }
    gust::awaitable<> data_received(HTTPConnection&, gust::bytes) {
        counts->log += 'D';
        co_await wait_in(place::data);
    }
    gust::awaitable<> finish(HTTPConnection& conn) {
        counts->log += 'F';
        co_await wait_in(place::finish);
        respond(conn, "ok");
        ++counts->finished;
    }
    void on_connection_close() noexcept { counts->log += 'C'; }
    void response_ended(gust::outcome o) noexcept {
        CHECK(counts->frames == 0); // a hook has always ended before
        counts->log += ' ';
        counts->log += to_string(o);
    }
};

struct WaitingApp {
    Counts* counts;
    asio::steady_timer* timer;
    Waiting::place where;

    Waiting start_request(auto&, auto&) const { return {*counts, *timer, where}; }
    void on_close(auto&) const noexcept { counts->log += " X"; }
};

struct WaitingSession {
    Counts counts;
    asio::io_context timers; // a timer of another context never fires by itself
    asio::steady_timer timer{timers, std::chrono::steady_clock::time_point::max()};
    std::optional<Session<WaitingApp>> session;

    explicit WaitingSession(Waiting::place where) {
        session.emplace(WaitingApp{&counts, &timer, where});
    }
    void let_go() {
        timer.cancel();
        timers.restart();
        timers.poll();
    }
};

} // namespace

TEST_CASE("a hook that waits holds up everything behind it", "[http1][coroutine]") {
    for (const auto where :
         {Waiting::place::headers, Waiting::place::data, Waiting::place::finish}) {
        WaitingSession test{where};
        CHECK(test.session->send(post("hello") + get).empty());
        CHECK(test.counts.frames == 1);
        CHECK(test.counts.log == "HDF"s.substr(0, static_cast<std::size_t>(where) + 1));
        test.let_go();
        CHECK(test.session->receive().starts_with(ok));
        CHECK(test.counts.log.starts_with("HDF sent"));
        test.let_go();
        test.session->receive();
        test.let_go();
        test.session->receive();
        CHECK(test.counts.log == "HDF sentHF sent");
        CHECK(test.counts.finished == 2);
        CHECK(test.session->ends_cleanly());
        CHECK(test.counts.frames == 0);
    }
}

TEST_CASE("a reset cancels the hook that waits, and then ends the exchange", "[http1][coroutine]") {
    for (const auto where :
         {Waiting::place::headers, Waiting::place::data, Waiting::place::finish}) {
        WaitingSession test{where};
        CHECK(test.session->send(post("hello")).empty());
        CHECK(test.counts.frames == 1);
        test.session->peer.reset();
        test.session->server.run();
        CHECK(test.counts.frames == 1); // it was told, and takes its time
        CHECK(test.session->server.connections() == 1);
        test.let_go();
        test.session->receive();
        CHECK(test.counts.cancelled == 1);
        CHECK(test.counts.frames == 0);
        const std::string hooks = "HDF"s.substr(0, static_cast<std::size_t>(where) + 1);
        const bool has_finish = where == Waiting::place::finish;
        CHECK(test.counts.log == hooks + (has_finish ? "" : "C") + " peer_gone X");
        CHECK(test.session->server.connections() == 0);
        CHECK(test.session->recorder.text.empty()); // nobody's mistake
    }
}

TEST_CASE("a FIN does not cancel a hook that waits", "[http1][coroutine]") {
    WaitingSession test{Waiting::place::finish};
    CHECK(test.session->send(get).empty());
    test.session->peer.shutdown();
    test.session->server.run();
    test.session->pass(5s);
    CHECK(test.counts.log == "HF");
    test.let_go();
    CHECK(test.session->receive() == ok);
    CHECK(test.counts.log == "HF sent X");
    CHECK(test.counts.cancelled == 0);
}

TEST_CASE("frames of hooks that wait are freed with the server", "[http1][coroutine]") {
    Counts counts;
    {
        WaitingSession test{Waiting::place::data};
        CHECK(test.session->send(post("hello")).empty());
        CHECK(test.counts.frames == 1);
        test.session->peer.close();
        test.let_go();
        test.session->server.run();
        test.session.reset(); // whatever is left goes here
        CHECK(test.counts.frames == 0);
    }
}

namespace {

struct Streaming : gust::HTTPMessageDelegate {
    Counts* counts;
    explicit Streaming(Counts& c) : counts{&c} {}
    gust::awaitable<> finish(HTTPConnection& conn) {
        const Frame frame{*counts};
        conn.write_headers({gust::status::ok}, {});
        for (int i = 0; i != 50; ++i) {
            conn.write(std::string(10'000, 'x'));
            try {
                co_await conn.drained();
            } catch (const std::system_error& error) {
                counts->log += error.code() == errc::closed ? "closed " : "other ";
                throw;
            }
            ++counts->finished;
        }
        conn.finish();
    }
    void response_ended(gust::outcome o) noexcept { counts->log += to_string(o); }
};

struct StreamingApp {
    Counts* counts;
    Streaming start_request(auto&, auto&) const { return Streaming{*counts}; }
};

} // namespace

TEST_CASE("drained waits for the peer, and fails when it goes", "[http1][coroutine]") {
    Counts counts;
    Session session{
        StreamingApp{&counts}, {.output_high_water = 20'000, .output_low_water = 10'000}
    };
    session.peer.set_capacity(15'000);
    session.peer.write(get);
    session.server.run();
    CHECK(counts.finished < 5); // the rest waits for the peer
    CHECK(counts.frames == 1);
    SECTION("the peer reads") {
        std::string bytes;
        for (std::string more = session.receive(); !more.empty(); more = session.receive()) {
            bytes += more;
        }
        CHECK(bytes.size() > 500'000);
        CHECK(bytes.ends_with("\r\n0\r\n\r\n"));
        CHECK(counts.finished == 50);
        CHECK(counts.log == "sent");
    }
    SECTION("the peer goes") {
        session.peer.reset();
        session.server.run();
        CHECK(counts.log == "closed peer_gone");
        CHECK(session.server.connections() == 0);
    }
    CHECK(counts.frames == 0);
}

TEST_CASE("an exception of a coroutine is that of its hook", "[http1][coroutine]") {
    struct Throws : gust::HTTPMessageDelegate {
        gust::awaitable<> finish(HTTPConnection& conn) {
            respond(conn, "ok");
            co_await asio::post(conn.get_executor(), gust::use_awaitable);
            throw std::runtime_error{"meant"};
        }
    };
    Session session{gust::each<Throws>};
    CHECK(session.send(get + get) == ok); // it had left already; nothing follows it
    CHECK(session.peer.has_ended());
    CHECK(session.recorder.text == "a hook failed: meant\n");
    CHECK(session.ends_cleanly());
}

// Callables ---------------------------------------------------------------------------------------

TEST_CASE("a function is an application", "[http1][callable]") {
    SECTION("plain") {
        Session session{gust::application_of<gust::Response (*)(gust::HTTPServerRequest&)>{
            +[](gust::HTTPServerRequest& request) {
                return gust::Response::text(
                    std::string{request.path()} + ' ' + std::string{request.body()}
                );
            }
        }};
        CHECK(session.send(post("hello")).ends_with("\r\n\r\n/ hello"));
        CHECK(session.send(chunked).ends_with("\r\n\r\n/ hello"));
        CHECK(session.send(get).ends_with("\r\n\r\n/ "));
        CHECK(session.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
                  .ends_with("Content-Length: 2\r\nDate: *\r\n\r\n"));
    }
    SECTION("a coroutine") {
        const auto app = [](gust::HTTPServerRequest& request) -> gust::awaitable<gust::Response> {
            co_await asio::post(co_await asio::this_coro::executor, gust::use_awaitable);
            co_return gust::Response::text(std::string{request.body()});
        };
        Session session{gust::application_of<decltype(app)>{app}};
        CHECK(session.send(post("hello")).ends_with("\r\n\r\nhello"));
        CHECK(session.send(get + get).ends_with("\r\n\r\n"));
    }
    SECTION("that throws") {
        const auto app = [](gust::HTTPServerRequest&) -> gust::Response {
            throw std::runtime_error{"meant"};
        };
        Session session{gust::application_of<decltype(app)>{app}};
        CHECK(session.send(get) == no_answer);
        CHECK(session.recorder.text == "a hook failed: meant\n");
    }
    SECTION("that breaks a rule") {
        const auto app = [](gust::HTTPServerRequest&) {
            return gust::Response{gust::status::no_content, "a body"};
        };
        Session session{gust::application_of<decltype(app)>{app}};
        CHECK(session.send(get) == no_answer);
    }
    SECTION("whose body is over what is held in memory") {
        int calls = 0;
        const auto app = [&calls](gust::HTTPServerRequest&) {
            ++calls;
            return gust::Response{};
        };
        Session session{gust::application_of<decltype(app)>{app}, {.max_buffered_body_size = 5}};
        CHECK(begins_with_status(session.send(post("hello")), 200));
        CHECK(calls == 1);
        CHECK(begins_with_status(session.send(post("hello!")), 413));
        CHECK(calls == 1);
    }
    SECTION("whose chunks are over what is held in memory") {
        const auto app = [](gust::HTTPServerRequest&) { return gust::Response{}; };
        Session session{gust::application_of<decltype(app)>{app}, {.max_buffered_body_size = 4}};
        CHECK(begins_with_status(session.send(chunked), 413));
    }
    SECTION("that is shared") {
        int calls = 0;
        auto app = [&calls](gust::HTTPServerRequest&) {
            ++calls;
            return gust::Response{};
        };
        Session session{gust::application_of<std::reference_wrapper<decltype(app)>>{std::ref(app)}};
        CHECK(begins_with_status(session.send(get), 200));
        CHECK(calls == 1);
    }
}

TEST_CASE("testing::exchange gives the whole answer", "[http1][callable]") {
    const auto app = [](gust::HTTPServerRequest& request) {
        return gust::Response::text(std::string{request.target()});
    };
    const std::string bytes = gust::testing::exchange(
        gust::application_of<decltype(app)>{app}, get + "GET /b HTTP/1.1\r\nHost: a\r\n\r\n"
    );
    CHECK(count_of(bytes, "HTTP/1.1 200 OK\r\n") == 2);
    CHECK(bytes.ends_with("\r\n\r\n/b"));
}

// Detaching ---------------------------------------------------------------------------------------

namespace {

struct Detaches : gust::HTTPMessageDelegate {
    std::optional<MemoryStream>* into;
    std::string* log;
    std::string where;

    Detaches(std::optional<MemoryStream>& i, std::string& l, std::string w)
        : into{&i}, log{&l}, where{std::move(w)} {}

    void take(auto& conn) {
        conn.write_headers(
            {gust::status::switching_protocols}, {{"Connection", "upgrade"}, {"Upgrade", "x"}}
        );
        into->emplace(conn.detach());
        conn.write("nothing of HTTP any more");
        conn.finish();
    }
    void headers_received(auto& conn, const gust::RequestStartLine&, const gust::HTTPHeaders&) {
        *log += 'H';
        if (where == "headers") {
            take(conn);
        }
    }
    void finish(auto& conn) {
        *log += 'F';
        take(conn);
    }
    void on_connection_close() noexcept { *log += 'C'; }
    void response_ended(gust::outcome o) noexcept {
        *log += ' ';
        *log += to_string(o);
    }
};

struct DetachApp {
    std::optional<MemoryStream>* into;
    std::string* log;
    std::string where;

    Detaches start_request(auto&, auto&) const { return {*into, *log, where}; }
    void on_close(auto&) const noexcept { *log += " X"; }
};

} // namespace

TEST_CASE("a stream is handed over with what is unread and unsent", "[http1][detach]") {
    for (const std::string where : {"headers", "finish"}) {
        std::optional<MemoryStream> stream;
        std::string log;
        {
            Session session{DetachApp{&stream, &log, where}};
            CHECK(session
                      .send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: "
                            "x\r\n\r\nfirst")
                      .empty()); // the 101 is unsent
            REQUIRE(stream);
            CHECK(log == (where == "headers" ? "H detached X" : "HF detached X"));
            CHECK(session.server.connections() == 0);
            CHECK(stream->input().unread() == "first");
            CHECK(stream->flush().status == gust::io_status::ok);
            CHECK(
                session.receive()
                == "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\nDate: "
                   "*\r\n\r\n"
            );
            stream->output().push(std::string_view{"raw"});
            CHECK(stream->flush().status == gust::io_status::ok);
            CHECK(session.receive() == "raw");
            session.peer.write("second");
            CHECK(stream->fill(100).n == 6);
            CHECK(stream->input().unread() == "firstsecond");
            session.pass(200s); // no deadline of HTTP is left
            CHECK(stream->is_open());
            stream->input().clear();
            stream->close();
            CHECK(session.peer.is_closed());
            stream.reset();
        }
    }
}

// Failing operations ------------------------------------------------------------------------------

namespace {

using FailingStream =
    gust::IOStream<gust::testing::FailingTransport<gust::testing::MemoryTransport>>;

/// A server for one connection whose operations fail.
class FailingServer {
public:
    explicit FailingServer(gust_test::Script& script)
        : core_{new Core{gust_test::ScriptedApp{&script}, {}, gust::Loop::of(io), *this}} {
        gust::Loop::of(io).stop_timer();
    }
    ~FailingServer() { core_->abandon(); }

    gust::testing::MemoryPeer connect(gust::testing::FailPoint& point) {
        auto [near, far] = gust::testing::make_memory_pair(io);
        gust::HTTP1ServerConnection<FailingStream, Core>::start(
            FailingStream{
                gust::Loop::of(io), gust::testing::FailingTransport{std::move(near), point}
            },
            core_,
            gust::PeerAddress{}
        );
        return gust::testing::MemoryPeer{std::move(far)};
    }
    void run() {
        io.restart();
        while (io.poll() != 0) {
            io.restart();
        }
    }
    std::size_t connections() const { return core_->size(); }

    asio::io_context io;

private:
    using Core = gust::detail::ServerCore<FailingServer, gust_test::ScriptedApp>;
    friend Core;
    void connection_ended() noexcept {}

    typename Core::Ref core_;
};

} // namespace

TEST_CASE("whichever operation fails, every delegate gets one end", "[http1][failure]") {
    std::size_t whole = 0;
    const std::size_t runs = gust::testing::for_each_fail_point([&](gust::testing::FailPoint& point
                                                                ) {
        gust_test::Script script;
        FailingServer server{script};
        gust::testing::MemoryPeer peer = server.connect(point);
        server.run();
        std::string bytes;
        const std::string stream = get + post("hello") + chunked;
        for (std::size_t at = 0; at < stream.size(); at += 20) {
            peer.write(std::string_view{stream}.substr(at, 20));
            server.run();
            bytes += peer.read_all();
        }
        peer.shutdown();
        server.run();
        bytes += peer.read_all();
        for (int i = 0; i != 40 && server.connections() != 0; ++i) {
            gust::Loop::of(server.io).tick(); // a failed wait is noticed at a tick at the latest
            server.run();
        }
        INFO("operation " << point.count() << ": " << script.log);
        CHECK(server.connections() == 0);
        CHECK(script.log.ends_with("X"));
        CHECK(count_of(script.log, "X") == 1);
        const std::size_t begun = count_of(script.log, "H");
        CHECK(count_of(script.log, "E:") == begun);
        CHECK(count_of(script.log, "F") + count_of(script.log, "C") == begun);
        CHECK(
            gust_test::without_dates(bytes)
            == (ok + ok + ok).substr(0, gust_test::without_dates(bytes).size())
        );
        whole += count_of(bytes, "HTTP/1.1 200 OK") == 3 ? 1U : 0U;
    });
    CHECK(runs > 20);
    CHECK(whole >= 1); // the last run, in which nothing failed
}
