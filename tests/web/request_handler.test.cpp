// SPDX-License-Identifier: MIT
#include <gust/core/awaitable.hpp>
#include <gust/routing/router.hpp>
#include <gust/testing/exchange.hpp>
#include <gust/web/application.hpp>
#include <gust/web/error_pages.hpp>
#include <gust/web/etag.hpp>
#include <gust/web/http_error.hpp>
#include <gust/web/request_handler.hpp>

#include <asio/post.hpp>
#include <fmt/core.h>

#include <array>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "web/ask.hpp"

using Catch::Matchers::ContainsSubstring;
using gust::Application;
using gust::handle;
using gust::HTTPError;
using gust::RequestHandler;
using gust::Response;
using gust::status;
using gust_test::ask;
using gust_test::body;
using gust_test::brief;
using gust_test::code;
using gust_test::field;
using gust_test::send;

namespace {

using Users = std::map<int, std::string>;

struct UserHandler : RequestHandler {
    UserHandler(Users& all, std::string_view g) : users{&all}, greeting{g} {}
    Users* users;
    std::string greeting;

    void get(int id) {
        const auto found = users->find(id);
        if (found == users->end()) {
            throw HTTPError{status::not_found, "no user <" + std::to_string(id) + ">"};
        }
        write(greeting);
        write(found->second);
    }
    gust::awaitable<> put(int id) {
        co_await asio::post(get_executor(), gust::use_awaitable);
        const bool is_new = users->insert_or_assign(id, std::string{request().body()}).second;
        set_status(is_new ? status::created : status::no_content);
    }
    void delete_(const int& id) {
        users->erase(id);
        set_status(status::no_content);
    }
};

/// Calls a function in `get`, `post` and the other hooks.
struct Scripted : RequestHandler {
    using Step = std::function<void(RequestHandler&)>;
    struct Script {
        Step get = [](RequestHandler&) {};
        Step post = [](RequestHandler&) {};
        Step prepare = [](RequestHandler&) {};
        std::string log = {};
    };
    explicit Scripted(Script& s) : script{&s} {}
    Script* script;
    void prepare() {
        script->log += "p";
        script->prepare(*this);
    }
    void get() {
        script->log += "g";
        script->get(*this);
    }
    void post() {
        script->log += "o";
        script->post(*this);
    }
    void on_connection_close() { script->log += "c"; }
    void on_finish() { script->log += "f"; }
};

auto scripted(Scripted::Script& script, gust::debug_mode debug = gust::debug_mode::off) {
    return Application{
        gust::ApplicationOptions{.debug = debug}, handle<"/", Scripted>(std::ref(script))
    };
}
std::string got(Scripted::Step step, std::string_view fields = "", std::string_view verb = "GET") {
    Scripted::Script script{.get = std::move(step)};
    return send(scripted(script), fmt::format("{} /", verb), fields);
}
std::string posted(Scripted::Step step, std::string_view fields, std::string_view content) {
    Scripted::Script script{.post = std::move(step)};
    return send(
        scripted(script),
        "POST /?q=query",
        fmt::format("{}Content-Length: {}\r\n", fields, content.size()),
        content
    );
}

} // namespace

TEST_CASE("a handler has a member function for each method", "[web][handler]") {
    Users users{{1, "Ada"}};
    Application app{handle<"/users/{id:int}", UserHandler, "user">(std::ref(users), "Hello, ")};
    CHECK(ask(app, "GET /users/1") == "200 Hello, Ada");
    CHECK(ask(app, "PUT /users/2", "Content-Length: 3\r\n", "Bob") == "201 ");
    CHECK(ask(app, "PUT /users/2", "Content-Length: 3\r\n", "Bea") == "204 ");
    CHECK(users[2] == "Bea");
    CHECK(ask(app, "DELETE /users/2") == "204 ");
    CHECK(users.count(2) == 0);
    CHECK(code(send(app, "GET /users/2")) == 404);
    CHECK(decltype(app)::reverse<"user">(7) == "/users/7");
}

