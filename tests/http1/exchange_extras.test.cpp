// SPDX-License-Identifier: MIT
// What middleware does to a response that somebody else makes.
#include <asio/steady_timer.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "http1/script.hpp"
#include "support/catch.hpp"

using gust::errc;
using gust::ErrorPage;
using gust::field_rule;
using gust::HTTPConnection;
using gust_test::get;
using gust_test::ScriptedSession;
using gust_test::thrown_by;

namespace {

const ErrorPage every_error{
    .write = [](void*, gust::status code, std::string_view detail, std::string& body
             ) { body = fmt::format("<{}|{}>", static_cast<int>(code), detail); },
    .covers = ErrorPage::scope::every,
};
const ErrorPage bare_errors{.write = every_error.write};

/// 408 as the clock of a body answers it.
std::string error(std::string_view line, std::string_view body, std::string_view extra = "") {
    return fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\n{}Content-Length: {}\r\nDate: "
        "*\r\nConnection: close\r\n\r\n{}",
        line,
        extra,
        body.size(),
        body
    );
}

} // namespace

TEST_CASE(
    "an added field goes into whatever response is sent, and into no other", "[http1][extras]"
) {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) {
        if (conn.target().path == "/a") {
            conn.add_response_field("X-A", "1");
            conn.add_response_field("X-A", "2");
            conn.add_response_field("content-type", "x/y", field_rule::unless_present);
            conn.add_response_field("X-B", "3", field_rule::unless_present);
        }
    };
    const std::string request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
    CHECK(
        session.send(request)
        == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nX-A: 1\r\nX-A: 2\r\nX-B: "
           "3\r\nContent-Length: 2\r\nDate: *\r\n\r\nok"
    );
    CHECK(session.send(get) == gust_test::ok); // the same connection, the next request
    session.finish = [](HTTPConnection& conn) {
        conn.write_headers({gust::status::no_content}, {});
        conn.finish();
    };
    CHECK(
        session.send(request)
        == "HTTP/1.1 204 No Content\r\nX-A: 1\r\nX-A: 2\r\ncontent-type: x/y\r\nX-B: 3\r\nDate: "
           "*\r\n\r\n"
    );
    session.finish = [](HTTPConnection&) { throw std::runtime_error{"no"}; };
    const std::string failed = session.send(request);
    CHECK(failed.starts_with("HTTP/1.1 500 "));
    CHECK(failed.find("\r\nX-A: 1\r\nX-A: 2\r\nX-B: 3\r\n") != failed.npos);
    CHECK(session.recorder.text == "a hook failed: no\n");
}

TEST_CASE(
    "a field is added before the head, and only if it is not the connection's", "[http1][extras]"
) {
    ScriptedSession session;
    session.finish = [](HTTPConnection& conn) {
        CHECK(thrown_by([&] { conn.add_response_field("date", "x"); }) == errc::forbidden_field);
        CHECK(
            thrown_by([&] { conn.add_response_field("Connection", "close"); })
            == errc::forbidden_field
        );
        CHECK(
            thrown_by([&] { conn.add_response_field("Content-Length", "1"); })
            == errc::forbidden_field
        );
        CHECK(
            thrown_by([&] { conn.add_response_field("Transfer-Encoding", "gzip"); })
            == errc::forbidden_field
        );
        respond(conn, "ok");
        CHECK(thrown_by([&] { conn.add_response_field("X-A", "1"); }) == errc::wrong_order);
    };
    CHECK(session.send(get) == gust_test::ok);
}

