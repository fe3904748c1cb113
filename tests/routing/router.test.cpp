// SPDX-License-Identifier: MIT
#include <gust/core/awaitable.hpp>
#include <gust/core/error.hpp>
#include <gust/http/response.hpp>
#include <gust/routing/router.hpp>
#include <gust/testing/exchange.hpp>

#include <asio/post.hpp>
#include <fmt/core.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using Catch::Matchers::ContainsSubstring;
using gust::HTTPServerRequest;
using gust::on;
using gust::Response;
using gust::Router;
using gust::status;

/// A type of a user's own.
struct Color {
    unsigned rgb;
};
template <>
struct gust::CaptureType<"color"> {
    using type = Color;
    static std::optional<Color> parse(std::string_view text) {
        if (text == "red")
            return Color{0xFF0000};
        if (text == "blue sky")
            return Color{0x87CEEB};
        return std::nullopt;
    }
    static std::string print(const Color& color) {
        return color.rgb == 0xFF0000 ? "red" : "blue sky";
    }
};

namespace {

struct Hello : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "Hello, World!"); }
};

struct Named : gust::HTTPMessageDelegate {
    explicit Named(std::string_view n) : name{n} {}
    std::string name;
    void finish(auto& conn) { respond(conn, name); }
};

/// Answers with a text, whatever was captured.
auto say(std::string text) {
    return [text = std::move(text)](const auto&...) { return Response::text(text); };
}

std::string head(std::string_view line, std::string_view host = "example.com") {
    return fmt::format("{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", line, host);
}

template <class App>
std::string send(App app, std::string_view line, std::string_view host = "example.com") {
    return gust::testing::exchange(std::move(app), head(line, host));
}

int code(const std::string& response) {
    return response.size() > 12 ? std::stoi(response.substr(9, 3)) : 0;
}
std::string body(const std::string& response) {
    const auto end = response.find("\r\n\r\n");
    return end == response.npos ? "" : response.substr(end + 4);
}
/// "200 body", to compare in one go.
std::string brief(const std::string& response) {
    return fmt::format("{} {}", code(response), body(response));
}
template <class App>
std::string ask(App app, std::string_view line, std::string_view host = "example.com") {
    return brief(send(std::move(app), line, host));
}

} // namespace

TEST_CASE("a router sends a request to the delegate of its rule", "[routing][router]") {
    Router router{
        on<"GET /">(gust::each<Hello>),
        on<"GET /users/{id:int}">([](HTTPServerRequest&, int id) {
            return Response::json(fmt::format("{{\"id\":{}}}", id));
        }),
        on<"PUT /files/{name}">([](std::string_view name) { return Named{name}; }),
    };
    CHECK(ask(router, "GET /") == "200 Hello, World!");
    CHECK(ask(router, "GET /users/42") == "200 {\"id\":42}");
    CHECK(ask(router, "PUT /files/a%20b") == "200 a b");
    CHECK(ask(router, "GET /users/42?x=/") == "200 {\"id\":42}");
    CHECK(ask(router, "GET http://example.com/users/7") == "200 {\"id\":7}");
}

TEST_CASE("what no rule takes is answered at once, with what is wrong", "[routing][router]") {
    Router router{
        on<"GET /a">(say("a")), on<"POST|PUT /a">(say("b")), on<"DELETE /a/{x:int}">([](int) {
            return Response{status::no_content};
        })
    };
    CHECK(ask(router, "GET /nowhere") == "404 Not Found\n");
    CHECK(ask(router, "GET /a/x") == "404 Not Found\n");
    const auto wrong = send(router, "DELETE /a");
    CHECK(code(wrong) == 405);
    CHECK_THAT(wrong, ContainsSubstring("\r\nAllow: GET, HEAD, POST, PUT, OPTIONS\r\n"));
    CHECK(code(send(router, "TRACE /a")) == 405);
    const auto options = send(router, "OPTIONS /a/7");
    CHECK(code(options) == 204);
    CHECK_THAT(options, ContainsSubstring("\r\nAllow: DELETE, OPTIONS\r\n"));
    CHECK(ask(router, "OPTIONS /nowhere") == "404 Not Found\n");
    const auto star = send(router, "OPTIONS *");
    CHECK(code(star) == 204);
    CHECK_THAT(star, ContainsSubstring("\r\nAllow: DELETE, GET, HEAD, POST, PUT, OPTIONS\r\n"));
    CHECK(code(send(router, "CONNECT example.com:80")) == 405);

    // Before the body has come.
    const auto early = gust::testing::exchange(
        router,
        "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n"
        "Expect: 100-continue\r\n\r\n"
    );
    CHECK(code(early) == 404);
}