TEST_CASE("HEAD is GET without its body; other methods are 405 with Allow", "[web][handler]") {
    Users users{{1, "Ada"}};
    Application app{handle<"/users/{id:int}", UserHandler>(std::ref(users), "")};
    const std::string head = send(app, "HEAD /users/1");
    CHECK(brief(head) == "200 ");
    CHECK(field(head, "Content-Length") == "3");
    CHECK(field(head, "ETag") == field(send(app, "GET /users/1"), "ETag"));
    const std::string wrong = send(app, "PATCH /users/1");
    CHECK(code(wrong) == 405);
    CHECK(field(wrong, "Allow") == "DELETE, GET, HEAD, PUT, OPTIONS");
    CHECK_THAT(body(wrong), ContainsSubstring("<h1>405: Method Not Allowed</h1>"));
    const std::string options = send(app, "OPTIONS /users/1");
    CHECK(brief(options) == "204 ");
    CHECK(field(options, "Allow") == "DELETE, GET, HEAD, PUT, OPTIONS");
}

namespace {

struct AllVerbs : RequestHandler {
    void get() { write("get"); }
    void head() { set_header("X-Verb", "head"); }
    void post() { write("post"); }
    void put() { write("put"); }
    void patch() { write("patch"); }
    void delete_() { write("delete"); }
    void options() { write("options"); }
};

struct Overloaded : RequestHandler {
    void get(int n) { write(fmt::format("int {}", n)); }
    void get(std::string_view t) { write(fmt::format("text {}", t)); }
    template <class T>
    void post(const T& value) {
        write(fmt::format("any {}", value));
    }
    void patch(long long wide) { write(std::to_string(wide)); }
};

} // namespace

TEST_CASE("every method has its verb", "[web][handler]") {
    Application app{handle<"/", AllVerbs>()};
    CHECK(ask(app, "GET /") == "200 get");
    CHECK(ask(app, "POST /") == "200 post");
    CHECK(ask(app, "PUT /") == "200 put");
    CHECK(ask(app, "PATCH /") == "200 patch");
    CHECK(ask(app, "DELETE /") == "200 delete");
    CHECK(ask(app, "OPTIONS /") == "200 options");
    const std::string head = send(app, "HEAD /");
    CHECK(field(head, "X-Verb") == "head");
    CHECK(field(head, "ETag").empty()); // it did not write what GET writes
}

TEST_CASE("captures go to overloads, templates and wider types", "[web][handler]") {
    Application app{handle<"/i/{n:int}", Overloaded>()};
    CHECK(ask(app, "GET /i/4") == "200 int 4");
    CHECK(ask(app, "POST /i/4") == "200 any 4");
    CHECK(ask(app, "PATCH /i/4") == "200 4");
    struct Texts : RequestHandler {
        void get(std::string_view a, const std::string_view& b) {
            write(fmt::format("{},{}", a, b));
        }
        void put(std::string a, std::string_view) { write(a); }
    };
    Application texts{handle<"/{a}/{b...}", Texts>()};
    CHECK(ask(texts, "GET /x%20y/z/%2541") == "200 x y,z/%41");
    CHECK(ask(texts, "PUT /x%20y/z") == "200 x y");
}

TEST_CASE("a buffered answer has a length, a type and an entity tag", "[web][handler]") {
    const std::string answer = got([](RequestHandler& h) { h.write("abc"); });
    CHECK(brief(answer) == "200 abc");
    CHECK(field(answer, "Content-Length") == "3");
    CHECK(field(answer, "Content-Type") == "text/plain; charset=utf-8");
    CHECK(field(answer, "ETag") == "\"a9993e364706816aba3e25717850c26c9cd0d89d\"");
    const std::string json = got([](RequestHandler& h) { h.write_json("{\"a\":1}"); });
    CHECK(brief(json) == "200 {\"a\":1}");
    CHECK(field(json, "Content-Type") == "application/json");
    const std::string empty = got([](RequestHandler&) {});
    CHECK(brief(empty) == "200 ");
    CHECK(field(empty, "Content-Type").empty());
    CHECK(field(got([](RequestHandler& h) { h.set_status(status::created); }), "ETag").empty());
    Scripted::Script script;
    CHECK(field(send(scripted(script), "POST /"), "ETag").empty());
}

