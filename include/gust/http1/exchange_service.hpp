// SPDX-License-Identifier: MIT
// ExchangeService: the pool of an io_context.
#ifndef GUST_HTTP1_EXCHANGE_SERVICE_HPP
#define GUST_HTTP1_EXCHANGE_SERVICE_HPP

#include <gust/config.hpp>
#include <gust/http1/incoming_request.hpp>

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>

namespace gust::detail {

/// What the exchanges of one io_context share; found like `Loop`.
class ExchangeService : public asio::execution_context::service {
public:
    using key_type = ExchangeService;
    static inline asio::execution_context::id id;

    GUST_DECL explicit ExchangeService(asio::execution_context& context);
    GUST_DECL static ExchangePool& of(asio::io_context& context);

private:
    GUST_DECL void shutdown() noexcept override;
    ExchangePool pool_;
};

} // namespace gust::detail

#if defined(GUST_HEADER_ONLY)
#include <gust/http1/impl/exchange_service.ipp>
#endif

#endif // GUST_HTTP1_EXCHANGE_SERVICE_HPP
