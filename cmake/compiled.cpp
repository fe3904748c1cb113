// SPDX-License-Identifier: MIT
// The library gust::compiled.
#include <gust/impl/src.hpp>

#include <asio/impl/src.hpp>
