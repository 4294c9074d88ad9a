# Installation: headers, CMake package, pkg-config file. Nothing foreign is installed, and each optional
# component has an export set of its own, so that a user of the core needs Eigen and Boost.Math only.

include(CMakePackageConfigHelpers)

set(lamella_package_dir "${CMAKE_INSTALL_DATADIR}/cmake/lamella")

install(TARGETS lamella EXPORT lamella-targets FILE_SET HEADERS)
install(EXPORT lamella-targets NAMESPACE lamella:: DESTINATION "${lamella_package_dir}")
foreach(component IN LISTS LAMELLA_COMPONENTS)
  install(TARGETS lamella_${component} EXPORT lamella-${component}-targets FILE_SET HEADERS)
  install(EXPORT lamella-${component}-targets NAMESPACE lamella:: DESTINATION "${lamella_package_dir}")
endforeach()

configure_package_config_file(
  cmake/lamella-config.cmake.in "${PROJECT_BINARY_DIR}/lamella-config.cmake"
  INSTALL_DESTINATION "${lamella_package_dir}" NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/lamella-config-version.cmake" COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/lamella-config.cmake" "${PROJECT_BINARY_DIR}/lamella-config-version.cmake"
              cmake/find_headers.cmake DESTINATION "${lamella_package_dir}")

# The .pc file finds its headers relative to itself, so that the installed tree can be moved.
set(lamella_pc_dir "${CMAKE_INSTALL_DATADIR}/pkgconfig")
if(IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}" OR IS_ABSOLUTE "${lamella_pc_dir}")
  set(lamella_pc_includedir "${CMAKE_INSTALL_FULL_INCLUDEDIR}")
else()
  file(RELATIVE_PATH lamella_pc_up "/${lamella_pc_dir}" "/")
  set(lamella_pc_includedir "\${pcfiledir}/${lamella_pc_up}${CMAKE_INSTALL_INCLUDEDIR}")
endif()
configure_file(cmake/lamella.pc.in "${PROJECT_BINARY_DIR}/lamella.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/lamella.pc" DESTINATION "${lamella_pc_dir}")

install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/lamella")
