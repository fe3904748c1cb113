// SPDX-License-Identifier: MIT
// What the peers share: the same answers, and `--port P` as the whole command line.
#ifndef GUST_BENCHMARKS_PEERS_PEER_HPP
#define GUST_BENCHMARKS_PEERS_PEER_HPP

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace peer {

inline const std::string hello = "Hello, World!";
inline const std::string big(std::size_t{1} << 20U, 'x');

inline std::uint16_t port(int argc, char** argv) {
    if (argc != 3 || std::string_view{argv[1]} != "--port") {
        std::fputs("usage: --port P\n", stderr);
        std::exit(2);
    }
    return static_cast<std::uint16_t>(std::atoi(argv[2]));
}

} // namespace peer

#endif // GUST_BENCHMARKS_PEERS_PEER_HPP
