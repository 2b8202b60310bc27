# Passes if the program breaks a promise, as it must: a fault is planted in it.
#   cmake -DPROGRAM=… "-DARGUMENTS=…;…" -P must_fail.cmake
execute_process(COMMAND ${PROGRAM} ${ARGUMENTS} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
string(REGEX MATCH "a promise is broken: [^\n]*" broken "${output}")
if(result EQUAL 0 OR NOT broken)
  message(FATAL_ERROR "the planted fault was not found (exit ${result}):\n${output}")
endif()
message(STATUS "found, as it must be: ${broken}")
