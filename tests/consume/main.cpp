// SPDX-License-Identifier: BSL-1.0
// A user's program: it sees weld's headers and none of weld's compiler flags.
#include <weld/weld.hpp>

int main(int argc, char**) {
    int shadowed = 0;
    { long shadowed = argc; (void)shadowed; }  // -Wshadow -Werror would refuse this
    return shadowed;
}
