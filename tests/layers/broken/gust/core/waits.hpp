// SPDX-License-Identifier: MIT
#ifndef GUST_CORE_WAITS_HPP
#define GUST_CORE_WAITS_HPP

#include <asio/steady_timer.hpp>

#endif // GUST_CORE_WAITS_HPP
