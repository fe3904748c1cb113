// SPDX-License-Identifier: MIT
#include <gust/core/awaitable.hpp>
#include <gust/http/response.hpp>
#include <gust/routing/router.hpp>
#include <gust/testing/exchange.hpp>
#include <gust/web/access_log.hpp>
#include <gust/web/error_pages.hpp>
#include <gust/web/limits.hpp>
#include <gust/web/middleware.hpp>
#include <gust/web/request_id.hpp>
#include <gust/web/response_headers.hpp>

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/core.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "web/ask.hpp"

using Catch::Matchers::ContainsSubstring;
using gust::HTTPConnection;
using gust::HTTPHeaders;
using gust::HTTPServerRequest;
using gust::on;
using gust::RequestStartLine;
using gust::Response;
using gust::Router;
using gust::status;
using gust::step;
using gust_test::ask;
using gust_test::body;
using gust_test::code;
using gust_test::field;
using gust_test::send;
using namespace gust::literals;
using namespace std::chrono_literals;

namespace {

/// Writes its name and the hook into a log.
struct Trace : gust::Middleware {
    Trace(std::string& l, char n) : log{&l}, name{n} {}
    std::string* log;
    char name;
    void note(char hook) const { log->append({name, hook, ' '}); }

    void headers_received(auto&, const RequestStartLine&, const HTTPHeaders&) { note('h'); }
    void data_received(auto&, gust::bytes) { note('d'); }
    void finish(auto&) { note('f'); }
    void on_connection_close() noexcept { note('c'); }
    void response_ended(gust::outcome) noexcept { note('e'); }
};

/// The same in coroutines, each of which waits for the loop once.
struct LateTrace : Trace {
    using Trace::Trace;
    gust::awaitable<> headers_received(auto& conn, const RequestStartLine&, const HTTPHeaders&) {
        co_await asio::post(conn.get_executor(), gust::use_awaitable);
        note('h');
    }
    gust::awaitable<> data_received(auto& conn, gust::bytes) {
        co_await asio::post(conn.get_executor(), gust::use_awaitable);
        note('d');
    }
    gust::awaitable<> finish(auto& conn) {
        co_await asio::post(conn.get_executor(), gust::use_awaitable);
        note('f');
    }
};

struct Traced : gust::HTTPMessageDelegate {
    explicit Traced(std::string& l) : trace{l, 'i'} { trace.note('m'); }
    Trace trace;
    void headers_received(HTTPConnection& conn, const RequestStartLine& s, const HTTPHeaders& h) {
        trace.headers_received(conn, s, h);
    }
    void data_received(HTTPConnection& conn, gust::bytes chunk) {
        trace.data_received(conn, chunk);
    }
    void finish(HTTPConnection& conn) {
        trace.finish(conn);
        respond(conn, "ok");
    }
    void on_connection_close() noexcept { trace.on_connection_close(); }
    void response_ended(gust::outcome o) noexcept { trace.response_ended(o); }
};

/// The same with coroutines.
struct LateTraced : Traced {
    using Traced::Traced;
    gust::awaitable<>
    headers_received(auto& conn, const RequestStartLine& s, const HTTPHeaders& h) {
        co_await asio::post(conn.get_executor(), gust::use_awaitable);
        trace.headers_received(conn, s, h);
    }
    gust::awaitable<> finish(auto& conn) {
        co_await asio::post(conn.get_executor(), gust::use_awaitable);
        Traced::finish(conn);
    }
};

template <class Delegate>
struct TracedApp {
    std::string* log;
    Delegate start_request(auto&, auto&) { return Delegate{*log}; }
    void on_close(auto&) noexcept { log->append("x "); }
};

const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx";

/// Lets a request pass if it says please.
struct Polite : gust::Middleware {
    step
    headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders& headers) {
        if (headers.contains("Please")) {
            return step::next;
        }
        respond(conn, status::forbidden, "say please");
        return step::stop;
    }
};
struct PoliteLater : gust::Middleware {
    gust::awaitable<step>
    headers_received(auto& conn, const RequestStartLine& start, const HTTPHeaders& headers) {
        co_await asio::post(conn.get_executor(), gust::use_awaitable);
        co_return Polite{}.headers_received(conn, start, headers);
    }
};

struct Hello : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "Hello"); }
};

struct Named : gust::HTTPMessageDelegate {
    explicit Named(std::string_view n) : name{n} {}
    std::string name;
    void finish(auto& conn) { respond(conn, name); }
};

