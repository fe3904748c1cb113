// SPDX-License-Identifier: MIT
#ifndef GUST_WEB_FILES_HPP
#define GUST_WEB_FILES_HPP

#include <filesystem>

#endif // GUST_WEB_FILES_HPP
