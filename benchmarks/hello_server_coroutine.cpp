// SPDX-License-Identifier: MIT
// Hello world from a coroutine that goes once through its loop before it answers.
#include <asio/post.hpp>

#include "support/hello_callable.hpp"
#include "support/serve.hpp"

int main(int argc, char** argv) {
    return bench::serve(
        argc,
        argv,
        [](gust::HTTPServerRequest& request) -> gust::awaitable<gust::Response> {
            co_await asio::post(gust::use_awaitable);
            co_return bench::hello(request);
        }
    );
}
