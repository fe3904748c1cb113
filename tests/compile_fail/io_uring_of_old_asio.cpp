// SPDX-License-Identifier: MIT
// define: ASIO_HAS_IO_URING
// define: ASIO_DISABLE_EPOLL
#include <gust/net/loop.hpp>
// error: gust: io_uring needs Asio 1.30 or newer
