// SPDX-License-Identifier: MIT
#ifndef GUST_CORE_IMPL_LOG_IPP
#define GUST_CORE_IMPL_LOG_IPP

#include <gust/core/log.hpp>

#include <cstdio>
#include <utility>

namespace gust {
namespace detail {

GUST_DECL const char* name_of(log_level level) noexcept {
    switch (level) {
    case log_level::debug:
        return "debug";
    case log_level::info:
        return "info";
    case log_level::warning:
        return "warning";
    case log_level::error:
        return "error";
    case log_level::off:
        break;
    }
    return "off";
}

GUST_DECL void write_to_stderr(void*, const LogRecord& record) noexcept {
    const auto size = static_cast<int>(record.text.size());
    if (record.suppressed == 0) {
        std::fprintf(stderr, "gust %s: %.*s\n", name_of(record.level), size, record.text.data());
        return;
    }
    std::fprintf(
        stderr,
        "gust %s: %.*s (and %llu more left out)\n",
        name_of(record.level),
        size,
        record.text.data(),
        static_cast<unsigned long long>(record.suppressed)
    );
}

} // namespace detail

GUST_DECL LogSink stderr_log() noexcept {
    return {.write = detail::write_to_stderr, .context = nullptr};
}

GUST_DECL void
Log::write(log_level level, log_kind kind, std::initializer_list<std::string_view> parts) noexcept {
    if (!wants(level)) {
        return;
    }
    std::array<char, most_text> text;
    std::size_t size = 0;
    for (const std::string_view part : parts) {
        size += part.copy(text.data() + size, text.size() - size);
    }
    deliver(level, kind, {text.data(), size});
}

GUST_DECL void Log::write(
    log_level level, log_kind kind, std::string_view text, const std::exception_ptr& error
) noexcept {
    if (!wants(level)) {
        return;
    }
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        write(level, kind, {text, ": ", e.what()});
    } catch (...) {
        write(level, kind, {text, ": an exception of unknown type"});
    }
}

GUST_DECL void Log::deliver(log_level level, log_kind kind, std::string_view text) noexcept {
    Budget& budget = budgets_[static_cast<std::size_t>(kind)];
    const auto now = std::chrono::steady_clock::now();
    if (now - budget.since >= std::chrono::seconds{1}) {
        budget.since = now;
        budget.used = 0;
    }
    if (budget.used >= rate_) {
        ++budget.suppressed;
        return;
    }
    ++budget.used;
    const LogRecord record{
        .level = level,
        .kind = kind,
        .text = text.substr(0, most_text),
        .suppressed = std::exchange(budget.suppressed, 0),
    };
    sink_.write(sink_.context, record);
}

} // namespace gust

#endif // GUST_CORE_IMPL_LOG_IPP
