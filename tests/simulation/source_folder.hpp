// SPDX-License-Identifier: BSL-1.0
// Where the tests' own files are, from whatever folder a test is run.
#pragma once

#include <filesystem>

/// The folder of a source file, named by __FILE__, which the build may make relative to the program's folder.
inline std::filesystem::path source_folder(const char* file) {
    const std::filesystem::path named{file};
    if (named.is_absolute()) return named.parent_path();
    return std::filesystem::read_symlink("/proc/self/exe").parent_path() / named.parent_path();
}
