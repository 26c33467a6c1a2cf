// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The host's system calls, as values.
#include <weld/sys/descriptor.hpp>
#include <weld/sys/descriptor_calls.hpp>
#include <weld/sys/direct.hpp>
#include <weld/sys/entry_policy.hpp>
#include <weld/sys/epoll_calls.hpp>
#include <weld/sys/event_calls.hpp>
#include <weld/sys/file_calls.hpp>
#include <weld/sys/interface_calls.hpp>
#include <weld/sys/number.hpp>
#include <weld/sys/signal_calls.hpp>
#include <weld/sys/socket_calls.hpp>
