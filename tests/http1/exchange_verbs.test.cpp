// SPDX-License-Identifier: MIT
// What the verbs of HTTPConnection write, and what they refuse to write.
#include <array>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>

#include "http1/script.hpp"
#include "support/catch.hpp"

using gust::errc;
using gust::HTTPConnection;
using gust_test::ScriptedSession;
using gust_test::thrown_by;
using namespace std::string_literals;
using namespace std::string_view_literals;

namespace {

using Verbs = std::function<void(HTTPConnection&)>;

/// What is sent when `verbs` answer `request` in `finish`.
std::string sent_by(
    const std::string& request,
    const Verbs& verbs,
    const gust::HTTP1ConnectionParameters& parameters = {}
) {
    ScriptedSession session{parameters};
    session.finish = verbs;
    return session.send(request);
}

const std::string get = gust_test::get;
const std::string head = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string get_1_0 = "GET / HTTP/1.0\r\n\r\n";
const std::string head_1_0 = "HEAD / HTTP/1.0\r\n\r\n";
const std::string keep_1_0 = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";

void streams(HTTPConnection& conn) {
    conn.write_headers({gust::status::ok}, {{"A", "b"}});
    conn.write("hello");
    conn.write("");
    conn.write(" world!");
    conn.finish();
}

} // namespace

TEST_CASE("a body without a length is chunked for HTTP/1.1", "[http1][verbs]") {
    CHECK(
        sent_by(get, streams)
        == "HTTP/1.1 200 OK\r\nA: b\r\nTransfer-Encoding: chunked\r\nDate: *\r\n\r\n"
           "5\r\nhello\r\n7\r\n world!\r\n0\r\n\r\n"
    );
    CHECK(
        sent_by(
            get,
            [](HTTPConnection& conn) {
                conn.write_headers({gust::status::ok}, {}, std::string(26, 'x'));
                conn.finish();
            }
        )
        == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: *\r\n\r\n1a\r\n"
               + std::string(26, 'x') + "\r\n0\r\n\r\n"
    );
    CHECK(
        sent_by(
            get,
            [](HTTPConnection& conn) {
                conn.write_headers({gust::status::ok}, {});
                conn.finish();
            }
        )
        == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: *\r\n\r\n0\r\n\r\n"
    );
}

TEST_CASE("a body without a length ends with the connection for HTTP/1.0", "[http1][verbs]") {
    for (const std::string& request : {get_1_0, keep_1_0}) {
        ScriptedSession session;
        session.finish = streams;
        CHECK(
            session.send(request)
            == "HTTP/1.1 200 OK\r\nA: b\r\nDate: *\r\nConnection: close\r\n\r\nhello world!"
        );
        CHECK(session.peer.has_ended());
        CHECK(session.ends_cleanly());
    }
}

TEST_CASE("a HEAD is answered like a GET, without the body", "[http1][verbs]") {
    CHECK(sent_by(head, streams) == "HTTP/1.1 200 OK\r\nA: b\r\nDate: *\r\n\r\n");
    CHECK(
        sent_by(head_1_0, streams)
        == "HTTP/1.1 200 OK\r\nA: b\r\nDate: *\r\nConnection: close\r\n\r\n"
    );
    CHECK(
        sent_by(head, [](HTTPConnection& conn) { respond(conn, "12345"); })
        == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n"
           "Date: *\r\n\r\n"
    );
    CHECK(
        sent_by(
            head,
            [](HTTPConnection& conn) {
                conn.write_headers({gust::status::ok}, {{"Content-Length", "100"}});
                conn.finish(); // nothing of the body has to be made
            }
        )
        == "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nDate: *\r\n\r\n"
    );
    CHECK(
        sent_by(
            head,
            [](HTTPConnection& conn) {
                conn.write_headers({gust::status::ok}, {{"Content-Length", "5"}}, "123");
                CHECK(thrown_by([&] { conn.write("456"); }) == errc::body_too_long); // counted
                conn.write("45");
                conn.finish();
            }
        )
        == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: *\r\n\r\n"
    );
    CHECK(
        sent_by(
            head,
            [](HTTPConnection& conn) {
                conn.write_headers({gust::status::not_modified}, {{"Content-Length", "5"}});
                conn.finish();
            }
        )
        == "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nDate: *\r\n\r\n"
    );
}

