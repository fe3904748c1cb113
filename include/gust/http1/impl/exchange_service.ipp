// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP1_IMPL_EXCHANGE_SERVICE_IPP
#define GUST_HTTP1_IMPL_EXCHANGE_SERVICE_IPP

#include <gust/http1/exchange_service.hpp>

namespace gust::detail {

GUST_DECL ExchangeService::ExchangeService(asio::execution_context& context)
    : asio::execution_context::service{context} {}

GUST_DECL ExchangePool& ExchangeService::of(asio::io_context& context) {
    return asio::use_service<ExchangeService>(context).pool_;
}

GUST_DECL void ExchangeService::shutdown() noexcept {}

} // namespace gust::detail

#endif // GUST_HTTP1_IMPL_EXCHANGE_SERVICE_IPP
