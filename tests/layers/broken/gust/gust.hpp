// SPDX-License-Identifier: MIT
#ifndef GUST_GUST_HPP
#define GUST_GUST_HPP

#include <gust/testing/exchange.hpp>
#include <gust/web/files.hpp>

#endif // GUST_GUST_HPP
