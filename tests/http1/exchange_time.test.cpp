// SPDX-License-Identifier: MIT
// Deadlines, in time that passes when the test says so. A tick is a second: what is due comes up to
// two of them late, and never early.
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "http1/script.hpp"
#include "support/catch.hpp"

using gust::HTTPConnection;
using gust_test::get;
using gust_test::ok;
using gust_test::ScriptedSession;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

const std::string timeout =
    "HTTP/1.1 408 Request Timeout\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Content-Length: 35\r\nDate: *\r\nConnection: close\r\n\r\n"
    "the request did not arrive in time\n";
constexpr auto late = 3s; // two ticks, and one to be seen

std::string post_head(std::size_t size) {
    return "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
}

} // namespace

TEST_CASE("a connection that never speaks is closed without a word", "[http1][time]") {
    ScriptedSession session;
    CHECK(session.pass(29s).empty());
    CHECK_FALSE(session.peer.is_closed());
    CHECK(session.pass(1s + late).empty());
    CHECK(session.peer.is_closed());
    CHECK(session.log == "X");
    CHECK(session.recorder.text.empty());
}

TEST_CASE("a head that stops is 408", "[http1][time]") {
    ScriptedSession session;
    CHECK(session.pass(20s).empty());
    CHECK(session.send("GET / HT").empty());
    CHECK(session.pass(9s).empty()); // on a fresh connection it is measured from the accept
    CHECK(session.pass(1s + late) == timeout);
    CHECK(session.peer.has_ended());
    CHECK(session.log.empty()); // no delegate was made
    CHECK(session.ends_cleanly());
    CHECK(session.log == "X");
}

TEST_CASE("a head has one deadline, however it trickles", "[http1][time]") {
    ScriptedSession session;
    std::string bytes = session.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
    for (int i = 0; i != 33 && bytes.empty(); ++i) {
        bytes += session.pass(1s);
        session.peer.write("x");
    }
    CHECK(bytes == timeout);
    CHECK(session.ends_cleanly());
}

TEST_CASE("an idle connection is closed without a word", "[http1][time]") {
    ScriptedSession session;
    CHECK(session.pass(20s).empty());
    CHECK(session.send(get) == ok);
    CHECK(session.pass(74s).empty());
    CHECK_FALSE(session.peer.is_closed());
    CHECK(session.send(get) == ok); // which starts it again
    CHECK(session.pass(74s).empty());
    CHECK_FALSE(session.peer.is_closed());
    CHECK(session.pass(1s + late).empty());
    CHECK(session.peer.is_closed());
    CHECK(session.log == "H F E:sent H F E:sent X");
}

TEST_CASE("the second head is measured from its first byte", "[http1][time]") {
    ScriptedSession session;
    CHECK(session.send(get) == ok);
    CHECK(session.pass(60s).empty());
    CHECK(session.send("GET").empty());
    CHECK(session.pass(29s).empty());
    CHECK(session.pass(1s + late) == timeout);
}

TEST_CASE("an empty line is no head", "[http1][time]") {
    ScriptedSession session;
    CHECK(session.send(get + "\r\n") == ok);
    CHECK(session.pass(75s + late).empty());
    CHECK(session.peer.is_closed());
}

TEST_CASE("a body that stops is 408", "[http1][time]") {
    ScriptedSession session;
    CHECK(session.send(post_head(5) + "hel").empty());
    CHECK(session.pass(29s).empty());
    CHECK(session.pass(1s + late) == timeout);
    CHECK(session.log == "H D3 C E:timed_out");
    CHECK(session.ends_cleanly());
    CHECK(session.recorder.text.empty());
}

TEST_CASE("a body that stops behind the begin of its answer cuts that", "[http1][time]") {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) { conn.write_headers({gust::status::ok}, {}, "x"); };
    CHECK(session.send(post_head(5) + "hel").ends_with("1\r\nx\r\n"));
    CHECK(session.pass(30s + late).empty());
    CHECK(session.peer.is_closed());
    CHECK(session.log == "H D3 C E:timed_out X");
}

TEST_CASE("a body at the lowest rate is served, however long it takes", "[http1][time]") {
    for (const int pause : {1, 5, 20}) {
        INFO(pause << " s between pieces");
        ScriptedSession session;
        const std::size_t piece = 1024U * static_cast<std::size_t>(pause);
        constexpr std::size_t pieces = 20;
        CHECK(session.send(post_head(pieces * piece)).empty());
        std::string bytes;
        for (std::size_t i = 0; i != pieces; ++i) {
            bytes += session.pass(std::chrono::seconds{pause});
            bytes += session.send(std::string(piece, 'x'));
        }
        CHECK(bytes == ok);
        CHECK(session.log.ends_with("F E:sent"));
    }
}

