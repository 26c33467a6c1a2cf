// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/process.hpp>

#include <utility>

// Each call once: what it answers, its name, its parameters, and what is passed on.
#define WELD_DETAIL_POSIX_CALLS(call)                                                                                    \
    call(int, socket, (int a, int b, int c), (a, b, c))                                                                  \
    call(int, socketpair, (int a, int b, int c, int* d), (a, b, c, d))                                                   \
    call(int, bind, (int a, const ::sockaddr* b, ::socklen_t c), (a, b, c))                                              \
    call(int, listen, (int a, int b), (a, b))                                                                            \
    call(int, accept, (int a, ::sockaddr* b, ::socklen_t* c), (a, b, c))                                                 \
    call(int, accept4, (int a, ::sockaddr* b, ::socklen_t* c, int d), (a, b, c, d))                                      \
    call(int, connect, (int a, const ::sockaddr* b, ::socklen_t c), (a, b, c))                                           \
    call(int, shutdown, (int a, int b), (a, b))                                                                          \
    call(int, getsockname, (int a, ::sockaddr* b, ::socklen_t* c), (a, b, c))                                            \
    call(int, getpeername, (int a, ::sockaddr* b, ::socklen_t* c), (a, b, c))                                            \
    call(int, getsockopt, (int a, int b, int c, void* d, ::socklen_t* e), (a, b, c, d, e))                               \
    call(int, setsockopt, (int a, int b, int c, const void* d, ::socklen_t e), (a, b, c, d, e))                          \
    call(::ssize_t, send, (int a, const void* b, std::size_t c, int d), (a, b, c, d))                                    \
    call(::ssize_t, sendto, (int a, const void* b, std::size_t c, int d, const ::sockaddr* e, ::socklen_t f), (a, b, c, d, e, f)) \
    call(::ssize_t, sendmsg, (int a, const ::msghdr* b, int c), (a, b, c))                                               \
    call(int, sendmmsg, (int a, ::mmsghdr* b, unsigned c, int d), (a, b, c, d))                                          \
    call(::ssize_t, recv, (int a, void* b, std::size_t c, int d), (a, b, c, d))                                          \
    call(::ssize_t, recvfrom, (int a, void* b, std::size_t c, int d, ::sockaddr* e, ::socklen_t* f), (a, b, c, d, e, f)) \
    call(::ssize_t, recvmsg, (int a, ::msghdr* b, int c), (a, b, c))                                                     \
    call(int, recvmmsg, (int a, ::mmsghdr* b, unsigned c, int d, ::timespec* e), (a, b, c, d, e))                        \
    call(::ssize_t, read, (int a, void* b, std::size_t c), (a, b, c))                                                    \
    call(::ssize_t, write, (int a, const void* b, std::size_t c), (a, b, c))                                             \
    call(::ssize_t, readv, (int a, const ::iovec* b, int c), (a, b, c))                                                  \
    call(::ssize_t, writev, (int a, const ::iovec* b, int c), (a, b, c))                                                 \
    call(int, close, (int a), (a))                                                                                       \
    call(int, dup, (int a), (a))                                                                                         \
    call(int, dup2, (int a, int b), (a, b))                                                                              \
    call(int, dup3, (int a, int b, int c), (a, b, c))                                                                    \
    call(int, fcntl, (int a, int b, long c = 0), (a, b, c))                                                              \
    call(int, ioctl, (int a, unsigned long b, void* c = nullptr), (a, b, c))                                             \
    call(int, poll, (::pollfd* a, ::nfds_t b, int c), (a, b, c))                                                         \
    call(int, ppoll, (::pollfd* a, ::nfds_t b, const ::timespec* c, const ::sigset_t* d = nullptr), (a, b, c, d))        \
    call(int, select, (int a, ::fd_set* b, ::fd_set* c, ::fd_set* d, ::timeval* e), (a, b, c, d, e))                     \
    call(int, pselect, (int a, ::fd_set* b, ::fd_set* c, ::fd_set* d, const ::timespec* e, const ::sigset_t* f), (a, b, c, d, e, f)) \
    call(int, epoll_create, (int a), (a))                                                                                \
    call(int, epoll_create1, (int a), (a))                                                                               \
    call(int, epoll_ctl, (int a, int b, int c, ::epoll_event* d), (a, b, c, d))                                          \
    call(int, epoll_wait, (int a, ::epoll_event* b, int c, int d), (a, b, c, d))                                         \
    call(int, epoll_pwait, (int a, ::epoll_event* b, int c, int d, const ::sigset_t* e), (a, b, c, d, e))                \
    call(int, epoll_pwait2, (int a, ::epoll_event* b, int c, const ::timespec* d, const ::sigset_t* e), (a, b, c, d, e)) \
    call(int, sigaction, (int a, const struct ::sigaction* b, struct ::sigaction* c), (a, b, c))                         \
    call(int, sigprocmask, (int a, const ::sigset_t* b, ::sigset_t* c), (a, b, c))                                       \
    call(int, sigpending, (::sigset_t* a), (a))                                                                          \
    call(int, getpid, (), ())                                                                                            \
    call(int, kill, (int a, int b), (a, b))                                                                              \
    call(int, raise, (int a), (a))

