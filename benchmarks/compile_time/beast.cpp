// SPDX-License-Identifier: MIT
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <memory>
#include <utility>

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = boost::asio::ip::tcp;

struct Session : std::enable_shared_from_this<Session> {
    explicit Session(tcp::socket socket) : stream{std::move(socket)} {}
    void read() {
        request = {};
        stream.expires_after(std::chrono::seconds{30});
        http::async_read(
            stream,
            buffer,
            request,
            [self = shared_from_this()](beast::error_code ec, std::size_t) {
                if (!ec) {
                    self->write();
                }
            }
        );
    }
    void write() {
        response = {http::status::ok, request.version()};
        response.body() = "Hello, World!";
        response.keep_alive(request.keep_alive());
        response.prepare_payload();
        http::async_write(
            stream,
            response,
            [self = shared_from_this()](beast::error_code ec, std::size_t) {
                if (!ec && self->response.keep_alive()) {
                    self->read();
                }
            }
        );
    }
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
    http::request<http::string_body> request;
    http::response<http::string_body> response;
};

void accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](beast::error_code ec, tcp::socket socket) {
        if (!ec) {
            std::make_shared<Session>(std::move(socket))->read();
        }
        accept(acceptor);
    });
}

int main() {
    boost::asio::io_context io;
    tcp::acceptor acceptor{io, {tcp::v4(), 8888}};
    accept(acceptor);
    io.run();
}
