# SPDX-License-Identifier: MIT
#[=[
Finds standalone Asio and defines the target asio::asio: include directory, ASIO_STANDALONE, threads, and what clang needs
for coroutines. A package that some package managers install is taken first; Asio itself has none.

Result: Asio_FOUND, Asio_VERSION. Hint: Asio_INCLUDE_DIR.
]=]
if(NOT TARGET asio::asio)
    find_package(asio CONFIG QUIET)
endif()

if(TARGET asio::asio)
    get_target_property(asio_directories asio::asio INTERFACE_INCLUDE_DIRECTORIES)
    find_path(Asio_INCLUDE_DIR asio/version.hpp HINTS ${asio_directories})
else()
    find_path(Asio_INCLUDE_DIR asio/version.hpp)
endif()
mark_as_advanced(Asio_INCLUDE_DIR)

if(Asio_INCLUDE_DIR)
    # 102201 is 1.22.1
    file(STRINGS "${Asio_INCLUDE_DIR}/asio/version.hpp" asio_version REGEX "define ASIO_VERSION [0-9]+")
    string(REGEX MATCH "[0-9]+" asio_version "${asio_version}")
    math(EXPR asio_major "${asio_version} / 100000")
    math(EXPR asio_minor "${asio_version} / 100 % 1000")
    math(EXPR asio_patch "${asio_version} % 100")
    set(Asio_VERSION ${asio_major}.${asio_minor}.${asio_patch})
endif()

find_package(Threads QUIET)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
    Asio
    REQUIRED_VARS Asio_INCLUDE_DIR Threads_FOUND
    VERSION_VAR Asio_VERSION
)

if(Asio_FOUND AND NOT TARGET asio::asio)
    add_library(asio::asio INTERFACE IMPORTED)
    target_include_directories(asio::asio SYSTEM INTERFACE "${Asio_INCLUDE_DIR}")
    target_compile_definitions(asio::asio INTERFACE ASIO_STANDALONE)
    target_link_libraries(asio::asio INTERFACE Threads::Threads)
    if(Asio_VERSION VERSION_LESS 1.24)
        # These versions know only the experimental coroutines of clang, and none since clang 15.
        target_compile_definitions(
            asio::asio
            INTERFACE
                "$<$<CXX_COMPILER_ID:Clang,AppleClang>:ASIO_HAS_CO_AWAIT>"
                "$<$<CXX_COMPILER_ID:Clang,AppleClang>:ASIO_HAS_STD_COROUTINE>"
        )
    endif()
endif()
