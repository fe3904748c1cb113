// SPDX-License-Identifier: MIT
// Hello world from a bare delegate: nothing stands between the library and the wire.
#include "support/hello.hpp"
#include "support/serve.hpp"

int main(int argc, char** argv) {
    return bench::serve(argc, argv, gust::each<bench::Hello>);
}
