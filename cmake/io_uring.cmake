# SPDX-License-Identifier: MIT
# gust_io_uring: gust::gust with Asio on io_uring instead of epoll, for programs of this project. Only where liburing is.
find_path(GUST_LIBURING_INCLUDE_DIR liburing.h)
find_library(GUST_LIBURING_LIBRARY uring)
mark_as_advanced(GUST_LIBURING_INCLUDE_DIR GUST_LIBURING_LIBRARY)
if(GUST_LIBURING_INCLUDE_DIR AND GUST_LIBURING_LIBRARY)
    add_library(gust_io_uring INTERFACE)
    target_compile_definitions(gust_io_uring INTERFACE ASIO_HAS_IO_URING ASIO_DISABLE_EPOLL)
    target_include_directories(gust_io_uring SYSTEM INTERFACE "${GUST_LIBURING_INCLUDE_DIR}")
    target_link_libraries(gust_io_uring INTERFACE gust::gust "${GUST_LIBURING_LIBRARY}")
else()
    message(STATUS "nothing is built for io_uring: no liburing")
endif()
