// SPDX-License-Identifier: BSL-1.0
// Where the tests' own files are, from whatever folder a test is run.
#pragma once

#include <filesystem>

/// The folder of a source file, named by __FILE__, which the build may make relative to its own folder: one of those that
/// the program lies in.
inline std::filesystem::path source_folder(const char* file) {
    const std::filesystem::path named = std::filesystem::path{file}.parent_path();
    if (named.is_absolute()) return named;
    std::filesystem::path build = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    while (!std::filesystem::exists(build / file) && build.has_relative_path()) build = build.parent_path();
    return build / named;
}
