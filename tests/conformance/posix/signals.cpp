// SPDX-License-Identifier: BSL-1.0
// signal(7), "Interruption of system calls": who is interrupted, who begins anew; SIGPIPE; the masks of ppoll(2),
// pselect(2) and epoll_pwait(2).
#include "elsewhere.hpp"

#include <functional>

using namespace both;

namespace {
int handled;                     // how often a handler ran
int informed_of;                 // by SA_SIGINFO
std::function<void()> in_handler;
void on_signal(int) {
    ++handled;
    if (in_handler) in_handler();
}
void on_signal_informed(int, siginfo_t* info, void*) {
    ++handled;
    informed_of = info->si_signo;
}

template <class Os>
int handle(Os& os, int number, int flags = 0, void (*handler)(int) = &on_signal) {
    handled = 0;
    struct sigaction action{};
    action.sa_handler = handler;
    action.sa_flags = flags;
    return os.sigaction(number, &action, nullptr);
}
template <class Os>
void set_timeout(Os& os, int fd, int name, int milliseconds) {
    const timeval time{milliseconds / 1000, milliseconds % 1000 * 1000};
    os.setsockopt(fd, SOL_SOCKET, name, &time, sizeof time);
}
template <class Os>
void fill(Os& os, int fd) {
    const std::string bytes(4096, 'x');
    while (os.send(fd, bytes.data(), bytes.size(), MSG_DONTWAIT) > 0) {}
}
}  // namespace

TEST_CASE("a signal interrupts a call that waits; SA_RESTART begins it anew, unless its socket has a timeout", "[conformance][posix][signals]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        for (const int flags : {0, static_cast<int>(SA_RESTART)})
            for (const int timeout : {0, 400}) {
                int ends[2];
                char byte;
                os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
                note("sigaction", handle(os, SIGUSR1, flags));
                set_timeout(os, ends[0], SO_RCVTIMEO, timeout);
                set_timeout(os, ends[0], SO_SNDTIMEO, timeout);
                {
                    const auto first = signal_after(os, 20, SIGUSR1), second = send_after(os, 60, ends[1]);
                    note("recv", os.recv(ends[0], &byte, 1, 0));
                    note.value("handled", handled);
                    if (!(flags == SA_RESTART && timeout == 0)) note("recv again", os.recv(ends[0], &byte, 1, 0));
                }
                {
                    const auto first = signal_after(os, 20, SIGUSR1), second = send_after(os, 60, ends[1]);
                    iovec piece{&byte, 1};
                    msghdr message{};
                    message.msg_iov = &piece;
                    message.msg_iovlen = 1;
                    note("recvmsg", os.recvmsg(ends[0], &message, 0));
                    note.value("handled", handled);
                    if (!(flags == SA_RESTART && timeout == 0)) note("read", os.read(ends[0], &byte, 1));
                }
                {
                    fill(os, ends[0]);
                    const auto first = signal_after(os, 20, SIGUSR1);
                    const auto second = after(os, 60, [&os, ends] {
                        char much[8192];
                        while (os.recv(ends[1], much, sizeof much, MSG_DONTWAIT) > 0) {}
                    });
                    note("send", os.send(ends[0], &byte, 1, 0));
                    note.value("handled", handled);
                    pollfd entry{ends[0], POLLOUT, 0};
                    note("poll until the other has read", os.poll(&entry, 1, 1000));
                }
                os.close(ends[0]);
                os.close(ends[1]);
            }
    });
}

