// SPDX-License-Identifier: BSL-1.0
// SCM_RIGHTS over a unix socket of the host: what a program of the kernel's gives and gets. Source: unix(7).
#include "own.hpp"

#include <weld/socket/allocation/failing.hpp>

#include <dirent.h>

using namespace both;

namespace {
int open_descriptors() {
    int count = 0;
    DIR* const all = ::opendir("/proc/self/fd");
    while (::readdir(all) != nullptr) ++count;
    ::closedir(all);
    return count;
}
/// Sends and receives one byte with numbers, over the kernel or over a process.
template <class Os>
ssize_t give(Os& os, int over, std::initializer_list<int> fds) {
    alignas(8) char control[256]{};
    char byte = 'x';
    iovec piece{&byte, 1};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* const head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(head), fds.begin(), sizeof(int) * fds.size());
    return os.sendmsg(over, &message, 0);
}
template <class Os>
std::vector<int> take(Os& os, int over, int* flags = nullptr) {
    alignas(8) char control[256]{};
    char byte;
    iovec piece{&byte, 1};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    REQUIRE(os.recvmsg(over, &message, 0) == 1);
    if (flags != nullptr) *flags = message.msg_flags;
    std::vector<int> fds;
    for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
        fds.resize((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        std::memcpy(fds.data(), CMSG_DATA(head), fds.size() * sizeof(int));
    }
    return fds;
}

/// A process's unix socket that is connected to one of the kernel's.
template <class Os>
void kernel_and(Os& os, int& theirs, int& ours) {
    socklen_t length;
    const sockaddr_un name = named("weld.rights", length);
    sockaddr_un address = name;
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(::bind(listener, any(address), length) == 0);
    REQUIRE(::listen(listener, 1) == 0);
    ours = os.socket(AF_UNIX, SOCK_STREAM, 0);
    REQUIRE(os.connect(ours, any(address), length) == 0);
    theirs = ::accept(listener, nullptr, nullptr);
    ::close(listener);
}
}  // namespace

TEST_CASE("what the kernel's side sends gets numbers here: sockets are sockets, a pipe can be closed and passed on", "[posix][rights]") {
    const int before = open_descriptors();
    kernel calls;
    {
        weld::net net{weld::host::all{}};
        weld::posix::process os{net};
        int theirs, ours;
        kernel_and(os, theirs, ours);
        int stream[2], tcp[2], pipe[2];
        ::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, stream);
        tcp_pair(calls, tcp);
        REQUIRE(::pipe(pipe) == 0);
        REQUIRE(give(calls, theirs, {stream[0], tcp[0], pipe[1]}) == 1);
        for (const int each : {stream[0], tcp[0], pipe[1]}) ::close(each);
        int flags = 0;
        const auto fds = take(os, ours, &flags);
        REQUIRE(fds.size() == 3);
        CHECK((flags & MSG_CTRUNC) == 0);
        CHECK(fds[0] == ours + 1);  // the lowest that are free here

        int type = 0;
        socklen_t length = sizeof type;
        CHECK(os.getsockopt(fds[0], SOL_SOCKET, SO_TYPE, &type, &length) == 0);
        CHECK(type == SOCK_SEQPACKET);
        char buffer[8];
        CHECK(os.send(fds[0], "one", 3, 0) == 3);
        CHECK(::recv(stream[1], buffer, 8, 0) == 3);
        ::send(tcp[1], "tcp", 3, 0);
        CHECK(os.recv(fds[1], buffer, 8, 0) == 3);  // it blocks as it did
        CHECK((os.fcntl(fds[1], F_GETFL) & O_NONBLOCK) == 0);
        CHECK(os.recv(fds[1], buffer, 8, MSG_DONTWAIT) == -1);
        CHECK(errno == EAGAIN);
        sockaddr_in address{};
        length = sizeof address;
        CHECK(os.getpeername(fds[1], any(address), &length) == 0);
        CHECK(address.sin_family == AF_INET);

        CHECK(os.send(fds[2], "x", 1, 0) == -1);
        CHECK(errno == ENOTSOCK);
        CHECK(os.read(fds[2], buffer, 1) == -1);
        CHECK(errno == EINVAL);
        const int epoll = os.epoll_create1(0);
        epoll_event event{EPOLLIN, {}};
        CHECK(os.epoll_ctl(epoll, EPOLL_CTL_ADD, fds[2], &event) == -1);
        CHECK(errno == EPERM);
        pollfd entry{fds[2], POLLOUT, 0};
        CHECK(os.poll(&entry, 1, -1) == 1);
        CHECK(::write(os.host_descriptor(fds[2]), "pipe", 4) == 4);
        CHECK(::read(pipe[0], buffer, 8) == 4);
        CHECK(os.host_descriptor(epoll) == -1);
        CHECK(errno == EOPNOTSUPP);
        CHECK(os.host_descriptor(999) == -1);
        CHECK(errno == EBADF);

        REQUIRE(give(os, ours, {fds[2], fds[1]}) == 1);  // and back
        const auto back = take(calls, theirs);
        REQUIRE(back.size() == 2);
        for (const int each : fds) CHECK(os.close(each) == 0);
        CHECK(::write(back[0], "more", 4) == 4);
        CHECK(::read(pipe[0], buffer, 8) == 4);
        ::close(back[0]);
        CHECK(::read(pipe[0], buffer, 8) == 0);
        ::close(back[1]);
        CHECK(::recv(tcp[1], buffer, 8, 0) == 0);
        for (const int each : {stream[1], tcp[1], pipe[0], theirs}) ::close(each);
    }
    CHECK(open_descriptors() == before);
}

