# cmake -DLIBRARY=<checkout> -DWORK=<folder to write to> -DCXX=... -DGENERATOR=... -DINCLUDES=<folders, comma-separated>
#       -P run.cmake
#
# The way without installed packages, with no network: archives shaped like the upstream ones, made of the headers of this
# machine, stand in for the downloads. Also every way in which getting a dependency may fail.

cmake_minimum_required(VERSION 3.25)
include("${CMAKE_CURRENT_LIST_DIR}/../consumer/steps.cmake")

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
set(project "${CMAKE_CURRENT_LIST_DIR}/project")

# The files that the headers in use consist of.
string(REPLACE "," ";" INCLUDES "${INCLUDES}")
list(TRANSFORM INCLUDES PREPEND "-I")
execute_process(
  COMMAND "${CXX}" -std=c++20 ${INCLUDES} -M "${project}/marked.cpp"
          -DFROM_ARCHIVE_eigen -DFROM_ARCHIVE_boost_math -DFROM_ARCHIVE_json -DFROM_ARCHIVE_pugixml
  OUTPUT_VARIABLE rule COMMAND_ERROR_IS_FATAL ANY)
string(REGEX REPLACE "[ \n\\]+" ";" files "${rule}")

# put(<name> <folder in the archive> <top>): the files below a folder <top>/, from there on.
function(put name folder top)
  foreach(file IN LISTS files)
    string(FIND "${file}" "/${top}/" at)
    if(at GREATER -1)
      string(LENGTH "/${top}/" length)
      math(EXPR at "${at} + ${length}")
      string(SUBSTRING "${file}" ${at} -1 below)
      cmake_path(GET below PARENT_PATH parent)
      file(COPY "${file}" DESTINATION "${WORK}/${name}/${name}-1.0/${folder}/${parent}")
    endif()
  endforeach()
endfunction()
put(eigen Eigen Eigen)
put(boost_math include/boost include/boost)
put(json include/nlohmann include/nlohmann)
foreach(file IN LISTS files)
  if(file MATCHES "/(pugixml|pugiconfig)\\.hpp$")
    file(COPY "${file}" DESTINATION "${WORK}/pugixml/pugixml-1.0/src")
  endif()
endforeach()
file(WRITE "${WORK}/pugixml/pugixml-1.0/src/pugixml.cpp" "// the real one is not in every package\n")
set(main_of_eigen Eigen/Core)
set(main_of_boost_math include/boost/math/constants/constants.hpp)
set(main_of_json include/nlohmann/json.hpp)
set(main_of_pugixml src/pugixml.hpp)

set(archives "")
foreach(name eigen boost_math json pugixml)
  set(folder "${WORK}/${name}/${name}-1.0")
  file(APPEND "${folder}/${main_of_${name}}" "\n#define FROM_ARCHIVE_${name}\n")
  file(WRITE "${folder}/CMakeLists.txt" "message(FATAL_ERROR \"the CMakeLists.txt of ${name} ran\")\n")
  execute_process(COMMAND "${CMAKE_COMMAND}" -E tar czf "${WORK}/${name}.tar.gz" "${name}-1.0"
                  WORKING_DIRECTORY "${WORK}/${name}" COMMAND_ERROR_IS_FATAL ANY)
  file(SHA256 "${WORK}/${name}.tar.gz" hash_of_${name})
  string(TOUPPER "${name}" upper)
  list(APPEND archives "-DLAMELLA_${upper}_URL=${WORK}/${name}.tar.gz" "-DLAMELLA_${upper}_SHA256=${hash_of_${name}}")
endforeach()

# Everything from archives, though it is installed.
build_and_run("${project}" "${WORK}/fetch" program "-DLIBRARY=${LIBRARY}" -DLAMELLA_DEPS=fetch ${archives})
installs_only("${WORK}/fetch" "${WORK}/prefix" bin/program)

# By itself, where one thing is missing; the advice how to install it comes before the download.
set(without_eigen "-DLIBRARY=${LIBRARY}" -DCMAKE_DISABLE_FIND_PACKAGE_Eigen3=ON)
configure_command(configure "${project}" "${WORK}/auto" ${without_eigen} ${archives})
step_run(status text ${configure})
if(NOT status EQUAL 0 OR NOT text MATCHES "Eigen is not installed, getting .*apt-get install libeigen3-dev.*nlohmann_json found")
  message(FATAL_ERROR "LAMELLA_DEPS=auto without Eigen, status ${status}:\n${text}")
endif()

# refuse(<pattern> <argument>...): configuring afresh must fail with these words.
function(refuse pattern)
  file(REMOVE_RECURSE "${WORK}/refused")
  configure_command(configure "${project}" "${WORK}/refused" ${without_eigen} ${ARGN})
  must_refuse("${pattern}" ${configure})
  set(text "${text}" PARENT_SCOPE)
endfunction()
string(REGEX REPLACE "^..." "000" wrong_hash "${hash_of_eigen}")
refuse("Eigen is missing: no CMake package Eigen3.*sudo apt-get install libeigen3-dev" -DLAMELLA_DEPS=system)
if(text MATCHES "getting http")
  message(FATAL_ERROR "LAMELLA_DEPS=system went on to a download:\n${text}")
endif()
refuse("apt-get install libeigen3-dev.*${wrong_hash}.*${hash_of_eigen}|apt-get install libeigen3-dev.*${hash_of_eigen}.*${wrong_hash}"
       "-DLAMELLA_EIGEN_URL=${WORK}/eigen.tar.gz" -DLAMELLA_EIGEN_SHA256=${wrong_hash})
refuse("LAMELLA_EIGEN_SHA256 is ''" "-DLAMELLA_EIGEN_URL=${WORK}/eigen.tar.gz" -DLAMELLA_EIGEN_SHA256=)
refuse("has no .*Eigen/Core" "-DLAMELLA_EIGEN_URL=${WORK}/json.tar.gz" -DLAMELLA_EIGEN_SHA256=${hash_of_json})
refuse("gone.tar.gz" "-DLAMELLA_EIGEN_URL=${WORK}/gone.tar.gz" -DLAMELLA_EIGEN_SHA256=${hash_of_eigen})
refuse("LAMELLA_DEPS is 'never'" -DLAMELLA_DEPS=never)
refuse("Eigen is missing" -DLAMELLA_EIGEN_URL=)
message("archives stand in for packages, and every failure says what to do")