TEST_CASE("accept and connect are interrupted as well", "[conformance][posix][signals]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        for (const int flags : {0, static_cast<int>(SA_RESTART)})
            for (const int timeout : {0, 400}) {
                socklen_t size;
                sockaddr_un address = named("weld.signals", size);
                const int listener = os.socket(AF_UNIX, SOCK_STREAM, 0);
                os.bind(listener, any(address), size);
                os.listen(listener, 0);
                set_timeout(os, listener, SO_RCVTIMEO, timeout);
                handle(os, SIGUSR1, flags);
                const int client = os.socket(AF_UNIX, SOCK_STREAM, 0), late = os.socket(AF_UNIX, SOCK_STREAM, 0);
                set_timeout(os, late, SO_SNDTIMEO, timeout);
                {
                    const auto first = signal_after(os, 20, SIGUSR1);
                    const auto second = after(os, 60, [&os, client, address, size]() mutable { os.connect(client, any(address), size); });
                    const int accepted = note.fd("accept", os.accept(listener, nullptr, nullptr));
                    note.value("handled", handled);
                    const int again = accepted == -1 ? note.fd("accept again", os.accept(listener, nullptr, nullptr)) : accepted;
                    os.close(again);
                }
                const int waits = os.socket(AF_UNIX, SOCK_STREAM, 0);
                note("connect", os.connect(waits, any(address), size));  // the backlog is full now
                {
                    handled = 0;
                    const auto first = signal_after(os, 20, SIGUSR1);
                    const auto second = after(os, 60, [&os, listener] { os.close(os.accept(listener, nullptr, nullptr)); });
                    const int done = note("connect to a full backlog", os.connect(late, any(address), size));
                    note.value("handled", handled);
                    if (done == -1) note("connect again", os.connect(late, any(address), size));
                }
                for (const int each : {listener, client, late, waits}) os.close(each);
            }
    });
}

TEST_CASE("poll, select and epoll never begin anew", "[conformance][posix][signals]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        const int epoll = os.epoll_create(1);
        note("epoll_create of no size", os.epoll_create(0));
        epoll_event event{EPOLLIN, {}};
        os.epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
        handle(os, SIGUSR1, SA_RESTART);
        const auto interrupted = [&](const char* what, auto call) {
            const auto soon = signal_after(os, 15, SIGUSR1);
            note(what, call());
            note.value("handled", handled);
        };
        interrupted("poll", [&] { pollfd entry{ends[0], POLLIN, 0}; return os.poll(&entry, 1, 1000); });
        interrupted("poll for ever", [&] { pollfd entry{ends[0], POLLIN, 0}; return os.poll(&entry, 1, -1); });
        interrupted("poll of nothing", [&] { return os.poll(nullptr, 0, 1000); });
        interrupted("select", [&] {
            fd_set read;
            FD_ZERO(&read);
            FD_SET(ends[0], &read);
            timeval time{1, 0};
            const int done = os.select(ends[0] + 1, &read, nullptr, nullptr, &time);
            const int error = errno;
            note.value("the set is as it was", FD_ISSET(ends[0], &read));
            note.value("and the time what is left", time.tv_sec == 0 && time.tv_usec > 900'000);
            errno = error;
            return done;
        });
        interrupted("epoll_wait", [&] { return os.epoll_wait(epoll, &event, 1, 1000); });
        interrupted("epoll_wait for ever", [&] { return os.epoll_wait(epoll, &event, 1, -1); });
        for (const int each : {ends[0], ends[1], epoll}) os.close(each);
    });
}

TEST_CASE("ppoll, pselect and epoll_pwait let blocked signals in while they wait", "[conformance][posix][signals]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        const int epoll = os.epoll_create1(0);
        epoll_event event{EPOLLIN, {}};
        os.epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
        sigset_t blocked, none, before, waiting;
        sigemptyset(&none);
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGUSR1);
        handle(os, SIGUSR1);
        note("sigprocmask", os.sigprocmask(SIG_BLOCK, &blocked, &before));
        note.value("was blocked", sigismember(&before, SIGUSR1));
        const auto pending = [&] {
            os.sigpending(&waiting);
            return sigismember(&waiting, SIGUSR1);
        };
        const timespec at_once{0, 0}, soon{0, 300'000'000};
        pollfd entry{ends[0], POLLIN, 0};
        const auto all = [&](const char* when, const sigset_t* mask, bool with_raise) {
            const auto one = [&](const char* what, auto call) {
                if (with_raise) os.raise(SIGUSR1);
                note(what, call());
                note.value(when, handled);
                note.value("pending", pending());
            };
            one("ppoll at once", [&] { return os.ppoll(&entry, 1, &at_once, mask); });
            one("ppoll", [&] { return os.ppoll(&entry, 1, &soon, mask); });
            fd_set read;
            FD_ZERO(&read);
            one("pselect at once", [&] { return os.pselect(0, &read, nullptr, nullptr, &at_once, mask); });
            one("pselect", [&] { return os.pselect(0, nullptr, nullptr, nullptr, &soon, mask); });
            one("epoll_pwait at once", [&] { return os.epoll_pwait(epoll, &event, 1, 0, mask); });
            one("epoll_pwait", [&] { return os.epoll_pwait(epoll, &event, 1, 300, mask); });
            one("epoll_pwait2", [&] { return os.epoll_pwait2(epoll, &event, 1, &soon, mask); });
        };
        all("blocked", nullptr, false);
        all("let in", &none, true);
        os.raise(SIGUSR1);
        os.send(ends[1], "x", 1, 0);
        note("ppoll of what is ready", os.ppoll(&entry, 1, &soon, &none));
        note.value("handled", handled);
        note("epoll_pwait of what is ready", os.epoll_pwait(epoll, &event, 1, 300, &none));
        note.value("handled", handled);
        note("sigprocmask", os.sigprocmask(SIG_SETMASK, &before, nullptr));
        note.value("handled", handled);
        const timespec wrong{0, 1'000'000'000}, negative{-1, 0};
        for (const timespec* each : {&wrong, &negative}) {
            note("ppoll of a wrong time", os.ppoll(&entry, 1, each, nullptr));
            note("pselect of a wrong time", os.pselect(0, nullptr, nullptr, nullptr, each, nullptr));
            note("epoll_pwait2 of a wrong time", os.epoll_pwait2(epoll, &event, 1, each, nullptr));
        }
        note("pselect of less than none", os.pselect(-1, nullptr, nullptr, nullptr, &soon, nullptr));
        for (const int each : {ends[0], ends[1], epoll}) os.close(each);
    });
}

