// SPDX-License-Identifier: MIT
#include <gust/net/unix.hpp>
#include <gust/server/http_server.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/buffer.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/read_until.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/write.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace std::chrono_literals;

namespace {

constexpr std::string_view get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

/// What a test counts of its delegates.
struct Counts {
    int started = 0;
    int finished = 0;
    int closed_early = 0;
    int ended = 0;
    int cancelled = 0;
    int connections_closed = 0;
    std::vector<gust::ResponseHandle> kept;
};

/// Answers at once, later, after a timer, or never, as its path says.
struct Worker : gust::HTTPMessageDelegate {
    explicit Worker(Counts& c) : counts{c} { ++counts.started; }

    gust::awaitable<> finish(gust::HTTPConnection& conn) {
        ++counts.finished;
        const std::string path{conn.target().path};
        if (path == "/") {
            respond(conn, "now");
        } else if (path == "/later") {
            counts.kept.push_back(conn.keep());
        } else if (path == "/slow" || path == "/stubborn") {
            asio::steady_timer timer{
                co_await asio::this_coro::executor, path == "/slow" ? 50ms : 1h
            };
            try {
                co_await timer.async_wait(gust::use_awaitable);
            } catch (const std::system_error&) {
                ++counts.cancelled;
                throw;
            }
            respond(conn, "slow");
        }
    }
    void on_connection_close() noexcept { ++counts.closed_early; }
    void response_ended(gust::outcome) noexcept { ++counts.ended; }

    Counts& counts;
};

struct Application : gust::HTTPServerConnectionDelegate {
    explicit Application(Counts& c) : counts{&c} {}
    Worker start_request(auto&, auto&) { return Worker{*counts}; }
    void on_close(auto&) noexcept { ++counts->connections_closed; }
    Counts* counts;
};

using Socket = asio::ip::tcp::socket;

/// A client on the server's own loop.
Socket connect(asio::io_context& io, std::uint16_t port) {
    Socket socket{io};
    socket.connect({asio::ip::address_v4::loopback(), port});
    return socket;
}

/// Runs the loop until `is_done`, for ten seconds at most.
template <class F>
bool run_until(asio::io_context& io, F is_done) {
    const auto end = std::chrono::steady_clock::now() + 10s;
    while (!is_done() && std::chrono::steady_clock::now() < end) {
        io.restart();
        io.run_one_for(100ms);
    }
    return is_done();
}

/// Reads what has arrived on a socket; sets `ended` at its end.
struct Reader {
    explicit Reader(Socket& s) : socket{&s} { socket->non_blocking(true); }
    bool poll() {
        char piece[4096];
        std::error_code ec;
        for (std::size_t n; (n = socket->read_some(asio::buffer(piece), ec)) != 0;) {
            text.append(piece, n);
        }
        ended = ended || (ec && ec != asio::error::would_block);
        error = ec;
        return true;
    }
    bool has(std::string_view what) {
        poll();
        return text.find(what) != std::string::npos;
    }
    bool is_at_end() {
        poll();
        return ended;
    }
    Socket* socket;
    std::string text;
    std::error_code error;
    bool ended = false;
};

void send(Socket& socket, std::string_view text) {
    asio::write(socket, asio::buffer(text));
}

struct Fixture {
    asio::io_context io;
    Counts counts;
    std::optional<gust::HTTPServer<Application>> server;

    explicit Fixture(const gust::HTTP1ConnectionParameters& parameters = {}) {
        server.emplace(io, Application{counts}, parameters);
        server->listen(0, {.address = "127.0.0.1"});
    }
    Socket client() { return connect(io, server->port()); }
    /// Stops the server; the report is there when it has stopped.
    std::shared_ptr<std::optional<gust::StopReport>> stop(std::chrono::milliseconds deadline) {
        auto report = std::make_shared<std::optional<gust::StopReport>>();
        server->stop(deadline, [report](gust::StopReport r) { *report = r; });
        return report;
    }
};

} // namespace

TEST_CASE("a server answers over TCP, and over a Unix socket", "[server]") {
    Fixture f;
    Socket socket = f.client();
    Reader reader{socket};
    send(socket, get);
    CHECK(run_until(f.io, [&] { return reader.has("\r\n\r\nnow"); }));

    const std::string path = "/tmp/gust-server-test-" + std::to_string(::getpid());
    f.server->listen_unix(path);
    asio::local::stream_protocol::socket local{f.io};
    local.connect({path});
    asio::write(local, asio::buffer(get));
    std::string answer;
    asio::async_read_until(
        local, asio::dynamic_buffer(answer), "now", [](std::error_code, std::size_t) {}
    );
    CHECK(run_until(f.io, [&] { return answer.ends_with("now"); }));
    ::unlink(path.c_str());
}

