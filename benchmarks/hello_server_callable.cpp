// SPDX-License-Identifier: MIT
// Hello world from a plain callable.
#include "support/hello_callable.hpp"
#include "support/serve.hpp"

int main(int argc, char** argv) {
    return bench::serve(argc, argv, [](gust::HTTPServerRequest& request) {
        return bench::hello(request);
    });
}
