# SPDX-License-Identifier: MIT
#[=[
Finds llhttp and defines the target llhttp::llhttp, with which `#include <llhttp.h>` works. Taken is the first of

1. llhttp's own CMake package (since 8.1, where it was installed),
2. pkg-config's libllhttp,
3. its three C sources, as the Debian package node-llhttp installs them, compiled here as a static library.

Result: llhttp_FOUND, llhttp_VERSION. Hints for 3.: llhttp_INCLUDE_DIR, llhttp_SOURCE_DIR. GUST_LLHTTP_SSE42 compiles the
sources for SSE 4.2, which llhttp uses to skip over long tokens. GUST_LLHTTP_IPO lets gcc optimise them as a whole when it links a
program: a sixth less work for a head of ten fields.
]=]
if(NOT TARGET llhttp::llhttp)
    # That package states no version: not to be asked for one, as it would be by default inside a find module.
    set(llhttp_wanted "${llhttp_FIND_VERSION}")
    unset(llhttp_FIND_VERSION)
    find_package(llhttp CONFIG QUIET)
    set(llhttp_FIND_VERSION "${llhttp_wanted}")
    foreach(candidate IN ITEMS llhttp::llhttp_static llhttp::llhttp_shared)
        if(TARGET ${candidate} AND NOT TARGET llhttp::llhttp)
            add_library(llhttp::llhttp INTERFACE IMPORTED)
            target_link_libraries(llhttp::llhttp INTERFACE ${candidate})
            get_target_property(llhttp_directories ${candidate} INTERFACE_INCLUDE_DIRECTORIES)
        endif()
    endforeach()
endif()

if(NOT TARGET llhttp::llhttp)
    find_package(PkgConfig QUIET)
    if(PkgConfig_FOUND)
        pkg_check_modules(llhttp_pc QUIET IMPORTED_TARGET libllhttp)
        if(llhttp_pc_FOUND)
            add_library(llhttp::llhttp INTERFACE IMPORTED)
            target_link_libraries(llhttp::llhttp INTERFACE PkgConfig::llhttp_pc)
            set(llhttp_directories "${llhttp_pc_INCLUDEDIR}")
        endif()
    endif()
endif()

if(llhttp_directories)
    find_path(llhttp_INCLUDE_DIR llhttp.h HINTS ${llhttp_directories})
else()
    find_path(llhttp_INCLUDE_DIR llhttp.h PATHS /usr/share/include PATH_SUFFIXES llhttp)
endif()
mark_as_advanced(llhttp_INCLUDE_DIR)

if(llhttp_INCLUDE_DIR)
    file(STRINGS "${llhttp_INCLUDE_DIR}/llhttp.h" llhttp_lines REGEX "define LLHTTP_VERSION_[A-Z]+ [0-9]+")
    string(
        REGEX MATCH "MAJOR ([0-9]+).*MINOR ([0-9]+).*PATCH ([0-9]+)"
        llhttp_lines
        "${llhttp_lines}"
    )
    set(llhttp_VERSION ${CMAKE_MATCH_1}.${CMAKE_MATCH_2}.${CMAKE_MATCH_3})
endif()

set(llhttp_needed llhttp_INCLUDE_DIR)
if(NOT TARGET llhttp::llhttp)
    find_path(llhttp_SOURCE_DIR llhttp.c PATH_SUFFIXES share/llhttp llhttp PATHS /usr/share)
    mark_as_advanced(llhttp_SOURCE_DIR)
    list(APPEND llhttp_needed llhttp_SOURCE_DIR)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
    llhttp
    REQUIRED_VARS ${llhttp_needed}
    VERSION_VAR llhttp_VERSION
)

if(llhttp_FOUND AND NOT TARGET llhttp::llhttp)
    get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
    if(NOT C IN_LIST languages)
        enable_language(C)
    endif()
    add_library(
        gust_llhttp
        STATIC
        EXCLUDE_FROM_ALL
        "${llhttp_SOURCE_DIR}/api.c"
        "${llhttp_SOURCE_DIR}/http.c"
        "${llhttp_SOURCE_DIR}/llhttp.c"
    )
    set_target_properties(gust_llhttp PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_include_directories(gust_llhttp SYSTEM PUBLIC "${llhttp_INCLUDE_DIR}")
    # llhttp 8 is lenient unless told otherwise, and its header has to agree with its sources; llhttp 9 ignores this.
    target_compile_definitions(gust_llhttp PUBLIC LLHTTP_STRICT_MODE=1)
    target_compile_options(gust_llhttp PRIVATE "$<$<C_COMPILER_ID:GNU,Clang,AppleClang>:-w>")
    # Position-independent, yet never replaced by a program's own function of that name: small ones can be inlined.
    target_compile_options(gust_llhttp PRIVATE "$<$<C_COMPILER_ID:GNU>:-fno-semantic-interposition>")
    if(GUST_LLHTTP_IPO AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
        include(CheckIPOSupported)
        check_ipo_supported(RESULT llhttp_has_ipo LANGUAGES C)
        set_target_properties(gust_llhttp PROPERTIES INTERPROCEDURAL_OPTIMIZATION ${llhttp_has_ipo})
        # Machine code as well, for programs that another compiler links.
        target_compile_options(gust_llhttp PRIVATE -ffat-lto-objects)
    endif()
    if(GUST_LLHTTP_SSE42 AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|i[3-6]86)$")
        target_compile_options(gust_llhttp PRIVATE -msse4.2)
    endif()
    # Imported, so that an installed gust names llhttp::llhttp and finds it again instead of exporting this library.
    add_library(llhttp::llhttp INTERFACE IMPORTED)
    target_link_libraries(llhttp::llhttp INTERFACE gust_llhttp)
endif()
