// SPDX-License-Identifier: MIT
// Routes, checked by the compiler. Usage: router [PORT]
#include <gust/gust.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

struct Home : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "home\n"); }
};

// [router]
/// Gets the body in pieces, as any delegate does; the capture comes with its construction.
struct Count : gust::HTTPMessageDelegate {
    explicit Count(std::string_view file) : name{file} {}
    std::string name;
    std::uint64_t bytes = 0;

    void data_received(auto&, gust::bytes chunk) { bytes += chunk.size(); }
    void finish(auto& conn) { respond(conn, fmt::format("{}: {} bytes\n", name, bytes)); }
};

/// A pattern that is malformed, or there twice, does not compile.
auto make_router() {
    return gust::Router{
        gust::on<"GET /">(gust::each<Home>),
        gust::on<"GET /users/{id:int}">([](int id) {
            return gust::Response::json(fmt::format("{{\"id\":{}}}\n", id));
        }),
        gust::on<"PUT /files/{name}">([](std::string_view name) { return Count{name}; }),
    };
}
// [router]

int main(int argc, char** argv) {
    asio::io_context io;
    gust::HTTPServer server{io, make_router()};
    server.listen(
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
