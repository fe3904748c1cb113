// SPDX-License-Identifier: MIT
// Leaves HTTP: after `Upgrade: echo` the connection is a byte stream in the hands of a coroutine.
// Usage: upgrade_detach [PORT]
#include <gust/gust.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <system_error>

// [detach]
/// Sends back what comes, until the peer ends its side. What the client sent behind its request is
/// read first.
template <class Stream>
gust::awaitable<> echo(Stream stream) {
    try {
        for (;;) {
            co_await stream.write(co_await stream.read_some());
        }
    } catch (const std::system_error&) { // the end of the stream is an error of the read
    }
}

struct Upgrade : gust::HTTPMessageDelegate {
    void finish(auto& conn) {
        const gust::HTTPHeaders& headers = conn.headers();
        if (!gust::has_token(headers.combined("Connection"), "upgrade")
            || !gust::has_token(headers.combined("Upgrade"), "echo")) {
            respond(conn, gust::status::upgrade_required, {{"Upgrade", "echo"}}, "ask for echo\n");
            return;
        }
        conn.write_headers(
            {gust::status::switching_protocols}, {{"Connection", "Upgrade"}, {"Upgrade", "echo"}}
        );
        const gust::executor loop = conn.get_executor();
        asio::co_spawn(loop, echo(conn.detach()), asio::detached);
    }
};
// [detach]

int main(int argc, char** argv) {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Upgrade>};
    server.listen(
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
