# cmake -DWITHOUT=<runner built without data> -DWITH=<runner built with a data folder> -P check.cmake
#
# The runner of tests/main.cpp: nothing executed is a failure, absent data are "skipped", never "passed".

cmake_minimum_required(VERSION 3.25)

# expect(<program> <exit status> <pattern> <argument>...)
function(expect program status pattern)
  execute_process(COMMAND "${program}" ${ARGN} RESULT_VARIABLE got OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT got EQUAL status OR NOT output MATCHES "${pattern}")
    message(FATAL_ERROR "${program} ${ARGN}: expected exit status ${status} and '${pattern}', got ${got}:\n${output}")
  endif()
endfunction()

expect("${WITHOUT}" 0 "test cases: +1 \\| +1 passed")
expect("${WITHOUT}" 0 "test cases: +1 \\| +1 passed" --no-data)
expect("${WITHOUT}" 77 "skipped: no folder" --data)
expect("${WITHOUT}" 1 "no test case was executed" "--test-case=there is no such case")
expect("${WITH}" 0 "test cases: +2 \\| +2 passed")
expect("${WITH}" 0 "test cases: +1 \\| +1 passed" --no-data)
expect("${WITH}" 0 "test cases: +1 \\| +1 passed" --data)
expect("${WITH}" 1 "no test case was executed" --no-data "--test-case=there is no such case")
expect("${WITHOUT}" 77 "skipped: no folder" --slow)
expect("${WITH}" 0 "test cases: +1 \\| +1 passed" --slow)
expect("${WITH}" 1 "no test case was executed" --slow "--test-case-exclude=slow: data: one case*")
message("the runner keeps its promises")
