// SPDX-License-Identifier: MIT
// The command line of contract_server: `--name value` pairs, each checked.
#ifndef GUST_EXAMPLES_CONTRACT_SERVER_OPTIONS_HPP
#define GUST_EXAMPLES_CONTRACT_SERVER_OPTIONS_HPP

#include <gust/gust.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace contract {

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8080;
    std::string unix_path;
    std::size_t threads = 1;
    std::optional<std::size_t> max_connections;
    std::chrono::milliseconds drain_timeout{30'000};
    gust::HTTP1ConnectionParameters limits;
};

inline constexpr std::string_view usage =
    R"(usage: contract_server [--name value]...
  --host ADDRESS        (127.0.0.1)      --max-target BYTES
  --port PORT           (8080; 0: any)   --max-head BYTES
  --unix PATH           instead of TCP   --max-fields N
  --threads N           (1)              --max-body BYTES
  --max-connections N                    --head-timeout MS
  --drain-timeout MS    (30000)          --body-timeout MS
                                         --idle-timeout MS
                                         --write-timeout MS
Limits and deadlines default to those of the library. The options --tls-cert FILE and --tls-key FILE
are refused: this build has no TLS. SIGTERM and SIGINT drain, a second one cuts.
)";

/// What follows the name of an option, read as what it has to be. Throws std::invalid_argument with
/// a message for the user.
struct Value {
    std::string_view name;
    std::string_view text;

    std::uint64_t number(std::uint64_t least, std::uint64_t most = gust::unlimited) const {
        const std::optional<std::uint64_t> value = gust::parse_decimal(text);
        if (!value || *value < least || *value > most) {
            refuse();
        }
        return *value;
    }
    std::chrono::milliseconds duration(std::uint64_t least = 1) const {
        constexpr std::uint64_t year = 365ULL * 24 * 3'600'000;
        return std::chrono::milliseconds{number(least, year)};
    }
    std::string not_empty() const {
        if (text.empty()) {
            refuse();
        }
        return std::string{text};
    }
    [[noreturn]] void refuse() const {
        throw std::invalid_argument{fmt::format("{}: bad value '{}'", name, text)};
    }
};

[[noreturn]] inline void refuse_tls(Options& /*options*/, Value value) {
    throw std::invalid_argument{fmt::format("{}: this build has no TLS", value.name)};
}

struct Setter {
    std::string_view name;
    void (*set)(Options& options, Value value);
};

inline constexpr Setter setters[] = {
    {"--host", [](Options& o, Value v) { o.host = v.not_empty(); }},
    {"--port", [](Options& o, Value v) { o.port = static_cast<std::uint16_t>(v.number(0, 65'535)); }
    },
    {"--unix", [](Options& o, Value v) { o.unix_path = v.not_empty(); }},
    {"--threads", [](Options& o, Value v) { o.threads = v.number(1, 1024); }},
    {"--max-connections", [](Options& o, Value v) { o.max_connections = v.number(1); }},
    {"--drain-timeout", [](Options& o, Value v) { o.drain_timeout = v.duration(0); }},
    {"--max-target", [](Options& o, Value v) { o.limits.max_target = v.number(0); }},
    {"--max-head", [](Options& o, Value v) { o.limits.max_head = v.number(0); }},
    {"--max-fields", [](Options& o, Value v) { o.limits.max_fields = v.number(0); }},
    {"--max-body", [](Options& o, Value v) { o.limits.max_body_size = v.number(0); }},
    {"--head-timeout", [](Options& o, Value v) { o.limits.head_timeout = v.duration(); }},
    {"--body-timeout", [](Options& o, Value v) { o.limits.body_timeout = v.duration(); }},
    {"--idle-timeout", [](Options& o, Value v) { o.limits.idle_timeout = v.duration(); }},
    {"--write-timeout", [](Options& o, Value v) { o.limits.write_timeout = v.duration(); }},
    {"--tls-cert", refuse_tls},
    {"--tls-key", refuse_tls},
};

/// Reads `--name value` pairs. Throws std::invalid_argument with a message for the user.
inline Options parse_options(std::span<char*> arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); i += 2) {
        const std::string_view name = arguments[i];
        const auto* const setter = std::ranges::find(setters, name, &Setter::name);
        if (setter == std::end(setters)) {
            throw std::invalid_argument{fmt::format("unknown option '{}'", name)};
        }
        if (i + 1 == arguments.size()) {
            throw std::invalid_argument{fmt::format("{}: a value is missing", name)};
        }
        setter->set(options, {name, arguments[i + 1]});
    }
    return options;
}

} // namespace contract

#endif // GUST_EXAMPLES_CONTRACT_SERVER_OPTIONS_HPP
