// SPDX-License-Identifier: MIT
// The load client's command line.
#ifndef GUST_BENCHMARKS_LOAD_OPTIONS_HPP
#define GUST_BENCHMARKS_LOAD_OPTIONS_HPP

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace load {

inline constexpr const char* usage =
    "usage: load_client --port P [--scenario NAME] [--connections N] [--pid SERVER]...\n"
    "                   [--warmup MS] [--duration MS | --requests N | --hold 1] [--pause US]\n"
    "scenarios: hello headers pipeline download upload close\n"
    "--requests sends that many in all; --hold opens the connections, sends one request on each\n"
    "and keeps them open until its input ends; --pause lets the server rest before each batch\n";

struct Options {
    std::uint16_t port = 0;
    std::string_view scenario = "hello";
    std::size_t connections = 64;
    std::vector<std::uint64_t> servers;
    std::uint64_t warmup = 50;    // milliseconds
    std::uint64_t duration = 350; // milliseconds
    std::uint64_t requests = 0;
    std::uint64_t hold = 0;
    std::uint64_t pause = 0; // microseconds
};

/// Nothing if an option is unknown or has a bad value.
inline std::optional<Options> parse_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc) {
            return std::nullopt;
        }
        const std::string_view name{argv[i]};
        const std::string_view text{argv[i + 1]};
        const auto parse = [text](auto& number) {
            const auto [end, error] =
                std::from_chars(text.data(), text.data() + text.size(), number);
            return error == std::errc{} && end == text.data() + text.size();
        };
        bool is_good = false;
        if (name == "--scenario") {
            options.scenario = text;
            is_good = true;
        } else if (name == "--port") {
            is_good = parse(options.port);
        } else if (name == "--connections") {
            is_good = parse(options.connections) && options.connections != 0;
        } else if (name == "--pid") {
            is_good = parse(options.servers.emplace_back());
        } else if (name == "--warmup") {
            is_good = parse(options.warmup);
        } else if (name == "--duration") {
            is_good = parse(options.duration);
        } else if (name == "--requests") {
            is_good = parse(options.requests);
        } else if (name == "--hold") {
            is_good = parse(options.hold);
        } else if (name == "--pause") {
            is_good = parse(options.pause);
        }
        if (!is_good) {
            return std::nullopt;
        }
    }
    return options.port != 0 ? std::optional{options} : std::nullopt;
}

} // namespace load

#endif // GUST_BENCHMARKS_LOAD_OPTIONS_HPP