struct Counted : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "made"); }
};

/// The type of a hook of what `app` makes.
template <class App>
using finish_result =
    decltype(std::declval<App&>()
                 .start_request(std::declval<int&>(), std::declval<HTTPConnection&>())
                 .finish(std::declval<HTTPConnection&>()));

} // namespace

TEST_CASE("middleware is called from the outside in, and back", "[web][middleware]") {
    std::string log;
    auto app = Trace{log, 'a'} | Trace{log, 'b'} | TracedApp<Traced>{&log};
    CHECK(code(gust::testing::exchange(app, post)) == 200);
    CHECK(log == "ah bh im ih ad bd id af bf if ie be ae x ");
    log.clear();
    // Put together in whatever order.
    const auto both = Trace{log, 'a'} | Trace{log, 'b'};
    CHECK(
        code(gust::testing::exchange(both | Trace{log, 'c'} | TracedApp<Traced>{&log}, post)) == 200
    );
    CHECK(log == "ah bh ch im ih ad bd cd id af bf cf if ie ce be ae x ");
}

TEST_CASE("hooks that wait keep the order", "[web][middleware]") {
    std::string log;
    const std::string expected = "ah bh im ih ad bd id af bf if ie be ae x ";
    CHECK(
        code(gust::testing::exchange(
            LateTrace{log, 'a'} | Trace{log, 'b'} | TracedApp<Traced>{&log}, post
        ))
        == 200
    );
    CHECK(log == expected);
    log.clear();
    CHECK(
        code(gust::testing::exchange(
            Trace{log, 'a'} | LateTrace{log, 'b'} | TracedApp<LateTraced>{&log}, post
        ))
        == 200
    );
    CHECK(log == expected);
    log.clear();
    CHECK(
        code(gust::testing::exchange(
            LateTrace{log, 'a'} | LateTrace{log, 'b'} | TracedApp<LateTraced>{&log}, post
        ))
        == 200
    );
    CHECK(log == expected);
}

TEST_CASE("plain hooks stay plain, others stay awaitable", "[web][middleware]") {
    using gust::awaitable;
    STATIC_REQUIRE(std::is_void_v<finish_result<gust::Layered<Trace, TracedApp<Traced>>>>);
    STATIC_REQUIRE(std::is_same_v<
                   finish_result<gust::Layered<Trace, TracedApp<LateTraced>>>,
                   awaitable<>>);
    STATIC_REQUIRE(std::is_same_v<
                   finish_result<gust::Layered<LateTrace, TracedApp<Traced>>>,
                   awaitable<>>);
    STATIC_REQUIRE(sizeof(Polite{} | gust::each<Hello>) == 1); // nothing is kept of what is nothing
}

TEST_CASE("the ends of a request that is cut reach everybody", "[web][middleware]") {
    std::string log;
    auto app = Trace{log, 'a'} | TracedApp<Traced>{&log};
    gust::testing::exchange(app, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx");
    CHECK(log == "ah im ih ad id ic ac ie ae x ");
}

TEST_CASE("middleware that answers keeps a request from what is inside", "[web][middleware]") {
    std::string log;
    const std::string polite =
        "POST / HTTP/1.1\r\nHost: a\r\nPlease: x\r\nContent-Length: 1\r\n\r\nx";
    const auto test = [&](auto app) {
        log.clear();
        const std::string turned_away = gust::testing::exchange(app, post);
        CHECK(code(turned_away) == 403);
        CHECK(body(turned_away) == "say please");
        CHECK(log == "ah ac ae x "); // answered before the body: no `finish`
        log.clear();
        CHECK(code(gust::testing::exchange(app, polite)) == 200);
        CHECK(log == "ah im ih ad id af if ie ae x ");
    };
    test(Trace{log, 'a'} | Polite{} | TracedApp<Traced>{&log});
    test(Trace{log, 'a'} | PoliteLater{} | TracedApp<Traced>{&log});
    test(Trace{log, 'a'} | Polite{} | TracedApp<LateTraced>{&log});
    test(Trace{log, 'a'} | PoliteLater{} | TracedApp<LateTraced>{&log});
}

TEST_CASE("middleware that stops a request may answer later", "[web][middleware]") {
    struct Later : gust::Middleware {
        step headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
            asio::post(conn.get_executor(), [reply = conn.keep()]() mutable {
                respond(reply, "later");
            });
            return step::stop;
        }
    };
    CHECK(ask(Later{} | gust::each<Hello>, "GET /") == "200 later");
    CHECK(body(gust::testing::exchange(Later{} | gust::each<Hello>, post)) == "later");
}

