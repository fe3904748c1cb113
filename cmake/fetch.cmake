# SPDX-License-Identifier: MIT
# Downloads of the dependencies, for GUST_FETCH_DEPENDENCIES.
include(FetchContent)

# Asio has no CMake files of its own; FindAsio makes the target from the unpacked headers.
macro(gust_fetch_asio)
    FetchContent_Declare(
        gust_asio
        GIT_REPOSITORY https://github.com/chriskohlhoff/asio.git
        GIT_TAG asio-1-30-2
        GIT_SHALLOW TRUE
    )
    FetchContent_MakeAvailable(gust_asio)
    set(Asio_INCLUDE_DIR "${gust_asio_SOURCE_DIR}/asio/include" CACHE PATH "Asio's headers" FORCE)
    find_package(Asio 1.22 MODULE REQUIRED GLOBAL)
endmacro()

# The release branch of llhttp holds the generated C sources; Findllhttp compiles them as it does an installed copy.
macro(gust_fetch_llhttp)
    FetchContent_Declare(
        gust_llhttp_sources
        GIT_REPOSITORY https://github.com/nodejs/llhttp.git
        GIT_TAG release/v9.2.1
        GIT_SHALLOW TRUE
        SOURCE_SUBDIR src # has no CMakeLists.txt: only unpacked
    )
    FetchContent_MakeAvailable(gust_llhttp_sources)
    set(llhttp_INCLUDE_DIR "${gust_llhttp_sources_SOURCE_DIR}/include" CACHE PATH "llhttp.h" FORCE)
    set(llhttp_SOURCE_DIR "${gust_llhttp_sources_SOURCE_DIR}/src" CACHE PATH "llhttp.c" FORCE)
    find_package(llhttp 8.1 MODULE REQUIRED GLOBAL)
endmacro()

macro(gust_fetch_fmt)
    FetchContent_Declare(
        fmt
        GIT_REPOSITORY https://github.com/fmtlib/fmt.git
        GIT_TAG 10.2.1
        GIT_SHALLOW TRUE
    )
    # An installed gust needs an installed fmt.
    set(FMT_INSTALL "${GUST_INSTALL}")
    FetchContent_MakeAvailable(fmt)
endmacro()