TEST_CASE("a length that is known is sent", "[http1][verbs]") {
    CHECK(
        sent_by(
            get,
            [](HTTPConnection& conn) {
                conn.write_headers({gust::status::ok}, {{"content-LENGTH", "10"}}, "hello");
                conn.write("world");
                conn.finish();
            }
        )
        == "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nDate: *\r\n\r\nhelloworld"
    );
    CHECK(
        sent_by(get, [](HTTPConnection& conn) { conn.respond({gust::status::created}, {}, "x"); })
        == "HTTP/1.1 201 Created\r\nContent-Length: 1\r\nDate: *\r\n\r\nx"
    );
    CHECK(
        sent_by(get, [](HTTPConnection& conn) { conn.respond({gust::status::ok}, {}, {}); })
        == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: *\r\n\r\n"
    );
    CHECK(
        sent_by(keep_1_0, [](HTTPConnection& conn) { conn.respond({gust::status::ok}, {}, "x"); })
        == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nDate: *\r\nConnection: keep-alive\r\n\r\nx"
    );
    CHECK(
        sent_by(
            get,
            [](HTTPConnection& conn) {
                conn.respond({gust::status::ok}, {{"Content-Length", "1"}}, "x");
            }
        )
        == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nDate: *\r\n\r\nx"
    );
    const std::string large(5000, 'x');
    CHECK(
        sent_by(get, [&](HTTPConnection& conn) { conn.respond({gust::status::ok}, {}, large); })
        == "HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nDate: *\r\n\r\n" + large
    );
}

TEST_CASE("204, 205 and 304 have no body", "[http1][verbs]") {
    const std::pair<gust::status, std::string> cases[] = {
        {gust::status::no_content, "HTTP/1.1 204 No Content\r\nDate: *\r\n\r\n"},
        {gust::status::reset_content,
         "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\nDate: *\r\n\r\n"},
        {gust::status::not_modified, "HTTP/1.1 304 Not Modified\r\nDate: *\r\n\r\n"},
    };
    for (const auto& [code, bytes] : cases) {
        const gust::status status = code;
        CHECK(sent_by(get, [&](HTTPConnection& conn) { respond(conn, status); }) == bytes);
        CHECK(
            sent_by(
                get,
                [&](HTTPConnection& conn) {
                    CHECK(
                        thrown_by([&] { conn.respond({status}, {}, "x"); })
                        == errc::body_not_allowed
                    );
                    CHECK(
                        thrown_by([&] { conn.write_headers({status}, {}, "x"); })
                        == errc::body_not_allowed
                    );
                    conn.write_headers({status}, {});
                    conn.write("");
                    CHECK(thrown_by([&] { conn.write("x"); }) == errc::body_not_allowed);
                    conn.finish();
                }
            )
            == bytes
        );
    }
    CHECK(
        sent_by(
            get,
            [](HTTPConnection& conn) {
                const auto no_length = [&](gust::status status, std::string_view length) {
                    return thrown_by([&] {
                        conn.write_headers({status}, {{"Content-Length", length}});
                    });
                };
                CHECK(no_length(gust::status::no_content, "0") == errc::forbidden_field);
                CHECK(no_length(gust::status::switching_protocols, "0") == errc::forbidden_field);
                // A client would wait for these five bytes, and take them from the next response.
                CHECK(no_length(gust::status::reset_content, "5") == errc::forbidden_field);
                conn.respond({gust::status::reset_content}, {{"Content-Length", "0"}}, {});
            }
        )
        == "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\nDate: *\r\n\r\n"
    );
}

