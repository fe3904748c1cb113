# SPDX-License-Identifier: MIT
# Finds asio::asio, llhttp::llhttp and fmt. Each is, in this order: a target the project already has, an installed
# package, or (with GUST_FETCH_DEPENDENCIES) a download. Sets gust_fmt to the fmt target to link.
list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")

if(GUST_FETCH_DEPENDENCIES)
    set(gust_find QUIET)
    include("${CMAKE_CURRENT_LIST_DIR}/fetch.cmake")
else()
    set(gust_find REQUIRED)
endif()

# GLOBAL, because a parent project that links gust::gust has to see these targets too.
if(NOT TARGET asio::asio)
    find_package(Asio 1.22 MODULE ${gust_find} GLOBAL)
    if(NOT TARGET asio::asio)
        gust_fetch_asio()
    endif()
endif()

if(NOT TARGET llhttp::llhttp)
    find_package(llhttp 8.1 MODULE ${gust_find} GLOBAL)
    if(NOT TARGET llhttp::llhttp)
        gust_fetch_llhttp()
    endif()
endif()

if(NOT TARGET fmt::fmt)
    find_package(fmt 9 CONFIG ${gust_find} GLOBAL)
    if(NOT TARGET fmt::fmt)
        gust_fetch_fmt()
    endif()
endif()

if(GUST_FMT_HEADER_ONLY)
    set(gust_fmt fmt::fmt-header-only)
else()
    set(gust_fmt fmt::fmt)
endif()
