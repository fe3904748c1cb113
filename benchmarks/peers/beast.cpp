// SPDX-License-Identifier: MIT
// Boost.Beast: callbacks on a tcp_stream, its deadline renewed for each request and response.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/optional.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "peer.hpp"

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = boost::asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
public:
    explicit Session(tcp::socket socket) : stream_{std::move(socket)} {}

    void read() {
        parser_.emplace();
        stream_.expires_after(std::chrono::seconds{30});
        http::async_read(
            stream_,
            buffer_,
            *parser_,
            [self = shared_from_this()](beast::error_code ec, std::size_t) {
                if (!ec) {
                    self->answer();
                }
            }
        );
    }

private:
    template <class Body>
    void write(http::response<Body>& response) {
        stream_.expires_after(std::chrono::seconds{30});
        http::async_write(
            stream_,
            response,
            [self = shared_from_this()](beast::error_code ec, std::size_t) {
                if (!ec && self->parser_->get().keep_alive()) {
                    self->read();
                } else {
                    self->stream_.socket().shutdown(tcp::socket::shutdown_send, ec);
                }
            }
        );
    }
    template <class Body>
    void prepare(http::response<Body>& response) {
        response.version(11);
        response.result(http::status::ok);
        response.set(http::field::server, "beast");
        response.set(http::field::content_type, "text/plain");
        response.keep_alive(parser_->get().keep_alive());
        response.prepare_payload();
    }

    void answer() {
        http::request<http::string_body>& request = parser_->get();
        if (request.target() == "/big") {
            big_ = {};
            big_.body() = {peer::big.data(), peer::big.size()};
            prepare(big_);
            write(big_);
        } else {
            text_ = {};
            text_.body() =
                request.method() == http::verb::post ? std::move(request.body()) : peer::hello;
            prepare(text_);
            write(text_);
        }
    }

    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    boost::optional<http::request_parser<http::string_body>> parser_;
    http::response<http::string_body> text_;
    http::response<http::span_body<const char>> big_;
};

void accept(tcp::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](beast::error_code ec, tcp::socket socket) {
        if (!ec) {
            socket.set_option(tcp::no_delay{true});
            std::make_shared<Session>(std::move(socket))->read();
        }
        accept(acceptor);
    });
}

} // namespace

int main(int argc, char** argv) {
    boost::asio::io_context io{1};
    tcp::acceptor acceptor{io, {boost::asio::ip::address_v4::loopback(), peer::port(argc, argv)}};
    accept(acceptor);
    io.run();
}
