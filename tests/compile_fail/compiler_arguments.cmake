# SPDX-License-Identifier: MIT
# Sets `compiler` and `arguments`: how `compiler_file` says that the compiler is called.
include("${compiler_file}")

separate_arguments(arguments UNIX_COMMAND "${flags}")
list(APPEND arguments ${options} -w)
foreach(definition IN LISTS definitions)
    list(APPEND arguments "-D${definition}")
endforeach()
foreach(directory IN LISTS directories)
    list(APPEND arguments "-I${directory}")
endforeach()
