// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Everything that serves sockets of the host. What costs more, or is for one place of a program, has a header of its own.
#include <weld/core.hpp>
#include <weld/socket.hpp>
#include <weld/sys.hpp>
#include <weld/task.hpp>
#include <weld/io.hpp>
#include <weld/host.hpp>
