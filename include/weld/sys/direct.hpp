// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sys/number.hpp>

namespace weld::inline v0::sys {

namespace detail {
/// An argument as the register that carries it: numbers widen by their own sign, pointers are their address.
[[gnu::always_inline]] inline long as_register(const void* value) noexcept { return reinterpret_cast<long>(value); }
template <class Number>
    requires(!requires(Number n) { static_cast<const void*>(n); })
[[gnu::always_inline]] inline long as_register(Number value) noexcept {
    return static_cast<long>(value);
}
}  // namespace detail

/// How weld enters the kernel: the x86-64 `syscall` instruction, inline, so that no call stands above it. Answers
/// what the kernel answers: a value, or a negative errno. Stateless.
/// Registers: number rax, arguments rdi rsi rdx r10 r8 r9; the instruction spoils rcx and r11.
/// Source: x86-64 psABI section A.2.1; entry_SYSCALL_64, arch/x86/entry/entry_64.S.
struct direct {
    template <number Number, class... Arguments>
    [[gnu::always_inline]] static long call(Arguments... arguments) noexcept {
        static_assert(sizeof...(Arguments) <= 6, "sys: a system call takes six arguments at the most");
        return enter(static_cast<long>(Number), detail::as_register(arguments)...);
    }

private:
    [[gnu::always_inline]] static long enter(long rax) noexcept {
        asm volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
        return rax;
    }
    [[gnu::always_inline]] static long enter(long rax, long rdi) noexcept {
        asm volatile("syscall" : "+a"(rax) : "D"(rdi) : "rcx", "r11", "memory");
        return rax;
    }
    [[gnu::always_inline]] static long enter(long rax, long rdi, long rsi) noexcept {
        asm volatile("syscall" : "+a"(rax) : "D"(rdi), "S"(rsi) : "rcx", "r11", "memory");
        return rax;
    }
    [[gnu::always_inline]] static long enter(long rax, long rdi, long rsi, long rdx) noexcept {
        asm volatile("syscall" : "+a"(rax) : "D"(rdi), "S"(rsi), "d"(rdx) : "rcx", "r11", "memory");
        return rax;
    }
    [[gnu::always_inline]] static long enter(long rax, long rdi, long rsi, long rdx, long fourth) noexcept {
        register long r10 asm("r10") = fourth;
        asm volatile("syscall" : "+a"(rax) : "D"(rdi), "S"(rsi), "d"(rdx), "r"(r10) : "rcx", "r11", "memory");
        return rax;
    }
    [[gnu::always_inline]] static long enter(long rax, long rdi, long rsi, long rdx, long fourth, long fifth) noexcept {
        register long r10 asm("r10") = fourth;
        register long r8 asm("r8") = fifth;
        asm volatile("syscall" : "+a"(rax) : "D"(rdi), "S"(rsi), "d"(rdx), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
        return rax;
    }
    [[gnu::always_inline]] static long enter(long rax, long rdi, long rsi, long rdx, long fourth, long fifth, long sixth) noexcept {
        register long r10 asm("r10") = fourth;
        register long r8 asm("r8") = fifth;
        register long r9 asm("r9") = sixth;
        asm volatile("syscall" : "+a"(rax) : "D"(rdi), "S"(rsi), "d"(rdx), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
        return rax;
    }
};

}  // namespace weld::inline v0::sys
