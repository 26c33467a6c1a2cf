// SPDX-License-Identifier: BSL-1.0
// A shared library that is no family: any_family refuses it.
extern "C" int unrelated() { return 0; }
