// SPDX-License-Identifier: MIT
#include <pistache/endpoint.h>

struct Hello : Pistache::Http::Handler {
    HTTP_PROTOTYPE(Hello)
    void
    onRequest(const Pistache::Http::Request&, Pistache::Http::ResponseWriter response) override {
        response.send(Pistache::Http::Code::Ok, "Hello, World!");
    }
};

int main() {
    Pistache::Http::listenAndServe<Hello>(Pistache::Address{"*:8888"});
}