TEST_CASE("a request that no rule takes leaves the connection usable", "[routing][router]") {
    const auto answers = gust::testing::exchange(
        Router{on<"/a">(say("a"))},
        "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz"
        "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
    );
    CHECK_THAT(answers, ContainsSubstring("404 Not Found"));
    CHECK(body(answers.substr(answers.find("200 OK"))) == "a");
}

TEST_CASE("GET answers HEAD, unless a rule of its own does", "[routing][router]") {
    Router router{
        on<"GET /a">(say("four")),
        on<"GET /b">(say("b")),
        on<"HEAD /b">([] { return Response{status::accepted}; }),
        on<"OPTIONS /b">(say("mine")),
    };
    const auto got = send(router, "HEAD /a");
    CHECK(code(got) == 200);
    CHECK(body(got).empty());
    CHECK_THAT(got, ContainsSubstring("Content-Length: 4\r\n"));
    CHECK(code(send(router, "HEAD /b")) == 202);
    CHECK(ask(router, "OPTIONS /b") == "200 mine");
    CHECK(ask(router, "HEAD /c") == "404 ");
}

TEST_CASE("a router's own answers are replaced by fallbacks", "[routing][router]") {
    Router router{
        on<"GET /a">(say("a")),
        gust::on_not_found([](HTTPServerRequest& request) {
            return Response::text("no " + std::string{request.path()}, status::not_found);
        }),
        gust::on_method_not_allowed([](gust::MethodSet allowed) {
            return Response::text("try " + allowed.text(), status::method_not_allowed);
        }),
        gust::on_options([](gust::MethodSet allowed) { return Response::text(allowed.text()); }),
    };
    CHECK(ask(router, "GET /a") == "200 a");
    CHECK(ask(router, "GET /b") == "404 no /b");
    CHECK(ask(router, "PUT /a") == "405 try GET, HEAD, OPTIONS");
    CHECK(ask(router, "OPTIONS /a") == "200 GET, HEAD, OPTIONS");
    CHECK(code(send(router, "OPTIONS *")) == 200);
}

TEST_CASE("a fallback of a mounted router holds below its prefix", "[routing][router]") {
    Router inner{
        on<"GET /a">(say("a")),
        gust::on_not_found([](int version) {
            return Response::text(fmt::format("inner {}", version), status::not_found);
        }),
    };
    Router router{
        gust::on_not_found(Response::text("outer", status::not_found)),
        gust::on_not_found(say("never reached")),
        gust::mount<"/v{version:int}">(Router{
            on<"GET /a">([](int) { return Response::text("a"); }),
            gust::on_not_found([](int version) {
                return Response::text(fmt::format("inner {}", version), status::not_found);
            }),
        }),
    };
    CHECK(ask(router, "GET /v2/a") == "200 a");
    CHECK(ask(router, "GET /v2/b") == "404 inner 2");
    CHECK(ask(router, "GET /v2") == "404 inner 2");
    CHECK(ask(router, "GET /v/b") == "404 outer");
    CHECK(code(send(router, "PUT /v2/a")) == 405);
}

// Targets -----------------------------------------------------------------------------------------

