// SPDX-License-Identifier: MIT
// A line protocol over IOStream alone, without HTTP: sends every line back, at most 4 KiB long, and
// hangs up after a minute of silence. Usage: echo_stream [--port PORT]; 0 takes any free port.
#include <gust/core/timeout.hpp>
#include <gust/net/tcp_server.hpp>

#include <asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

using namespace gust::literals;

// [echo]
struct Echo : gust::TCPServer<Echo> {
    using TCPServer::TCPServer;

    gust::awaitable<> handle_stream(gust::IOStream<gust::TCPTransport> stream, gust::PeerAddress) {
        while (true) {
            const std::string_view line = co_await gust::with_timeout(
                std::chrono::minutes{1}, stream.read_until("\n", 4_KiB)
            );
            co_await stream.write(line);
        }
    }
};
// [echo]

int main(int argc, char** argv) {
    std::uint16_t port = 9999;
    if (argc == 3 && std::string_view{argv[1]} == "--port") {
        port = static_cast<std::uint16_t>(std::atoi(argv[2]));
    } else if (argc != 1) {
        std::fprintf(stderr, "usage: echo_stream [--port PORT]\n");
        return 2;
    }
    try {
        asio::io_context io;
        gust::Loop::of(io).set_log(gust::stderr_log());
        Echo server{io};
        server.listen(port, {.address = "127.0.0.1"});
        std::printf("listening on 127.0.0.1:%d\n", server.port());
        std::fflush(stdout);
        io.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
