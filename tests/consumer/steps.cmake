# Steps that the drivers of the nested builds share. Expects CXX, GENERATOR and WORK.

function(step_run result output)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE text ERROR_VARIABLE text)
  set(${result} "${status}" PARENT_SCOPE)
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

# must_run(<command>...): stops with the output when the command fails.
function(must_run)
  step_run(status text ${ARGN})
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message("${text}")
    message(FATAL_ERROR "failed (${status}): ${command}")
  endif()
endfunction()

# must_refuse(<pattern> <command>...): the command must fail and say something that matches; its words are left in text.
function(must_refuse pattern)
  step_run(status text ${ARGN})
  list(JOIN ARGN " " command)
  string(REGEX REPLACE "[ \n]+" " " flat "${text}")
  if(status EQUAL 0)
    message("${text}")
    message(FATAL_ERROR "succeeded, but had to fail: ${command}")
  elseif(NOT flat MATCHES "${pattern}")
    message("${text}")
    message(FATAL_ERROR "failed, but without '${pattern}': ${command}")
  endif()
  set(text "${text}" PARENT_SCOPE)
endfunction()

# configure_command(<variable> <source> <build> <argument>...)
function(configure_command variable source build)
  set(${variable} "${CMAKE_COMMAND}" -S "${source}" -B "${build}" -G "${GENERATOR}" "-DCMAKE_CXX_COMPILER=${CXX}" ${ARGN}
      PARENT_SCOPE)
endfunction()

# build_and_run(<source> <build> <program>[;<program>...] <argument>...): configures, builds, runs.
function(build_and_run source build programs)
  configure_command(configure "${source}" "${build}" ${ARGN})
  must_run(${configure})
  must_run("${CMAKE_COMMAND}" --build "${build}")
  foreach(program IN LISTS programs)
    must_run("${build}/${program}")
  endforeach()
endfunction()

# installs_only(<build> <prefix> <relative path>...): installing puts exactly these files into the empty prefix.
function(installs_only build prefix)
  must_run("${CMAKE_COMMAND}" --install "${build}" --prefix "${prefix}")
  file(GLOB_RECURSE installed RELATIVE "${prefix}" "${prefix}/*")
  if(NOT installed STREQUAL "${ARGN}")
    message(FATAL_ERROR "installed '${installed}', expected '${ARGN}'")
  endif()
endfunction()
