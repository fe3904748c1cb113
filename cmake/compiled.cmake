# SPDX-License-Identifier: MIT
# gust_add_compiled_library(NAME HEADERS): adds the static library NAME, in which Asio and everything in gust that is not a
# template is compiled once. HEADERS is the header-only target. Also used by the installed package.
function(gust_add_compiled_library name headers)
    set(folder "${CMAKE_CURRENT_FUNCTION_LIST_DIR}")
    add_library(${name} STATIC EXCLUDE_FROM_ALL "${folder}/compiled.cpp" "${folder}/compiled_asio.cpp")
    target_link_libraries(${name} PUBLIC ${headers})
    # For the whole program: one that mixes both modes breaks the one-definition rule.
    target_compile_definitions(${name} PUBLIC GUST_SEPARATE_COMPILATION ASIO_SEPARATE_COMPILATION)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    # Asio's warnings are not the user's to mend.
    set_source_files_properties(
        "${folder}/compiled_asio.cpp"
        PROPERTIES COMPILE_OPTIONS "$<$<CXX_COMPILER_ID:GNU,Clang,AppleClang>:-w>"
    )
endfunction()
