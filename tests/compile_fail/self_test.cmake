# cmake -DBUILD=... -DPREFIX=<prefix of the targets> -DSOURCES=<folder> -P self_test.cmake
#
# run.cmake must notice each way in which a compile-fail test can be worthless.

cmake_minimum_required(VERSION 3.25)

function(expect name status_is_0 pattern)
  execute_process(
    COMMAND "${CMAKE_COMMAND}" "-DBUILD=${BUILD}" -DNAME=${PREFIX}${name} "-DSOURCE=${SOURCES}/${name}.cpp" -P
            "${CMAKE_CURRENT_LIST_DIR}/run.cmake"
    RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  string(REGEX REPLACE "[ \n]+" " " output "${output}")
  if(status EQUAL 0)
    set(passed TRUE)
  else()
    set(passed FALSE)
  endif()
  if(NOT passed STREQUAL status_is_0 OR NOT output MATCHES "${pattern}")
    message(FATAL_ERROR "${name}: expected passed=${status_is_0} and '${pattern}', got passed=${passed}:\n${output}")
  endif()
endfunction()

expect(good TRUE "refused as it must be")
expect(compiles FALSE "compiles with LAMELLA_MUST_FAIL")
expect(wrong_words FALSE "not with a diagnostic that matches")
expect(broken_control FALSE "does not compile even without")
expect(no_pattern FALSE "the first line must be")
message("every worthless test was noticed")