TEST_CASE("a signal without a handler interrupts nobody, and a blocked one waits", "[conformance][posix][signals]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        char byte;
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        set_timeout(os, ends[0], SO_RCVTIMEO, 50);
        for (void (*const handler)(int) : {SIG_IGN, SIG_DFL}) {
            handle(os, SIGURG, 0, handler);  // SIGURG's default action is none
            const auto soon = signal_after(os, 10, SIGURG);
            note("recv", os.recv(ends[0], &byte, 1, 0));
        }
        sigset_t blocked;
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGURG);
        handle(os, SIGURG);
        os.sigprocmask(SIG_BLOCK, &blocked, nullptr);
        {
            const auto soon = signal_after(os, 10, SIGURG);
            note("recv", os.recv(ends[0], &byte, 1, 0));
            note.value("handled", handled);
        }
        note("sigprocmask", os.sigprocmask(SIG_UNBLOCK, &blocked, nullptr));
        note.value("handled", handled);
        note("sigprocmask of no kind", os.sigprocmask(17, &blocked, nullptr));
        os.sigprocmask(SIG_BLOCK, &blocked, nullptr);
        os.raise(SIGURG);
        handle(os, SIGURG, 0, SIG_IGN);
        os.sigprocmask(SIG_UNBLOCK, &blocked, nullptr);
        note.value("what is ignored while it is pending goes", handled);
        os.close(ends[0]);
        os.close(ends[1]);
    });
}

TEST_CASE("what was done before the signal is the answer", "[conformance][posix][signals]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        char buffer[4];
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        handle(os, SIGUSR1);
        os.send(ends[1], "12", 2, 0);
        {
            const auto soon = signal_after(os, 20, SIGUSR1);
            note("recv of all", os.recv(ends[0], buffer, 4, MSG_WAITALL));
            note.value("handled", handled);
        }
        os.raise(SIGUSR1);
        note.value("handled at once", handled);
        os.send(ends[1], "34", 2, 0);
        note("recv of what is there", os.recv(ends[0], buffer, 4, 0));
        os.close(ends[0]);
        os.close(ends[1]);
    });
}

TEST_CASE("a call that begins anew looks its descriptor up again", "[conformance][posix][signals]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        char byte;
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        handle(os, SIGUSR1, SA_RESTART);
        in_handler = [&] { os.close(ends[0]); };
        {
            const auto soon = signal_after(os, 20, SIGUSR1);
            note("recv", os.recv(ends[0], &byte, 1, 0));
        }
        in_handler = nullptr;
        os.close(ends[1]);
    });
}

