# Settings of the project's own programs (tests, examples, benchmarks). Consumers never see them.

set(CMAKE_CXX_EXTENSIONS OFF)

add_library(lamella_own INTERFACE)
target_compile_options(
  lamella_own INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow $<$<BOOL:${LAMELLA_WERROR}>:-Werror>
  # g++ 12 sees overlapping copies in "literal" + std::string at -O2 and above where there are none (GCC bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)

# Measured data live outside the repository; without them the tests that need them are skipped.
set(lamella_data_default "")
if(IS_DIRECTORY "${PROJECT_SOURCE_DIR}/../shared/data")
  file(REAL_PATH "${PROJECT_SOURCE_DIR}/../shared/data" lamella_data_default)
endif()
set(LAMELLA_DATA_DIR "${lamella_data_default}" CACHE PATH "Folder of measured data and reference tables (may be empty)")
if(NOT LAMELLA_DATA_DIR STREQUAL "" AND NOT IS_DIRECTORY "${LAMELLA_DATA_DIR}")
  message(WARNING "lamella: LAMELLA_DATA_DIR is '${LAMELLA_DATA_DIR}', which is not a folder: "
                  "tests on measured data will be skipped")
endif()

set(LAMELLA_VEGA_DIR "${PROJECT_SOURCE_DIR}/build/vega/node_modules" CACHE PATH
    "Where npm put vega, vega-lite and vega-embed (cmake/setup.sh --vega); reports use the CDN without it")

# Unoptimised builds compile fast; what then runs for minutes has these flags besides.
set(LAMELLA_HEAVY_FLAGS "" CACHE STRING "Flags of the refinement and of the tests that compute most, in builds that do not optimise")
separate_arguments(lamella_heavy_flags UNIX_COMMAND "${LAMELLA_HEAVY_FLAGS}")

# What many sources of the project use and compile slowly, compiled once.
add_library(lamella_refinement STATIC EXCLUDE_FROM_ALL "${PROJECT_SOURCE_DIR}/cmake/refinement.cpp")
target_link_libraries(lamella_refinement PRIVATE lamella_own PUBLIC lamella::lamella)
target_compile_options(lamella_refinement PRIVATE ${lamella_heavy_flags})
