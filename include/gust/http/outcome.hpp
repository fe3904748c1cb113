// SPDX-License-Identifier: MIT
// How an exchange ended.
#ifndef GUST_HTTP_OUTCOME_HPP
#define GUST_HTTP_OUTCOME_HPP

#include <cstdint>
#include <string_view>

namespace gust {

/// What became of a response; given to `response_ended`.
enum class outcome : std::uint8_t {
    /// Every byte of it was queued, and none was refused by the peer so far.
    sent,
    /// The peer went away first.
    peer_gone,
    /// The peer was too slow, in sending the body or in taking the response.
    timed_out,
    /// A hook threw, nobody answered, the request was malformed, or the server was stopped.
    failed,
    /// The stream was handed over; what happens on it now is not HTTP.
    detached,
};

constexpr std::string_view to_string(outcome o) noexcept {
    switch (o) {
    case outcome::sent:
        return "sent";
    case outcome::peer_gone:
        return "peer_gone";
    case outcome::timed_out:
        return "timed_out";
    case outcome::failed:
        return "failed";
    case outcome::detached:
        return "detached";
    }
    return "unknown";
}

/// What a FIN of the peer means while a response is awaited.
enum class half_close : std::uint8_t {
    /// It has said all it has to say, and still listens: the answer goes on.
    answer,
    /// It has gone: for event streams and long polls.
    abort,
};

} // namespace gust

#endif // GUST_HTTP_OUTCOME_HPP
