// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The socket calls by their POSIX names over a net, with descriptors and errno: `weld::posix::process os{net};`.
#include <weld/posix/process.hpp>
