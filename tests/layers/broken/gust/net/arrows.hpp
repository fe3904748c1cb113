// SPDX-License-Identifier: MIT
#ifndef GUST_NET_ARROWS_HPP
#define GUST_NET_ARROWS_HPP

#include "owners.hpp"
#include <gust/core/detail/secret.hpp>
#include <gust/gust.hpp>
#include <gust/net/missing.hpp>
#include <gust/server/up.hpp>
#include <gust/testing/exchange.hpp>

#endif // GUST_NET_ARROWS_HPP
