// SPDX-License-Identifier: MIT
#ifndef GUST_WEB_IMPL_ACCESS_LOG_IPP
#define GUST_WEB_IMPL_ACCESS_LOG_IPP

#include <gust/web/access_log.hpp>

#include <fmt/core.h>

#include <cstdio>

namespace gust {

GUST_DECL std::string to_string(const AccessRecord& record) {
    const RequestStartLine& start = record.connection.start_line();
    const std::string address = record.connection.remote_address();
    const std::chrono::duration<double> seconds = record.duration;
    return fmt::format(
        "{} \"{} {} {}\" {} {} {:.6f} {}",
        address.empty() ? "-" : address,
        to_string(start.method),
        start.target,
        to_string(start.version),
        record.status(),
        record.bytes(),
        seconds.count(),
        to_string(record.outcome)
    );
}

GUST_DECL void StderrAccessLog::operator()(const AccessRecord& record) const noexcept {
    try {
        const std::string line = to_string(record) + '\n';
        std::fwrite(line.data(), 1, line.size(), stderr);
    } catch (...) { // NOLINT(bugprone-empty-catch): no memory for a line, so there is none
    }
}

} // namespace gust

#endif // GUST_WEB_IMPL_ACCESS_LOG_IPP
