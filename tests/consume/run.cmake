# SPDX-License-Identifier: MIT
# One test of tests/consume/CMakeLists.txt, which sets the variables.
cmake_minimum_required(VERSION 3.25)

function(run)
    execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT RESULT_VARIABLE result)
    if(NOT result EQUAL 0)
        message(FATAL_ERROR "failed (${result})")
    endif()
endfunction()

function(build_project)
    run(
        "${CMAKE_COMMAND}"
        -S "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/${way}"
        -B "${work}/build"
        -G "${generator}"
        "-DCMAKE_BUILD_TYPE=${build_type}"
        "-DCMAKE_C_COMPILER=${c_compiler}"
        "-DCMAKE_CXX_COMPILER=${cxx_compiler}"
        ${ARGV}
    )
    run("${CMAKE_COMMAND}" --build "${work}/build")
endfunction()

file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}/build")

if(way STREQUAL "find_package")
    run("${CMAKE_COMMAND}" --install "${gust_build}" --prefix "${work}/prefix")
    list(PREPEND prefix_path "${work}/prefix")
    string(REPLACE ";" "\\;" prefix_path "${prefix_path}")
    build_project("-DCMAKE_PREFIX_PATH=${prefix_path}")
    run("${work}/build/consumer_compiled")
elseif(way STREQUAL "add_subdirectory")
    string(REPLACE ";" "\\;" prefix_path "${prefix_path}")
    build_project("-DCMAKE_PREFIX_PATH=${prefix_path}" "-Dgust_source=${gust_source}")
else()
    # No CMake: the compiler, an include path and three C files, as a Makefile would have it.
    set(options -DASIO_STANDALONE -DLLHTTP_STRICT_MODE=1 -O1)
    if(cxx_compiler MATCHES "clang")
        list(APPEND options -DASIO_HAS_CO_AWAIT -DASIO_HAS_STD_COROUTINE)
    endif()
    set(libraries -lfmt -pthread)
    if(llhttp_sources)
        foreach(name IN ITEMS api http llhttp)
            set(object "${work}/build/${name}.o")
            run("${c_compiler}" -O1 -DLLHTTP_STRICT_MODE=1 "-I${llhttp}" -c "${llhttp_sources}/${name}.c" -o "${object}")
            list(PREPEND libraries "${object}")
        endforeach()
    else()
        list(PREPEND libraries -lllhttp)
    endif()
    run(
        "${cxx_compiler}" -std=c++20 ${options} "-I${gust_source}/include" "-isystem${llhttp}"
        "${CMAKE_CURRENT_LIST_DIR}/main.cpp" -o "${work}/build/consumer" ${libraries}
    )
endif()

run("${work}/build/consumer")
