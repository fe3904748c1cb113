// SPDX-License-Identifier: MIT
// Layers around an application and around a rule. Usage: middleware [PORT]
#include <gust/gust.hpp>
#include <gust/web.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace gust::literals;
using namespace std::chrono_literals;

/// Turns requests away; what is inside never hears of them.
struct Guarded : gust::Middleware {
    gust::step
    headers_received(auto& conn, const auto& /*start*/, const gust::HTTPHeaders& headers) {
        if (headers["Authorization"] == "Bearer secret") {
            return gust::step::next;
        }
        respond(conn, gust::status::unauthorized, {{"WWW-Authenticate", "Bearer"}});
        return gust::step::stop;
    }
};

gust::Response home() {
    return gust::Response::text("home\n");
}
gust::Response tell_secret(std::string_view name) {
    return gust::Response::text(fmt::format("{} is secret\n", name));
}
gust::Response count(gust::HTTPServerRequest& request) {
    return gust::Response::text(fmt::format("{} bytes\n", request.body().size()));
}
gust::awaitable<gust::Response> wait_a_minute(gust::HTTPServerRequest& request) {
    asio::steady_timer timer{request.connection().get_executor(), 1min};
    co_await timer.async_wait(gust::use_awaitable); // cancelled by the time limit
    co_return gust::Response::text("at last\n");
}

// [middleware]
/// A middleware of your own has the hooks of a delegate. Each request gets a copy of it.
struct ServedBy : gust::Middleware {
    explicit ServedBy(std::string_view n) : name{n} {}
    std::string_view name;

    void headers_received(auto& conn, const auto& /*start*/, const auto& /*headers*/) {
        conn.add_response_field("X-Served-By", name); // whoever answers, errors included
    }
};

auto make_application() {
    gust::Router router{
        gust::on<"GET /">(home),
        gust::on<"GET /secret/{name}">(Guarded{} | tell_secret),
        gust::on<"POST /small">(gust::body_limit(1_KiB) | count),
        gust::on<"GET /slow">(gust::time_limit(100ms) | wait_a_minute),
    };
    return gust::access_log() | gust::request_id() | ServedBy{"example"} | router;
}
// [middleware]

int main(int argc, char** argv) {
    asio::io_context io;
    gust::HTTPServer server{io, make_application()};
    server.listen(
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