TEST_CASE("a verb in the wrong order throws and queues nothing", "[http1][verbs]") {
    const std::pair<std::string, Verbs> verbs[] = {
        {"write_headers", [](HTTPConnection& c) { c.write_headers({gust::status::ok}, {}); }},
        {"write_headers with headers",
         [](HTTPConnection& c) { c.write_headers({gust::status::ok}, gust::HTTPHeaders{}); }},
        {"respond", [](HTTPConnection& c) { c.respond({gust::status::ok}, {}, "x"); }},
        {"respond with headers",
         [](HTTPConnection& c) { c.respond({gust::status::ok}, gust::HTTPHeaders{}, "x"); }},
        {"write_interim", [](HTTPConnection& c) { c.write_interim(gust::status::early_hints); }},
        {"write", [](HTTPConnection& c) { c.write("x"); }},
        {"write nothing", [](HTTPConnection& c) { c.write(""); }},
        {"finish", [](HTTPConnection& c) { c.finish(); }},
        {"interim as final",
         [](HTTPConnection& c) { c.write_headers({gust::status::early_hints}, {}); }},
    };
    const auto refused_in = [&](HTTPConnection& conn) {
        std::string names;
        for (const auto& [name, verb] : verbs) {
            if (const std::error_code ec = thrown_by([&, &call = verb] { call(conn); })) {
                CHECK(ec == errc::wrong_order);
                names += name + ", ";
            }
        }
        return names;
    };
    const std::string none = "write, write nothing, finish, interim as final, ";
    const std::string begun =
        "write_headers, write_headers with headers, respond, respond with headers, "
        "write_interim, ";
    CHECK(
        sent_by(
            get,
            [&](HTTPConnection& conn) {
                for (const auto& [name, verb] : verbs) {
                    if (none.find(name + ", ") != none.npos) {
                        CHECK(thrown_by([&, &call = verb] { call(conn); }) == errc::wrong_order);
                    }
                }
                conn.write_headers({gust::status::ok}, {{"Content-Length", "2"}});
                for (const auto& [name, verb] : verbs) {
                    if (begun.find(name + ", ") != begun.npos) {
                        CHECK(thrown_by([&, &call = verb] { call(conn); }) == errc::wrong_order);
                    }
                }
                conn.write("ab");
                conn.finish();
                CHECK(
                    refused_in(conn) == begun + "write, write nothing, finish, interim as final, "
                );
            }
        )
        == "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nDate: *\r\n\r\nab"
    );
}

TEST_CASE("a body that does not fit its length throws and queues nothing", "[http1][verbs]") {
    CHECK(
        sent_by(
            get,
            [](HTTPConnection& conn) {
                const auto length = [](std::string_view digits) {
                    return gust::HTTPHeaders{{"Content-Length", digits}};
                };
                CHECK(
                    thrown_by([&] { conn.write_headers({gust::status::ok}, length("2"), "abc"); })
                    == errc::body_too_long
                );
                CHECK(
                    thrown_by([&] { conn.respond({gust::status::ok}, length("2"), "abc"); })
                    == errc::body_too_long
                );
                CHECK(
                    thrown_by([&] { conn.respond({gust::status::ok}, length("4"), "abc"); })
                    == errc::body_too_short
                );
                conn.write_headers({gust::status::ok}, length("5"), "abc");
                CHECK(thrown_by([&] { conn.write("def"); }) == errc::body_too_long);
                CHECK(thrown_by([&] { conn.finish(); }) == errc::body_too_short);
                conn.write("de");
                CHECK(thrown_by([&] { conn.write("f"); }) == errc::body_too_long);
                conn.finish();
            }
        )
        == "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: *\r\n\r\nabcde"
    );
}

TEST_CASE("fields that the connection decides are refused or decided", "[http1][verbs]") {
    CHECK(
        sent_by(
            get,
            [](HTTPConnection& conn) {
                const gust::HTTPHeaders refused[] = {
                    {{"Transfer-Encoding", "chunked"}},
                    {{"transfer-encoding", "identity"}},
                    {{"Content-Length", "x"}},
                    {{"Content-Length", "+10"}},
                    {{"Content-Length", "1_0"}},
                    {{"Content-Length", ""}},
                    {{"Content-Length", "1, 1"}},
                    {{"Content-Length", "18446744073709551616"}},
                    {{"Content-Length", "1"}, {"Content-Length", "1"}},
                };
                for (const gust::HTTPHeaders& fields : refused) {
                    CHECK(
                        thrown_by([&] { conn.write_headers({gust::status::ok}, fields, "x"); })
                        == errc::forbidden_field
                    );
                    CHECK(
                        thrown_by([&] { conn.respond({gust::status::ok}, fields, "x"); })
                        == errc::forbidden_field
                    );
                }
                respond(conn, "ok");
            }
        )
        == gust_test::ok
    );
    // Date is the application's if it gives one; keep-alive is not its to promise.
    const auto with = [](std::string_view name, std::string_view value) {
        return [name, value](HTTPConnection& conn) {
            conn.respond({gust::status::ok}, {{name, value}}, "x");
        };
    };
    const std::string start = "HTTP/1.1 200 OK\r\n";
    const std::string date = "Sun, 06 Nov 1994 08:49:37 GMT";
    CHECK(
        sent_by(get, with("date", date))
        == start + "date: " + date + "\r\nContent-Length: 1\r\n\r\nx"
    );
    CHECK(
        sent_by(get, with("Connection", "keep-alive"))
        == start + "Content-Length: 1\r\nDate: *\r\n\r\nx"
    );
    CHECK(
        sent_by(get, with("Connection", "close"))
        == start + "Content-Length: 1\r\nDate: *\r\nConnection: close\r\n\r\nx"
    );
    CHECK(
        sent_by(get, with("connection", "foo, CLOSE"))
        == start + "Content-Length: 1\r\nDate: *\r\nConnection: close\r\n\r\nx"
    );
    CHECK(
        sent_by(keep_1_0, with("Connection", "close"))
        == start + "Content-Length: 1\r\nDate: *\r\nConnection: close\r\n\r\nx"
    );
    CHECK(
        sent_by(get, with("Connection", "X-Hop"))
        == start + "Connection: X-Hop\r\nContent-Length: 1\r\nDate: *\r\n\r\nx"
    );
    CHECK(
        sent_by(get_1_0, [](HTTPConnection& conn) { respond(conn, "ok"); }) == gust_test::ok_close
    );
}