TEST_CASE("sigaction and kill", "[conformance][posix][signals]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        struct sigaction action{}, before{};
        for (const int number : {0, -1, 65, SIGKILL, SIGSTOP}) {
            note("sigaction", os.sigaction(number, &action, nullptr));
            note("sigaction asked", os.sigaction(number, nullptr, &before));
        }
        action.sa_sigaction = &on_signal_informed;
        action.sa_flags = static_cast<int>(SA_SIGINFO | SA_RESETHAND);
        note("sigaction", os.sigaction(SIGURG, &action, nullptr));
        note("asked", os.sigaction(SIGURG, nullptr, &before));
        note.value("it is ours", before.sa_sigaction == &on_signal_informed);
        handled = informed_of = 0;
        note("raise", os.raise(SIGURG));
        note.value("of what", informed_of);
        note("raise again", os.raise(SIGURG));
        note.value("handled once", handled);
        note("asked", os.sigaction(SIGURG, nullptr, &before));
        note.value("the default again", before.sa_handler == SIG_DFL);
        note("is there", os.kill(os.getpid(), 0));
        note("no such signal", os.kill(os.getpid(), 65));
        note("raise", os.raise(SIGUSR1 - SIGUSR1));
        handle(os, SIGURG, SA_NODEFER);
        in_handler = [&] { if (handled < 3) os.raise(SIGURG); };
        note("one within the other", os.raise(SIGURG));
        note.value("handled", handled);
        handle(os, SIGURG);
        note("one after the other", os.raise(SIGURG));
        note.value("handled", handled);
        in_handler = nullptr;
        handle(os, SIGURG, 0, SIG_DFL);
    });
}

TEST_CASE("SIGPIPE is raised by streams alone, and not with MSG_NOSIGNAL", "[conformance][posix][signals]") {
    const auto program = [](auto& os, notes& note) {
        handle(os, SIGPIPE);
        for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET})
            for (const bool by_shutdown : {false, true}) {
                int ends[2];
                os.socketpair(AF_UNIX, type, 0, ends);
                if (by_shutdown) os.shutdown(ends[0], SHUT_WR);
                else os.close(ends[1]);
                char byte = 'x';
                iovec piece{&byte, 1};
                mmsghdr message{};
                message.msg_hdr.msg_iov = &piece;
                message.msg_hdr.msg_iovlen = 1;
                handled = 0;
                note("send without a signal", os.send(ends[0], "x", 1, MSG_NOSIGNAL));
                note.value("signals", handled);
                note("send", os.send(ends[0], "x", 1, 0));
                note.value("signals", handled);
                note("write", os.write(ends[0], "x", 1));
                note.value("signals", handled);
                note("writev", os.writev(ends[0], &piece, 1));
                note("sendmsg", os.sendmsg(ends[0], &message.msg_hdr, 0));
                note("sendmsg", os.sendmsg(ends[0], &message.msg_hdr, MSG_NOSIGNAL));
                note("sendmmsg", os.sendmmsg(ends[0], &message, 1, 0));
                note("sendto", os.sendto(ends[0], "x", 1, MSG_DONTWAIT, nullptr, 0));
                note.value("signals", handled);
                os.close(ends[0]);
                if (by_shutdown) os.close(ends[1]);
            }
        handle(os, SIGPIPE, 0, SIG_IGN);
    };
    over_kernel_and_every_unix(program);
    over_kernel_and_host([](auto& os, notes& note) {
        handle(os, SIGPIPE);
        const int fresh = os.socket(AF_INET, SOCK_STREAM, 0), datagram = os.socket(AF_INET, SOCK_DGRAM, 0);
        sockaddr_in nowhere = loopback(9);
        note("send unconnected", os.send(fresh, "x", 1, 0));
        note.value("signals", handled);
        os.connect(datagram, any(nowhere), sizeof nowhere);
        note("shutdown", os.shutdown(datagram, SHUT_WR));
        note("send of a datagram after it", os.send(datagram, "x", 1, 0));
        note.value("signals", handled);
        int ends[2];
        tcp_pair(os, ends);
        os.shutdown(ends[0], SHUT_WR);
        note("send after shutdown", os.send(ends[0], "x", 1, 0));
        note("send after shutdown", os.send(ends[0], "x", 1, MSG_NOSIGNAL));
        note.value("signals", handled);
        for (const int each : {fresh, datagram, ends[0], ends[1]}) os.close(each);
        handle(os, SIGPIPE, 0, SIG_IGN);
    });
}
