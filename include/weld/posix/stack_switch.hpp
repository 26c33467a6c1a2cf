// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <memory>

#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#    define WELD_DETAIL_ASAN 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define WELD_DETAIL_ASAN 1
#    endif
#endif
#if defined(WELD_DETAIL_ASAN)
extern "C" void __sanitizer_start_switch_fiber(void**, const void*, std::size_t);
extern "C" void __sanitizer_finish_switch_fiber(void*, const void**, std::size_t*);
#endif

namespace weld::inline v0::posix {

/// A stack on which something runs that can be left and entered again. Source: makecontext(3).
class own_stack {
public:
    own_stack() = default;
    own_stack(const own_stack&) = delete;
    own_stack& operator=(const own_stack&) = delete;

    /// At the first `enter`, `main(argument)` begins; it ends with `leave_for_ever`.
    void prepare(std::size_t size, void (*main)(void*), void* argument) {
        memory_ = std::make_unique<char[]>(size);
        size_ = size;
        main_ = main;
        argument_ = argument;
        ::getcontext(&inside_);
        inside_.uc_stack.ss_sp = memory_.get();
        inside_.uc_stack.ss_size = size;
        inside_.uc_link = nullptr;
        const auto self = reinterpret_cast<std::size_t>(this);
        ::makecontext(&inside_, reinterpret_cast<void (*)()>(&begin), 2, static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
    }
    void enter() {
        [[maybe_unused]] void* shadow = nullptr;
#if defined(WELD_DETAIL_ASAN)
        __sanitizer_start_switch_fiber(&shadow, memory_.get(), size_);
#endif
        ::swapcontext(&outside_, &inside_);
#if defined(WELD_DETAIL_ASAN)
        __sanitizer_finish_switch_fiber(shadow, nullptr, nullptr);
#endif
    }
    /// Back to who entered; returns when entered again.
    void leave() {
        [[maybe_unused]] void* shadow = nullptr;
#if defined(WELD_DETAIL_ASAN)
        __sanitizer_start_switch_fiber(&shadow, outside_bottom_, outside_size_);
#endif
        ::swapcontext(&inside_, &outside_);
        arrived(shadow);
    }
    /// Back to who entered; never returns.
    void leave_for_ever() {
#if defined(WELD_DETAIL_ASAN)
        __sanitizer_start_switch_fiber(nullptr, outside_bottom_, outside_size_);
#endif
        ::setcontext(&outside_);
    }

private:
    static void begin(unsigned high, unsigned low) {
        auto& self = *reinterpret_cast<own_stack*>(static_cast<std::size_t>(high) << 32 | low);
        self.arrived(nullptr);
        self.main_(self.argument_);
    }
    void arrived([[maybe_unused]] void* shadow) {
#if defined(WELD_DETAIL_ASAN)
        __sanitizer_finish_switch_fiber(shadow, &outside_bottom_, &outside_size_);
#endif
    }

    ::ucontext_t inside_{}, outside_{};
    std::unique_ptr<char[]> memory_;
    std::size_t size_ = 0;
    void (*main_)(void*) = nullptr;
    void* argument_ = nullptr;
    const void* outside_bottom_ = nullptr;
    std::size_t outside_size_ = 0;
};

}  // namespace weld::inline v0::posix

#undef WELD_DETAIL_ASAN