TEST_CASE("a close that the delegate asks for is said and done", "[http1][verbs]") {
    ScriptedSession session;
    session.finish = [](HTTPConnection& conn) {
        conn.close_after_response();
        respond(conn, "ok");
    };
    CHECK(session.send(get + get) == gust_test::ok_close);
    CHECK(session.log == "H F E:sent");
    CHECK(session.peer.has_ended());
    CHECK(session.ends_cleanly());
}

TEST_CASE("no byte of a caller can split a response", "[http1][verbs]") {
    for (const std::string bad : {"a\rb", "a\nb", "a\r\nX: y", "a\r\n\r\nHTTP/1.1 200 OK"}) {
        CHECK(
            sent_by(
                get,
                [&](HTTPConnection& conn) {
                    const auto refused = [&](auto verb) {
                        return thrown_by(verb) == errc::invalid_field;
                    };
                    CHECK(refused([&] { conn.respond({gust::status::ok}, {{"X", bad}}, "x"); }));
                    CHECK(refused([&] { conn.respond({gust::status::ok}, {{bad, "x"}}, "x"); }));
                    CHECK(refused([&] { conn.respond({gust::status::ok, bad}, {}, "x"); }));
                    CHECK(refused([&] { conn.write_headers({gust::status::ok, bad}, {}); }));
                    CHECK(refused([&] {
                        conn.write_interim(gust::status::early_hints, {{"X", bad}});
                    }));
                    CHECK(refused([&] { redirect(conn, bad); }));
                    conn.write_headers({gust::status::ok, "caf\xc3\xa9\t!"}, {});
                    CHECK(refused([&] { conn.finish({{"X", bad}}); }));
                    conn.finish({{"X", "y"}});
                }
            )
            == "HTTP/1.1 200 caf\xc3\xa9\t!\r\nTransfer-Encoding: chunked\r\nDate: *\r\n\r\n"
               "0\r\nX: y\r\n\r\n"
        );
    }
    CHECK(
        sent_by(
            get,
            [](HTTPConnection& conn) {
                for (const unsigned number : {0U, 1U, 99U, 1000U, 65535U}) {
                    INFO(number);
                    const auto ec = thrown_by([&] {
                        conn.respond({static_cast<gust::status>(number)}, {}, {});
                    });
                    CHECK((ec == errc::invalid_field || ec == errc::wrong_order));
                }
                CHECK(
                    thrown_by([&] { conn.respond({gust::status::ok, "a\0b"sv}, {}, {}); })
                    == errc::invalid_field
                );
                CHECK(
                    thrown_by([&] { conn.respond({gust::status::ok, "\x7f"}, {}, {}); })
                    == errc::invalid_field
                );
                conn.respond({static_cast<gust::status>(999)}, {}, {});
            }
        )
        == "HTTP/1.1 999 \r\nContent-Length: 0\r\nDate: *\r\n\r\n"
    );
}