namespace weld::inline v0::posix {

/// The calls of one process, its net's type forgotten. In the kernel: sys_call_table.
class any_calls {
public:
#define WELD_DETAIL_POSIX_CALL(answer, name, parameters, arguments) virtual answer name parameters = 0;
    /// POSIX's calls, by their names.
    WELD_DETAIL_POSIX_CALLS(WELD_DETAIL_POSIX_CALL)
#undef WELD_DETAIL_POSIX_CALL
protected:
    ~any_calls() = default;
};

/// Them, and the process that they belong to.
class bound_calls {
public:
    /// No calls: using them is a mistake.
    bound_calls() = default;
    /// The calls. Pre: there are some.
    any_calls* operator->() const noexcept { return calls_; }

private:
    template <class Net>
    friend bound_calls bind_calls(process<Net>& os) noexcept;
    any_calls* calls_ = nullptr;
};

namespace detail {
/// It lies in the process itself, which is all that it needs.
template <class Net>
struct calls_of final : any_calls {
    explicit calls_of(process<Net>& of) noexcept : os{&of} {}
#define WELD_DETAIL_POSIX_CALL(answer, name, parameters, arguments) answer name parameters override { return os->name arguments; }
    WELD_DETAIL_POSIX_CALLS(WELD_DETAIL_POSIX_CALL)
#undef WELD_DETAIL_POSIX_CALL
    process<Net>* os;
};
inline thread_local bound_calls calls_in_use;
}  // namespace detail

template <class Net>
bound_calls bind_calls(process<Net>& os) noexcept {
    bound_calls made;
    made.calls_ = &os.template place_for<detail::calls_of<Net>>();
    return made;
}

/// From now on the functions below mean these calls, in this thread; answers what they meant before.
inline bound_calls use(bound_calls calls) noexcept { return std::exchange(detail::calls_in_use, calls); }
/// The same by a process, which outlives their use: `weld::posix::use(os);`.
template <class Net>
bound_calls use(process<Net>& os) noexcept { return use(bind_calls(os)); }

/// POSIX's names as functions: a program says `namespace os = weld::posix;` and is otherwise as it would be for the
/// kernel, where `os` is the global namespace. Pre: `use` was called in this thread.
#define WELD_DETAIL_POSIX_CALL(answer, name, parameters, arguments) \
    inline answer name parameters { return detail::calls_in_use->name arguments; }
WELD_DETAIL_POSIX_CALLS(WELD_DETAIL_POSIX_CALL)
#undef WELD_DETAIL_POSIX_CALL

}  // namespace weld::inline v0::posix

#undef WELD_DETAIL_POSIX_CALLS
