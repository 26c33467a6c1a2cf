// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Tasks and what combines them.
#include <weld/task/awaitable.hpp>
#include <weld/task/block_on.hpp>
#include <weld/task/branch.hpp>
#include <weld/task/event.hpp>
#include <weld/task/race.hpp>
#include <weld/task/scope.hpp>
#include <weld/task/serve.hpp>
#include <weld/task/serve_until.hpp>
#include <weld/task/sleep.hpp>
#include <weld/task/task.hpp>
#include <weld/task/timeout.hpp>
#include <weld/task/values.hpp>
#include <weld/task/when_all.hpp>
#include <weld/task/yield.hpp>
