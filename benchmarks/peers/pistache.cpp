// SPDX-License-Identifier: MIT
// Pistache: one worker.
#include <memory>
#include <pistache/endpoint.h>
#include <string>

#include "peer.hpp"

namespace {

class Hello : public Pistache::Http::Handler {
public:
    HTTP_PROTOTYPE(Hello)

    void onRequest(const Pistache::Http::Request& request, Pistache::Http::ResponseWriter response)
        override {
        response.headers().add<Pistache::Http::Header::Server>("pistache");
        const auto type = MIME(Text, Plain);
        if (request.method() == Pistache::Http::Method::Post) {
            response.send(Pistache::Http::Code::Ok, request.body(), type);
        } else if (request.resource() == "/big") {
            response.send(Pistache::Http::Code::Ok, peer::big, type);
        } else {
            response.send(Pistache::Http::Code::Ok, peer::hello, type);
        }
    }
};

} // namespace

int main(int argc, char** argv) {
    using Pistache::Http::Endpoint;
    Endpoint server{
        Pistache::Address{Pistache::Ipv4::loopback(), Pistache::Port{peer::port(argc, argv)}}
    };
    server.init(Endpoint::options()
                    .threads(1)
                    .flags(Pistache::Tcp::Options::ReuseAddr | Pistache::Tcp::Options::NoDelay)
                    .maxRequestSize(1U << 20U)
                    .maxResponseSize(4U << 20U));
    server.setHandler(Pistache::Http::make_handler<Hello>());
    server.serve();
}
