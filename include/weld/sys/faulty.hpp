// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/random.hpp>
#include <weld/sys/direct.hpp>
#include <weld/sys/entry_policy.hpp>

#include <cstdint>
#include <cstdlib>
#include <type_traits>

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace weld::inline v0::sys {

/// How many of a thousand calls fail, and in which way. A way that a call or its descriptor cannot fail in is passed
/// over: no message is cut, nothing that blocks answers "try again".
struct fault_odds {
    unsigned interrupted = 0;           // EINTR
    unsigned try_again = 0;             // EAGAIN
    unsigned partial = 0;               // fewer bytes than asked for, fewer events than there are
    unsigned no_buffer_space = 0;       // ENOBUFS
    unsigned too_many_files_open = 0;   // EMFILE
    unsigned not_enough_memory = 0;     // ENOMEM
};

/// What a correct program gets over: it moves fewer bytes at a time and waits more often, retries a message that found
/// no buffer, and a descriptor that could not be had.
struct default_faults {
    /// The odds of one call.
    static constexpr fault_odds of(number call) noexcept {
        switch (call) {
            case number::read:
            case number::recvfrom:
            case number::recvmsg:
            case number::readv: return {.interrupted = 20, .try_again = 60, .partial = 200};
            case number::write:
            case number::sendto:
            case number::sendmsg:
            case number::writev: return {.interrupted = 20, .try_again = 60, .partial = 200, .no_buffer_space = 20};
            case number::recvmmsg:
            case number::sendmmsg:
            case number::sendfile: return {.interrupted = 20, .try_again = 60, .partial = 200};
            case number::pread64: return {.interrupted = 20, .partial = 200};
            case number::socket: return {.too_many_files_open = 20, .not_enough_memory = 20};
            case number::accept4:
                return {.interrupted = 20, .try_again = 60, .no_buffer_space = 20, .too_many_files_open = 20, .not_enough_memory = 20};
            case number::openat: return {.interrupted = 20, .too_many_files_open = 20, .not_enough_memory = 20};
            case number::epoll_wait:
            case number::epoll_pwait2: return {.interrupted = 50, .partial = 100};
            case number::ppoll: return {.interrupted = 50};
            default: return {};
        }
    }
};

/// How often `faulty` has failed in each way.
struct injected_faults {
    std::uint64_t interrupted = 0, try_again = 0, partial = 0, no_buffer_space = 0, too_many_files_open = 0, not_enough_memory = 0;
    /// All of them.
    constexpr std::uint64_t total() const noexcept {
        return interrupted + try_again + partial + no_buffer_space + too_many_files_open + not_enough_memory;
    }
};

/// Enters the kernel as `Inner` does, and fails now and then, by a seed: the same calls and the same seed give the same
/// faults. For tests: `weld::sys::faulty<> faults{seed}; weld::net n{weld::host::inet{}, faults};`, and then
/// `faults.injected()`. Rules of one's own have `fault_odds of(number)`.
///
/// A fault never breaks what the kernel promises, so that a correct program goes on:
///   - A count below what was asked for, or EAGAIN, tells a program that uses edge-triggered epoll to wait for the next
///     event. There would be none, since nothing was really drained. So each descriptor's registration is remembered
///     as it passes, and is renewed by EPOLL_CTL_MOD after such a fault: if it is still ready, epoll reports it again.
///   - Nothing is taken from the kernel by a call that fails: it is not made at all.
/// Copies refer to one state, which the last of them frees. One thread's, as a net is.
template <class Rules = default_faults, entry_policy Inner = direct>
class faulty {
public:
    using role = weld::role::system_calls;

    explicit faulty(std::uint64_t seed = 0, Rules rules = {}, Inner inner = {}) : state_{new state{seed, rules, inner}} {}
    faulty(const faulty& other) noexcept : state_{other.state_} { ++state_->users; }
    faulty& operator=(faulty other) noexcept {
        state* const mine = state_;
        state_ = other.state_;
        other.state_ = mine;
        return *this;
    }
    // Not inlined: where g++ 12 sees several copies end, it believes that one uses what another has freed.
    [[gnu::noinline]] ~faulty() {
        if (--state_->users == 0) delete state_;
    }

    const injected_faults& injected() const noexcept { return state_->injected; }

    template <number Number, class... Arguments>
    long call(Arguments... arguments) noexcept {
        const long answer = attempt<Number>(detail::as_register(arguments)...);
        if constexpr (Number == number::epoll_ctl) {
            if (answer == 0) state_->registered(detail::as_register(arguments)...);
        } else if constexpr (Number == number::close) {
            state_->forget(detail::as_register(arguments)...);
        }
        return answer;
    }

private:
    struct registration {
        long epoll, fd;
        ::epoll_event event;
    };
    struct state {
        state(std::uint64_t seed, Rules given_rules, Inner given_inner) : random{seed}, rules{given_rules}, inner{given_inner} {}
        ~state() { std::free(registrations); }
        state(const state&) = delete;
        state& operator=(const state&) = delete;

        void registered(long epoll, long operation, long fd, long event) noexcept {
            std::size_t at = 0;
            while (at < size && (registrations[at].epoll != epoll || registrations[at].fd != fd)) ++at;
            if (operation == EPOLL_CTL_DEL) return remove(at);
            if (at == size && !grow()) return;
            registrations[at] = {epoll, fd, *reinterpret_cast<const ::epoll_event*>(event)};
        }
        void forget(long fd) noexcept {
            for (std::size_t at = size; at-- > 0;)
                if (registrations[at].fd == fd || registrations[at].epoll == fd) remove(at);
        }
        void renew(long fd) noexcept {
            for (std::size_t at = 0; at < size; ++at)
                if (registrations[at].fd == fd)
                    static_cast<void>(inner.template call<number::epoll_ctl>(registrations[at].epoll, EPOLL_CTL_MOD, fd, &registrations[at].event));
        }
        void remove(std::size_t at) noexcept {
            if (at < size) registrations[at] = registrations[--size];
        }
        bool grow() noexcept {
            if (size == capacity) {
                void* const more = std::realloc(registrations, (2 * capacity + 16) * sizeof(registration));
                if (more == nullptr) return false;
                registrations = static_cast<registration*>(more);
                capacity = 2 * capacity + 16;
            }
            ++size;
            return true;
        }

        random_generator random;
        [[no_unique_address]] Rules rules;
        [[no_unique_address]] Inner inner;
        injected_faults injected;
        registration* registrations = nullptr;
        std::size_t size = 0, capacity = 0;
        std::size_t users = 1;
    };

    /// Where a call says how much it wants; -1 for those that cannot be cut.
    static constexpr int size_argument(number call) noexcept {
        switch (call) {
            case number::read:
            case number::write:
            case number::sendto:
            case number::recvfrom:
            case number::pread64:
            case number::recvmmsg:
            case number::sendmmsg:
            case number::epoll_wait:
            case number::epoll_pwait2: return 2;
            case number::sendfile: return 3;
            default: return -1;
        }
    }
    static constexpr bool is_wait(number call) noexcept {
        return call == number::epoll_wait || call == number::epoll_pwait2 || call == number::ppoll;
    }
    static constexpr bool counts_messages(number call) noexcept { return call == number::recvmmsg || call == number::sendmmsg; }
    static constexpr bool moves_messages(number call) noexcept { return call == number::sendmsg || call == number::recvmsg; }

    template <number Number, class... Longs>
    long attempt(Longs... arguments) noexcept {
        state& s = *state_;
        const fault_odds odds = s.rules.of(Number);
        auto drawn = static_cast<long>(s.random.below(1000));
        const auto hits = [&](unsigned chance) {
            const bool before = drawn < 0;
            drawn -= static_cast<long>(chance);
            return !before && drawn < 0;
        };
        const long registers[7] = {arguments..., 0};
        if (hits(odds.interrupted)) return fails(errc::interrupted, s.injected.interrupted);
        if (hits(odds.try_again) && !is_wait(Number) && never_blocks(registers[0])) {
            s.renew(registers[0]);
            return fails(errc::resource_unavailable_try_again, s.injected.try_again);
        }
        if (hits(odds.no_buffer_space) && (Number == number::accept4 || type_of(registers[0]) == SOCK_DGRAM))
            return fails(errc::no_buffer_space, s.injected.no_buffer_space);
        if (hits(odds.too_many_files_open)) return fails(errc::too_many_files_open, s.injected.too_many_files_open);
        if (hits(odds.not_enough_memory)) return fails(errc::not_enough_memory, s.injected.not_enough_memory);
        if (hits(odds.partial)) {
            if constexpr (size_argument(Number) >= 0) return cut<Number>(std::make_index_sequence<sizeof...(Longs)>{}, registers);
            else if constexpr (moves_messages(Number)) return cut_message<Number>(registers);
        }
        return s.inner.template call<Number>(arguments...);
    }
    static long fails(errc why, std::uint64_t& count) noexcept {
        ++count;
        return -static_cast<long>(why);
    }

    template <number Number, std::size_t... Index>
    long cut(std::index_sequence<Index...>, const long (&registers)[7]) noexcept {
        constexpr auto at = static_cast<std::size_t>(size_argument(Number));
        long size = registers[at];
        if (size > 1 && (is_wait(Number) || counts_messages(Number) || is_cut_by_nature(registers[0]))) {
            ++state_->injected.partial;
            size = static_cast<long>(state_->random.between(1, static_cast<std::uint64_t>(size) - 1));
        }
        const long answer = state_->inner.template call<Number>((Index == at ? size : registers[Index])...);
        if (size != registers[at] && !is_wait(Number)) state_->renew(registers[0]);
        return answer;
    }
    /// Only the first part of a message, and not all of it.
    template <number Number>
    long cut_message(const long (&registers)[7]) noexcept {
        auto& whole = *reinterpret_cast<::msghdr*>(registers[1]);
        if (whole.msg_iovlen == 0 || whole.msg_iov[0].iov_len < 2 || type_of(registers[0]) != SOCK_STREAM)
            return state_->inner.template call<Number>(registers[0], registers[1], registers[2]);
        ++state_->injected.partial;
        ::iovec first{whole.msg_iov[0].iov_base, static_cast<std::size_t>(state_->random.between(1, whole.msg_iov[0].iov_len - 1))};
        ::msghdr cut_short = whole;
        cut_short.msg_iov = &first;
        cut_short.msg_iovlen = 1;
        const long answer = state_->inner.template call<Number>(registers[0], &cut_short, registers[2]);
        if constexpr (Number == number::recvmsg) {
            cut_short.msg_iov = whole.msg_iov;
            cut_short.msg_iovlen = whole.msg_iovlen;
            whole = cut_short;
        }
        state_->renew(registers[0]);
        return answer;
    }

    bool never_blocks(long fd) noexcept {
        const long flags = state_->inner.template call<number::fcntl>(fd, F_GETFL, 0);
        return flags >= 0 && (flags & O_NONBLOCK) != 0;
    }
    int type_of(long fd) noexcept {
        int type = 0;
        unsigned length = sizeof type;
        return state_->inner.template call<number::getsockopt>(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 ? type : 0;
    }
    /// Streams, files, pipes; not datagrams, and not an eventfd or signalfd, which are whole or nothing.
    bool is_cut_by_nature(long fd) noexcept {
        if (type_of(fd) == SOCK_STREAM) return true;
        struct ::stat about{};
        if (state_->inner.template call<number::fstat>(fd, &about) != 0) return false;
        return S_ISREG(about.st_mode) || S_ISFIFO(about.st_mode);
    }

    state* state_;
};

static_assert(entry_policy<faulty<>>);

}  // namespace weld::inline v0::sys