TEST_CASE("a full table lets the rest go and says MSG_CTRUNC", "[posix][rights]") {
    const int before = open_descriptors();
    kernel calls;
    weld::allocation::fault fault;
    weld::net net{weld::host::all{}, weld::allocation::failing{fault}};
    {
        weld::posix::process os{net, {.descriptors_max = 3}};
        int theirs, ours, flags = 0;
        kernel_and(os, theirs, ours);
        int many[2];
        ::socketpair(AF_UNIX, SOCK_DGRAM, 0, many);
        give(calls, theirs, {many[0], many[1], many[0], many[1]});
        auto fds = take(os, ours, &flags);
        CHECK(fds.size() == 2);
        CHECK((flags & MSG_CTRUNC) != 0);
        for (const int each : fds) os.close(each);
        net.sockets().files_max = 1;
        give(calls, theirs, {many[0]});
        CHECK(take(os, ours, &flags).empty());
        CHECK((flags & MSG_CTRUNC) != 0);
        net.sockets().files_max = 100;
        const weld::net_stats steady = net.stats();
        const int open = open_descriptors();
        for (std::size_t nth = 1;; ++nth) {  // each allocation fails once
            give(calls, theirs, {many[0]});
            fault.set(nth);
            fds = take(os, ours, &flags);
            const bool failed = fault.happened;
            fault.set(0);
            CHECK(fds.size() == (failed ? 0u : 1u));
            for (const int each : fds) os.close(each);
            CHECK(net.stats() == steady);
            CHECK(open_descriptors() == open);
            if (!failed) break;
            REQUIRE(nth < 10);
        }
        for (std::size_t nth = 1;; ++nth) {
            fault.set(nth);
            const auto sent = give(os, ours, {ours});
            const bool failed = fault.happened;
            fault.set(0);
            CHECK(sent == (failed ? -1 : 1));
            if (failed) CHECK(errno == ENOBUFS);
            CHECK(net.stats() == steady);
            if (!failed) break;
        }
        for (const int each : take(calls, theirs)) ::close(each);
        for (const int each : {many[0], many[1], theirs}) ::close(each);
    }
    CHECK(net.stats() == weld::net_stats{});
    CHECK(open_descriptors() <= before + 1);  // epoll's own
}

TEST_CASE("what only this process has cannot go over the host's socket", "[posix][rights]") {
    namespace own = weld::stack;
    const int before = open_descriptors();
    {
        weld::net net{weld::host::unix_{}, own::interface{"lo", own::bare_ip{weld::device::loopback{}}, "127.0.0.1/8"}, own::ipv4{}, own::icmp{}, own::tcp{}};
        weld::posix::process os{net};
        kernel calls;
        int theirs, ours;
        kernel_and(os, theirs, ours);
        const int mine = os.socket(AF_INET, SOCK_STREAM, 0), epoll = os.epoll_create1(0);
        for (const int each : {mine, epoll}) {
            CHECK(give(os, ours, {ours, each}) == -1);
            CHECK(errno == EOPNOTSUPP);
        }
        CHECK(give(os, ours, {999}) == -1);
        CHECK(errno == EBADF);
        const int tcp = ::socket(AF_INET, SOCK_STREAM, 0);  // of a family that this net serves by itself
        REQUIRE(give(calls, theirs, {tcp}) == 1);
        ::close(tcp);
        const auto fds = take(os, ours);
        REQUIRE(fds.size() == 1);
        CHECK(os.listen(fds[0], 1) == -1);
        CHECK(errno == ENOTSOCK);
        CHECK(::listen(os.host_descriptor(fds[0]), 1) == 0);
        ::close(theirs);
    }
    CHECK(open_descriptors() == before);
}
