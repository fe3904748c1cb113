// SPDX-License-Identifier: MIT
// Everything but <gust/web.hpp>, <gust/net/tls.hpp> and <gust/testing/…>.
#ifndef GUST_GUST_HPP
#define GUST_GUST_HPP

// IWYU pragma: begin_exports
#include <gust/config.hpp>
#include <gust/core/adopt.hpp>
#include <gust/core/awaitable.hpp>
#include <gust/core/bytes.hpp>
#include <gust/core/chunk.hpp>
#include <gust/core/error.hpp>
#include <gust/core/log.hpp>
#include <gust/core/run_on.hpp>
#include <gust/core/timeout.hpp>
#include <gust/http/callable.hpp>
#include <gust/http/connection.hpp>
#include <gust/http/cookie.hpp>
#include <gust/http/date.hpp>
#include <gust/http/delegate.hpp>
#include <gust/http/field.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/method.hpp>
#include <gust/http/request.hpp>
#include <gust/http/respond.hpp>
#include <gust/http/response.hpp>
#include <gust/http/start_line.hpp>
#include <gust/http/status.hpp>
#include <gust/http/syntax.hpp>
#include <gust/http/target.hpp>
#include <gust/http1/connection.hpp>
#include <gust/http1/parameters.hpp>
#include <gust/http1/server_connection.hpp>
#include <gust/net/io_stream.hpp>
#include <gust/net/layer.hpp>
#include <gust/net/loop.hpp>
#include <gust/net/sockets.hpp>
#include <gust/net/tcp.hpp>
#include <gust/net/tcp_server.hpp>
#include <gust/net/unix.hpp>
#include <gust/routing/capture.hpp>
#include <gust/routing/fixed_string.hpp>
#include <gust/routing/method_set.hpp>
#include <gust/routing/pattern.hpp>
#include <gust/routing/route_table.hpp>
#include <gust/routing/route_table_builder.hpp>
#include <gust/routing/router.hpp>
#include <gust/routing/rule.hpp>
#include <gust/routing/uuid.hpp>
#include <gust/server/http_server.hpp>
#include <gust/version.hpp>

#include <fmt/core.h>
// IWYU pragma: end_exports

#endif // GUST_GUST_HPP