TEST_CASE("single bytes earn as much as large pieces", "[http1][time]") {
    ScriptedSession session;
    session.peer.set_read_size(1);
    constexpr std::size_t seconds = 60;
    CHECK(session.send(post_head(seconds * 1024)).empty());
    std::string bytes;
    for (std::size_t i = 0; i != seconds; ++i) {
        bytes += session.pass(1s);
        bytes += session.send(std::string(1024, 'x'));
    }
    CHECK(bytes == ok);
}

TEST_CASE("a body below the lowest rate is 408, though it never stops", "[http1][time]") {
    ScriptedSession session;
    std::string bytes = session.send(post_head(1'000'000));
    int seconds = 0;
    for (; bytes.empty() && seconds != 100; ++seconds) {
        session.peer.write(std::string(256, 'x')); // a quarter of it
        bytes += session.pass(1s);
    }
    CHECK(bytes == timeout);
    CHECK(seconds >= 39); // 30 s, and a quarter of a second for each second
    CHECK(seconds <= 45);
    CHECK(session.log.ends_with("C E:timed_out"));
}

TEST_CASE("the deadline of a body is set for one exchange", "[http1][time]") {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) { conn.set_body_timeout(gust::forever); };
    CHECK(session.send(post_head(5)).empty());
    CHECK(session.pass(std::chrono::hours{1}).empty());
    CHECK(session.send("hello") == ok);
    session.headers = [](HTTPConnection& conn) { conn.set_body_timeout(5s); };
    CHECK(session.send(post_head(5)).empty());
    CHECK(session.pass(4s).empty());
    CHECK(session.send("hello") == ok);
    session.headers = [](HTTPConnection&) {};
    CHECK(session.send(post_head(5)).empty());
    CHECK(session.pass(20s).empty());
    CHECK(session.send("hello") == ok);
    session.headers = [](HTTPConnection& conn) { conn.set_body_timeout(5s); };
    CHECK(session.send(post_head(5)).empty());
    CHECK(session.pass(5s + late) == timeout);
}

