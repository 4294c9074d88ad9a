# Where the dependencies come from, in this order:
#   1. a target of the usual name that the enclosing project has already defined,
#   2. find_package, or the plain header for a package without CMake files,
#   3. a pinned archive, of which only the headers are used: its own CMakeLists.txt never runs.
# LAMELLA_DEPS=system stops after 2, LAMELLA_DEPS=fetch skips 2 (and 1 only if no such target exists),
# except for compiled libraries, which have no archive.
# LAMELLA_<NAME>_URL and LAMELLA_<NAME>_SHA256 replace a pinned archive, for example by a local file.

include(FetchContent)
include("${CMAKE_CURRENT_LIST_DIR}/find_headers.cmake")

# lamella_describe(<name> TITLE t TARGET t [PACKAGE name version] HEADER h APT p
#                  [URL u SHA256 h] [INCLUDE folder-in-archive] [DEFINES d...])
function(lamella_describe name)
  cmake_parse_arguments(PARSE_ARGV 1 dep "" "TITLE;TARGET;HEADER;APT;URL;SHA256;INCLUDE" "PACKAGE;DEFINES")
  if(DEFINED dep_UNPARSED_ARGUMENTS OR NOT dep_TITLE OR NOT dep_TARGET OR NOT dep_HEADER OR NOT dep_APT)
    message(FATAL_ERROR "lamella_describe(${name}): wrong arguments")
  endif()
  foreach(key TITLE TARGET HEADER APT INCLUDE PACKAGE DEFINES)
    set(lamella_${name}_${key} "${dep_${key}}" PARENT_SCOPE)
  endforeach()
  string(TOUPPER "${name}" upper)
  set(LAMELLA_${upper}_URL "${dep_URL}" CACHE STRING "Archive of ${dep_TITLE}, used where it is not installed")
  set(LAMELLA_${upper}_SHA256 "${dep_SHA256}" CACHE STRING "SHA-256 of LAMELLA_${upper}_URL")
  mark_as_advanced(LAMELLA_${upper}_URL LAMELLA_${upper}_SHA256)
endfunction()

lamella_describe(
  eigen
  TITLE "Eigen" TARGET Eigen3::Eigen PACKAGE Eigen3 3.4 HEADER Eigen/Core APT libeigen3-dev
  URL https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz
  SHA256 8586084f71f9bde545ee7fa6d00288b264a2b7ac3607b974e54d13e7162c1c72)
lamella_describe(
  boost_math
  TITLE "Boost.Math" TARGET lamella::boost_math HEADER boost/math/constants/constants.hpp APT libboost-dev
  URL https://github.com/boostorg/math/archive/refs/tags/boost-1.83.0.tar.gz
  SHA256 53e5f7539a66899fe0fca3080405cbd5f7959da5394ec13664746741aece1705
  INCLUDE include DEFINES BOOST_MATH_STANDALONE)
lamella_describe(
  json
  TITLE "nlohmann_json" TARGET nlohmann_json::nlohmann_json PACKAGE nlohmann_json 3.11 HEADER nlohmann/json.hpp
  APT nlohmann-json3-dev
  URL https://github.com/nlohmann/json/archive/refs/tags/v3.11.3.tar.gz
  SHA256 0d8ef5af7f9794e3263480193c491549b2ba6cc74bb018906202ada498a79406
  INCLUDE include)
lamella_describe(
  pugixml
  TITLE "pugixml" TARGET pugixml::pugixml PACKAGE pugixml 1.12 HEADER pugixml.hpp APT libpugixml-dev
  URL https://github.com/zeux/pugixml/archive/refs/tags/v1.13.tar.gz
  SHA256 5c5ad5d7caeb791420408042a7d88c2c6180781bf218feca259fd9d840a888e1
  INCLUDE src DEFINES PUGIXML_HEADER_ONLY)
# Compiled code, hence without an archive: installed, or no component patterns.
lamella_describe(
  zlib
  TITLE "zlib" TARGET ZLIB::ZLIB PACKAGE ZLIB 1.2 HEADER zlib.h APT zlib1g-dev)
lamella_describe(
  cli11
  TITLE "CLI11" TARGET CLI11::CLI11 PACKAGE CLI11 2.1 HEADER CLI/CLI.hpp APT libcli11-dev
  URL https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.3.2.tar.gz
  SHA256 aac0ab42108131ac5d3344a9db0fdf25c4db652296641955720a4fbe52334e22
  INCLUDE include)
