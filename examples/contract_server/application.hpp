// SPDX-License-Identifier: MIT
// The application of contract_server: picks the delegate of a request and counts its hooks.
#ifndef GUST_EXAMPLES_CONTRACT_SERVER_APPLICATION_HPP
#define GUST_EXAMPLES_CONTRACT_SERVER_APPLICATION_HPP

#include <gust/gust.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include "process.hpp"
#include "routes.hpp"

namespace contract {

using Route = std::variant<
    Plain,
    Hello,
    Mirror,
    Echo,
    Headers,
    Cookie,
    Relay,
    Sink,
    Chunked,
    Trailers,
    Status,
    Large,
    Slow,
    Later,
    Abandon,
    Early,
    Throw,
    Counters>;

/// What a path stands for: a name, or one that ends in `/` and has an argument behind it.
struct Rule {
    std::string_view path;
    /// A list for Allow; empty: any method.
    std::string_view methods;
    /// Nothing for an argument that does not fit.
    std::optional<Route> (*make)(std::string_view argument, const Process& process);
};

/// An argument that is a number between `least` and `most` is given to `make`.
template <std::uint64_t Least, std::uint64_t Most, class Make>
std::optional<Route> with_number(std::string_view argument, Make make) {
    const auto number = gust::parse_decimal(argument);
    return number && *number >= Least && *number <= Most ? std::optional<Route>{make(*number)}
                                                         : std::nullopt;
}

template <class Delegate>
std::optional<Route> always(std::string_view /*argument*/, const Process& /*process*/) {
    return Delegate{};
}

template <class Delegate>
std::optional<Route> timed(std::string_view argument, const Process& /*process*/) {
    constexpr std::uint64_t hour = 3'600'000;
    return with_number<0, hour>(argument, [](std::uint64_t ms) {
        Delegate made;
        made.time = std::chrono::milliseconds{ms};
        return made;
    });
}

inline std::optional<Route> large(std::string_view argument, const Process& /*process*/) {
    return with_number<0, gust::unlimited>(argument, [](std::uint64_t size) {
        Large made;
        made.size = size;
        return made;
    });
}

inline std::optional<Route> with_status(std::string_view argument, const Process& /*process*/) {
    return with_number<200, 599>(argument, [](std::uint64_t number) {
        Status made;
        made.number = static_cast<std::uint16_t>(number);
        return made;
    });
}

inline std::optional<Route> throwing(std::string_view argument, const Process& /*process*/) {
    constexpr std::string_view names[] = {"headers", "data", "finish"}; // as in Throw::hook
    const auto* const name = std::ranges::find(names, argument);
    if (name == std::end(names)) {
        return std::nullopt;
    }
    Throw made;
    made.where = static_cast<Throw::hook>(name - std::begin(names));
    return made;
}

inline std::optional<Route> counters(std::string_view /*argument*/, const Process& process) {
    Counters made;
    made.process = &process;
    return made;
}

inline constexpr std::string_view front_page = "GET, HEAD, POST, PUT, PATCH, OPTIONS";
inline constexpr std::string_view readable = "GET, HEAD";

inline constexpr Rule rules[] = {
    {"/echo", "", always<Echo>},
    {"/headers", readable, always<Headers>},
    {"/cookie", readable, always<Cookie>},
    {"/body", "POST, PUT", always<Relay>},
    {"/sink", "POST, PUT", always<Sink>},
    {"/chunked", readable, always<Chunked>},
    {"/trailers", readable, always<Trailers>},
    {"/status/", "", with_status},
    {"/large/", readable, large},
    {"/slow/", readable, timed<Slow>},
    {"/later/", readable, timed<Later>},
    {"/abandon", readable, always<Abandon>},
    {"/early", "POST", always<Early>},
    {"/throw/", "POST", throwing},
    {"/counters", readable, counters},
};

inline Plain plain(gust::status code, std::string_view allow = {}) {
    Plain made;
    made.code = code;
    made.allow = allow;
    return made;
}

/// `/`, `/hello` and `*`; CONNECT, whose target is no path, is not allowed here either.
inline Route front_route(gust::method verb) {
    switch (verb) {
    case gust::method::get:
    case gust::method::head:
        return Hello{};
    case gust::method::post:
    case gust::method::put:
    case gust::method::patch:
        return Mirror{};
    case gust::method::options:
        return plain(gust::status::no_content, front_page);
    default:
        return plain(gust::status::method_not_allowed, front_page);
    }
}

inline Route route_of(gust::method verb, std::string_view path, const Process& process) {
    if (path == "/" || path == "/hello" || path == "*" || verb == gust::method::connect) {
        return front_route(verb);
    }
    for (const Rule& rule : rules) {
        if (rule.path.ends_with('/') ? !path.starts_with(rule.path) : path != rule.path) {
            continue;
        }
        std::optional<Route> made = rule.make(path.substr(rule.path.size()), process);
        if (!made) {
            break;
        }
        if (!rule.methods.empty() && !gust::has_token(rule.methods, to_string(verb))) {
            return plain(gust::status::method_not_allowed, rule.methods);
        }
        return *std::move(made);
    }
    return plain(gust::status::not_found);
}

/// Counts the hooks of a request and hands them to its route.
class CountedRoute : public gust::HTTPMessageDelegate {
public:
    CountedRoute(Process& process, Route route) : process_{&process}, route_{std::move(route)} {
        ++process_->requests;
    }

    void headers_received(
        HTTPConnection& conn, const RequestStartLine& start, const HTTPHeaders& headers
    ) {
        std::visit([&](auto& r) { r.headers_received(conn, start, headers); }, route_);
    }
    void data_received(HTTPConnection& conn, gust::bytes chunk) {
        std::visit([&](auto& r) { r.data_received(conn, chunk); }, route_);
    }
    gust::awaitable<> finish(HTTPConnection& conn) {
        ++process_->finished;
        return std::visit(
            [&](auto& r) -> gust::awaitable<> {
                if constexpr (std::is_void_v<decltype(r.finish(conn))>) {
                    r.finish(conn);
                    return {}; // no coroutine: nothing to wait for
                } else {
                    return counted(r.finish(conn), *process_);
                }
            },
            route_
        );
    }
    void on_connection_close() noexcept { ++process_->closed_early; }
    void response_ended(gust::outcome) noexcept { ++process_->ended; }

private:
    /// Awaits a hook and counts the end that a cancellation makes of it.
    static gust::awaitable<> counted(gust::awaitable<> hook, Process& process) {
        try {
            co_await std::move(hook);
        } catch (const std::system_error& error) {
            if (error.code() == asio::error::operation_aborted
                || error.code() == gust::errc::closed) {
                ++process.cancelled;
            }
            throw;
        }
    }

    Process* process_;
    Route route_;
};

/// One for each loop.
class Application {
public:
    explicit Application(Process& process) : process_{&process} {}

    CountedRoute start_request(auto& /*server_conn*/, auto& conn) {
        const std::string_view path = conn.target().path;
        return CountedRoute{*process_, route_of(conn.start_line().method, path, *process_)};
    }
    void on_close(auto& /*server_conn*/) noexcept { ++closed_; }

    /// Connections that have ended.
    std::uint64_t closed() const noexcept { return closed_; }

private:
    Process* process_;
    std::uint64_t closed_ = 0;
};

} // namespace contract

#endif // GUST_EXAMPLES_CONTRACT_SERVER_APPLICATION_HPP
