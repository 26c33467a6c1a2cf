// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/task/task.hpp>

#include <cstddef>
#include <exception>
#include <string>
#include <utility>

namespace weld::inline v0::sim {

/// What went wrong in a world, the first of it, and how many programs have yet to end.
struct trouble {
    std::size_t unfinished = 0;
    std::string what;
    bool failed = false;
#if defined(__cpp_exceptions)
    std::exception_ptr exception;  // that left a program: a test's assertion, mostly
#endif

    /// The first failure of a run; later ones are not kept.
    void fail(std::string words) {
        if (std::exchange(failed, true)) return;
        what = std::move(words);
    }
#if defined(__cpp_exceptions)
    /// In a catch (...).
    void caught() {
        if (failed) return;
        exception = std::current_exception();
        try {
            throw;
        } catch (const std::exception& thrown) {
            fail(thrown.what());
        } catch (...) {
            fail("an exception left a program");
        }
    }
    void rethrow() {
        if (exception) std::rethrow_exception(std::exchange(exception, nullptr));
    }
#else
    /// Throws the exception that left a program, where one did.
    void rethrow() const noexcept {}
#endif
};

namespace detail {
/// Runs `work`; what leaves it is the world's trouble, not the end of the program.
inline task<void> attended(trouble& told, task<void> work) {
#if defined(__cpp_exceptions)
    try {
        co_await std::move(work);
    } catch (...) {
        told.caught();
    }
#else
    static_cast<void>(told);
    co_await std::move(work);
#endif
}
}  // namespace detail

}  // namespace weld::inline v0::sim