lamella_describe(
  doctest
  TITLE "doctest" TARGET doctest::doctest PACKAGE doctest 2.4.9 HEADER doctest/doctest.h APT doctest-dev
  URL https://github.com/doctest/doctest/archive/refs/tags/v2.4.11.tar.gz
  SHA256 632ed2c05a7f53fa961381497bf8069093f0d6628c5f26286161fbd32a560186)
# Google Benchmark is compiled code, hence has no archive here: installed, or no benchmarks.
lamella_describe(
  benchmark
  TITLE "Google Benchmark" TARGET benchmark::benchmark PACKAGE benchmark 1.6 HEADER benchmark/benchmark.h
  APT libbenchmark-dev)

# lamella_dependency(<name>): afterwards the target of that dependency exists, or configuring has failed
# with the command that would help.
function(lamella_dependency name)
  set(title "${lamella_${name}_TITLE}")
  set(target "${lamella_${name}_TARGET}")
  string(TOUPPER "${name}" upper)
  if(TARGET "${target}")
    return()
  endif()

  set(advice "on Debian or Ubuntu: sudo apt-get install ${lamella_${name}_APT} (cmake/setup.sh installs everything)")
  set(found "")
  if(NOT LAMELLA_DEPS STREQUAL "fetch" OR LAMELLA_${upper}_URL STREQUAL "")
    if(name STREQUAL "boost_math")
      lamella_find_boost_math(found why)
    elseif(name STREQUAL "zlib") # CMake's own module finds it
      find_package(ZLIB 1.2 QUIET GLOBAL)
      if(TARGET ZLIB::ZLIB)
        set(found "${ZLIB_LIBRARIES}, version ${ZLIB_VERSION_STRING}")
      else()
        set(why "no zlib of version 1.2 or newer was found")
      endif()
    else()
      list(GET lamella_${name}_PACKAGE 0 package)
      list(GET lamella_${name}_PACKAGE 1 version)
      find_package(${package} ${version} CONFIG QUIET GLOBAL)
      if(TARGET "${target}")
        set(found "${${package}_DIR}, version ${${package}_VERSION}")
      else()
        set(why "no CMake package ${package} of version ${version} or compatible was found")
      endif()
    endif()
    if(found)
      message(STATUS "lamella: ${title} found (${found})")
      return()
    endif()
  else()
    set(why "LAMELLA_DEPS=fetch forbids installed packages")
  endif()

  if(LAMELLA_DEPS STREQUAL "system" OR LAMELLA_${upper}_URL STREQUAL "")
    message(FATAL_ERROR "lamella: ${title} is missing: ${why}\n  ${advice}")
  endif()
  if(NOT LAMELLA_${upper}_SHA256 MATCHES "^[0-9a-fA-F]+$")
    message(FATAL_ERROR "lamella: LAMELLA_${upper}_SHA256 is '${LAMELLA_${upper}_SHA256}', "
                        "expected the SHA-256 of ${LAMELLA_${upper}_URL}")
  endif()

  message(STATUS "lamella: ${title} is not installed, getting ${LAMELLA_${upper}_URL}")
  message(STATUS "lamella:   to avoid the download, ${advice}")
  FetchContent_Declare(
    lamella_${name}
    URL "${LAMELLA_${upper}_URL}"
    URL_HASH "SHA256=${LAMELLA_${upper}_SHA256}"
    DOWNLOAD_EXTRACT_TIMESTAMP FALSE
    SOURCE_SUBDIR lamella-runs-no-foreign-cmake)
  FetchContent_MakeAvailable(lamella_${name})

  set(include "${lamella_${name}_SOURCE_DIR}")
  if(lamella_${name}_INCLUDE)
    string(APPEND include "/${lamella_${name}_INCLUDE}")
  endif()
  if(NOT EXISTS "${include}/${lamella_${name}_HEADER}")
    message(FATAL_ERROR "lamella: the archive ${LAMELLA_${upper}_URL} has no "
                        "${lamella_${name}_INCLUDE}/${lamella_${name}_HEADER}")
  endif()
  lamella_imported("${target}" "${include}" "${lamella_${name}_DEFINES}")
endfunction()
