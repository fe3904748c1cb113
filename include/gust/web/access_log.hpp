// SPDX-License-Identifier: MIT
// access_log: one record for each request, when its response has ended.
#ifndef GUST_WEB_ACCESS_LOG_HPP
#define GUST_WEB_ACCESS_LOG_HPP

#include <gust/config.hpp>
#include <gust/http/connection.hpp>
#include <gust/http/outcome.hpp>
#include <gust/web/middleware.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <string>
#include <utility>

namespace gust {

/// One request and what became of it. Lent to the sink for the call.
struct AccessRecord {
    /// Request line and fields of the request, address of the peer.
    const HTTPConnection& connection;
    gust::outcome outcome = outcome::sent;
    /// From the complete head to the end of the response.
    std::chrono::steady_clock::duration duration{};

    /// The status, or 0 when nothing was answered.
    unsigned status() const noexcept {
        const auto code = connection.response_status();
        return code ? static_cast<unsigned>(*code) : 0;
    }
    /// Bytes of the response that were queued, head and framing included.
    std::uint64_t bytes() const noexcept { return connection.response_size(); }
};

/// `192.0.2.1:49152 "GET /a HTTP/1.1" 200 155 0.000213 sent`: seconds, then the outcome. Without a
/// line end. Nothing in it can be mistaken for another field: a target has neither blanks nor
/// quotes.
GUST_DECL std::string to_string(const AccessRecord& record);

/// A middleware that calls `sink(const AccessRecord&)`, which throws nothing.
template <std::copy_constructible Sink>
class AccessLog : public Middleware {
public:
    explicit AccessLog(Sink sink) : sink_{std::move(sink)} {}

    class Entry : public Middleware {
    public:
        Entry(Sink& sink, const HTTPConnection& conn) noexcept
            : sink_{&sink}, connection_{&conn}, begun_{std::chrono::steady_clock::now()} {}
        void response_ended(gust::outcome result) noexcept {
            (*sink_)(AccessRecord{*connection_, result, std::chrono::steady_clock::now() - begun_});
        }

    private:
        Sink* sink_;
        const HTTPConnection* connection_;
        std::chrono::steady_clock::time_point begun_;
    };
    Entry start_request(const HTTPConnection& conn) noexcept { return Entry{sink_, conn}; }

private:
    Sink sink_;
};

template <std::invocable<const AccessRecord&> Sink>
AccessLog<Sink> access_log(Sink sink) {
    return AccessLog<Sink>{std::move(sink)};
}

/// Writes each record as a line to the standard error.
struct StderrAccessLog {
    GUST_DECL void operator()(const AccessRecord& record) const noexcept;
};
inline AccessLog<StderrAccessLog> access_log() {
    return AccessLog<StderrAccessLog>{{}};
}

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/web/impl/access_log.ipp>
#endif

#endif // GUST_WEB_ACCESS_LOG_HPP