TEST_CASE("middleware that throws is answered with 500", "[web][middleware]") {
    struct Throws : gust::Middleware {
        void headers_received(HTTPConnection&, const RequestStartLine&, const HTTPHeaders&) {
            throw std::runtime_error{"no"};
        }
    };
    std::string log;
    CHECK(code(send(Trace{log, 'a'} | Throws{} | TracedApp<Traced>{&log}, "GET /")) == 500);
    CHECK(log == "ah ac ae x ");
}

TEST_CASE(
    "middleware goes around callables, references, routers and each other", "[web][middleware]"
) {
    std::string log;
    const Trace trace{log, 'a'};
    CHECK(ask(trace | [](HTTPServerRequest&) { return Response::text("f"); }, "GET /") == "200 f");
    CHECK(
        ask(
            trace | [](HTTPServerRequest& r) -> gust::awaitable<Response> {
                co_return Response::text(std::string{r.path()});
            },
            "GET /x"
        )
        == "200 /x"
    );
    auto inner = trace | gust::each<Hello>;
    CHECK(ask(trace | std::ref(inner), "GET /") == "200 Hello");
    Router router{on<"GET /a">(gust::each<Hello>)};
    CHECK(ask(trace | std::ref(router), "GET /a") == "200 Hello");
    CHECK(ask(trace | router, "GET /b") == "404 Not Found\n");
    CHECK(log == "ah af ae ah af ae ah ah af af ae ae ah af ae ah ac ae ");
}

TEST_CASE("middleware goes around one rule, whatever its target", "[web][middleware]") {
    std::string log;
    const Trace a{log, 'a'};
    struct IsX {
        std::optional<int> match(const HTTPServerRequest& r) const {
            return r.headers().contains("X") ? std::optional{7} : std::nullopt;
        }
    };
    Router router{
        on<"GET /plain">([] { return Response::text("plain"); }),
        on<"GET /app">(a | gust::each<Hello>),
        on<"GET /int/{n:int}">(a | [](int n) { return Response::text(std::to_string(n)); }),
        on<"GET /text/{t}">(
            a |
            [](HTTPServerRequest& r, std::string_view t) {
                return Response::text(fmt::format("{} {}", r.path(), t));
            }
        ),
        on<"GET /later/{t}">(a | [](std::string_view t) -> gust::awaitable<Response> {
            co_return Response::text(std::string{t});
        }),
        on<"GET /made/{t}">(a | [](std::string_view t) { return Named{t}; }),
        on<"GET /maybe/{n:int}">(
            a | [](int n) { return n > 0 ? std::optional{Named{"yes"}} : std::nullopt; }
        ),
        on<"GET /maybe/{n}">([](std::string_view n) {
            return Response::text("rest " + std::string{n});
        }),
        on<"GET /response">(a | Response::text("fixed")),
        on<"GET /old/{t}">(a | gust::redirect_to<"/new/{t}">),
        a | on<"GET /rule/{n:int}", "rule">([](int n) {
            return Response::text(std::to_string(n));
        }),
        on<"GET /cond">(
            a | Trace{log, 'b'} | [](int x) { return Response::text(std::to_string(x)); }
        ).when(IsX{}),
        gust::on_not_found(
            a | [](HTTPServerRequest&) { return Response{status::not_found, "none"}; }
        )
    };
    const auto asked = [&](std::string_view target) {
        log.clear();
        return ask(std::ref(router), "GET " + std::string{target});
    };
    CHECK(asked("/plain") == "200 plain");
    CHECK(log.empty());
    for (const auto& [target, answer] : std::vector<std::pair<std::string, std::string>>{
             {"/app", "200 Hello"},
             {"/int/42", "200 42"},
             {"/text/a%20b", "200 /text/a%20b a b"},
             {"/later/c%20d", "200 c d"},
             {"/made/e%20f", "200 e f"},
             {"/maybe/1", "200 yes"},
             {"/response", "200 fixed"},
             {"/rule/5", "200 5"},
             {"/nowhere", "404 none"},
         }) {
        CHECK(asked(target) == answer);
        CHECK(log.starts_with("ah "));
        CHECK(log.ends_with("ae "));
    }
    CHECK(asked("/maybe/0") == "200 rest 0");
    CHECK(log.empty());
    CHECK(field(send(std::ref(router), "GET /old/a%20b"), "Location") == "/new/a%20b");
    CHECK(asked("/cond") == "404 none");
    log.clear();
    CHECK(
        body(gust::testing::exchange(
            std::ref(router), "GET /cond HTTP/1.1\r\nHost: a\r\nX: 1\r\n\r\n"
        ))
        == "7"
    );
    CHECK(log == "ah bh af bf be ae ");
    CHECK(decltype(router)::reverse<"rule">(9) == "/rule/9");
}

