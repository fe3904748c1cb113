// SPDX-License-Identifier: MIT
// The bodies of everything that is not a template, and the templates of plain TCP: included in one
// file of a program that is compiled with GUST_SEPARATE_COMPILATION. The target gust::compiled does
// it.
#ifndef GUST_IMPL_SRC_HPP
#define GUST_IMPL_SRC_HPP

#include <gust/config.hpp>

#if !defined(GUST_SEPARATE_COMPILATION)
#error "gust/impl/src.hpp is for programs that define GUST_SEPARATE_COMPILATION everywhere"
#endif

#include <gust/core/impl/error.ipp>
#include <gust/core/impl/log.ipp>
#include <gust/gust.hpp>
#include <gust/http/impl/cookie.ipp>
#include <gust/http/impl/date.ipp>
#include <gust/http/impl/field.ipp>
#include <gust/http/impl/headers.ipp>
#include <gust/http/impl/request.ipp>
#include <gust/http/impl/syntax.ipp>
#include <gust/http/impl/target.ipp>
#include <gust/http1/impl/chunked.ipp>
#include <gust/http1/impl/exchange.ipp>
#include <gust/http1/impl/exchange_response.ipp>
#include <gust/http1/impl/exchange_service.ipp>
#include <gust/http1/impl/framing.ipp>
#include <gust/http1/impl/parser.ipp>
#include <gust/http1/impl/response_fields.ipp>
#include <gust/net/impl/acceptor.ipp>
#include <gust/net/impl/block_pool.ipp>
#include <gust/net/impl/deadline_wheel.ipp>
#include <gust/net/impl/lent_output.ipp>
#include <gust/net/impl/loop.ipp>
#include <gust/net/impl/peer_address.ipp>
#include <gust/net/impl/read_condition.ipp>
#include <gust/net/impl/socket_io.ipp>
#include <gust/net/impl/sockets.ipp>
#include <gust/net/impl/stream_buffer.ipp>
#include <gust/net/impl/stream_operations.ipp>
#include <gust/routing/impl/miss.ipp>
#include <gust/routing/impl/redirect.ipp>
#include <gust/routing/impl/reverse.ipp>
#include <gust/routing/impl/route_table.ipp>
#include <gust/routing/impl/uuid.ipp>
#include <gust/server/impl/server_core.ipp>
#include <gust/web.hpp>
#include <gust/web/impl/access_log.ipp>
#include <gust/web/impl/error_pages.ipp>
#include <gust/web/impl/etag.ipp>
#include <gust/web/impl/request_handler.ipp>
#include <gust/web/impl/request_id.ipp>
#include <gust/web/impl/sha1.ipp>

template class gust::IOStream<gust::TCPTransport>;
template gust::IOStream<gust::TCPTransport>
gust::detail::make_stream<gust::TCPTransport>(gust::Loop&, gust::detail::AcceptedSocket);
template class gust::HTTP1Connection<gust::IOStream<gust::TCPTransport>>;

#endif // GUST_IMPL_SRC_HPP
