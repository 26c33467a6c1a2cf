# SPDX-License-Identifier: BSL-1.0
"""A recipe for Conan 2, of the tree that it lies in:

    conan create docs/packages/conan
"""
import os

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy
from conan.tools.layout import basic_layout


class WeldConan(ConanFile):
    name = "weld"
    version = "0.1.0"
    description = "The Linux socket layer as a header-only C++20 library"
    license = "BSL-1.0"
    topics = ("sockets", "networking", "coroutines", "tcp", "simulation", "header-only")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    no_copy_source = True

    def _tree(self):
        return os.path.join(self.recipe_folder, "..", "..", "..")

    def export_sources(self):
        copy(self, "include/*.hpp", src=self._tree(), dst=self.export_sources_folder)
        copy(self, "LICENSE", src=self._tree(), dst=self.export_sources_folder)

    def layout(self):
        basic_layout(self)

    def validate(self):
        if self.settings.os != "Linux" or self.settings.arch != "x86_64":
            raise ConanInvalidConfiguration("weld is for Linux on x86-64")
        check_min_cppstd(self, 20)

    def package_id(self):
        self.info.clear()  # the headers are the same for every compiler

    def package(self):
        copy(self, "*.hpp", src=os.path.join(self.source_folder, "include"), dst=os.path.join(self.package_folder, "include"))
        copy(self, "LICENSE", src=self.source_folder, dst=os.path.join(self.package_folder, "licenses"))

    def package_info(self):
        self.cpp_info.bindirs = []
        self.cpp_info.libdirs = []
        self.cpp_info.set_property("cmake_file_name", "weld")
        self.cpp_info.set_property("cmake_target_name", "weld::weld")
        self.cpp_info.set_property("pkg_config_name", "weld")