TEST_CASE("what a rule's middleware turns away is not made", "[web][middleware]") {
    int made = 0;
    Router router{on<"GET /{x}">(Polite{} | [&made](std::string_view) {
        ++made;
        return Counted{};
    })};
    CHECK(ask(std::ref(router), "GET /a") == "403 say please");
    CHECK(made == 0);
    CHECK(
        code(gust::testing::exchange(
            std::ref(router), "GET /a HTTP/1.1\r\nHost: a\r\nPlease: 1\r\n\r\n"
        ))
        == 200
    );
    CHECK(made == 1);
}

TEST_CASE("a router with middleware is mounted, and keeps it", "[web][middleware]") {
    std::string log;
    Router inner{
        on<"GET /{n:int}", "item">([](int n) { return Response::text(std::to_string(n)); }),
        on<"GET /text/{t}">([](std::string_view t) { return Response::text(std::string{t}); }),
        gust::on_not_found([](HTTPServerRequest&) { return Response{status::not_found, "inner"}; })
    };
    Router outer{
        gust::mount<"/api", "api">(Trace{log, 'a'} | inner),
        on<"GET /api/other">([] { return Response::text("other"); }),
    };
    CHECK(ask(outer, "GET /api/4") == "200 4");
    CHECK(log == "ah af ae ");
    log.clear();
    CHECK(ask(outer, "GET /api/text/x") == "200 x");
    CHECK(ask(outer, "GET /api/none") == "404 inner");
    CHECK(log == "ah af ae ah af ae ");
    log.clear();
    CHECK(ask(outer, "GET /api/other") == "200 other");
    CHECK(ask(outer, "GET /else") == "404 Not Found\n");
    CHECK(log.empty());
    CHECK(decltype(outer)::reverse<"api.item">(3) == "/api/3");
}

TEST_CASE("access_log tells what became of each request", "[web][access_log]") {
    std::vector<std::string> lines;
    const auto sink = [&](const gust::AccessRecord& record) noexcept {
        CHECK(record.duration >= 0s);
        std::string line = to_string(record);
        const auto end = line.rfind(' ');
        const auto begin = line.rfind(' ', end - 1);
        lines.push_back(line.substr(0, begin) + line.substr(end)); // without the duration
    };
    const auto app =
        gust::access_log(sink)
        | Router{
            on<"GET /a">([] { return Response::text("abc"); }),
            on<"GET /throw">([](HTTPServerRequest&) -> Response { throw std::runtime_error{"x"}; })
        };
    const std::string ok = send(app, "GET /a?b=c");
    const std::string head = send(app, "HEAD /a");
    const std::string missing = send(app, "GET /nowhere");
    const std::string failed = send(app, "GET /throw");
    const std::string old =
        gust::testing::exchange(app, "POST /a HTTP/1.0\r\nContent-Length: 5\r\n\r\nab");
    CHECK(
        lines
        == std::vector{
            fmt::format("- \"GET /a?b=c HTTP/1.1\" 200 {} sent", ok.size()),
            fmt::format("- \"HEAD /a HTTP/1.1\" 200 {} sent", head.size()),
            fmt::format("- \"GET /nowhere HTTP/1.1\" 404 {} sent", missing.size()),
            fmt::format("- \"GET /throw HTTP/1.1\" 500 {} failed", failed.size()),
            fmt::format("- \"POST /a HTTP/1.0\" 405 {} sent", old.size()),
        }
    );
}

