// SPDX-License-Identifier: MIT
#include <gust/gust.hpp>

struct Hello : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "Hello, World!"); }
};

int main() {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Hello>};
    server.listen(8888);
    io.run();
}
