# SPDX-License-Identifier: MIT
# Installs the headers, the target gust::gust, and a package that finds the dependencies again with the same modules.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(gust_package_dir "${CMAKE_INSTALL_DATADIR}/cmake/gust")

install(
    TARGETS gust
    EXPORT gust-targets
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
    FILE_SET source DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}"
)
install(EXPORT gust-targets NAMESPACE gust:: DESTINATION "${gust_package_dir}")

configure_package_config_file(
    cmake/gust-config.cmake.in
    "${CMAKE_CURRENT_BINARY_DIR}/gust-config.cmake"
    INSTALL_DESTINATION "${gust_package_dir}"
    NO_SET_AND_CHECK_MACRO
)
write_basic_package_version_file(
    "${CMAKE_CURRENT_BINARY_DIR}/gust-config-version.cmake"
    COMPATIBILITY SameMinorVersion
    ARCH_INDEPENDENT
)
install(
    FILES
        "${CMAKE_CURRENT_BINARY_DIR}/gust-config.cmake"
        "${CMAKE_CURRENT_BINARY_DIR}/gust-config-version.cmake"
        cmake/FindAsio.cmake
        cmake/Findllhttp.cmake
        cmake/compiled.cmake
        cmake/compiled.cpp
        cmake/compiled_asio.cpp
    DESTINATION "${gust_package_dir}"
)
