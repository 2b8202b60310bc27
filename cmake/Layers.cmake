# One CMake target a folder. A folder's row in docs/ARCHITECTURE.md ("who may include whom") is its DEPENDS here.

# The headers nearly every file reads are parsed once a build, not once a target: a parsed copy is 60 MB. Tests read doctest.h too.
file(WRITE ${CMAKE_BINARY_DIR}/precompiled/nothing.cpp "")
add_library(precompiled OBJECT ${CMAKE_BINARY_DIR}/precompiled/nothing.cpp)
target_precompile_headers(precompiled PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp)
if(STARLING_TESTS)
  add_library(precompiled_tests OBJECT ${CMAKE_BINARY_DIR}/precompiled/nothing.cpp)
  target_precompile_headers(precompiled_tests PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled.hpp <doctest/doctest.h>)
endif()

# starling_layer(NAME [DEPENDS layer...] [LINK library...])
#
# A static library of the folder's *.cpp, and with STARLING_TESTS a test program of its *_test.cpp.
# LINK names what comes from outside the tree.
function(starling_layer NAME)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS *.cpp)
  set(tests ${sources})
  list(FILTER sources EXCLUDE REGEX "_test\\.cpp$")
  list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
  if(sources)
    add_library(${NAME} STATIC ${sources})
    target_include_directories(${NAME} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${NAME} PUBLIC ${ARG_DEPENDS} ${ARG_LINK})
    target_precompile_headers(${NAME} REUSE_FROM precompiled)
  else()
    add_library(${NAME} INTERFACE)
    target_include_directories(${NAME} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${NAME} INTERFACE ${ARG_DEPENDS} ${ARG_LINK})
  endif()
  if(tests AND STARLING_TESTS)
    add_executable(${NAME}_test ${tests} ${CMAKE_SOURCE_DIR}/tests/doctest_main.cpp)
    target_link_libraries(${NAME}_test PRIVATE ${NAME})
    target_precompile_headers(${NAME}_test REUSE_FROM precompiled_tests)
    add_test(NAME ${NAME} COMMAND ${NAME}_test)
    set_tests_properties(${NAME} PROPERTIES TIMEOUT 300)
  endif()
endfunction()
