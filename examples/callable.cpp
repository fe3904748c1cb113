// SPDX-License-Identifier: MIT
// A function of a request is an application, and so is a coroutine. Usage: callable [PORT]
#include <gust/gust.hpp>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>

// [callable]
gust::Response greet(gust::HTTPServerRequest& request) {
    const std::string name = request.query_argument("name").value_or("World");
    return gust::Response::text(fmt::format("Hello, {}!\n", name));
}

gust::awaitable<gust::Response> greet_later(gust::HTTPServerRequest& request) {
    asio::steady_timer timer{co_await asio::this_coro::executor, std::chrono::milliseconds{100}};
    co_await timer.async_wait(gust::use_awaitable);
    co_return greet(request); // valid until the response has ended
}
// [callable]

int main(int argc, char** argv) {
    const auto port =
        argc > 1 ? static_cast<std::uint16_t>(std::atoi(argv[1])) : std::uint16_t{8888};
    const gust::ListenOptions here{.address = "127.0.0.1"};
    asio::io_context io;
    gust::HTTPServer server{io, greet};
    server.listen(port, here);
    gust::HTTPServer slow{io, greet_later}; // as many servers on a loop as you like
    slow.listen(port == 0 ? 0 : port + 1, here);
    fmt::print(stderr, "listening on http://localhost:{}\n", server.port());
    fmt::print(stderr, "listening on http://localhost:{}\n", slow.port());
    io.run();
}
