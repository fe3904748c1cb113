// SPDX-License-Identifier: MIT
// Every limit and deadline of an HTTP/1 connection, with its unit and its finite default.
#ifndef GUST_HTTP1_PARAMETERS_HPP
#define GUST_HTTP1_PARAMETERS_HPP

#include <gust/core/bytes.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace gust {

/// Whether a connection may carry more than one request.
enum class keep_alive : std::uint8_t { enabled, disabled };

/// Limits and deadlines, shared by all connections of a server; read-only once it serves.
///
/// Set by designated initialisers: `{.max_body_size = 1_GiB, .idle_timeout = 5s}`. "No limit" is
/// `gust::unlimited` for sizes and `gust::forever` for durations. A peer's clock runs only while we
/// wait for that peer.
struct HTTP1ConnectionParameters {
    /// Bytes of the request target; more: 414. Default: 8 KiB.
    std::uint64_t max_target = std::uint64_t{8} << 10U;
    /// Bytes of start line and fields together; more: 431. Default: 64 KiB.
    std::uint64_t max_head = std::uint64_t{64} << 10U;
    /// Field lines; more: 431. Default: 128.
    std::size_t max_fields = 128;
    /// Bytes of a request body after de-chunking; more: 413. Default: 100 MiB.
    std::uint64_t max_body_size = std::uint64_t{100} << 20U;
    /// Bytes of a body that an adapter holds in memory; more: 413. Default: 1 MiB.
    std::uint64_t max_buffered_body_size = std::uint64_t{1} << 20U;
    /// Bytes of one chunk-size line with its extensions, without its CRLF; more: 400. Default: 256.
    std::size_t max_chunk_line = 256;
    /// Bytes of all chunk extensions of a body, and of idle zeros in its sizes; more: 400. Default:
    /// 16 KiB.
    std::size_t max_chunk_extensions = std::size_t{16} << 10U;
    /// Bytes of all trailer lines; more: 400. Default: 8 KiB.
    std::size_t max_trailers = std::size_t{8} << 10U;
    /// The largest piece given to `data_received`. Default: 64 KiB.
    std::size_t chunk_size = std::size_t{64} << 10U;

    /// A whole head, from its first byte, or from accept on a fresh connection; later: 408.
    /// Default: 30 s.
    std::chrono::milliseconds head_timeout{30'000};
    /// Silence in a body, or an average below `min_rate`; then: 408. Default: 30 s.
    std::chrono::milliseconds body_timeout{30'000};
    /// Waiting for the next request; then the connection is closed. Default: 75 s.
    std::chrono::milliseconds idle_timeout{75'000};
    /// The same while the server drains. Default: 1 s.
    std::chrono::milliseconds drain_idle{1'000};
    /// The peer takes nothing of the response, or less than `min_rate`; then the connection is
    /// reset. Default: 30 s.
    std::chrono::milliseconds write_timeout{30'000};
    /// Bytes a second that a body and a response have to move on average. Default: 1 KiB.
    std::uint64_t min_rate = std::uint64_t{1} << 10U;

    /// Unsent bytes above which a body is no longer read and `drained` waits. Default: 256 KiB.
    std::uint64_t output_high_water = std::uint64_t{256} << 10U;
    /// Unsent bytes below which both go on. Default: 64 KiB.
    std::uint64_t output_low_water = std::uint64_t{64} << 10U;
    /// Unsent bytes past which the connection is closed with an error. Default: 64 MiB.
    std::uint64_t max_output = std::uint64_t{64} << 20U;

    /// Bytes of an unwanted request body that are read away, and of what still comes behind a last
    /// answer. Default: 256 KiB.
    std::uint64_t discard_size = std::uint64_t{256} << 10U;
    /// How long either may take. Default: 2 s.
    std::chrono::milliseconds discard_timeout{2'000};

    /// Default: enabled.
    gust::keep_alive keep_alive = gust::keep_alive::enabled;
};

/// A deadline that is switched off: the only way to say "no deadline", so that it can be searched
/// for.
inline constexpr std::chrono::milliseconds forever = std::chrono::hours{24 * 365 * 100};

} // namespace gust

#endif // GUST_HTTP1_PARAMETERS_HPP
