// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The socket calls by their POSIX names over a net, with descriptors and errno: `weld::posix::process os{net};`, or as
/// functions, `weld::posix::use(os);`. Several programs side by side: weld/posix/programs.hpp.
#include <weld/posix/bound.hpp>
#include <weld/posix/process.hpp>