TEST_CASE("interim responses go before the final one, and not to HTTP/1.0", "[http1][verbs]") {
    const auto hints = [](HTTPConnection& conn) {
        conn.write_interim(gust::status::early_hints, {{"Link", "</a>"}});
        conn.write_interim(gust::status::processing);
        CHECK(
            thrown_by([&] {
                conn.write_interim(gust::status::early_hints, {{"Content-Length", "0"}});
            })
            == errc::forbidden_field
        );
        CHECK(
            thrown_by([&] {
                conn.write_interim(gust::status::early_hints, {{"Connection", "close"}});
            })
            == errc::forbidden_field
        );
        CHECK(
            thrown_by([&] {
                conn.write_interim(gust::status::early_hints, {{"Transfer-Encoding", "chunked"}});
            })
            == errc::forbidden_field
        );
        CHECK(
            thrown_by([&] { conn.write_interim(gust::status::switching_protocols); })
            == errc::wrong_order
        );
        CHECK(thrown_by([&] { conn.write_interim(gust::status::ok); }) == errc::wrong_order);
        respond(conn, "ok");
    };
    CHECK(
        sent_by(get, hints)
        == "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
               + gust_test::ok
    );
    CHECK(sent_by(get_1_0, hints) == gust_test::ok_close);
}

TEST_CASE("trailers go out behind a chunked body, and nowhere else", "[http1][verbs]") {
    const auto trails = [](HTTPConnection& conn) {
        conn.write_headers({gust::status::ok}, {}, "x");
        for (const std::string_view name :
             {"Content-Length",
              "Transfer-Encoding",
              "Host",
              "Connection",
              "Trailer",
              "Content-Type",
              "Set-Cookie",
              "Authorization"}) {
            INFO(name);
            CHECK(thrown_by([&] { conn.finish({{name, "1"}}); }) == errc::forbidden_field);
        }
        conn.finish({{"X-Sum", "42"}, {"x-more", ""}});
    };
    CHECK(
        sent_by(get, trails)
        == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nDate: *\r\n\r\n"
           "1\r\nx\r\n0\r\nX-Sum: 42\r\nx-more: \r\n\r\n"
    );
    const auto plain = [](HTTPConnection& conn) {
        conn.write_headers({gust::status::ok}, {}, "x");
        conn.finish({{"X-Sum", "42"}});
    };
    CHECK(sent_by(get_1_0, plain) == "HTTP/1.1 200 OK\r\nDate: *\r\nConnection: close\r\n\r\nx");
    CHECK(sent_by(head, plain) == "HTTP/1.1 200 OK\r\nDate: *\r\n\r\n");
    CHECK(
        sent_by(
            get,
            [](HTTPConnection& conn) {
                conn.write_headers({gust::status::ok}, {{"Content-Length", "1"}}, "x");
                conn.finish({{"X-Sum", "42"}});
            }
        )
        == "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nDate: *\r\n\r\nx"
    );
}

TEST_CASE("a chunk is owned the way its type says", "[http1][verbs]") {
    const auto held = std::make_shared<std::string>(3000, 's');
    const std::weak_ptr<std::string> watched = held;
    const std::string outlives(3000, 'u');
    std::FILE* const temporary = std::tmpfile();
    REQUIRE(temporary != nullptr);
    CHECK(std::fputs("0123456789", temporary) >= 0);
    std::fflush(temporary);
    for (const std::string& request : {get, get_1_0}) {
        const std::string bytes = sent_by(request, [&](HTTPConnection& conn) {
            conn.write_headers({gust::status::ok}, {});
            {
                std::string gone(3000, 'c');
                conn.write(gone);
                conn.write(std::string_view{gone});
                gone.assign(gone.size(), '?');
            }
            conn.write(std::string(3000, 'r'));
            conn.write(gust::shared(held, *held));
            conn.write(gust::unowned(outlives));
            conn.write(gust::file{fileno(temporary), 2, 5});
            conn.write(gust::as_bytes("end"));
            conn.finish();
        });
        std::string body = bytes.substr(bytes.find("\r\n\r\n") + 4);
        for (std::size_t at = body.find("\r\n"); at != body.npos; at = body.find("\r\n")) {
            body.erase(at, 2);
        }
        const std::string blocks = std::string(3000, 'c');
        if (request == get) {
            CHECK(
                body
                == "bb8" + blocks + "bb8" + blocks + "bb8" + std::string(3000, 'r') + "bb8" + *held
                       + "bb8" + outlives + "5234563end0"
            );
        } else {
            CHECK(body == blocks + blocks + std::string(3000, 'r') + *held + outlives + "23456end");
        }
    }
    std::fclose(temporary);
    CHECK(watched.use_count() == 1);
}