TEST_CASE("request_id is accepted or made, echoed, and known inside", "[web][request_id]") {
    std::string inside;
    const auto handler = [&](HTTPServerRequest& request) {
        inside = gust::RequestId::of(request.connection());
        return Response::text("ok");
    };
    const auto ask_with = [](auto app, std::string_view id) {
        return field(
            gust::testing::exchange(
                app, fmt::format("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: {}\r\n\r\n", id)
            ),
            "X-Request-Id"
        );
    };
    CHECK(ask_with(gust::request_id() | handler, "abc-1") == "abc-1");
    CHECK(inside == "abc-1");
    for (const auto& bad :
         {std::string{}, std::string{"a b"}, std::string{"a\"b"}, std::string(129, 'a')}) {
        const std::string made = ask_with(gust::request_id() | handler, bad);
        CHECK(made.size() == 32);
        CHECK(gust::is_request_id(made));
        CHECK(inside == made);
    }
    CHECK(ask_with(gust::request_id(gust::incoming_id::replace) | handler, "abc-1").size() == 32);
    CHECK(gust::make_request_id() != gust::make_request_id());
    CHECK(ask_with(handler, "abc-1").empty());
    CHECK(inside.empty());
    CHECK(
        ask_with(
            gust::request_id() |
                [](HTTPServerRequest&) -> Response { throw std::runtime_error{"x"}; },
            "e"
        )
        == "e"
    );
}

TEST_CASE("body_limit answers 413, and what is inside may set another bound", "[web][limits]") {
    const auto echo = [](HTTPServerRequest& r) { return Response::text(std::string{r.body()}); };
    const auto post_bytes = [](std::size_t n) {
        return fmt::format(
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", n, std::string(n, 'x')
        );
    };
    CHECK(code(gust::testing::exchange(gust::body_limit(1_KiB) | echo, post_bytes(1024))) == 200);
    CHECK(code(gust::testing::exchange(gust::body_limit(1_KiB) | echo, post_bytes(1025))) == 413);
    const std::string chunked =
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n";
    CHECK(code(gust::testing::exchange(gust::body_limit(4) | echo, chunked)) == 413);
    CHECK(code(gust::testing::exchange(gust::body_limit(5) | echo, chunked)) == 200);
    const auto inner = gust::body_limit(4) | gust::body_limit(5) | echo;
    CHECK(code(gust::testing::exchange(inner, chunked)) == 200);
}

TEST_CASE("response_headers adds to every response", "[web][response_headers]") {
    const auto app =
        gust::response_headers({{"X-A", "1"}, {"Content-Type", "a/b"}})
        | Router{
            on<"GET /own">([] {
                return Response{status::ok, {{"x-a", "2"}, {"Content-Type", "c/d"}}, "x"};
            }),
            on<"GET /empty">([] { return Response{status::no_content}; })
        };
    CHECK(field(send(app, "GET /own"), "X-A") == "2");
    CHECK(field(send(app, "GET /own"), "Content-Type") == "c/d");
    CHECK(field(send(app, "GET /empty"), "X-A") == "1");
    CHECK(field(send(app, "GET /nowhere"), "X-A") == "1");
    const auto both = gust::response_headers({{"Vary", "a"}}, gust::field_rule::add)
                      | gust::response_headers({{"Vary", "b"}}, gust::field_rule::add)
                      | gust::each<Hello>;
    CHECK_THAT(send(both, "GET /"), ContainsSubstring("\r\nVary: a\r\nVary: b\r\n"));
    const auto wrong = gust::response_headers({{"Connection", "close"}}) | gust::each<Hello>;
    CHECK(code(send(wrong, "GET /")) == 500);
}

TEST_CASE("error_pages takes the place of the bodies of errors", "[web][error_pages]") {
    const auto app =
        gust::error_pages([](status s) { return fmt::format("<{}>", static_cast<int>(s)); })
        | Router{
            on<"GET /ok">([] { return Response::text("fine"); }),
            on<"GET /gone">([] { return Response{status::gone, {{"X-A", "1"}}, "own"}; }),
            on<"GET /throw">([](HTTPServerRequest&) -> Response { throw std::runtime_error{"x"}; }),
        };
    CHECK(ask(app, "GET /ok") == "200 fine");
    CHECK(ask(app, "GET /gone") == "410 <410>");
    CHECK(field(send(app, "GET /gone"), "X-A") == "1");
    CHECK(ask(app, "GET /nowhere") == "404 <404>");
    CHECK(ask(app, "GET /throw") == "500 <500>");
    CHECK(ask(app, "POST /ok") == "405 <405>");
    CHECK_THAT(field(send(app, "POST /ok"), "Allow"), ContainsSubstring("GET"));
    CHECK(field(send(app, "GET /gone"), "Content-Type") == "text/html; charset=utf-8");
    const auto json = gust::error_pages(
                          [](status, std::string_view detail) {
                              return fmt::format("{{\"detail\":\"{}\"}}", detail);
                          },
                          "application/json"
                      )
                      | [](HTTPServerRequest&) { return Response{status::conflict}; };
    CHECK(ask(json, "GET /") == "409 {\"detail\":\"\"}");
    CHECK(field(send(json, "GET /"), "Content-Type") == "application/json");
}