namespace {

Response plain_function(HTTPServerRequest& request, std::string_view name) {
    return Response::text(std::string{name} + std::string{request.query()});
}

struct Application {
    int closed = 0;
    int requests = 0;
    Named start_request(auto&, auto& conn) {
        ++requests;
        return Named{conn.target().path};
    }
    void on_close(auto&) noexcept { ++closed; }
};

struct Overloaded {
    Response operator()(HTTPServerRequest&, int id) { return Response::text(std::to_string(id)); }
    Response operator()(std::string_view) { return Response::text("text"); }
};

} // namespace

TEST_CASE("a callable takes captures by position and by type", "[routing][target]") {
    Router router{
        on<"/none">([] { return Response::text("none"); }),
        on<"/request">([](HTTPServerRequest& r) { return Response::text(std::string{r.path()}); }),
        on<"/text/{a}/{b...}">([](std::string a, std::string_view b) {
            return Response::text(a + "|" + std::string{b});
        }),
        on<"/wide/{a:int}/{b:uint}">([](long a, std::uint64_t b) {
            return Response::text(fmt::format("{} {}", a, b));
        }),
        on<"/const/{a:int}/{b}">([](const int& a, const std::string_view& b) noexcept {
            return Response::text(fmt::format("{} {}", a, b));
        }),
        on<"/generic/{a:int}/{b}">([](auto&... all) {
            return Response::text(std::to_string(sizeof...(all)));
        }),
        on<"/function/{a}">(plain_function),
        on<"/pointer/{a}">(&plain_function),
        on<"/overloaded/{a:int}">(Overloaded{}),
        on<"/overloaded/{a}">(Overloaded{}),
        on<"/uuid/{a:uuid}">([](const gust::UUID& id) { return Response::text(id.text()); }),
        on<"/color/{c:color}">([](Color c) { return Response::text(fmt::format("{:x}", c.rgb)); }),
    };
    CHECK(ask(router, "GET /none") == "200 none");
    CHECK(ask(router, "GET /request") == "200 /request");
    CHECK(ask(router, "GET /text/x/y/z") == "200 x|y/z");
    CHECK(ask(router, "GET /wide/-3/4") == "200 -3 4");
    CHECK(ask(router, "GET /const/-3/x") == "200 -3 x");
    CHECK(ask(router, "GET /generic/1/x") == "200 3");
    CHECK(ask(router, "GET /function/x?y") == "200 xy");
    CHECK(ask(router, "GET /pointer/x?y") == "200 xy");
    CHECK(ask(router, "GET /overloaded/5") == "200 5");
    CHECK(ask(router, "GET /overloaded/x") == "200 text");
    CHECK(
        ask(router, "GET /uuid/6BA7B810-9DAD-11D1-80B4-00C04FD430C8")
        == "200 6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    );
    CHECK(ask(router, "GET /color/red") == "200 ff0000");
    CHECK(ask(router, "GET /color/blue%20sky") == "200 87ceeb");
    CHECK(ask(router, "GET /color/green") == "404 Not Found\n");
}

TEST_CASE(
    "a callable gets the body; captures live until a coroutine has ended", "[routing][target]"
) {
    Router router{
        on<"POST /plain/{a}">([](HTTPServerRequest& request, std::string_view a) {
            return Response::text(std::string{a} + std::string{request.body()});
        }),
        on<"POST /later/{a}/{n:int}">(
            [](HTTPServerRequest& request, std::string_view a, const int& n
            ) -> gust::awaitable<Response> {
                co_await asio::post(co_await asio::this_coro::executor, gust::use_awaitable);
                co_return Response::text(fmt::format("{} {} {}", a, n, request.body()));
            }
        ),
    };
    const auto post = [&router](std::string_view path) {
        return brief(gust::testing::exchange(
            router,
            fmt::format("POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody", path)
        ));
    };
    CHECK(post("/plain/x") == "200 xbody");
    CHECK(
        post("/later/a%20long%20text%20that%20has%20to%20be%20decoded/7")
        == "200 a long text that has to be decoded 7 body"
    );
    CHECK(
        post("/plain/%C3%A9")
        == "200 \xC3\xA9"
           "body"
    );
}

TEST_CASE("an application is a target, and so is a reference to one", "[routing][target]") {
    Application shared;
    Router router{
        on<"/own">(Application{}),
        gust::mount<"/shared">(std::ref(shared)),
        on<"/each/{ignored}">(gust::each<Hello>),
    };
    CHECK(ask(std::ref(router), "GET /own") == "200 /own");
    CHECK(ask(std::ref(router), "GET /shared/a/b") == "200 /shared/a/b");
    CHECK(ask(std::ref(router), "GET /shared") == "200 /shared");
    CHECK(ask(std::ref(router), "GET /sharedX") == "404 Not Found\n");
    CHECK(ask(std::ref(router), "GET /each/x") == "200 Hello, World!");
    CHECK(shared.requests == 2);
    CHECK(shared.closed == 5); // of every connection, whoever served it
}

TEST_CASE("a response is a target", "[routing][target]") {
    Router router{on<"/health">(
        Response::json("{\"up\":true}", status::accepted).set("Cache-Control", "no-store")
    )};
    const auto twice = gust::testing::exchange(
        router, "GET /health HTTP/1.1\r\nHost: a\r\n\r\nGET /health HTTP/1.1\r\nHost: a\r\n\r\n"
    );
    CHECK(code(twice) == 202);
    CHECK_THAT(twice, ContainsSubstring("Cache-Control: no-store\r\n"));
    CHECK_THAT(twice, ContainsSubstring("Content-Type: application/json\r\n"));
    CHECK(twice.find("{\"up\":true}", twice.find("{\"up\":true}") + 1) != twice.npos);
}

TEST_CASE("a redirect encodes what was captured anew", "[routing][target]") {
    Router router{
        on<"/old/{id:int}/{name}">(gust::redirect_to<"/new/{name}/{id}">),
        on<"/found">(gust::redirect_to<"https://other.example/x", status::found>),
        on<"/files/{p...}">(gust::redirect_to<"/{p}">),
        on<"/both/{a...}">(gust::redirect_to<"{a}">),
    };
    const auto location = [&router](std::string_view line) {
        const auto response = send(router, line);
        const auto begin = response.find("Location: ");
        return begin == response.npos
                   ? response
                   : fmt::format(
                         "{} {}",
                         code(response),
                         response.substr(begin + 10, response.find("\r\n", begin) - begin - 10)
                     );
    };
    CHECK(location("GET /old/7/a%20b") == "308 /new/a%20b/7");
    CHECK(location("GET /old/7/a%2Fb?x=1") == "308 /new/a%2Fb/7?x=1");
    CHECK(location("GET /found") == "302 https://other.example/x");
    CHECK(location("GET /files/a/b%0D%0Ac") == "308 /a/b%0D%0Ac");
    CHECK(location("GET /files//evil.example/") == "308 /%2Fevil.example/");
    CHECK(location("GET /files/%2fevil.example") == "308 /%2Fevil.example");
    CHECK(location("GET /both///evil.example") == "308 /%2Fevil.example");
}

// Matchers ----------------------------------------------------------------------------------------

namespace {

struct HasHeader {
    std::string_view name;
    bool match(const HTTPServerRequest& request) const { return request.headers().contains(name); }
};

struct Language {
    static std::optional<std::string> match(HTTPServerRequest& request) {
        const auto value = request.headers().get("Accept-Language");
        return value ? std::optional<std::string>{*value} : std::nullopt;
    }
};

struct TwoValues {
    static std::optional<std::tuple<int, char>> match(HTTPServerRequest&) {
        return std::tuple{7, 'x'};
    }
};

} // namespace

TEST_CASE("a matcher of one's own decides beside a pattern", "[routing][matcher]") {
    Router router{
        on<"GET /{a}">([](std::string_view a, const std::string& language) {
            return Response::text(fmt::format("{} in {}", a, language));
        }).when(Language{}),
        on<"GET /{a}">([](std::string_view a) { return Response::text(std::string{a}); }),
        on<"PUT /x">([](int n, char c) { return Response::text(fmt::format("{}{}", n, c)); }
        ).when(TwoValues{}),
        gust::when(HasHeader{"X-Special"}, say("special")),
    };
    CHECK(ask(router, "GET /x") == "200 x");
    CHECK(
        brief(gust::testing::exchange(
            router, "GET /x HTTP/1.1\r\nHost: a\r\nAccept-Language: de\r\n\r\n"
        ))
        == "200 x in de"
    );
    CHECK(ask(router, "PUT /x") == "200 7x");
    CHECK(
        brief(
            gust::testing::exchange(router, "GET /a/b HTTP/1.1\r\nHost: a\r\nX-Special: 1\r\n\r\n")
        )
        == "200 special"
    );
    CHECK(ask(router, "GET /a/b") == "404 Not Found\n");
    const auto wrong = send(router, "POST /x");
    CHECK(code(wrong) == 405);
    CHECK_THAT(wrong, ContainsSubstring("Allow: GET, HEAD, OPTIONS\r\n")); // rules that are sure
}

TEST_CASE("AnyMatches, HostMatches and PathMatches are rules like others", "[routing][matcher]") {
    Router router{
        gust::when(gust::HostMatches<"*.example.com">{}, say("host")),
        gust::when(
            gust::PathMatches<"/p/{x:int}">{},
            [](int x) { return Response::text(std::to_string(x)); }
        ),
        gust::when(gust::AnyMatches{}, say("any")),
    };
    CHECK(ask(router, "GET /p/1", "a.example.com") == "200 host");
    CHECK(ask(router, "GET /p/1") == "200 1");
    CHECK(ask(router, "GET /p/x") == "200 any");
    CHECK(ask(router, "OPTIONS *") == "200 any");
}

TEST_CASE("what is found without a search comes before AnyMatches", "[routing][matcher]") {
    Router router{
        on<"/">(say("root")),
        on<"GET /a">(say("a")),
        gust::when(gust::AnyMatches{}, say("any")),
        on<"/late">(say("late")),
    };
    CHECK(ask(router, "GET /") == "200 root");
    CHECK(ask(router, "GET /a") == "200 a");
    CHECK(ask(router, "GET /%61") == "200 a");
    CHECK(ask(router, "PUT /a") == "200 any");
    CHECK(ask(router, "GET /late") == "200 any");
    CHECK(ask(router, "OPTIONS *") == "200 any");
}

TEST_CASE("a router of one rule with an optional slash", "[routing][router]") {
    Router router{on<"/a/?">(say("a"))};
    CHECK(ask(router, "GET /a") == "200 a");
    CHECK(ask(router, "GET /a/") == "200 a");
    CHECK(ask(router, "GET /a//") == "404 Not Found\n");
}

TEST_CASE("targets that decline are passed over; the last word is 404", "[routing][matcher]") {
    const auto only = [](std::string wanted) {
        return [wanted](std::string_view name) {
            return name == wanted ? std::optional<Named>{Named{"only " + wanted}} : std::nullopt;
        };
    };
    Router router{
        on<"GET /{name}">(only("a")),
        on<"GET /{other}">(only("b")),
        on<"GET /{x}">(only("a%")),
    };
    CHECK(ask(router, "GET /a") == "200 only a");
    CHECK(ask(router, "GET /b") == "200 only b");
    CHECK(ask(router, "GET /a%25") == "200 only a%");
    CHECK(ask(router, "GET /c") == "404 Not Found\n");
}

// Mounts and hosts --------------------------------------------------------------------------------

TEST_CASE("the rules of a mounted router are rules of the outer one", "[routing][mount]") {
    Router users{
        on<"GET /", "list">(say("list")),
        on<"GET /{id:int}", "one">([](int id) { return Response::text(std::to_string(id)); }),
    };
    Router api{
        gust::mount<"/users">(users),
        on<"GET /users/7">(say("never: a rule before it matches")),
        on<"GET /users/me">(say("me")),
    };
    Router router{
        gust::mount<"/api", "v1">(std::ref(api)),
        on<"GET /api/{p...}">(say("outer")),
        on<"GET /", "home">(say("home")),
    };
    CHECK(ask(std::ref(router), "GET /api/users") == "200 list");
    CHECK(ask(std::ref(router), "GET /api/users/") == "200 list");
    CHECK(ask(std::ref(router), "GET /api/users/7") == "200 7");
    CHECK(ask(std::ref(router), "GET /api/users/me") == "200 me");
    CHECK(ask(std::ref(router), "GET /api/x") == "200 outer");
    CHECK(ask(std::ref(router), "GET /") == "200 home");
    CHECK(ask(std::ref(users), "GET /7") == "200 7");
    const auto wrong = send(std::ref(router), "PUT /api/users/7");
    CHECK(code(wrong) == 405);
    CHECK_THAT(wrong, ContainsSubstring("Allow: GET, HEAD, OPTIONS\r\n"));

    CHECK(users.reverse<"one">(7) == "/7");
    CHECK(api.reverse<"one">(7) == "/users/7");
    CHECK(router.reverse<"v1.one">(7) == "/api/users/7");
    CHECK(router.reverse<"v1.list">() == "/api/users");
    CHECK(router.reverse<"home">() == "/");
}

TEST_CASE("a router below a host", "[routing][mount]") {
    Router pages{on<"GET /{p}", "page">([](std::string_view tenant, std::string_view p) {
        return Response::text(fmt::format("{}:{}", tenant, p));
    })};
    Router router{
        gust::mount<"{tenant}.example.com/">(pages),
        on<"www.example.org/{p}">([](std::string_view p) { return Response::text(std::string{p}); }
        ),
    };
    CHECK(ask(router, "GET /x", "Acme.Example.com:80") == "200 acme:x");
    CHECK(ask(router, "GET /x", "www.example.org") == "200 x");
    CHECK(ask(router, "GET /x", "example.org") == "404 Not Found\n");
    CHECK(ask(router, "GET http://acme.example.com/y", "ignored.org") == "200 acme:y");
    CHECK(router.reverse<"page">("acme", "a/b") == "//acme.example.com/a%2Fb");
}

TEST_CASE("a router is mounted in two places", "[routing][mount]") {
    Router inner{on<"GET /x", "x">(say("x"))};
    Router router{gust::mount<"/a", "a">(std::ref(inner)), gust::mount<"/b", "b">(std::ref(inner))};
    CHECK(ask(router, "GET /a/x") == "200 x");
    CHECK(ask(router, "GET /b/x") == "200 x");
    CHECK(router.reverse<"b.x">() == "/b/x");
}

TEST_CASE("hosts, nested routers, methods, callables and applications in one router", "[routing]") {
    // What Tornado's RuleRouterTest, HTTPMethodRouterTest and CustomRouterTest are about.
    Router handlers{
        on<"GET /nested/{path...}">([](std::string_view path) {
            return Response::text("nested " + std::string{path});
        }),
        on<"POST /nested/{path...}">(say("posted")),
    };
    Router router{
        on<"*.example.com/{any...}">(say("host")),
        gust::mount<"/first">(handlers),
        on<"/callable", "callable">([](HTTPServerRequest& request) {
            return Response::text(std::string{to_string(request.method())});
        }),
        gust::mount<"/application">(Application{}),
    };
    CHECK(ask(router, "GET /callable", "www.example.com") == "200 host");
    CHECK(ask(router, "GET /first/nested/route") == "200 nested route");
    CHECK(ask(router, "POST /first/nested/route") == "200 posted");
    CHECK(ask(router, "DELETE /callable") == "200 DELETE");
    CHECK(ask(router, "GET /application/x") == "200 /application/x");
    CHECK(ask(router, "GET /nested/route") == "404 Not Found\n");
    CHECK(ask(router, "GET //callable") == "404 Not Found\n");
    CHECK(router.reverse<"callable">() == "/callable");
}

// Reverse -----------------------------------------------------------------------------------------

TEST_CASE("reverse encodes values as the pattern takes them", "[routing][reverse]") {
    Router router{
        on<"/a b/{text}.json", "text">([](std::string_view) { return Response{}; }),
        on<"/{rest...}", "rest">([](std::string_view) { return Response{}; }),
        on<"/{i:int}/{u:uint64}", "numbers">([](int, std::uint64_t) { return Response{}; }),
        on<"/{c:color}/{i:uuid}/?", "types">([](Color, gust::UUID) { return Response{}; }),
        on<"/named">([] { return Response{}; }).named<"later">(),
    };
    CHECK(router.reverse<"text">("a b/c") == "/a%20b/a%20b%2Fc.json");
    CHECK(router.reverse<"text">(std::string{"d?\xC3\xA9"}) == "/a%20b/d%3F%C3%A9.json");
    CHECK(router.reverse<"rest">("x/y z") == "/x/y%20z");
    CHECK(router.reverse<"rest">("") == "/");
    CHECK(router.reverse<"numbers">(-1L, 2) == "/-1/2");
    CHECK(
        router.reverse<"types">(Color{1}, gust::UUID{})
        == "/blue%20sky/00000000-0000-0000-0000-000000000000"
    );
    CHECK(router.reverse<"later">() == "/named");
    CHECK_THROWS_AS(router.reverse<"text">(""), std::system_error);
    CHECK_THROWS_AS(router.reverse<"numbers">(1LL << 40, 2), std::system_error);
    CHECK_THROWS_AS(router.reverse<"numbers">(1, -2), std::system_error);
}

TEST_CASE("a host in a URL has to be one", "[routing][reverse]") {
    Router router{on<"{t}.a.com/", "x">([](std::string_view) { return Response{}; })};
    CHECK(router.reverse<"x">("acme") == "//acme.a.com/");
    for (const auto* text : {"", "a.b", "a/b", "A", "a:80", "a@b"}) {
        CAPTURE(text);
        CHECK_THROWS_AS(router.reverse<"x">(text), std::system_error);
    }
}

// The contract of delegates -----------------------------------------------------------------------

namespace {

void note(std::string& log, std::string text, std::type_identity<void>) {
    log += text;
}
gust::awaitable<> note(std::string& log, std::string text, std::type_identity<gust::awaitable<>>) {
    co_await asio::post(co_await asio::this_coro::executor, gust::use_awaitable);
    log += text;
}

/// Writes down every hook.
template <class R>
struct Recorder : gust::HTTPMessageDelegate {
    explicit Recorder(std::string& l) : log{&l} {}
    ~Recorder() { *log += "~"; }
    Recorder(const Recorder&) = delete; // built in place
    Recorder& operator=(const Recorder&) = delete;

    R headers_received(auto&, const gust::RequestStartLine&, const gust::HTTPHeaders&) {
        return note(*log, "h", std::type_identity<R>{});
    }
    R data_received(auto&, gust::bytes chunk) {
        return note(*log, "d" + std::to_string(chunk.size()), std::type_identity<R>{});
    }
    R finish(auto& conn) {
        respond(conn, "done");
        return note(*log, "f", std::type_identity<R>{});
    }
    void on_connection_close() noexcept { *log += "c"; }
    void response_ended(gust::outcome result) noexcept {
        *log += result == gust::outcome::sent ? "e" : "E";
    }
    std::string* log;
};

using Concrete = asio::awaitable<void, gust::executor>;

struct ConcreteDelegate : gust::HTTPMessageDelegate {
    Concrete finish(auto& conn) {
        respond(conn, "concrete");
        co_return;
    }
};

} // namespace

TEST_CASE("every hook reaches the chosen delegate, plain or not", "[routing][delegate]") {
    std::string log;
    Router router{
        on<"/plain">([&log] { return Recorder<void>{log}; }),
        on<"/waiting">([&log] { return Recorder<gust::awaitable<>>{log}; }),
        on<"/optional">([&log]() -> std::optional<Recorder<void>> {
            return std::optional<Recorder<void>>{std::in_place, log};
        }),
    };
    for (const auto* path : {"/plain", "/waiting", "/optional"}) {
        CAPTURE(path);
        log.clear();
        const auto request = fmt::format(
            "POST {} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
            path
        );
        CHECK(brief(gust::testing::exchange(router, request)) == "200 done");
        CHECK(log == "hd3d2fe~");
        log.clear();
        CHECK(gust::testing::exchange(router, request.substr(0, request.size() - 7)).empty());
        CHECK(log.substr(0, 7) == "hd3d2cE");
    }
}

TEST_CASE("a router whose delegates are all plain has plain hooks", "[routing][delegate]") {
    struct Plain : gust::HTTPMessageDelegate {
        void finish(gust::HTTPConnection& conn) { respond(conn, "x"); }
    };
    using Plains =
        decltype(Router{on<"/a">(gust::each<Plain>), on<"/b">([] { return Response::text("b"); })});
    using Mixed =
        decltype(Router{on<"/a">(gust::each<Plain>), on<"/b">([]() -> gust::awaitable<Response> {
                            co_return Response::text("b");
                        })});
    struct Connection : gust::HTTPConnection {};
    int server_conn = 0;
    using PlainDelegate =
        decltype(std::declval<Plains&>().start_request(server_conn, std::declval<Connection&>()));
    using MixedDelegate =
        decltype(std::declval<Mixed&>().start_request(server_conn, std::declval<Connection&>()));
    STATIC_REQUIRE(std::is_void_v<
                   decltype(std::declval<PlainDelegate&>().finish(std::declval<Connection&>()))>);
    STATIC_REQUIRE(std::is_same_v<
                   decltype(std::declval<MixedDelegate&>().finish(std::declval<Connection&>())),
                   gust::awaitable<>>);
    STATIC_REQUIRE(std::is_void_v<decltype(std::declval<MixedDelegate&>().data_received(
                       std::declval<Connection&>(), gust::bytes{}
                   ))>);
}

TEST_CASE("coroutines of different executors meet in one router", "[routing][delegate]") {
    Router router{
        on<"/concrete">(gust::each<ConcreteDelegate>),
        on<"/any">([]() -> gust::awaitable<Response> { co_return Response::text("any"); }),
        on<"/plain">(say("plain")),
    };
    CHECK(ask(router, "GET /concrete") == "200 concrete");
    CHECK(ask(router, "GET /any") == "200 any");
    CHECK(ask(router, "GET /plain") == "200 plain");
}

TEST_CASE("a target that throws is answered with 500", "[routing][delegate]") {
    Router router{
        on<"/factory">([]() -> Named { throw std::runtime_error{"no"}; }),
        on<"/callable/{x}">([](std::string_view) -> Response { throw std::runtime_error{"no"}; }),
    };
    CHECK(code(send(router, "GET /factory")) == 500);
    CHECK(code(send(router, "GET /callable/a%20b")) == 500);
}

TEST_CASE("forty rules have their own targets", "[routing][router]") {
    // More than two jump tables, so that each of their edges is crossed.
    const auto number = [](int n) { return Response::text(std::to_string(n)); };
    const auto rules = [&]<std::size_t... Is>(std::index_sequence<Is...>) {
        const auto at = [&]<std::size_t I>() {
            static constexpr char text[] = {
                '/', static_cast<char>('0' + I / 10), static_cast<char>('0' + I % 10), '\0'
            };
            return on<gust::FixedString<4>{text}>(number(static_cast<int>(I)));
        };
        return Router { at.template operator()<Is>()... };
    }(std::make_index_sequence<40>{});
    for (int i = 0; i != 40; ++i)
        CHECK(ask(rules, fmt::format("GET /{:02}", i)) == fmt::format("200 {}", i));
    CHECK(ask(rules, "GET /40") == "404 Not Found\n");
}
