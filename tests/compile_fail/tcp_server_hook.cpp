// SPDX-License-Identifier: MIT
#include <gust/net/tcp_server.hpp>

struct Echo : gust::TCPServer<Echo> {
    using TCPServer::TCPServer;
    void handle_stream(int stream) {}
};

void listen(Echo& echo) {
    echo.listen(8888);
}
// error: gust: a TCPServer needs a member function handle_stream
