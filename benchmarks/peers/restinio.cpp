// SPDX-License-Identifier: MIT
// RESTinio: one thread, its default timers, as many pipelined requests as are sent at once.
#include <restinio/all.hpp>
#include <string>
#include <utility>

#include "peer.hpp"

namespace {

using Traits = restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t>;

template <class Request>
auto begin(Request& request) {
    auto response = request.create_response();
    response.append_header(restinio::http_field::server, "restinio");
    response.append_header_date_field();
    response.append_header(restinio::http_field::content_type, "text/plain");
    return response;
}

} // namespace

int main(int argc, char** argv) {
    restinio::run(
        restinio::on_this_thread<Traits>()
            .port(peer::port(argc, argv))
            .address("127.0.0.1")
            .max_pipelined_requests(16)
            .socket_options_setter([](auto& options) {
                options.set_option(restinio::asio_ns::ip::tcp::no_delay{true});
            })
            .request_handler([](restinio::request_handle_t request) {
                auto response = begin(*request);
                if (request->header().method() == restinio::http_method_post()) {
                    response.set_body(request->body());
                } else if (request->header().path() == "/big") {
                    response.set_body(restinio::const_buffer(peer::big.data(), peer::big.size()));
                } else {
                    response.set_body(restinio::const_buffer(peer::hello.data(), peer::hello.size())
                    );
                }
                return response.done();
            })
    );
}
