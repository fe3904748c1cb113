# SPDX-License-Identifier: MIT
# Runs the check on a tree that breaks its rules; fails unless it fails and says everything in `expected`.
execute_process(
    COMMAND
        "${CMAKE_COMMAND}" -D "include_dir=${include_dir}" -P
        "${CMAKE_CURRENT_LIST_DIR}/../../cmake/check_layers.cmake"
    RESULT_VARIABLE result
    OUTPUT_VARIABLE output
    ERROR_VARIABLE output
)
if(result EQUAL 0)
    message(FATAL_ERROR "the check accepts a broken tree")
endif()
foreach(text IN LISTS expected)
    string(FIND "${output}" "${text}" at)
    if(at EQUAL -1)
        message(SEND_ERROR "not reported: ${text}")
    endif()
endforeach()
message(STATUS "${output}")
