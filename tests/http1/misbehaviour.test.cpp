// SPDX-License-Identifier: MIT
// Handlers that do what they should not: the peer gets an answer or the end, the log a line, and
// nobody else notices.
#include <gust/http1/server_connection.hpp>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "http1/script.hpp"
#include "support/catch.hpp"

using gust::HTTPConnection;
using gust_test::get;
using gust_test::ok;
using gust_test::ScriptedSession;
using gust_test::Session;
using gust_test::thrown_by;

namespace {

/// What a test's coroutine hooks hold, for somebody else to destroy.
struct Held {
    std::unique_ptr<asio::steady_timer> timer;
    std::unique_ptr<gust::ResponseHandle> handle;
    std::function<gust::awaitable<>(HTTPConnection&)> hook;
    std::string log;
};

/// Runs the hook that the test says in the place that the test says.
struct Waiting : gust::HTTPMessageDelegate {
    Waiting(Held& h, std::string_view p) : held{&h}, place{p} {}

    gust::awaitable<>
    headers_received(auto& conn, const gust::RequestStartLine&, const gust::HTTPHeaders&) {
        return run(conn, "headers");
    }
    gust::awaitable<> data_received(auto& conn, gust::bytes) { return run(conn, "data"); }
    gust::awaitable<> finish(auto& conn) { return run(conn, "finish"); }
    void on_connection_close() noexcept { held->log += "C "; }
    void response_ended(gust::outcome o) noexcept {
        held->log += "E:" + std::string{to_string(o)} + ' ';
    }
    gust::awaitable<> run(HTTPConnection& conn, std::string_view where) {
        if (where == place) {
            held->log += std::string{where} + ' ';
            return held->hook(conn);
        }
        if (where == "finish" && !conn.response_status()) {
            respond(conn, "ok");
        }
        return {};
    }

    Held* held;
    std::string_view place;
};

struct WaitingApp {
    Held* held;
    std::string_view place;
    Waiting start_request(auto&, auto&) const { return Waiting{*held, place}; }
    void on_close(auto&) const noexcept { held->log += "X"; }
};

const std::string request = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";

gust::awaitable<> wait(asio::steady_timer& timer) {
    timer.expires_at(asio::steady_timer::time_point::max());
    co_await timer.async_wait(gust::use_awaitable);
}

} // namespace

TEST_CASE("what a hook waits for may be destroyed beneath it", "[http1][misbehaviour]") {
    for (const std::string_view place : {"headers", "data", "finish"}) {
        INFO(place);
        Held held;
        Session<WaitingApp> session{WaitingApp{&held, place}};
        held.timer = std::make_unique<asio::steady_timer>(session.server.loop().context());
        held.hook = [&held](HTTPConnection&) { return wait(*held.timer); };
        CHECK(session.send(request + get).empty());
        CHECK(held.log == std::string{place} + ' ');
        held.timer.reset(); // the wait ends with an error, which leaves the hook
        CHECK(session.receive().starts_with("HTTP/1.1 500 "));
        CHECK(session.recorder.text.starts_with("a hook failed: "));
        CHECK(session.ends_cleanly());
        CHECK(
            held.log == std::string{place} + (place == "finish" ? " E:failed X" : " C E:failed X")
        );
    }
}

TEST_CASE("a handle may be destroyed while its coroutine waits with it", "[http1][misbehaviour]") {
    for (const std::string_view place : {"headers", "data", "finish"}) {
        INFO(place);
        Held held;
        Session<WaitingApp> session{WaitingApp{&held, place}};
        session.peer.set_capacity(1000);
        held.hook = [&held](HTTPConnection& conn) -> gust::awaitable<> {
            held.handle = std::make_unique<gust::ResponseHandle>(conn.keep());
            held.handle->write_headers({gust::status::ok}, {}, std::string(1'000'000, 'x'));
            co_await held.handle->drained();
            conn.finish();
        };
        session.peer.write(request);
        session.server.run();
        REQUIRE(held.handle);
        held.handle.reset();
        std::string bytes;
        for (std::string more = session.receive(); !more.empty(); more = session.receive()) {
            bytes += more;
        }
        CHECK(bytes.size() > 1'000'000);
        CHECK(bytes.ends_with("\r\n0\r\n\r\n"));
        CHECK(session.ends_cleanly());
        CHECK(held.log.ends_with("E:sent X"));
    }
}