TEST_CASE("a long field that is added has room", "[http1][extras]") {
    ScriptedSession session;
    const std::string value(20'000, 'v');
    session.headers = [&](HTTPConnection& conn) { conn.add_response_field("X-A", value); };
    CHECK(session.send(get).find("\r\nX-A: " + value + "\r\n") != std::string::npos);
}

TEST_CASE("status and size of a response are known when it has ended", "[http1][extras]") {
    ScriptedSession session;
    HTTPConnection* connection = nullptr;
    std::string seen;
    session.headers = [&](HTTPConnection& conn) {
        connection = &conn;
        CHECK_FALSE(conn.response_status());
        CHECK(conn.response_size() == 0);
    };
    session.ended = [&] {
        const auto code = connection->response_status();
        seen =
            fmt::format("{} {}", code ? static_cast<int>(*code) : 0, connection->response_size());
    };
    for (int i = 0; i != 2; ++i) {
        const std::string answer = session.send(get);
        CHECK(seen == fmt::format("200 {}", answer.size() + 28)); // 29 bytes of date are one star
    }
    session.finish = [](HTTPConnection& conn) {
        conn.write_headers({gust::status::created}, {});
        conn.write("hello");
        conn.finish();
    };
    const std::string chunked = session.send(get);
    CHECK(seen == fmt::format("201 {}", chunked.size() + 28));
    session.finish = [](HTTPConnection& conn) { conn.close(); };
    session.send(get);
    CHECK(seen == "0 0");
}

TEST_CASE("an error page makes the bodies of the library's errors", "[http1][extras]") {
    for (const ErrorPage* page : {&every_error, &bare_errors}) {
        ScriptedSession session;
        session.headers = [&](HTTPConnection& conn) { conn.set_error_page(page); };
        session.finish = [](HTTPConnection&) {};
        const std::string answer = session.send(get);
        const std::string detail = gust::make_error_code(errc::no_answer).message();
        CHECK(answer == error("500 Internal Server Error", "<500|" + detail + ">"));
    }
    ScriptedSession late;
    late.headers = [](HTTPConnection& conn) { conn.set_error_page(&bare_errors); };
    late.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n");
    const std::string detail = gust::make_error_code(errc::request_timeout).message();
    CHECK(
        late.pass(std::chrono::seconds{40}) == error("408 Request Timeout", "<408|" + detail + ">")
    );
}

TEST_CASE("an error page is for one request", "[http1][extras]") {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) {
        if (conn.target().path == "/a") {
            conn.set_error_page(&every_error);
        }
    };
    session.finish = [](HTTPConnection& conn) { respond(conn, gust::status::gone, "gone"); };
    CHECK(
        session.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        == "HTTP/1.1 410 Gone\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: "
           "6\r\nDate: *\r\n\r\n<410|>"
    );
    CHECK(session.send(get).ends_with("\r\n\r\ngone"));
    // What is no request has no page, whatever the last one had.
    session.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
    const std::string refused = session.send("\rx");
    CHECK(refused.starts_with("HTTP/1.1 400 "));
    CHECK(refused.find("<400") == refused.npos);
}

TEST_CASE(
    "a page for every error takes the place of bodies, and of what describes them",
    "[http1][extras]"
) {
    ScriptedSession session;
    session.headers = [](HTTPConnection& conn) { conn.set_error_page(&every_error); };
    session.finish = [](HTTPConnection& conn) {
        respond(
            conn,
            gust::status::range_not_satisfiable,
            {{"Content-Type", "text/plain"},
             {"Content-Encoding", "gzip"},
             {"etag", "\"x\""},
             {"Content-Range", "bytes */9"}},
            "own"
        );
    };
    CHECK(
        session.send(get)
        == "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */9\r\nContent-Type: "
           "text/html; charset=utf-8\r\nContent-Length: 6\r\nDate: *\r\n\r\n<416|>"
    );
    session.finish = [](HTTPConnection& conn) {
        respond(conn, gust::status::gone, gust::HTTPHeaders{{"X-A", "1"}}, "own");
    };
    CHECK(session.send(get).find("X-A: 1\r\nContent-Type: text/html") != std::string::npos);
    session.finish = [](HTTPConnection& conn) { respond(conn, "ok"); };
    CHECK(session.send(get) == gust_test::ok);
    // What was begun in pieces, and what a page is not for, is left alone.
    session.finish = [](HTTPConnection& conn) {
        conn.write_headers({gust::status::gone}, {{"Content-Length", "3"}}, "own");
        conn.finish();
    };
    CHECK(session.send(get).ends_with("\r\n\r\nown"));
    session.headers = [](HTTPConnection& conn) { conn.set_error_page(&bare_errors); };
    session.finish = [](HTTPConnection& conn) { respond(conn, gust::status::gone, "own"); };
    CHECK(session.send(get).ends_with("\r\n\r\nown"));
}

