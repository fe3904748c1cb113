// SPDX-License-Identifier: MIT
// The smallest server. Usage: hello_world [PORT]
#include <gust/gust.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>

// [hello]
struct Hello : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "Hello, World!"); }
};
// [hello]

int main(int argc, char** argv) {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Hello>};
    server.listen(argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888);
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
