// SPDX-License-Identifier: MIT
// Corners of a connection that no other test comes by.
#include <gust/http1/server_connection.hpp>

#include <asio/io_context.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <system_error>
#include <vector>

#include "http1/script.hpp"
#include "support/catch.hpp"

using gust::errc;
using gust::HTTPConnection;
using gust_test::get;
using gust_test::ok;
using gust_test::ScriptedSession;
using gust_test::Session;
using namespace std::chrono_literals;

namespace {

std::string head_of(std::size_t length) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

} // namespace

TEST_CASE("without a lowest rate a body may trickle, but not be silent", "[http1][corners]") {
    ScriptedSession session{{.body_timeout = 10s, .min_rate = 0}};
    CHECK(session.send(head_of(20)).empty());
    for (int i = 0; i != 19; ++i) {
        CHECK(session.pass(8s).empty());
        CHECK(session.send("x").empty());
    }
    SECTION("to its end") {
        CHECK(session.send("x") == ok);
    }
    SECTION("silence") {
        CHECK(session.pass(15s).starts_with("HTTP/1.1 408 "));
    }
}

TEST_CASE("a FIN in a body cuts an answer that has begun to leave", "[http1][corners]") {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) {
        conn.write_headers({gust::status::ok}, {}, "begun");
    };
    CHECK(session.send(head_of(9) + "body").ends_with("\r\n5\r\nbegun\r\n"));
    session.peer.shutdown();
    CHECK(session.receive().empty());
    CHECK(session.log == "H D4 C E:peer_gone X");
    CHECK(session.peer.is_closed());
}

TEST_CASE("a broken chunk cuts an answer that has begun to leave", "[http1][corners]") {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) {
        conn.write_headers({gust::status::ok}, {}, "begun");
    };
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(session.send(head).ends_with("\r\n5\r\nbegun\r\n"));
    CHECK(session.send("zz\r\n").empty());
    CHECK(session.log == "H C E:failed X");
    CHECK(session.peer.is_closed());
}

TEST_CASE("a broken chunk takes back an answer of which nothing has left", "[http1][corners]") {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) {
        conn.write_headers({gust::status::ok}, {}, "begun");
    };
    const std::string bytes =
        session.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    CHECK(bytes.starts_with("HTTP/1.1 400 "));
    CHECK(bytes.find("begun") == std::string::npos);
    CHECK(session.log == "H C E:failed");
}

TEST_CASE("an answer that begins before a body over its limit is 413", "[http1][corners]") {
    ScriptedSession session{{.max_body_size = 10}};
    session.headers = [](HTTPConnection& conn) {
        conn.write_headers({gust::status::ok}, {}, "never sent");
        conn.write("nor this");
        conn.finish();
    };
    CHECK(session.send(head_of(11)).starts_with("HTTP/1.1 413 "));
    CHECK(session.log == "H C E:failed");
    CHECK(session.ends_cleanly());
}

TEST_CASE("more requests at once than a loop keeps memory for", "[http1][corners]") {
    ScriptedSession session;
    std::vector<gust::ResponseHandle> handles;
    session.finish = [&](HTTPConnection& conn) { handles.push_back(conn.keep()); };
    std::vector<gust::testing::MemoryPeer> peers;
    for (int i = 0; i != 100; ++i) {
        peers.push_back(session.server.connect());
        peers.back().write(get);
    }
    session.server.run();
    REQUIRE(handles.size() == 100);
    for (gust::ResponseHandle& handle : handles) {
        respond(handle, "ok");
    }
    session.server.run();
    for (gust::testing::MemoryPeer& peer : peers) {
        CHECK(gust_test::without_dates(peer.read_all()) == ok);
    }
}

TEST_CASE("blanks go before and behind the equals sign of an extension", "[http1][corners]") {
    ScriptedSession session;
    CHECK(
        session.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "5;a \t = \t b ; c\r\nhello\r\n0\r\n\r\n")
        == ok
    );
    CHECK(session.log == "H D5 F E:sent");
}

