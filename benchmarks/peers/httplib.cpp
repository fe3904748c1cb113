// SPDX-License-Identifier: MIT
// cpp-httplib: a thread for each connection that is busy.
#include <cstddef>
#include <httplib.h>
#include <limits>

#include "peer.hpp"

int main(int argc, char** argv) {
    const int port = peer::port(argc, argv);
    httplib::Server server;
    server.new_task_queue = [] { return new httplib::ThreadPool{128}; };
    server.set_tcp_nodelay(true);
    server.set_keep_alive_max_count(std::numeric_limits<std::size_t>::max());
    server.set_default_headers({{"Server", "httplib"}});
    server.Get("/big", [](const httplib::Request&, httplib::Response& response) {
        response.set_content_provider(
            peer::big.size(),
            "text/plain",
            [](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                return sink.write(peer::big.data() + offset, length);
            }
        );
    });
    server.Get("/", [](const httplib::Request&, httplib::Response& response) {
        response.set_content(peer::hello, "text/plain");
    });
    server.Post("/", [](const httplib::Request& request, httplib::Response& response) {
        response.set_content(request.body, "text/plain");
    });
    server.listen("127.0.0.1", port);
}
