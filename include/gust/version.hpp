// SPDX-License-Identifier: MIT
// The one place the version number is written; CMake reads it from here.
#ifndef GUST_VERSION_HPP
#define GUST_VERSION_HPP

#define GUST_VERSION_MAJOR 0
#define GUST_VERSION_MINOR 1
#define GUST_VERSION_PATCH 0

#endif // GUST_VERSION_HPP
