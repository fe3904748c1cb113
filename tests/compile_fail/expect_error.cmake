# SPDX-License-Identifier: MIT
# Compiles `source` after `header`; fails if that succeeds, or if the compiler does not say what the comments in `source`
# expect. One with comments `// define: NAME` is compiled with these, and without `header`.
cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/compiler_arguments.cmake")

set(first -include "${header}")
file(STRINGS "${source}" comments REGEX "// define: ")
if(comments)
    list(TRANSFORM comments REPLACE "// define: *" "-D" OUTPUT_VARIABLE first)
endif()
execute_process(
    COMMAND "${compiler}" ${arguments} ${first} -fsyntax-only -x c++ "${source}"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output
)
if(result EQUAL 0)
    message(FATAL_ERROR "it compiles: ${source}")
endif()

# A quoted source line is no answer if it is the very comment that asks.
string(REGEX REPLACE "[^\n]*// error: [^\n]*" "" said "${output}")

file(STRINGS "${source}" comments REGEX "// error: ")
if(NOT comments)
    message("${output}")
    message(FATAL_ERROR "no comment `// error: TEXT` in ${source}")
endif()
foreach(comment IN LISTS comments)
    string(REGEX REPLACE ".*// error: *" "" text "${comment}")
    string(FIND "${said}" "${text}" at)
    if(at EQUAL -1)
        message("${output}")
        message(FATAL_ERROR "the compiler does not say: ${text}")
    endif()
endforeach()
