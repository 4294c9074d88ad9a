# cmake -DBUILD=<build folder> -DNAME=<target without suffix> -DSOURCE=<file> -P run.cmake
#
# The source must build as it stands, and must not build with LAMELLA_MUST_FAIL defined; the compiler's words must then
# match the regular expression in the first line of the source: // <regular expression>

cmake_minimum_required(VERSION 3.25)

file(STRINGS "${SOURCE}" first LIMIT_COUNT 1)
if(NOT first MATCHES "^// (.+)$")
  message(FATAL_ERROR "${SOURCE}: the first line must be // and the regular expression of the expected diagnostic")
endif()
set(pattern "${CMAKE_MATCH_1}")

execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BUILD}" --target ${NAME}_control RESULT_VARIABLE status
                OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: does not compile even without LAMELLA_MUST_FAIL:\n${output}")
endif()

execute_process(COMMAND "${CMAKE_COMMAND}" --build "${BUILD}" --target ${NAME}_fails RESULT_VARIABLE status
                OUTPUT_VARIABLE output ERROR_VARIABLE output)
if(status EQUAL 0)
  message(FATAL_ERROR "${SOURCE}: compiles with LAMELLA_MUST_FAIL, but must not")
endif()
if(NOT output MATCHES "${pattern}")
  message(FATAL_ERROR "${SOURCE}: is refused, but not with a diagnostic that matches '${pattern}':\n${output}")
endif()
message("refused as it must be: ${CMAKE_MATCH_0}")
