// SPDX-License-Identifier: MIT
#include <restinio/all.hpp>

int main() {
    restinio::run(restinio::on_this_thread().port(8888).request_handler([](auto request) {
        return request->create_response().set_body("Hello, World!").done();
    }));
}
