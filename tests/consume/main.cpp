// SPDX-License-Identifier: MIT
// A user's program: serves one request, which it makes itself, and succeeds if the answer is right.
#include <gust/gust.hpp>

#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>

struct Hello : gust::HTTPMessageDelegate {
    void finish(auto& conn) { respond(conn, "Hello, World!"); }
};

std::string fetch(std::uint16_t port) {
    asio::io_context io;
    asio::ip::tcp::socket socket{io};
    socket.connect({asio::ip::address_v4::loopback(), port});
    const std::string_view request =
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    asio::write(socket, asio::buffer(request));
    std::string answer;
    std::error_code end;
    asio::read(socket, asio::dynamic_buffer(answer), end);
    return answer;
}

int main() {
    asio::io_context io;
    gust::HTTPServer server{io, gust::each<Hello>};
    server.listen(0);

    std::string answer;
    std::thread client{[&, port = server.port()] {
        answer = fetch(port);
        asio::post(io, [&] { io.stop(); });
    }};
    io.run();
    client.join();
    return answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("Hello, World!") ? 0 : 1;
}