TEST_CASE("a hook that never ends holds up its own connection only", "[http1][misbehaviour]") {
    for (const std::string_view place : {"headers", "data", "finish"}) {
        INFO(place);
        Held held;
        Session<WaitingApp> session{WaitingApp{&held, place}};
        held.timer = std::make_unique<asio::steady_timer>(session.server.loop().context());
        held.hook = [&held](HTTPConnection&) { return wait(*held.timer); };
        CHECK(session.send(request).empty());

        gust::testing::MemoryPeer other = session.server.connect();
        held.hook = [](HTTPConnection& conn) -> gust::awaitable<> {
            respond(conn, "ok");
            co_return;
        };
        for (int i = 0; i != 3; ++i) {
            other.write(request);
            session.server.run();
            CHECK(gust_test::without_dates(other.read_all()) == ok);
        }
        other.shutdown();
        session.peer.reset(); // which cancels the hook
        session.server.run();
        CHECK(session.server.connections() == 0);
        held.timer.reset(); // it is not to outlive the loop of the session
    }
}

TEST_CASE("a hook may answer for another request, which gets the answer", "[http1][misbehaviour]") {
    ScriptedSession session;
    std::vector<gust::ResponseHandle> handles;
    session.finish = [&](HTTPConnection& conn) { handles.push_back(conn.keep()); };
    CHECK(session.send(get).empty());
    gust::testing::MemoryPeer other = session.server.connect();
    session.finish = [&](HTTPConnection& conn) {
        respond(handles[0], "ok"); // the first one's
        respond(conn, "ok");
        CHECK(thrown_by([&] { respond(handles[0], "once more"); }) == gust::errc::wrong_order);
    };
    other.write(get);
    session.server.run();
    CHECK(gust_test::without_dates(other.read_all()) == ok);
    CHECK(session.receive() == ok);
    respond(handles[0], "once more"); // over by now, so it does nothing
    CHECK(session.receive().empty());
    other.shutdown();
    CHECK(session.ends_cleanly());
}

namespace {

struct Unmade : gust::HTTPMessageDelegate {
    explicit Unmade(std::string& l) : log{&l} { throw std::runtime_error{"not made"}; }
    void finish(HTTPConnection&) {}
    void on_connection_close() noexcept { *log += "C "; }
    void response_ended(gust::outcome) noexcept { *log += "E "; }
    std::string* log;
};

struct UnmadeApp {
    std::string* log;
    Unmade start_request(auto&, auto&) const { return Unmade{*log}; }
    void on_close(auto&) const noexcept { *log += "X"; }
};

} // namespace

TEST_CASE("a delegate that throws when it is made is answered with 500", "[http1][misbehaviour]") {
    std::string log;
    Session<UnmadeApp> session{UnmadeApp{&log}};
    CHECK(session.send(request).starts_with("HTTP/1.1 500 "));
    CHECK(session.recorder.text == "a hook failed: not made\n");
    CHECK(session.ends_cleanly());
    CHECK(log == "X"); // no hook of what never was
}

TEST_CASE("a flood of failing requests is a few lines in the log", "[http1][misbehaviour]") {
    struct Records {
        int count = 0;
        void operator()(const gust::LogRecord&) { ++count; }
    };
    Records records;
    ScriptedSession session;
    session.finish = [](HTTPConnection&) { throw std::runtime_error{"meant"}; };
    session.server.loop().set_log(gust::log_to(records));
    for (int i = 0; i != 1000; ++i) {
        gust::testing::MemoryPeer peer = session.server.connect();
        peer.write(get);
        session.server.run();
        CHECK(peer.read_all().starts_with("HTTP/1.1 500 "));
        peer.shutdown();
        session.server.run();
    }
    CHECK(records.count > 0);
    CHECK(records.count <= 200); // twenty a second, on the slowest machine
}
