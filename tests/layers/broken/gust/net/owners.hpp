// SPDX-License-Identifier: MIT
#ifndef GUST_NET_OWNERS_HPP
#define GUST_NET_OWNERS_HPP

#include <asio.hpp>
#include <filesystem>

struct llhttp__internal_s; // the word alone is enough
struct SSL_CTX;

#endif // GUST_NET_OWNERS_HPP
