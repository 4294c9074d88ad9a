# cmake -DROOT=<checkout> -P vega_versions.cmake
#
# The versions of the figures' JavaScript stand in two places, which must agree.
cmake_minimum_required(VERSION 3.25)

file(READ "${ROOT}/include/lamella/report/vega_scripts.hpp" header)
file(READ "${ROOT}/cmake/setup.sh" setup)
foreach(package vega vega-lite vega-embed)
  string(REPLACE "-" "_" variable "${package}_version")
  if(NOT header MATCHES "{\"${package}\", \"([0-9.]+)\"")
    message(FATAL_ERROR "vega_scripts.hpp names no version of ${package}")
  endif()
  set(linked "${CMAKE_MATCH_1}")
  if(NOT setup MATCHES "\n${variable}=([0-9.]+)\n")
    message(FATAL_ERROR "setup.sh sets no ${variable}")
  endif()
  if(NOT linked STREQUAL CMAKE_MATCH_1)
    message(FATAL_ERROR "${package}: vega_scripts.hpp has ${linked}, setup.sh has ${CMAKE_MATCH_1}")
  endif()
endforeach()
