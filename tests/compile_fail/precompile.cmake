# SPDX-License-Identifier: MIT
# Compiles the header `source` to `precompiled`, which a compiler takes instead of it.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/compiler_arguments.cmake")

execute_process(
    COMMAND "${compiler}" ${arguments} -x c++-header "${source}" -o "${precompiled}"
    COMMAND_ERROR_IS_FATAL ANY
)