TEST_CASE("a stop answers what has begun, tells the peers to go, and completes", "[server]") {
    Fixture f{{.drain_idle = 100ms}};
    Socket idle = f.client();
    Socket slow = f.client();
    Socket half = f.client();
    Reader idle_reader{idle};
    Reader slow_reader{slow};
    Reader half_reader{half};
    send(idle, get);
    REQUIRE(run_until(f.io, [&] { return idle_reader.has("now"); }));
    send(slow, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    send(half, get.substr(0, 9));
    REQUIRE(run_until(f.io, [&] { return f.counts.started == 2; }));
    REQUIRE(f.server->connections() == 3);

    const auto report = f.stop(5s);
    REQUIRE(run_until(f.io, [&] { return f.server->is_stopped(); }));
    send(half, get.substr(9)); // its first byte was there before the stop
    // The peers close when they are told to.
    CHECK(run_until(f.io, [&] { return idle_reader.is_at_end(); }));
    idle.close();
    CHECK(run_until(f.io, [&] { return slow_reader.is_at_end(); }));
    slow.close();
    CHECK(run_until(f.io, [&] { return half_reader.is_at_end(); }));
    half.close();
    REQUIRE(run_until(f.io, [&] { return report->has_value(); }));

    CHECK(slow_reader.text.ends_with("slow"));
    CHECK(slow_reader.has("Connection: close"));
    CHECK(half_reader.text.ends_with("now"));
    CHECK(half_reader.has("Connection: close"));
    CHECK((*report)->finished == 3);
    CHECK((*report)->aborted == 0);
    CHECK((*report)->late == 0);
    CHECK(f.counts.ended == 3);
    CHECK(f.counts.connections_closed == 3);
    CHECK(f.server->connections() == 0);
}

TEST_CASE("a stopped server refuses connections", "[server]") {
    Fixture f;
    const std::uint16_t port = f.server->port();
    const auto report = f.stop(1s);
    REQUIRE(run_until(f.io, [&] { return report->has_value(); }));
    Socket socket{f.io};
    std::error_code ec;
    socket.connect({asio::ip::address_v4::loopback(), port}, ec);
    CHECK(ec == asio::error::connection_refused);
}

TEST_CASE("what is not done at the deadline is cut, and its hook is cancelled", "[server]") {
    Fixture f;
    Socket stubborn = f.client();
    Socket later = f.client();
    Reader reader{stubborn};
    send(stubborn, "GET /stubborn HTTP/1.1\r\nHost: h\r\n\r\n");
    send(later, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
    REQUIRE(run_until(f.io, [&] { return f.counts.finished == 2; }));

    const auto report = f.stop(50ms);
    REQUIRE(run_until(f.io, [&] { return report->has_value(); }));
    CHECK((*report)->finished == 0);
    CHECK((*report)->aborted == 2);
    CHECK((*report)->late == 0);
    CHECK(f.counts.cancelled == 1);
    CHECK(f.counts.ended == 2);
    CHECK(f.counts.connections_closed == 2);
    CHECK(reader.is_at_end());
    CHECK(reader.text.empty());
    CHECK_FALSE(f.counts.kept.front()); // the exchange is over, and the handle knows
}

namespace {

struct Deaf : gust::HTTPMessageDelegate {
    Deaf(asio::steady_timer& t, bool& r) : timer{t}, has_run{r} {}
    gust::awaitable<> finish(auto&) {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        std::error_code ignored;
        co_await timer.async_wait(asio::redirect_error(gust::use_awaitable, ignored));
        has_run = true;
    }
    asio::steady_timer& timer;
    bool& has_run;
};
struct DeafApplication {
    asio::steady_timer* timer;
    bool* has_run;
    Deaf start_request(auto&, auto&) { return Deaf{*timer, *has_run}; }
};

struct Stopper : gust::HTTPMessageDelegate {
    explicit Stopper(std::function<void()>& s) : stop{s} {}
    void finish(auto& conn) {
        stop();
        stop();
        respond(conn, "stopping");
    }
    std::function<void()>& stop;
};
struct StoppingApplication {
    std::function<void()>* stop;
    Stopper start_request(auto&, auto&) { return Stopper{*stop}; }
};

} // namespace

TEST_CASE("a hook that ignores its cancellation is waited for, and reported", "[server]") {
    asio::io_context io;
    asio::steady_timer wakes{io, asio::steady_timer::time_point::max()};
    bool has_run = false;
    gust::HTTPServer server{io, DeafApplication{&wakes, &has_run}};
    server.listen(0, {.address = "127.0.0.1"});
    Socket socket = connect(io, server.port());
    send(socket, get);
    REQUIRE(run_until(io, [&] { return server.connections() == 1; }));
    std::optional<gust::StopReport> report;
    server.stop(20ms, [&](gust::StopReport r) { report = r; });

    asio::steady_timer past_grace{io, 300ms};
    bool is_past = false;
    past_grace.async_wait([&](std::error_code) { is_past = true; });
    REQUIRE(run_until(io, [&] { return is_past; }));
    CHECK_FALSE(report.has_value());
    wakes.cancel();
    REQUIRE(run_until(io, [&] { return report.has_value(); }));
    CHECK(has_run);
    CHECK(report->aborted == 1);
    CHECK(report->late == 1);
}

TEST_CASE("a stop is idempotent, and may be called in a hook", "[server]") {
    asio::io_context io;
    int completed = 0;
    std::function<void()> stop;
    gust::HTTPServer server{io, StoppingApplication{&stop}};
    stop = [&] { server.stop(1s, [&](gust::StopReport) { ++completed; }); };
    server.listen(0, {.address = "127.0.0.1"});
    Socket socket = connect(io, server.port());
    Reader reader{socket};
    send(socket, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    REQUIRE(run_until(io, [&] { return reader.is_at_end(); }));
    CHECK(reader.text.ends_with("stopping"));
    socket.close();
    CHECK(run_until(io, [&] { return completed == 2; }));
    server.stop(1s, [&](gust::StopReport) { ++completed; });
    CHECK(run_until(io, [&] { return completed == 3; }));
}

TEST_CASE("a stop whose wait is cancelled before the loop sees it stops all the same", "[server]") {
    asio::io_context io;
    std::function<void()> unused;
    gust::HTTPServer server{io, StoppingApplication{&unused}};
    server.listen(0, {.address = "127.0.0.1"});
    asio::cancellation_signal gives_up;
    int completed = 0;
    server.stop(1s, asio::bind_cancellation_slot(gives_up.slot(), [&](gust::StopReport) {
                    ++completed;
                }));
    gives_up.emit(asio::cancellation_type::terminal);
    CHECK(run_until(io, [&] { return completed == 1; }));
    server.stop(1s, [&](gust::StopReport) { ++completed; });
    CHECK(run_until(io, [&] { return completed == 2; }));
    io.restart();
    io.run(); // nothing listens any more
    CHECK(completed == 2);
}

TEST_CASE("a stop may come from another thread", "[server][threads]") {
    Counts counts;
    asio::io_context io;
    gust::HTTPServer server{io, Application{counts}, {.drain_idle = 50ms}};
    server.listen(0, {.address = "127.0.0.1"});
    const std::uint16_t port = server.port();
    std::thread loop{[&] { io.run(); }};
    asio::io_context client_io;
    Socket socket = connect(client_io, port);
    send(socket, get);
    std::string answer;
    asio::read_until(socket, asio::dynamic_buffer(answer), "now");

    std::atomic<std::size_t> finished{0};
    server.stop(5s, [&](gust::StopReport r) { finished = r.finished; });
    std::error_code ec;
    char byte = 0;
    CHECK(asio::read(socket, asio::buffer(&byte, 1), ec) == 0);
    CHECK(ec == asio::error::eof);
    socket.close();
    loop.join();
    CHECK(finished == 1);
    CHECK(counts.connections_closed == 1);
}

TEST_CASE("no hook is called after a server is destroyed, and nothing is leaked", "[server]") {
    Fixture f;
    Socket slow = f.client();
    Socket later = f.client();
    Socket idle = f.client();
    Reader reader{idle};
    send(slow, "GET /stubborn HTTP/1.1\r\nHost: h\r\n\r\n");
    send(later, "GET /later HTTP/1.1\r\nHost: h\r\n\r\n");
    send(idle, get);
    REQUIRE(run_until(f.io, [&] { return reader.has("now") && f.counts.finished == 3; }));
    const int ended = f.counts.ended;

    f.server.reset();
    CHECK(run_until(f.io, [&] { return f.counts.cancelled == 1; }));
    CHECK(run_until(f.io, [&] { return reader.is_at_end(); }));
    f.counts.kept.front().write("nothing"); // does nothing
    f.counts.kept.clear();
    f.io.restart();
    f.io.poll();
    CHECK(f.counts.ended == ended);
    CHECK(f.counts.closed_early == 0);
    CHECK(f.counts.connections_closed == 0);
    CHECK(gust::Loop::of(f.io).attached() == 0);
}

TEST_CASE("a server and its loop may be destroyed while hooks are suspended", "[server]") {
    Counts counts;
    {
        asio::io_context io;
        gust::HTTPServer server{io, Application{counts}};
        server.listen(0, {.address = "127.0.0.1"});
        Socket socket = connect(io, server.port());
        send(socket, "GET /stubborn HTTP/1.1\r\nHost: h\r\n\r\n");
        REQUIRE(run_until(io, [&] { return counts.finished == 1; }));
    }
    CHECK(counts.ended == 0);
}

TEST_CASE("at the most connections a server allows, the next one waits for a place", "[server]") {
    Fixture f;
    f.server->set_max_connections(1);
    Socket first = f.client();
    Socket second = f.client();
    Reader first_reader{first};
    Reader second_reader{second};
    send(first, get);
    send(second, get);
    REQUIRE(run_until(f.io, [&] { return first_reader.has("now"); }));
    f.io.restart();
    f.io.poll();
    CHECK(f.server->connections() == 1);
    CHECK(second_reader.text.empty());
    first.close();
    CHECK(run_until(f.io, [&] { return second_reader.has("now"); }));
}

TEST_CASE("an application may be shared, and a callable is one", "[server]") {
    asio::io_context io;
    int calls = 0;
    auto callable = [&calls](gust::HTTPServerRequest& request) {
        ++calls;
        return gust::Response::text(std::string{request.path()});
    };
    gust::HTTPServer one{io, std::ref(callable)};
    gust::HTTPServer two{io, std::ref(callable)};
    one.listen(0, {.address = "127.0.0.1"});
    two.listen(0, {.address = "127.0.0.1"});
    Socket a = connect(io, one.port());
    Socket b = connect(io, two.port());
    Reader a_reader{a};
    Reader b_reader{b};
    send(a, "GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    send(b, "GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(run_until(io, [&] { return a_reader.has("/a") && b_reader.has("/b"); }));
    CHECK(calls == 2);
}

namespace {

/// A layer that only forwards: what it is over is no longer tried, but waited for.
template <gust::transport Next>
class Forward {
public:
    using executor_type = gust::executor;
    using lowest_layer_type = typename Next::lowest_layer_type;
    explicit Forward(Next next) : next_{std::move(next)} {}
    executor_type get_executor() noexcept { return next_.get_executor(); }
    lowest_layer_type& lowest_layer() noexcept { return next_.lowest_layer(); }
    auto async_read_some(const auto& buffers, auto&& token) {
        return next_.async_read_some(buffers, std::forward<decltype(token)>(token));
    }
    auto async_write_some(const auto& buffers, auto&& token) {
        return next_.async_write_some(buffers, std::forward<decltype(token)>(token));
    }

private:
    Next next_;
};

/// Says a last word, as TLS does.
template <gust::direct_transport Next>
struct Polite : gust::DirectLayer<Next, Polite<Next>> {
    using gust::DirectLayer<Next, Polite<Next>>::DirectLayer;
    void shutdown_send() noexcept {
        char word[] = "<bye>";
        const iovec part{word, 5};
        this->next().try_write({&part, 1});
        this->next().shutdown_send();
    }
};

} // namespace

TEST_CASE("a layer has the last word, whoever wanted the end", "[server]") {
    const bool is_client = GENERATE(true, false);
    asio::io_context io;
    gust::HTTPServer server{
        io,
        [](gust::HTTPServerRequest&) { return gust::Response::text("hello"); },
        gust::layer<Polite>,
        {.keep_alive = is_client ? gust::keep_alive::enabled : gust::keep_alive::disabled}
    };
    server.listen(0, {.address = "127.0.0.1"});
    Socket socket = connect(io, server.port());
    Reader reader{socket};
    send(socket, is_client ? "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" : get);
    CHECK(run_until(io, [&] { return reader.has("hello<bye>"); }));
}

TEST_CASE("a request knows the address of its peer", "[server]") {
    asio::io_context io;
    gust::HTTPServer server{io, [](gust::HTTPServerRequest& request) {
                                return gust::Response::text(
                                    request.remote_address() + " " + request.remote_ip()
                                );
                            }};
    server.listen(0, {.address = "127.0.0.1"});
    Socket socket = connect(io, server.port());
    Reader reader{socket};
    const std::string address =
        "127.0.0.1:" + std::to_string(socket.local_endpoint().port()) + " 127.0.0.1";
    send(socket, get);
    CHECK(run_until(io, [&] { return reader.has("\r\n\r\n" + address); }));
}

TEST_CASE("a server serves through a stream layer, bodies and pipelines included", "[server]") {
    asio::io_context io;
    gust::HTTPServer server{
        io,
        [](gust::HTTPServerRequest& request) {
            return gust::Response::text(std::to_string(request.body().size()) + ";");
        },
        gust::layer<Forward>
    };
    server.listen(0, {.address = "127.0.0.1"});
    Socket socket = connect(io, server.port());
    Reader reader{socket};
    const std::string body(200'000, 'x');
    const std::string post = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n" + body;
    std::thread sender{[&] { send(socket, post + std::string{get} + post); }};
    CHECK(run_until(io, [&] {
        return reader.has("0;")
               && reader.text.find("200000;", reader.text.find("0;HTTP")) != std::string::npos;
    }));
    sender.join();
}