TEST_CASE("waiting for an exchange that is over ends at once", "[http1][corners]") {
    ScriptedSession session;
    gust::ResponseHandle handle;
    std::vector<std::error_code> told;
    const auto note = [&told](std::error_code ec) { told.push_back(ec); };
    session.finish = [&](HTTPConnection& conn) {
        handle = conn.keep();
        conn.close();
        conn.add_response_field("X-A", "nobody gets it");
        conn.drained(note);
    };
    CHECK(session.send(get).empty());
    handle.drained(note);
    session.server.run();
    CHECK(told == std::vector<std::error_code>{errc::closed, errc::closed});
}

TEST_CASE("a redirect has its location and no body", "[http1][corners]") {
    ScriptedSession session;
    session.finish = [](HTTPConnection& conn) { redirect(conn, "/there"); };
    CHECK(
        session.send(get)
        == "HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\nDate: *\r\n\r\n"
    );
}

TEST_CASE("a connection tells where it comes from, and what was added", "[http1][corners]") {
    ScriptedSession session;
    std::string told;
    session.finish = [&told](HTTPConnection& conn) {
        told = conn.remote_address() + '|' + std::string{conn.protocol()} + '|';
        CHECK(conn.added_response_field("X-A").empty());
        CHECK(conn.error_page() == nullptr);
        conn.add_response_field("X-A", "b");
        told += conn.added_response_field("x-a");
        CHECK(conn.error_page() == nullptr);
        respond(conn, "ok");
        conn.add_response_field("X-B", "too late");
    };
    session.headers = [](HTTPConnection&) {};
    CHECK(session.send(get).starts_with("HTTP/1.1 500 ")); // the last call is a mistake
    CHECK(told == "|http|b");
}

TEST_CASE("cookies of several lines are those of one", "[http1][corners]") {
    std::string told;
    const auto app = [&told](gust::HTTPServerRequest& request) {
        for (const auto& [name, value] : request.cookies()) {
            told += name + '=' + value + ' ';
        }
        return gust::Response::text("ok");
    };
    Session session{gust::application_of<decltype(app)>{app}};
    CHECK(
        session.send("GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1; b=2\r\nCookie: c=3\r\n\r\n") == ok
    );
    CHECK(told == "a=1 b=2 c=3 ");
}

namespace {

/// Waits, then does not want half-closed peers.
struct LateChoice : gust::HTTPMessageDelegate {
    LateChoice(std::string& l, asio::steady_timer& g) : log{&l}, gate{&g} {}
    gust::awaitable<> finish(auto& conn) {
        gate->expires_at(asio::steady_timer::time_point::max());
        std::error_code ignored;
        co_await gate->async_wait(asio::redirect_error(gust::use_awaitable, ignored));
        conn.set_half_close(gust::half_close::abort);
        respond(conn, "too late");
    }
    void response_ended(gust::outcome o) noexcept { *log += to_string(o); }
    std::string* log;
    asio::steady_timer* gate;
};

struct LateChoiceApp {
    std::string* log;
    asio::steady_timer* gate;
    LateChoice start_request(auto&, auto&) const { return LateChoice{*log, *gate}; }
    void on_close(auto&) const noexcept {}
};

} // namespace

TEST_CASE("half-closed peers may be refused when the FIN is there already", "[http1][corners]") {
    std::string log;
    asio::io_context elsewhere;
    asio::steady_timer gate{elsewhere};
    Session<LateChoiceApp> session{LateChoiceApp{&log, &gate}};
    gate = asio::steady_timer{session.server.loop().context()};
    CHECK(session.send(get).empty());
    session.peer.shutdown();
    CHECK(session.receive().empty());
    CHECK(log.empty());
    gate.cancel();
    CHECK(session.receive().empty());
    CHECK(log == "peer_gone");
    CHECK(session.server.connections() == 0);
    gate = asio::steady_timer{elsewhere}; // it is not to outlive the loop of the session
}

TEST_CASE("versions and outcomes have names", "[http1][corners]") {
    CHECK(to_string(gust::version::http_1_0) == "HTTP/1.0");
    CHECK(to_string(gust::version::http_1_1) == "HTTP/1.1");
    CHECK(to_string(static_cast<gust::outcome>(99)) == "unknown");
}
