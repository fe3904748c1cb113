// SPDX-License-Identifier: MIT
#include <gust/core/error.hpp>
#include <gust/http/request.hpp>
#include <gust/http/response.hpp>
#include <gust/testing/exchange.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using gust::HTTPServerRequest;
using gust::Response;

namespace {

/// Calls `look` with the request that these bytes make, and returns what it returns.
template <class F>
std::string seen(std::string_view bytes, F look) {
    std::string found;
    const std::string answer = gust::testing::exchange(
        [&](HTTPServerRequest& request) {
            found = look(request);
            return Response{};
        },
        bytes
    );
    return answer.starts_with("HTTP/1.1 200 ") ? found : answer.substr(0, answer.find('\r'));
}

std::string get(std::string target, std::string fields = "Host: example.com\r\n") {
    return "GET " + target + " HTTP/1.1\r\n" + fields + "\r\n";
}

std::string form(std::string target, std::string body, std::string type) {
    return "POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Type: " + type
           + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

constexpr std::string_view urlencoded = "application/x-www-form-urlencoded";

std::string join(const std::vector<std::pair<std::string, std::string>>& pairs) {
    std::string text;
    for (const auto& [name, value] : pairs)
        text += "[" + name + "=" + value + "]";
    return text;
}

} // namespace

TEST_CASE("a request has its start line, taken apart and as it was sent", "[http][request]") {
    const auto look = [](HTTPServerRequest& r) {
        return std::string{to_string(r.method())} + " " + std::string{to_string(r.version())} + " "
               + std::string{r.target()} + " " + std::string{r.path()} + " "
               + std::string{r.query()};
    };
    CHECK(
        seen(get("/a%20b/../c?x=%31&y"), look)
        == "GET HTTP/1.1 /a%20b/../c?x=%31&y /a%20b/../c x=%31&y"
    );
    CHECK(seen("PUT / HTTP/1.0\r\n\r\n", look) == "PUT HTTP/1.0 / / ");
    CHECK(seen(get("/??"), look) == "GET HTTP/1.1 /?? / ?");
    CHECK(seen(get("http://other:81/p?q"), look) == "GET HTTP/1.1 http://other:81/p?q /p q");
    CHECK(seen("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", look) == "OPTIONS HTTP/1.1 * * ");
}

TEST_CASE("a request's host is the target's, else that of Host", "[http][request]") {
    const auto look = [](HTTPServerRequest& r) {
        return std::string{r.host()} + " " + r.host_name() + " " + r.full_url();
    };
    CHECK(
        seen(get("/x?y", "Host: Example.COM:8080\r\n"), look)
        == "Example.COM:8080 example.com http://Example.COM:8080/x?y"
    );
    CHECK(seen(get("/", "Host: [::1]:80\r\n"), look) == "[::1]:80 [::1] http://[::1]:80/");
    CHECK(seen(get("/", "Host:\r\n"), look) == "  http:///");
    CHECK(seen("GET / HTTP/1.0\r\n\r\n", look) == "  http:///");
    CHECK(seen(get("http://A.b/x", "Host: other\r\n"), look) == "A.b a.b http://A.b/x");
    CHECK(seen(get("/", ""), look) == "HTTP/1.1 400 Bad Request");
    CHECK(seen(get("/", "Host: a\r\nHost: a\r\n"), look) == "HTTP/1.1 400 Bad Request");
}

TEST_CASE("arguments come from the query and from a form, in order", "[http][request]") {
    const auto query = [](HTTPServerRequest& r) { return join(r.query_arguments()); };
    CHECK(seen(get("/?a=1&b=%C3%A9+x&a=2&&c&d="), query) == "[a=1][b=\xC3\xA9 x][a=2][c=][d=]");
    CHECK(seen(get("/?a=1;b=2"), query) == "[a=1;b=2]");
    CHECK(seen(get("/"), query).empty());

    const auto all = [](HTTPServerRequest& r) {
        return join(r.body_arguments()) + " " + join(r.arguments());
    };
    const std::string type{urlencoded};
    CHECK(seen(form("/?a=1", "a=2&b=%", type), all) == "[a=2][b=%] [a=1][a=2][b=%]");
    CHECK(seen(form("/?a=1", "a=2", type + "; charset=utf-8"), all) == "[a=2] [a=1][a=2]");
    CHECK(seen(form("/?a=1", "a=2", "text/plain"), all) == " [a=1]");

    const auto first = [](HTTPServerRequest& r) {
        return r.query_argument("a").value_or("-") + r.body_argument("a").value_or("-")
               + r.query_argument("none").value_or("-");
    };
    CHECK(seen(form("/?b=0&a=1&a=2", "a=3&a=4", type), first) == "13-");
    CHECK(seen(form("/", "a=3", "text/plain"), first) == "---");
}

TEST_CASE("more than a thousand arguments are refused", "[http][request]") {
    std::string pairs = "a";
    for (int i = 1; i != 1000; ++i)
        pairs += "&a";
    const std::string type{urlencoded};
    const auto query = [](HTTPServerRequest& r) {
        return std::to_string(r.query_arguments().size());
    };
    const auto body = [](HTTPServerRequest& r) {
        return std::to_string(r.body_arguments().size());
    };
    CHECK(seen(get("/?" + pairs), query) == "1000");
    CHECK(seen(form("/", pairs, type), body) == "1000");
    CHECK(seen(get("/?" + pairs + "&"), query) == "HTTP/1.1 400 Bad Request");
    CHECK(seen(form("/", pairs + "&", type), body) == "HTTP/1.1 400 Bad Request");
}

TEST_CASE("a coroutine is told from its client in the same way", "[http][request]") {
    const auto answer = gust::testing::exchange(
        [](HTTPServerRequest& request) -> gust::awaitable<Response> {
            co_return Response::text(join(request.query_arguments()));
        },
        get("/?" + std::string(1000, '&'))
    );
    CHECK(answer.starts_with("HTTP/1.1 400 "));
    const auto other = gust::testing::exchange(
        [](HTTPServerRequest&) -> Response { gust::throw_error(gust::errc::closed); }, get("/")
    );
    CHECK(other.starts_with("HTTP/1.1 500 "));
}

TEST_CASE(
    "cookies of all lines are read and unquoted; of a name the last one counts", "[http][request]"
) {
    const auto look = [](HTTPServerRequest& r) {
        return join(r.cookies()) + " " + r.cookie("a").value_or("-") + " "
               + r.cookie("z").value_or("-");
    };
    const std::string fields = "Host: h\r\nCookie: a=1; b=\"x y\"\r\nCookie: a=2\r\n";
    CHECK(seen(get("/", fields), look) == "[a=1][b=x y][a=2] 2 -");
    CHECK(seen(get("/"), look) == " - -");
}

TEST_CASE("a request has its fields, body and trailers", "[http][request]") {
    const auto look = [](HTTPServerRequest& r) {
        return std::string{r.headers()["x-one"]} + " " + std::string{r.body()} + " "
               + std::string{r.trailers()["X-Sum"]};
    };
    CHECK(
        seen(
            "POST / HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
            "2\r\nab\r\n1\r\nc\r\n0\r\nX-Sum: 6\r\n\r\n",
            look
        )
        == "1 abc 6"
    );
}

TEST_CASE("a request knows its protocol, its peer and its age", "[http][request]") {
    CHECK(
        seen(
            get("/"),
            [](HTTPServerRequest& r) {
                const auto young = r.request_time();
                const bool grows = r.request_time() >= young && young.count() >= 0;
                return std::string{r.protocol()} + "[" + r.remote_address() + "][" + r.remote_ip()
                       + "]" + (grows ? " grows" : " shrinks");
            }
        )
        == "http[][] grows"
    );
}

TEST_CASE("the summary of a request tells neither fields nor body", "[http][request]") {
    CHECK(
        seen(form("/a?b", "secret", "text/plain"), [](HTTPServerRequest& r) { return r.summary(); })
        == "POST /a?b HTTP/1.1 (http, h)"
    );
}
