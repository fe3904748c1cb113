// SPDX-License-Identifier: MIT
// What a connection needs while it has a request, and the pool that idle connections give it back
// to.
#ifndef GUST_HTTP1_INCOMING_REQUEST_HPP
#define GUST_HTTP1_INCOMING_REQUEST_HPP

#include <gust/config.hpp>
#include <gust/http/date.hpp>
#include <gust/http/error_page.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/start_line.hpp>
#include <gust/http/target.hpp>
#include <gust/http1/chunked.hpp>
#include <gust/http1/framing.hpp>
#include <gust/http1/known_host.hpp>
#include <gust/http1/parser.hpp>
#include <gust/net/block_pool.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace gust {

/// What middleware adds to a response that it does not make.
struct ResponseExtras {
    HTTPHeaders fields;
    HTTPHeaders defaults; // each unless the response has such a field
    const ErrorPage* page = nullptr;
};

/// One request while it is parsed and answered.
struct IncomingRequest {
    Parser parser;
    RequestStartLine start_line;
    TargetParts target;
    HTTPHeaders headers;
    HTTPHeaders trailers;
    RequestFraming framing;
    ChunkedDecoder chunks;
    BlockRef block; // what start line and headers look into
    std::uint64_t max_body_size = 0;
    std::chrono::milliseconds body_timeout{};
    enum class extent : std::uint8_t { plain, extended };
    extent response = extent::plain; // whether there is anything in `extras`
    ResponseExtras extras;
    IncomingRequest* next = nullptr;

    /// Forgets the request, and keeps the memory.
    void clear() noexcept {
        headers.clear();
        if (!trailers.empty()) {
            trailers.clear();
        }
        if (response == extent::extended) {
            response = extent::plain;
            extras.fields.clear();
            extras.defaults.clear();
            extras.page = nullptr;
        }
        block.reset();
    }
};

/// What the exchanges of one loop share.
class ExchangePool {
public:
    ExchangePool() noexcept = default;
    ExchangePool(const ExchangePool&) = delete;
    ExchangePool& operator=(const ExchangePool&) = delete;
    ~ExchangePool() {
        while (free_ != nullptr) {
            delete std::exchange(free_, free_->next);
        }
    }

    DateCache& date() noexcept { return date_; }
    KnownHost& host() noexcept { return host_; }

    IncomingRequest* acquire() {
        if (free_ == nullptr) {
            return new IncomingRequest;
        }
        --kept_;
        return std::exchange(free_, free_->next);
    }
    void release(IncomingRequest* request) noexcept {
        request->clear();
        if (kept_ == limit) {
            delete request;
            return;
        }
        request->next = std::exchange(free_, request);
        ++kept_;
    }

private:
    static constexpr std::size_t limit = 64;
    DateCache date_;
    KnownHost host_;
    IncomingRequest* free_ = nullptr;
    std::size_t kept_ = 0;
};

} // namespace gust

#endif // GUST_HTTP1_INCOMING_REQUEST_HPP
