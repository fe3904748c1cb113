// SPDX-License-Identifier: MIT
// Serves on a path, as behind nginx: curl --unix-socket PATH http://localhost/. Usage: unix_socket
// PATH
#include <gust/gust.hpp>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <chrono>
#include <csignal>
#include <system_error>
#include <unistd.h>

struct Hello : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "Hello through a path\n"); }
};

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: unix_socket PATH\n");
        return 2;
    }
    const char* const path = argv[1];
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Hello>};
    server.listen_unix(path, {.mode = 0660}); // owner and group may connect
    fmt::print(stderr, "listening on unix:{}\n", path);

    asio::signal_set signals{io, SIGINT, SIGTERM};
    signals.async_wait([&](std::error_code, int) {
        server.stop(std::chrono::seconds{5}, [](gust::StopReport) {});
    });
    io.run();
    ::unlink(path); // the path is a file, and stays until somebody removes it
}
