// SPDX-License-Identifier: BSL-1.0
// A shared library whose name promises another family than it has: any_family refuses it.
#include "looped.hpp"

extern "C" weld::loadable_family* weld_family(int) {
    static support::looped family{30};
    return &family;
}
