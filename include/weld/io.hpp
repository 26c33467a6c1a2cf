// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The host's event source, signals, descriptors.
#include <weld/io/descriptor_ops.hpp>
#include <weld/io/epoll.hpp>
#include <weld/io/mailbox.hpp>
#include <weld/io/signals.hpp>
#include <weld/io/watched.hpp>
