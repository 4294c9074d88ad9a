# cmake -DWAY=<folder> -DLIBRARY=<checkout> -DWORK=<folder to write to> -DCXX=... -DGENERATOR=... -P run.cmake

cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/steps.cmake")

set(source "${CMAKE_CURRENT_LIST_DIR}/${WAY}")
file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")

# A copy of what is needed of the checkout: a build of the library must not write into, or read from, anything else.
function(copy_library to)
  file(COPY "${LIBRARY}/CMakeLists.txt" "${LIBRARY}/LICENSE" "${LIBRARY}/cmake" "${LIBRARY}/include" DESTINATION "${to}")
endfunction()

if(WAY STREQUAL "find_package")
  copy_library("${WORK}/library")
  set(own_programs_off -DLAMELLA_BUILD_TESTS=OFF -DLAMELLA_BUILD_EXAMPLES=OFF -DLAMELLA_BUILD_BENCHMARKS=OFF)
  configure_command(configure "${WORK}/library" "${WORK}/build" ${own_programs_off})
  must_run(${configure})
  must_run("${CMAKE_COMMAND}" --build "${WORK}/build")
  must_run("${CMAKE_COMMAND}" --install "${WORK}/build" --prefix "${WORK}/first")
  file(RENAME "${WORK}/first" "${WORK}/prefix") # an installation can be moved
  file(REMOVE_RECURSE "${WORK}/library" "${WORK}/build") # and needs nothing of where it was built
  file(GLOB_RECURSE installed RELATIVE "${WORK}/prefix" "${WORK}/prefix/*")
  foreach(path IN LISTS installed)
    if(NOT path MATCHES "^(include/lamella/.+\\.hpp|share/cmake/lamella/.+\\.cmake|share/pkgconfig/lamella.pc|share/licenses/lamella/LICENSE)$")
      message(FATAL_ERROR "foreign file installed: ${path}")
    endif()
  endforeach()

  set(here -DCMAKE_PREFIX_PATH=${WORK}/prefix)
  set(hidden "")
  foreach(package nlohmann_json pugixml)
    list(APPEND hidden -DCMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
  endforeach()
  # The core alone, on a machine that lacks what the components need.
  build_and_run("${source}" "${WORK}/core" program ${here} ${hidden} -DWANTED=0.1)
  installs_only("${WORK}/core" "${WORK}/core-prefix" bin/program)
  # With all components.
  build_and_run("${source}" "${WORK}/all" "program;components" ${here} "-DWANTED=COMPONENTS json patterns")
  # An optional component that cannot be had is no error.
  build_and_run("${source}" "${WORK}/optional" program ${here} ${hidden} "-DWANTED=OPTIONAL_COMPONENTS json")

  # What cannot be had is refused, with the reason.
  function(refuse pattern)
    configure_command(configure "${source}" "${WORK}/refused" --fresh ${here} ${ARGN})
    must_refuse("${pattern}" ${configure})
  endfunction()
  refuse("component json needs nlohmann_json" ${hidden} "-DWANTED=COMPONENTS json")
  refuse("component xrdml needs pugixml" ${hidden} "-DWANTED=COMPONENTS xrdml")
  refuse("component xrdml needs pugixml" ${hidden} "-DWANTED=COMPONENTS patterns")
  refuse("component patterns needs zlib" -DCMAKE_DISABLE_FIND_PACKAGE_ZLIB=ON "-DWANTED=COMPONENTS patterns")
  refuse("no component 'yaml'" "-DWANTED=COMPONENTS yaml")
  refuse("needs Eigen 3.4" -DCMAKE_DISABLE_FIND_PACKAGE_Eigen3=ON)
  refuse("needs Boost.Math" -DCMAKE_DISABLE_FIND_PACKAGE_Boost=ON -DCMAKE_DISABLE_FIND_PACKAGE_boost_math=ON)
  refuse("compatible with requested version \"0.2\"" -DWANTED=0.2)
  refuse("compatible with requested version \"1.0\"" -DWANTED=1.0)

  # An installation without a component says so.
  copy_library("${WORK}/library")
  configure_command(configure "${WORK}/library" "${WORK}/build" ${own_programs_off} ${hidden} -DLAMELLA_COMPONENTS=)
  must_run(${configure})
  must_run("${CMAKE_COMMAND}" --install "${WORK}/build" --prefix "${WORK}/core-only")
  set(here -DCMAKE_PREFIX_PATH=${WORK}/core-only)
  refuse("made without its component 'json'" "-DWANTED=COMPONENTS json")

  # pkg-config
  if(PKG_CONFIG)
    set(ENV{PKG_CONFIG_PATH} "${WORK}/prefix/share/pkgconfig")
    execute_process(COMMAND "${PKG_CONFIG}" --cflags lamella OUTPUT_VARIABLE flags COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(flags UNIX_COMMAND "${flags}")
    must_run("${CXX}" -std=c++20 ${flags} "${CMAKE_CURRENT_LIST_DIR}/program.cpp" -o "${WORK}/by-pkg-config")
    must_run("${WORK}/by-pkg-config")
    must_run("${PKG_CONFIG}" --exact-version=${VERSION} lamella)
  else()
    message("pkg-config is not installed: lamella.pc was not tried")
  endif()

elseif(WAY STREQUAL "add_subdirectory")
  copy_library("${WORK}/library")
  build_and_run("${source}" "${WORK}/core" program "-DLIBRARY=${WORK}/library")
  installs_only("${WORK}/core" "${WORK}/core-prefix" bin/program)
  build_and_run("${source}" "${WORK}/all" "program;components" "-DLIBRARY=${WORK}/library" -DWITH_COMPONENTS=ON)
  installs_only("${WORK}/all" "${WORK}/all-prefix" bin/components bin/program)

elseif(WAY STREQUAL "fetch_content")
  copy_library("${WORK}/library")
  build_and_run("${source}" "${WORK}/core" program "-DLIBRARY=${WORK}/library")
  installs_only("${WORK}/core" "${WORK}/core-prefix" bin/program)

else()
  message(FATAL_ERROR "unknown way '${WAY}'")
endif()
message("${WAY} works")
