// SPDX-License-Identifier: MIT
#include <httplib.h>

int main() {
    httplib::Server server;
    server.Get("/", [](const httplib::Request&, httplib::Response& response) {
        response.set_content("Hello, World!", "text/plain");
    });
    server.listen("127.0.0.1", 8888);
}