TEST_CASE("respond_error sends the page in force, or a line", "[http1][extras]") {
    ScriptedSession session;
    session.finish = [](HTTPConnection& conn) {
        conn.respond_error(gust::status::not_found, {{"X-A", "1"}}, "secret");
    };
    CHECK(
        session.send(get)
        == "HTTP/1.1 404 Not Found\r\nX-A: 1\r\nContent-Type: text/plain; charset=utf-8\r\n"
           "Content-Length: 10\r\nDate: *\r\n\r\nNot Found\n"
    );
    session.headers = [](HTTPConnection& conn) { conn.set_error_page(&bare_errors); };
    CHECK(session.send(get).ends_with("\r\n\r\n<404|secret>"));
    CHECK(session.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
              .ends_with("Content-Length: 12\r\nDate: *\r\n\r\n"));
}

TEST_CASE("a connection that gives up answers in the delegate's place", "[http1][extras]") {
    SECTION("while a handle is held, whose verbs then do nothing") {
        ScriptedSession session;
        gust::ResponseHandle reply;
        session.finish = [&](HTTPConnection& conn) {
            reply = conn.keep();
            conn.give_up(gust::status::service_unavailable);
        };
        const std::string answer = session.send(get + get);
        CHECK(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
        CHECK(answer.ends_with("\r\nConnection: close\r\n\r\nService Unavailable\n"));
        respond(reply, "late");
        CHECK(session.receive().empty());
        CHECK(session.log == "H F E:timed_out");
    }
    SECTION("from outside a hook") {
        ScriptedSession session;
        HTTPConnection* connection = nullptr;
        gust::ResponseHandle reply;
        session.finish = [&](HTTPConnection& conn) {
            reply = conn.keep();
            connection = &conn;
        };
        CHECK(session.send(get).empty());
        connection->give_up(gust::status::service_unavailable);
        CHECK(session.receive().starts_with("HTTP/1.1 503 "));
        CHECK(session.log == "H F E:timed_out");
    }
    SECTION("in the middle of a body") {
        ScriptedSession session;
        HTTPConnection* connection = nullptr;
        session.headers = [&](HTTPConnection& conn) { connection = &conn; };
        session.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
        connection->give_up(gust::status::request_timeout);
        CHECK(session.receive().starts_with("HTTP/1.1 408 "));
        CHECK(session.log == "H D2 C E:timed_out");
    }
    SECTION("a response that has begun is cut") {
        ScriptedSession session;
        session.finish = [](HTTPConnection& conn) {
            conn.write_headers({gust::status::ok}, {});
            conn.give_up(gust::status::service_unavailable);
            conn.write("more");
        };
        CHECK(session.send(get).find("more") == std::string::npos);
        CHECK(session.log == "H F E:timed_out X");
        CHECK(session.peer.has_ended());
    }
    SECTION("a response that is complete stays") {
        ScriptedSession session;
        session.finish = [](HTTPConnection& conn) {
            respond(conn, "ok");
            conn.give_up(gust::status::service_unavailable);
        };
        CHECK(session.send(get) == gust_test::ok);
        CHECK(session.log == "H F E:sent");
    }
    SECTION("a hook that throws behind another answer does not take its place") {
        ScriptedSession session;
        session.finish = [](HTTPConnection& conn) {
            conn.give_up(gust::status::service_unavailable);
            throw std::runtime_error{"cancelled"};
        };
        CHECK(session.send(get).starts_with("HTTP/1.1 503 "));
    }
}

namespace {

struct Waits : gust::HTTPMessageDelegate {
    explicit Waits(asio::steady_timer& t) : timer{&t} {}
    asio::steady_timer* timer;
    gust::awaitable<> finish(HTTPConnection& conn) {
        timer->expires_after(std::chrono::hours{1});
        asio::post(conn.get_executor(), [&conn] {
            conn.give_up(gust::status::service_unavailable);
        });
        co_await timer->async_wait(gust::use_awaitable);
    }
};

struct WaitingApp {
    std::shared_ptr<asio::steady_timer> timer;
    Waits start_request(auto&, auto& conn) {
        timer = std::make_shared<asio::steady_timer>(conn.get_executor());
        return Waits{*timer};
    }
};

} // namespace

TEST_CASE("giving up cancels the hook that is pending", "[http1][extras]") {
    gust_test::Session<WaitingApp> session{WaitingApp{}};
    CHECK(session.send(get).starts_with("HTTP/1.1 503 "));
    CHECK(session.ends_cleanly()); // no hook is left
}
