// SPDX-License-Identifier: MIT
// Asio's part of the library gust::compiled.
#include <asio/impl/src.hpp>