TEST_CASE("SHA-1 of texts around the size of a block", "[web][etag]") {
    CHECK(gust::make_etag("") == "\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"");
    CHECK(
        gust::make_etag("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
        == "\"84983e441c3bd26ebaae4aa1f95129e5e54670f1\""
    );
    CHECK(gust::make_etag(std::string(55, 'a')) == "\"c1c8bbdc22796e28c0e15163d20899b65621d65a\"");
    CHECK(gust::make_etag(std::string(64, 'a')) == "\"0098ba824b5c16427bd7a1122a5a442a25ec644d\"");
    CHECK(
        gust::make_etag(std::string(1'000'000, 'a'))
        == "\"34aa973cd4c4daa4f61eeb2bdbad27316534016f\""
    );
}

TEST_CASE("If-None-Match is compared weakly, in lists, and as a star", "[web][etag]") {
    const std::string tag = gust::make_etag("abc");
    const auto asked = [](const std::string& value, std::string_view verb = "GET") {
        return got(
            [](RequestHandler& h) {
                h.set_header("Cache-Control", "no-cache");
                h.write("abc");
            },
            fmt::format("If-None-Match: {}\r\n", value),
            verb
        );
    };
    for (const std::string& value :
         {tag,
          "W/" + tag,
          std::string{"*"},
          "\"x\", " + tag,
          "\"x\" ,W/\"y\",," + tag,
          "\"a,b\", " + tag,
          "\"x\"\r\nIf-None-Match: " + tag}) {
        INFO(value);
        const std::string answer = asked(value);
        CHECK(brief(answer) == "304 ");
        CHECK(field(answer, "ETag") == tag);
        CHECK(field(answer, "Cache-Control") == "no-cache");
        CHECK(field(answer, "Content-Type").empty());
        CHECK(field(answer, "Content-Length").empty());
        CHECK(code(asked(value, "HEAD")) == 304);
    }
    for (const std::string& value :
         {std::string{"\"x\""}, std::string{""}, tag.substr(1), "x, " + tag, "w/" + tag, "\"" + tag
         }) {
        INFO(value);
        CHECK(brief(asked(value)) == "200 abc");
    }
    // A tag of one's own, and none.
    const auto own = [](RequestHandler& h) {
        h.set_header("ETag", "W/\"v1\"");
        h.write("abc");
    };
    CHECK(code(got(own, "If-None-Match: \"v1\"\r\n")) == 304);
    CHECK(code(got(own, "If-None-Match: " + tag + "\r\n")) == 200);
    struct NoTag : RequestHandler {
        void get() { write("abc"); }
        static std::string compute_etag() { return {}; }
    };
    const std::string none =
        send(Application{handle<"/", NoTag>()}, "GET /", "If-None-Match: *\r\n");
    CHECK(brief(none) == "200 abc");
    CHECK(field(none, "ETag").empty());
}

TEST_CASE("status, reason, fields and cookies are what was set last", "[web][handler]") {
    const std::string answer = got([](RequestHandler& h) {
        h.set_status(status::accepted, "Later");
        CHECK(h.get_status() == status::accepted);
        h.set_header("X-A", "1");
        h.set_header("x-a", "2"); // replaces, in this spelling
        h.add_header("X-B", "3");
        h.add_header("X-B", "4");
        h.set_header("X-C", "5");
        h.clear_header("x-c");
        h.set_cookie({.name = "a", .value = "b c", .http_only = true});
        h.clear_cookie("old", "/x");
    });
    CHECK_THAT(answer, ContainsSubstring("HTTP/1.1 202 Later\r\n"));
    CHECK_THAT(answer, ContainsSubstring("\r\nx-a: 2\r\n"));
    CHECK_THAT(answer, ContainsSubstring("\r\nX-B: 3\r\nX-B: 4\r\n"));
    CHECK(field(answer, "X-C").empty());
    CHECK_THAT(answer, ContainsSubstring("\r\nSet-Cookie: a=\"b\\040c\"; Path=/; HttpOnly\r\n"));
    CHECK_THAT(answer, ContainsSubstring("\r\nSet-Cookie: old="));
    CHECK_THAT(answer, ContainsSubstring("Max-Age=0"));
}

TEST_CASE("nothing that is set can split a response", "[web][handler]") {
    for (const std::string_view evil :
         {std::string_view{"a\r\nX-Evil: 1"}, std::string_view{"a\nb"}, std::string_view{"a\0b", 3}
         }) {
        const std::vector<Scripted::Step> steps{
            [evil](RequestHandler& h) { h.set_header("X-A", evil); },
            [evil](RequestHandler& h) { h.set_status(status::ok, evil); },
            [evil](RequestHandler& h) { h.redirect(evil); },
            [evil](RequestHandler& h) { h.set_cookie({.name = "a", .value = std::string{evil}}); },
        };
        for (const auto& step : steps) {
            const std::string answer = got(step);
            CHECK(code(answer) == 500);
            CHECK(answer.find("Evil") == answer.npos);
        }
    }
}

TEST_CASE("what a client sent, or a reason, is not markup in a page of errors", "[web][handler]") {
    const auto throws = [](RequestHandler&) { throw HTTPError{status::bad_request, "<script>"}; };
    CHECK(got(throws).find("script") == std::string::npos);
    Scripted::Script script{.get = throws};
    const std::string debug = send(scripted(script, gust::debug_mode::on), "GET /");
    CHECK_THAT(body(debug), ContainsSubstring("<pre>&lt;script&gt;</pre>"));
    CHECK(field(debug, "Content-Type") == "text/html; charset=utf-8");
    const std::string reason =
        got([](RequestHandler& h) { h.set_status(status::not_found, "<script>"); });
    CHECK(body(reason).empty());
}

TEST_CASE("an exception is its status, and 500 otherwise", "[web][handler]") {
    const auto thrown = [](auto e) { return code(got([e](RequestHandler&) { throw e; })); };
    CHECK(thrown(HTTPError{static_cast<status>(418)}) == 418);
    CHECK(thrown(std::runtime_error{"x"}) == 500);
    CHECK(thrown(42) == 500);
    CHECK(thrown(std::system_error{gust::make_error_code(gust::errc::bad_request)}) == 400);
    CHECK(thrown(std::system_error{gust::make_error_code(gust::errc::body_too_long)}) == 500);
    // What was set and written before is forgotten.
    const std::string answer = got([](RequestHandler& h) {
        h.set_header("X-A", "1");
        h.write("half");
        throw HTTPError{status::conflict};
    });
    CHECK(code(answer) == 409);
    CHECK(field(answer, "X-A").empty());
    CHECK(answer.find("half") == answer.npos);
    // Debug mode shows what is known, the other does not.
    Scripted::Script script{.get = [](RequestHandler&) { throw std::runtime_error{"a secret"}; }};
    CHECK_THAT(
        send(scripted(script, gust::debug_mode::on), "GET /"), ContainsSubstring("a secret")
    );
    CHECK(send(scripted(script), "GET /").find("secret") == std::string::npos);
}

TEST_CASE("failures are logged, and HTTPError is none", "[web][handler]") {
    Scripted::Script script;
    std::string log;
    auto record = [&](const gust::LogRecord& r) noexcept { log += std::string{r.text} + "\n"; };
    const auto run = [&](Scripted::Step step) {
        script.get = std::move(step);
        log.clear();
        gust::testing::MemoryServer server{scripted(script)};
        server.loop().set_log(gust::log_to(record));
        auto peer = server.connect();
        peer.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        server.run();
        return peer.read_all();
    };
    CHECK(code(run([](RequestHandler&) { throw HTTPError{status::not_found}; })) == 404);
    CHECK(log.empty());
    CHECK(code(run([](RequestHandler&) { throw std::runtime_error{"why"}; })) == 500);
    CHECK(log == "a hook failed: why\n");
    // Behind a whole answer it is logged, and the answer stays.
    CHECK(
        brief(run([](RequestHandler& h) {
            h.finish("done");
            throw std::runtime_error{"late"};
        }))
        == "200 done"
    );
    CHECK(log == "a hook failed: late\n");
}

TEST_CASE("write_error of a handler makes its errors", "[web][handler]") {
    struct Json : RequestHandler {
        void get() { throw HTTPError{status::forbidden, "no <entry>"}; }
        void post() { send_error(status::conflict, "twice"); }
        void put() { throw std::runtime_error{"boom"}; }
        void write_error(status s, std::string_view detail) {
            set_header("X-Error", "1");
            write_json(
                fmt::format("{{\"error\":{},\"detail\":\"{}\"}}", static_cast<int>(s), detail)
            );
        }
    };
    Application app{handle<"/", Json>()};
    CHECK(ask(app, "GET /") == "403 {\"error\":403,\"detail\":\"no <entry>\"}");
    CHECK(ask(app, "POST /") == "409 {\"error\":409,\"detail\":\"twice\"}");
    CHECK(ask(app, "PUT /") == "500 {\"error\":500,\"detail\":\"boom\"}");
    CHECK(field(send(app, "PUT /"), "X-Error") == "1");
    struct Broken : RequestHandler {
        void get() { throw HTTPError{status::forbidden}; }
        void write_error(status, std::string_view) { throw std::runtime_error{"again"}; }
    };
    CHECK(code(send(Application{handle<"/", Broken>()}, "GET /")) == 500);
}

TEST_CASE("prepare comes first, and may answer by itself", "[web][handler]") {
    Scripted::Script script;
    script.get = [](RequestHandler& h) { h.write("verb"); };
    CHECK(ask(scripted(script), "GET /") == "200 verb");
    CHECK(script.log == "pgf");
    const std::vector<std::pair<Scripted::Step, int>> answers{
        {[](RequestHandler& h) { h.finish("prepared"); }, 200},
        {[](RequestHandler& h) { h.redirect("/login"); }, 302},
        {[](RequestHandler& h) { h.send_error(status::unauthorized); }, 401},
        {[](RequestHandler&) { throw HTTPError{status::forbidden}; }, 403},
    };
    for (const auto& [step, expected] : answers) {
        script.log.clear();
        script.prepare = step;
        CHECK(code(send(scripted(script), "GET /")) == expected);
        CHECK(script.log == "pf");
    }
    struct Late : RequestHandler {
        std::string user;
        gust::awaitable<> prepare() {
            co_await asio::post(get_executor(), gust::use_awaitable);
            user = query_argument("user");
        }
        void get() { write(user); }
    };
    Application late{handle<"/", Late>()};
    CHECK(ask(late, "GET /?user=Ada") == "200 Ada");
    CHECK(code(send(late, "GET /")) == 400);
}

TEST_CASE("redirect sends a location and no body", "[web][handler]") {
    const std::string answer = got([](RequestHandler& h) {
        h.write("forgotten");
        h.redirect("/there?a=b", status::moved_permanently);
    });
    CHECK(brief(answer) == "301 ");
    CHECK(field(answer, "Location") == "/there?a=b");
    CHECK(
        code(got([](RequestHandler& h) {
            h.flush();
            h.redirect("/late"); // the head is gone
        }))
        == 500
    );
}

TEST_CASE("verbs in a wrong order throw, and a response that has begun is cut", "[web][handler]") {
    std::vector<std::error_code> codes;
    const auto attempt = [&codes](auto f) {
        try {
            f();
            codes.emplace_back();
        } catch (const std::system_error& e) {
            codes.push_back(e.code());
        }
    };
    const std::string answer = got([&](RequestHandler& h) {
        h.finish("done");
        attempt([&] { h.write("x"); });
        attempt([&] { h.finish(); });
        attempt([&] { h.flush(); });
        attempt([&] { h.set_status(status::created); });
        attempt([&] { h.set_header("X-A", "1"); });
        attempt([&] { h.send_error(status::conflict); });
        attempt([&] { h.keep(); });
    });
    CHECK(brief(answer) == "200 done");
    CHECK(codes == std::vector<std::error_code>(7, gust::errc::wrong_order));
    // Flushed, then failed: what has not left is taken back, what has is cut and looks cut.
    const std::string taken_back = got([](RequestHandler& h) {
        h.write("part");
        h.flush();
        throw HTTPError{status::conflict};
    });
    CHECK(code(taken_back) == 500);
    CHECK(taken_back.find("part") == taken_back.npos);
    struct Late : RequestHandler {
        gust::awaitable<> get() {
            write("part");
            flush();
            co_await asio::post(get_executor(), gust::use_awaitable);
            throw std::runtime_error{"x"};
        }
        void post() {
            write("part");
            flush();
            send_error(status::conflict);
        }
    };
    const std::string cut = send(Application{handle<"/", Late>()}, "GET /");
    CHECK(body(cut) == "4\r\npart\r\n");
    CHECK(send(Application{handle<"/", Late>()}, "POST /").empty());
}

TEST_CASE("flush streams: chunked without a length, as declared with one", "[web][handler]") {
    const auto stream = [](RequestHandler& h) {
        h.set_header("X-A", "1");
        h.write("one");
        h.flush();
        h.write("two");
        h.flush();
        h.write("three");
    };
    const std::string answer = got(stream);
    CHECK(field(answer, "Transfer-Encoding") == "chunked");
    CHECK(field(answer, "ETag").empty());
    CHECK(body(answer) == "3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n");
    CHECK(brief(got(stream, "", "HEAD")) == "200 ");
    const auto declared = [](std::string_view length) {
        return [length](RequestHandler& h) {
            h.set_header("Content-Length", length);
            h.write("12345");
            h.flush();
            h.write("67890");
        };
    };
    CHECK(brief(got(declared("10"))) == "200 1234567890");
    CHECK(code(got(declared("11"))) == 500); // too few bytes
    CHECK(code(got(declared("9"))) == 500);  // too many
    for (const std::string_view bad : {"foo", "+10", "1_0"}) {
        CHECK(code(got(declared(bad))) == 500);
    }
    // The same without flush: nothing was sent yet, so it is a 500.
    for (const std::string_view wrong : {"4", "6"}) {
        CHECK(
            code(got([wrong](RequestHandler& h) {
                h.set_header("Content-Length", wrong);
                h.write("12345");
            }))
            == 500
        );
    }
}

TEST_CASE("204 and 304 have no body", "[web][handler]") {
    for (const status s : {status::no_content, status::not_modified}) {
        const std::string answer = got([s](RequestHandler& h) { h.set_status(s); });
        CHECK(code(answer) == static_cast<int>(s));
        CHECK(field(answer, "Content-Length").empty());
        CHECK(field(answer, "Transfer-Encoding").empty());
        CHECK(
            code(got([s](RequestHandler& h) {
                h.set_status(s);
                h.write("x");
            }))
            == 500
        );
    }
}

TEST_CASE("a coroutine waits for the client while it streams", "[web][handler]") {
    struct Numbers : RequestHandler {
        gust::awaitable<> get() {
            for (int i = 0; i != 3; ++i) {
                write(std::to_string(i));
                flush();
                co_await drained();
            }
        }
    };
    CHECK(
        body(send(Application{handle<"/", Numbers>()}, "GET /"))
        == "1\r\n0\r\n1\r\n1\r\n1\r\n2\r\n0\r\n\r\n"
    );
}

TEST_CASE("keep leaves the answer for later", "[web][handler]") {
    const std::string answer = got([](RequestHandler& h) {
        asio::post(h.get_executor(), [reply = h.keep()]() mutable { respond(reply, "later"); });
        CHECK(h.is_finished());
    });
    CHECK(brief(answer) == "200 later");
    CHECK(code(got([](RequestHandler& h) { h.keep(); })) == 500); // nobody answers
    CHECK(
        code(got([](RequestHandler& h) {
            auto reply = h.keep();
            throw std::runtime_error{"x"};
        }))
        == 500
    );
}

TEST_CASE("arguments come from the query and from a form", "[web][handler]") {
    const auto form = posted(
        [](RequestHandler& h) {
            h.write(fmt::format(
                "{}|{}|{}|{}|{}",
                h.query_argument("q"),
                h.body_argument("a"),
                h.body_argument("none", "fallback"),
                h.query_argument("none", ""),
                h.body_arguments().size()
            ));
        },
        "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n",
        "a=%C3%A9+b&a=2&c="
    );
    CHECK(brief(form) == "200 query|\xC3\xA9 b|fallback||3");
    CHECK(
        code(posted(
            [](RequestHandler& h) { h.body_argument("a"); }, "Content-Type: text/plain\r\n", "a=1"
        ))
        == 400
    );
    CHECK(code(got([](RequestHandler& h) { h.query_argument("missing"); })) == 400);
    std::string many;
    for (int i = 0; i != 1001; ++i) {
        many += "a&";
    }
    CHECK(
        code(posted(
            [](RequestHandler& h) { h.body_arguments(); },
            "Content-Type: application/x-www-form-urlencoded\r\n",
            many
        ))
        == 400
    );
    CHECK(
        body(got(
            [](RequestHandler& h) { h.write(h.cookie("b").value_or("")); }, "Cookie: a=1; b=2\r\n"
        ))
        == "2"
    );
}

TEST_CASE("a buffered body has a bound", "[web][handler]") {
    Scripted::Script script;
    script.post = [](RequestHandler& h) { h.write(std::to_string(h.request().body().size())); };
    const auto post_bytes = [&](std::size_t n) {
        return gust::testing::exchange(
            scripted(script),
            fmt::format(
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{}", n, std::string(n, 'x')
            ),
            {.max_buffered_body_size = 4096}
        );
    };
    CHECK(body(post_bytes(4096)) == "4096");
    script.log.clear();
    const std::string large = post_bytes(4097);
    CHECK(code(large) == 413);
    CHECK_THAT(body(large), ContainsSubstring("<h1>413: "));
    CHECK(script.log.empty()); // the handler has not begun, so nothing of it ends
}

namespace {

struct Streaming : RequestHandler {
    struct Script {
        std::function<void(RequestHandler&)> prepare = [](RequestHandler&) {};
        std::function<void(RequestHandler&, std::string_view)> data = [](RequestHandler&,
                                                                         std::string_view) {};
        std::string log = {};
    };
    explicit Streaming(Script& s) : script{&s} {}
    Script* script;
    void prepare() {
        script->log += "p ";
        script->prepare(*this);
    }
    void data_received(gust::bytes chunk) {
        script->log += fmt::format("d{} ", chunk.size());
        script->data(*this, gust::as_text(chunk));
    }
    void post() {
        script->log += "v ";
        write("done");
    }
    void on_connection_close() { script->log += "c "; }
    void on_finish() { script->log += "f "; }
};

struct StreamingLater : Streaming {
    using Streaming::Streaming;
    gust::awaitable<> prepare() {
        co_await asio::post(get_executor(), gust::use_awaitable);
        Streaming::prepare();
    }
    gust::awaitable<> data_received(gust::bytes chunk) {
        co_await asio::post(get_executor(), gust::use_awaitable);
        Streaming::data_received(chunk);
    }
    gust::awaitable<> post() {
        co_await asio::post(get_executor(), gust::use_awaitable);
        Streaming::post();
    }
};

const std::string chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";

} // namespace

TEMPLATE_TEST_CASE(
    "a handler may take its body piece by piece", "[web][handler]", Streaming, StreamingLater
) {
    typename TestType::Script script;
    Application app{handle<"/", TestType>(std::ref(script))};
    SECTION("all of it") {
        CHECK(brief(gust::testing::exchange(app, chunked)) == "200 done");
        CHECK(script.log == "p d3 d2 v f ");
    }
    SECTION("within a limit that prepare sets") {
        script.prepare = [](RequestHandler& h) { h.connection().set_max_body_size(4); };
        CHECK(code(gust::testing::exchange(app, chunked)) == 413);
        CHECK(script.log == "p d3 c f ");
    }
    SECTION("answered in prepare") {
        script.prepare = [](RequestHandler& h) { h.finish("early"); };
        CHECK(brief(gust::testing::exchange(app, chunked)) == "200 early");
        CHECK(script.log == "p c f ");
    }
    SECTION("answered with the first piece") {
        script.data = [](RequestHandler& h, std::string_view) { h.send_error(status::conflict); };
        CHECK(code(gust::testing::exchange(app, chunked)) == 409);
        CHECK(script.log == "p d3 c f ");
    }
    SECTION("a piece that throws") {
        script.data = [](RequestHandler&, std::string_view) {
            throw HTTPError{status::unsupported_media_type};
        };
        CHECK(code(gust::testing::exchange(app, chunked)) == 415);
    }
    SECTION("a client that leaves") {
        gust::testing::exchange(app, chunked.substr(0, chunked.size() - 5));
        CHECK(script.log == "p d3 d2 c f ");
    }
    SECTION("without a body") {
        CHECK(
            brief(gust::testing::exchange(app, "POST / HTTP/1.1\r\nHost: a\r\n\r\n")) == "200 done"
        );
        CHECK(script.log == "p v f ");
    }
}

TEST_CASE(
    "a client that leaves is told to a handler that has begun, and to no other", "[web][handler]"
) {
    Scripted::Script script;
    gust::testing::MemoryServer server{scripted(script)};
    gust::ResponseHandle reply;
    script.get = [&](RequestHandler& h) { reply = h.keep(); };
    auto peer = server.connect();
    peer.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    server.run();
    CHECK(script.log == "pg");
    peer.reset();
    server.pass(std::chrono::seconds{2});
    CHECK(script.log == "pgf");
    CHECK_FALSE(reply);
    reply = {};
}

TEST_CASE("connections are kept as the client wishes", "[web][handler]") {
    Scripted::Script script;
    script.get = [](RequestHandler& h) { h.write("x"); };
    const std::string twice = gust::testing::exchange(
        scripted(script),
        "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    );
    CHECK(script.log == "pgfpgf");
    CHECK(twice.rfind("HTTP/1.1 200") != twice.find("HTTP/1.1 200"));
    CHECK(twice.find("Connection: close") > twice.rfind("HTTP/1.1 200"));
}

TEST_CASE("an application is a router with pages, and is mounted like one", "[web][application]") {
    Users users{{1, "Ada"}};
    Application inner{
        handle<"/users/{id:int}", UserHandler, "user">(std::ref(users), ""),
        gust::on<"GET /fixed">([] { return Response::text("fixed"); })
    };
    CHECK(ask(inner, "GET /fixed") == "200 fixed");
    CHECK_THAT(send(inner, "GET /nowhere"), ContainsSubstring("<title>404: Not Found</title>"));
    Application outer{gust::mount<"/v1", "v1">(inner), gust::on<"GET /">(Response::text("home"))};
    CHECK(ask(outer, "GET /v1/users/1") == "200 Ada");
    CHECK(decltype(outer)::reverse<"v1.user">(4) == "/v1/users/4");
    // Middleware outside has the last word about pages.
    const auto pages =
        gust::error_pages([](status s) { return std::to_string(static_cast<int>(s)); });
    CHECK(ask(pages | outer, "GET /nowhere") == "404 404");
    CHECK(ask(pages | outer, "GET /v1/users/9") == "404 404");
    // A handler in a plain router has plain errors.
    gust::Router plain{handle<"/users/{id:int}", UserHandler>(std::ref(users), "")};
    CHECK(ask(plain, "GET /users/9") == "404 Not Found\n");
    // Hosts, as Tornado's host rules.
    Application hosts{
        handle<"www.example.com/", AllVerbs>(), gust::on<"GET /">(Response::text("other"))
    };
    CHECK(
        brief(gust::testing::exchange(hosts, "GET / HTTP/1.1\r\nHost: WWW.example.com:80\r\n\r\n"))
        == "200 get"
    );
    CHECK(
        brief(gust::testing::exchange(hosts, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")) == "200 other"
    );
}
