# SPDX-License-Identifier: BSL-1.0
# An overlay port: it builds the tree that it lies in.
#
#     vcpkg install weld --overlay-ports=docs/packages/vcpkg
#
# A port of a registry has vcpkg_from_git(OUT_SOURCE_PATH SOURCE_PATH URL ... REF ...) in place of the next line.
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../../.." ABSOLUTE)

set(VCPKG_BUILD_TYPE release)  # there are headers alone, and they are the same for debug
vcpkg_cmake_configure(
    SOURCE_PATH "${SOURCE_PATH}"
    OPTIONS -DWELD_BUILD_TESTS=OFF -DWELD_BUILD_EXAMPLES=OFF -DWELD_BUILD_BENCHMARKS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH share/cmake/weld)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/share/doc")
file(INSTALL "${CMAKE_CURRENT_LIST_DIR}/usage" DESTINATION "${CURRENT_PACKAGES_DIR}/share/${PORT}")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