TEST_CASE("output past its hard bound cuts the connection", "[http1][verbs]") {
    ScriptedSession session{{.max_output = 100'000}};
    session.peer.set_capacity(1000);
    int writes = 0;
    session.finish = [&](HTTPConnection& conn) {
        conn.write_headers({gust::status::ok}, {});
        for (; writes != 100; ++writes) {
            conn.write(std::string(10'000, 'x')); // from the hundred thousandth on, nothing
        }
        conn.finish();
    };
    const std::string bytes = session.send(get);
    CHECK(writes == 100);
    CHECK_FALSE(bytes.ends_with("0\r\n\r\n"));
    CHECK(session.log == "H F E:failed X");
    CHECK(session.peer.is_closed());
}

TEST_CASE(
    "a whole response behind output past its hard bound cuts the connection", "[http1][verbs]"
) {
    ScriptedSession session{{.output_high_water = 1'000'000, .max_output = 10'000}};
    session.peer.set_capacity(100);
    const std::string body(20'000, 'x');
    session.finish = [&](HTTPConnection& conn) { conn.respond({gust::status::ok}, {}, body); };
    const std::string bytes = session.send(get + get);
    CHECK(bytes.find("HTTP/1.1 200", 1) == bytes.npos);
    CHECK(session.log.ends_with("H F E:failed X"));
    CHECK(session.peer.is_closed());
}

TEST_CASE("a response that is cut never looks whole", "[http1][verbs]") {
    const auto cuts = [](HTTPConnection& conn, std::initializer_list<gust::Field> fields) {
        conn.write_headers({gust::status::ok}, fields, "begun");
    };
    struct How {
        std::string name;
        std::function<void(HTTPConnection&)> verb;
    };
    const How ways[] = {
        {"close", [](HTTPConnection& conn) { conn.close(); }},
        {"throw", [](HTTPConnection&) { throw std::runtime_error{"meant"}; }},
        {"nothing", [](HTTPConnection&) {}},
    };
    for (const How& way : ways) {
        for (const std::string& request : {get, get_1_0}) {
            for (const bool has_length : {true, false}) {
                INFO(way.name << ' ' << request << ' ' << has_length);
                ScriptedSession session;
                session.headers = [&](HTTPConnection& conn) {
                    if (has_length) {
                        cuts(conn, {{"Content-Length", "100"}});
                    } else {
                        cuts(conn, {});
                    }
                };
                session.finish = way.verb;
                std::string whole = request; // a body, so that the head is sent before `finish`
                whole.insert(whole.size() - 2, "Content-Length: 1\r\n");
                std::string bytes = session.send(whole);
                CHECK(bytes.ends_with(
                    "begun" + std::string{request == get && !has_length ? "\r\n" : ""}
                ));
                bytes += session.send("x");
                CHECK_FALSE(bytes.ends_with("0\r\n\r\n"));
                CHECK(session.peer.is_closed());
                CHECK(session.log.ends_with("E:failed X"));
                if (request == get_1_0 && !has_length) {
                    CHECK(session.peer.is_reset()); // a FIN would be the end of the body
                }
            }
        }
    }
}

TEST_CASE("a switch of protocols is the last response on a connection", "[http1][verbs]") {
    ScriptedSession session;
    session.finish = [](HTTPConnection& conn) {
        conn.write_headers(
            {gust::status::switching_protocols}, {{"Connection", "upgrade"}, {"Upgrade", "x"}}
        );
        CHECK(thrown_by([&] { conn.write("x"); }) == errc::body_not_allowed);
        conn.finish(); // and nobody took the stream
    };
    CHECK(
        session.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n" + get)
        == "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\nDate: "
           "*\r\n\r\n"
    );
    CHECK(session.log == "H F E:sent");
    CHECK(session.peer.has_ended());
    ScriptedSession old;
    old.finish = [](HTTPConnection& conn) {
        CHECK(
            thrown_by([&] { conn.write_headers({gust::status::switching_protocols}, {}); })
            == errc::wrong_order // HTTP/1.0 has no 1xx
        );
        respond(conn, "ok");
    };
    CHECK(old.send(get_1_0) == gust_test::ok_close);
}
