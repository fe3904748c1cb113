// SPDX-License-Identifier: MIT
// A layer of one's own between HTTP and the socket: counts the bytes of all connections. Usage:
// custom_layer [PORT]
#include <gust/gust.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <cstdlib>
#include <span>
#include <sys/uio.h>

std::uint64_t received = 0;
std::uint64_t sent = 0;

// [layer]
/// Forwards everything, and looks at what comes and goes. It can be tried like the transport below,
/// so it costs no buffer and no coroutine.
template <class Next>
struct Metered : gust::DirectLayer<Next> {
    using gust::DirectLayer<Next>::DirectLayer;

    gust::io_result try_read(std::span<char> into) noexcept {
        const gust::io_result result = this->next().try_read(into);
        received += result.n;
        return result;
    }
    gust::io_result try_write(std::span<const iovec> parts) noexcept {
        const gust::io_result result = this->next().try_write(parts);
        sent += result.n;
        return result;
    }
};
// [layer]

struct Meter : gust::HTTPMessageDelegate {
    void finish(auto& conn) {
        respond(conn, fmt::format("{} bytes received, {} sent\n", received, sent));
    }
};

int main(int argc, char** argv) {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Meter>, gust::layer<Metered>};
    server.listen(
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : 8888, {.address = "127.0.0.1"}
    );
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    io.run();
}
