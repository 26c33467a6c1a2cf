// SPDX-License-Identifier: BSL-1.0
// A shared library that a test builds and any_family loads.
#include "looped.hpp"

extern "C" weld::loadable_family* weld_family(int version) {
    static support::looped family{30};
    return version == weld::loadable_family::version ? &family : nullptr;
}
