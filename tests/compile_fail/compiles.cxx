// SPDX-License-Identifier: MIT
// No mistake here: this file shows that the others fail for their own reasons.
#include <gust/gust.hpp>

struct Hello : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "Hello, World!"); }
};

void serve(asio::io_context& io) {
    gust::HTTPServer server{io, gust::each<Hello>};
}
