"""conan_create.py RECIPE WORK: the methods of a recipe in the order in which `conan create` calls them."""
import importlib.util
import os
import sys

recipe, work = os.path.abspath(sys.argv[1]), sys.argv[2]
spec = importlib.util.spec_from_file_location("conanfile", recipe)
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)

made = module.WeldConan()
made.recipe_folder = os.path.dirname(recipe)
made.export_sources_folder = made.source_folder = os.path.join(work, "source")
made.package_folder = os.path.join(work, "package")
made.export_sources()
made.layout()
made.validate()
made.package_id()
made.package()
made.package_info()
assert made.info.cleared and made.package_type == "header-library"
assert made.cpp_info.libdirs == [] and made.cpp_info.properties["cmake_target_name"] == "weld::weld"
made.settings.arch = "armv8"
try:
    made.validate()
    sys.exit("the recipe takes a processor that weld does not know")
except module.ConanInvalidConfiguration:
    print(made.version)