TEST_CASE("a delegate that takes its time costs its client nothing", "[http1][time]") {
    SECTION("with a handle") {
        ScriptedSession session;
        gust::ResponseHandle handle;
        session.finish = [&](HTTPConnection& conn) { handle = conn.keep(); };
        CHECK(session.send(get).empty());
        CHECK(session.pass(std::chrono::hours{2}).empty());
        respond(handle, "ok");
        CHECK(session.receive() == ok);
        CHECK(session.send("G").empty()); // and the clocks go on
        CHECK(session.pass(30s + late) == timeout);
    }
    SECTION("with output that the client has not yet read") {
        ScriptedSession session{{.output_high_water = 10'000, .output_low_water = 5'000}};
        session.peer.set_capacity(2'000);
        session.headers = [](HTTPConnection& conn) {
            conn.write_headers({gust::status::ok}, {}, std::string(60'000, 'x'));
        };
        session.finish = [](HTTPConnection& conn) { conn.finish(); };
        session.peer.write(post_head(5)); // above high water nothing is read: no clock of the body
        session.server.run();
        std::string bytes;
        for (int i = 0; i != 50; ++i) {
            session.server.pass(1s);
            bytes += session.peer.read(1024);
        }
        CHECK(session.log == "H");
        bytes += session.send("hello");
        CHECK(bytes.ends_with("0\r\n\r\n"));
        CHECK(session.log == "H D5 F E:sent");
    }
}

TEST_CASE("a client that takes nothing of its answer is cut", "[http1][time]") {
    ScriptedSession session;
    session.finish = [](HTTPConnection& conn) { respond(conn, std::string(300'000, 'x')); };
    session.peer.write(get);
    session.server.run();
    session.server.pass(29s);
    CHECK_FALSE(session.peer.is_closed());
    session.server.pass(1s + late);
    // Behind a FIN the kernel would keep what it has of the answer for as long as the peer likes.
    CHECK(session.peer.is_reset());
    CHECK(session.log.ends_with(" X"));
    CHECK(session.server.connections() == 0);
}

TEST_CASE("a client that takes its answer at the lowest rate gets all of it", "[http1][time]") {
    ScriptedSession session;
    session.peer.set_capacity(4'096);
    session.finish = [](HTTPConnection& conn) { respond(conn, std::string(300'000, 'x') + "."); };
    session.peer.write(get);
    session.server.run();
    std::string bytes;
    for (int i = 0; i != 400 && !bytes.ends_with("xx."); ++i) {
        bytes += session.peer.read(1024);
        session.server.pass(1s);
    }
    CHECK(bytes.size() > 300'000);
    CHECK(bytes.ends_with("xx."));
    CHECK(session.log.starts_with("H F E:sent"));
}

TEST_CASE("a client that takes its answer below the lowest rate is cut", "[http1][time]") {
    ScriptedSession session;
    session.peer.set_capacity(1'000);
    session.finish = [](HTTPConnection& conn) { respond(conn, std::string(300'000, 'x')); };
    session.peer.write(get);
    session.server.run();
    int seconds = 0;
    for (; seconds != 100 && !session.peer.is_closed(); ++seconds) {
        session.peer.read(256);
        session.server.pass(1s);
    }
    CHECK(session.peer.is_reset());
    CHECK(seconds >= 39);
    CHECK(seconds <= 45);
}

TEST_CASE("a peer that stays behind a closing answer is left", "[http1][time]") {
    ScriptedSession session;
    CHECK(session.send("GET / HTTP/1.0\r\n\r\n").ends_with("ok"));
    CHECK(session.peer.has_ended());
    CHECK_FALSE(session.peer.is_closed());
    CHECK(session.pass(2s + late).empty());
    CHECK(session.peer.is_closed());
    CHECK(session.log == "H F E:sent X");
}

TEST_CASE("a peer that goes on sending behind a closing answer is left", "[http1][time]") {
    SECTION("in bytes") {
        ScriptedSession session;
        CHECK(session.send("GET / HTTP/1.0\r\n\r\n").ends_with("ok"));
        session.peer.write(std::string(200'000, 'x'));
        session.server.run();
        CHECK_FALSE(session.peer.is_closed());
        session.peer.write(std::string(100'000, 'x'));
        session.server.run();
        CHECK(session.peer.is_closed());
    }
    SECTION("in time, which a trickle does not extend") {
        ScriptedSession session;
        CHECK(session.send("GET / HTTP/1.0\r\n\r\n").ends_with("ok"));
        for (int i = 0; i != 5 && !session.peer.is_closed(); ++i) {
            session.peer.write("x");
            session.server.pass(1s);
        }
        CHECK(session.peer.is_closed());
    }
}

TEST_CASE("a body that nobody wants is waited for only so long", "[http1][time]") {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) { respond(conn, "ok"); };
    CHECK(session.send(post_head(1000)) == ok);
    CHECK(session.log == "H C");
    CHECK(session.pass(2s + late).empty());
    CHECK(session.peer.has_ended());
    CHECK(session.log == "H C E:sent");
    CHECK(session.pass(2s + late).empty());
    CHECK(session.peer.is_closed());
    CHECK(session.log == "H C E:sent X");
}

TEST_CASE("forever is no deadline", "[http1][time]") {
    ScriptedSession session{{
        .head_timeout = gust::forever,
        .body_timeout = gust::forever,
        .idle_timeout = gust::forever,
        .write_timeout = gust::forever,
    }};
    CHECK(session.pass(std::chrono::hours{3}).empty());
    CHECK(session.send("GET /").empty());
    CHECK(session.pass(std::chrono::hours{3}).empty());
    CHECK(session.send(" HTTP/1.1\r\nHost: a\r\n\r\n") == ok);
    CHECK(session.pass(std::chrono::hours{3}).empty());
    CHECK(session.send(post_head(2) + "x").empty());
    CHECK(session.pass(std::chrono::hours{3}).empty());
    CHECK(session.send("y") == ok);
    session.finish = [](HTTPConnection& conn) { respond(conn, std::string(300'000, 'x')); };
    session.peer.write(get);
    session.server.pass(std::chrono::hours{3});
    CHECK(session.receive().ends_with("xxx"));
    CHECK(session.ends_cleanly());
}

TEST_CASE("a loop that was late does not time out its peers", "[http1][time]") {
    ScriptedSession session;
    CHECK(session.send(post_head(5) + "hel").empty());
    session.server.pass(29s);
    session.peer.write("lo"); // there before the tick that would end it
    session.server.loop().tick();
    CHECK(session.receive() == ok);
}
