# SPDX-License-Identifier: MIT
# Compiles through ccache where it is installed. Only for work on gust itself: included at top level only.
find_program(GUST_CCACHE ccache DOC "A compiler cache, used when gust is the top-level project")
mark_as_advanced(GUST_CCACHE)
if(GUST_CCACHE)
    foreach(language IN ITEMS C CXX)
        if(NOT CMAKE_${language}_COMPILER_LAUNCHER)
            # Without these, ccache never caches a file that uses a precompiled header.
            set(CMAKE_${language}_COMPILER_LAUNCHER
                "${CMAKE_COMMAND}"
                -E
                env
                "CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime"
                "${GUST_CCACHE}"
            )
        endif()
    endforeach()
endif()
