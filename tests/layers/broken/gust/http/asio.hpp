// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP_ASIO_HPP
#define GUST_HTTP_ASIO_HPP

#include <gust/core/waits.hpp>

#include <asio/buffer.hpp>

#endif // GUST_HTTP_ASIO_HPP