TEST_CASE("what a page shows is escaped", "[web][error_pages]") {
    CHECK(gust::escape_html("a<b>&\"'c") == "a&lt;b&gt;&amp;&quot;&#39;c");
    const auto plain =
        gust::default_error_page(status::not_found, "<script>", gust::debug_mode::off);
    CHECK_THAT(plain, ContainsSubstring("<title>404: Not Found</title>"));
    CHECK(plain.find("script") == plain.npos);
    const auto debug =
        gust::default_error_page(status::not_found, "<script>", gust::debug_mode::on);
    CHECK_THAT(debug, ContainsSubstring("<pre>&lt;script&gt;</pre>"));
    CHECK_THAT(
        gust::default_error_page(static_cast<status>(499), "", gust::debug_mode::on),
        ContainsSubstring("499: Unknown")
    );
}

namespace {

/// Waits for an hour, or is cancelled.
struct Slow : gust::HTTPMessageDelegate {
    explicit Slow(int& c) : cancelled{&c} {}
    int* cancelled;
    gust::awaitable<> finish(auto& conn) {
        asio::steady_timer timer{conn.get_executor(), std::chrono::hours{1}};
        try {
            co_await timer.async_wait(gust::use_awaitable);
        } catch (const std::system_error&) {
            ++*cancelled;
            throw;
        }
    }
};

/// What comes within ten seconds until the connection ends or `size` bytes are there.
template <class Server, class Peer>
std::string receive(Server& server, Peer& peer) {
    std::string text;
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (text.empty() && std::chrono::steady_clock::now() < until) {
        server.context().restart();
        server.context().run_one_for(1s); // the timer of the limit is real
        server.run();
        text += peer.read_all();
    }
    return text;
}

} // namespace

TEST_CASE("time_limit answers for a hook that is late, and cancels it", "[web][limits]") {
    int cancelled = 0;
    const auto slow = [&cancelled](HTTPServerRequest&) { return Slow{cancelled}; };
    gust::testing::MemoryServer server{gust::time_limit(20ms) | Router{on<"/">(slow)}};
    auto peer = server.connect();
    peer.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.run();
    const std::string answer = receive(server, peer);
    CHECK(code(answer) == 503);
    CHECK(field(answer, "Connection") == "close");
    server.run();
    CHECK(cancelled == 1);
}

TEST_CASE("time_limit answers for a handle that is late", "[web][limits]") {
    struct Keeps : gust::HTTPMessageDelegate {
        explicit Keeps(gust::ResponseHandle& r) : reply{&r} {}
        gust::ResponseHandle* reply;
        void finish(HTTPConnection& conn) { *reply = conn.keep(); }
    };
    gust::ResponseHandle reply;
    gust::testing::MemoryServer server{
        gust::time_limit(20ms, status::gateway_timeout)
        | Router{on<"/">([&](HTTPServerRequest&) { return Keeps{reply}; })}
    };
    auto peer = server.connect();
    peer.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.run();
    CHECK(code(receive(server, peer)) == 504);
    CHECK_FALSE(reply);
    respond(reply, "too late");
    server.run();
    CHECK(peer.read_all().empty());
    reply = {};
}

TEST_CASE(
    "time_limit answers 408 while the body is on the way, and nothing once it is answered",
    "[web][limits]"
) {
    gust::testing::MemoryServer server{gust::time_limit(20ms) | gust::each<Hello>};
    {
        auto peer = server.connect();
        peer.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
        server.run();
        CHECK(code(receive(server, peer)) == 408);
    }
    auto peer = server.connect();
    peer.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.run();
    CHECK(code(peer.read_all()) == 200);
    // The clock was stopped: nothing of it is left to run.
    server.context().restart();
    CHECK(server.context().run_for(60ms) <= 1);
    peer.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.run();
    CHECK(code(peer.read_all()) == 200);
}
