// SPDX-License-Identifier: MIT
// What gust has to tell its operator: silent until somebody listens, and bounded whatever a peer
// does.
#ifndef GUST_CORE_LOG_HPP
#define GUST_CORE_LOG_HPP

#include <gust/config.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <string_view>

namespace gust {

/// How much a record matters. What a peer does wrong is `debug`.
enum class log_level : std::uint8_t { debug, info, warning, error, off };

/// Where a record comes from; each has a budget of its own.
enum class log_kind : std::uint8_t { accept, stream, protocol, hook, server };

/// What a sink is given. The text is valid during the call.
struct LogRecord {
    log_level level = log_level::info;
    log_kind kind = log_kind::server;
    std::string_view text{};
    /// Records of this kind that were left out since the last one.
    std::uint64_t suppressed = 0;
};

/// Where records go: a function and what it is called with.
struct LogSink {
    void (*write)(void* context, const LogRecord& record) noexcept = nullptr;
    void* context = nullptr;
};

/// A sink that writes one line a record to the standard error.
GUST_DECL LogSink stderr_log() noexcept;

/// A sink that calls `callable(const LogRecord&)`, which outlives it and throws nothing.
template <class Callable>
LogSink log_to(Callable& callable) noexcept {
    return {
        .write = [](void* context, const LogRecord& record
                 ) noexcept { (*static_cast<Callable*>(context))(record); },
        .context = &callable,
    };
}

/// The log of one loop. Not thread-safe, as the loop is not.
class Log {
public:
    /// Records a kind may have in one second, before the rest is only counted.
    static constexpr std::uint32_t default_rate = 20;
    /// A longer text is cut.
    static constexpr std::size_t most_text = 1024;

    /// Listens for records of `least` and above. A sink without a function is silent.
    void set_sink(LogSink sink, log_level least = log_level::info) noexcept {
        sink_ = sink;
        least_ = sink.write == nullptr ? log_level::off : least;
    }
    void set_rate(std::uint32_t records_a_second) noexcept { rate_ = records_a_second; }

    /// Whether anybody listens: worth asking before a text is put together.
    bool wants(log_level level) const noexcept {
        return level >= least_ && level != log_level::off;
    }

    void write(log_level level, log_kind kind, std::string_view text) noexcept {
        if (wants(level)) {
            deliver(level, kind, text);
        }
    }
    /// Writes the parts as one text.
    GUST_DECL void
    write(log_level level, log_kind kind, std::initializer_list<std::string_view> parts) noexcept;
    /// Writes what `error` says about itself behind `text`.
    GUST_DECL void write(
        log_level level, log_kind kind, std::string_view text, const std::exception_ptr& error
    ) noexcept;

private:
    struct Budget {
        std::chrono::steady_clock::time_point since;
        std::uint32_t used = 0;
        std::uint64_t suppressed = 0;
    };

    GUST_DECL void deliver(log_level level, log_kind kind, std::string_view text) noexcept;

    LogSink sink_;
    log_level least_ = log_level::off;
    std::uint32_t rate_ = default_rate;
    std::array<Budget, 5> budgets_;
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/core/impl/log.ipp>
#endif

#endif // GUST_CORE_LOG_HPP
