// SPDX-License-Identifier: BSL-1.0
// unix(7): names, connections, datagrams, their ends and their errors; the same program over the kernel, over the
// host's family and over unix sockets in process.
#include "both.hpp"

#include <csignal>

using namespace both;

namespace {
template <class Os>
int bound(Os& os, int type, const std::string& name) {
    socklen_t length;
    sockaddr_un address = named(name, length);
    const int fd = os.socket(AF_UNIX, type, 0);
    os.bind(fd, any(address), length);
    return fd;
}
template <class Os>
int connect_to(Os& os, int fd, const std::string& name) {
    socklen_t length;
    sockaddr_un address = named(name, length);
    return os.connect(fd, any(address), length);
}
template <class Os>
void name_of(Os& os, notes& note, const char* what, int fd, bool peer) {
    sockaddr_un address{};
    socklen_t length = sizeof address;
    note(what, peer ? os.getpeername(fd, any(address), &length) : os.getsockname(fd, any(address), &length));
    note.value("  length", length);
    note.value("  family", address.sun_family);
}
}  // namespace

TEST_CASE("unix: names are bound once, and to one socket", "[conformance][posix][unix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        const std::string name = "weld.names";
        const int first = os.socket(AF_UNIX, SOCK_STREAM, 0), second = os.socket(AF_UNIX, SOCK_STREAM, 0);
        name_of(os, note, "getsockname unnamed", first, false);
        socklen_t length;
        sockaddr_un address = named(name, length);
        note("bind", os.bind(first, any(address), length));
        name_of(os, note, "getsockname", first, false);
        note("bind again", os.bind(first, any(address), length));
        sockaddr_un another = named("weld.names.other", length);
        note("bind to another name", os.bind(first, any(another), length));
        address = named(name, length);
        note("bind another socket", os.bind(second, any(address), length));
        note("bind to no name", os.bind(second, any(address), 2));
        name_of(os, note, "getsockname of an automatic name", second, false);
        note("bind to no name again", os.bind(second, any(address), 2));
        address.sun_family = AF_INET;
        note("bind to another family", os.bind(second, any(address), length));
        sockaddr_storage wide{};
        std::memcpy(&wide, &another, sizeof another);
        note("bind to a name too long", os.bind(second, any(wide), 111));
        os.close(first);
        address = named(name, length);
        const int third = os.socket(AF_UNIX, SOCK_DGRAM, 0);
        note("bind to a name whose socket has gone", os.bind(third, any(address), length));
        os.close(second);
        os.close(third);
    });
}

TEST_CASE("unix: listen and connect refuse as unix(7) says", "[conformance][posix][unix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        for (const int type : {SOCK_STREAM, SOCK_SEQPACKET}) {
            const std::string name = "weld.listen";
            const int unbound = os.socket(AF_UNIX, type, 0);
            char byte = 0;
            note("listen unbound", os.listen(unbound, 1));
            note("accept", os.accept(unbound, nullptr, nullptr));
            note("send unconnected", os.send(unbound, &byte, 1, 0));
            note("recv unconnected", os.recv(unbound, &byte, 1, MSG_DONTWAIT));
            note("getpeername", os.getpeername(unbound, nullptr, nullptr));
            note("shutdown", os.shutdown(unbound, SHUT_RDWR));
            os.close(unbound);
            const int client = os.socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
            note("connect to nobody", connect_to(os, client, name));
            const int listener = bound(os, type, name);
            note("connect to who does not listen", connect_to(os, client, name));
            note("listen", os.listen(listener, 0));
            os.fcntl(listener, F_SETFL, O_NONBLOCK);
            note("accept nobody", os.accept(listener, nullptr, nullptr));
            note("connect of a listener", connect_to(os, listener, name));
            const int other = os.socket(AF_UNIX, SOCK_DGRAM, 0);
            note("connect of another type", connect_to(os, other, name));
            note("listen of a datagram socket", os.listen(other, 1));
            note("connect", connect_to(os, client, name));
            note("connect again", connect_to(os, client, name));
            name_of(os, note, "getpeername", client, true);
            name_of(os, note, "getsockname", client, false);
            const int late = os.socket(AF_UNIX, type | SOCK_NONBLOCK, 0);
            note("connect to a full backlog", connect_to(os, late, name));
            note("send before accept", os.send(client, "early", 5, 0));
            const int server = note.fd("accept", os.accept(listener, nullptr, nullptr));
            name_of(os, note, "getpeername of the server", server, true);
            name_of(os, note, "getsockname of the server", server, false);
            char buffer[8];
            note("recv", os.recv(server, buffer, 8, 0));
            note("listen while connected", os.listen(server, 1));
            note("bind while connected", os.bind(server, nullptr, 0));
            note("connect now", connect_to(os, late, name));
            os.close(listener);
            note("send to a listener that has gone", os.send(late, "x", 1, 0));
            note("recv from it", os.recv(late, buffer, 8, 0));
            note("recv again", os.recv(late, buffer, 8, 0));
            note("sendto while connected", os.sendto(client, "x", 1, 0, reinterpret_cast<const sockaddr*>("\1\0x"), 3));
            for (const int each : {client, server, late, other}) os.close(each);
        }
    });
}

TEST_CASE("unix: a listener under two numbers listens until both are closed", "[conformance][posix][unix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        const std::string name = "weld.twice";
        const int listener = bound(os, SOCK_STREAM, name);
        note("listen", os.listen(listener, 4));
        const int again = note.fd("dup", os.dup(listener));
        const int first = os.socket(AF_UNIX, SOCK_STREAM, 0), second = os.socket(AF_UNIX, SOCK_STREAM, 0);
        note("connect", connect_to(os, first, name));
        note("close one number", os.close(listener));
        note("connect", connect_to(os, second, name));
        const int one = note.fd("accept", os.accept(again, nullptr, nullptr));
        note("close the other", os.close(again));
        char byte;
        note("who was accepted stays", os.recv(first, &byte, 1, MSG_DONTWAIT));
        note("who was not is reset", os.recv(second, &byte, 1, MSG_DONTWAIT));
        const int late = os.socket(AF_UNIX, SOCK_STREAM, 0);
        note("nobody listens any more", connect_to(os, late, name));
        for (const int each : {first, second, one, late}) os.close(each);
    });
}

TEST_CASE("unix: the end of one end", "[conformance][posix][unix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
            for (const bool unread : {false, true}) {
                int ends[2];
                os.socketpair(AF_UNIX, type, 0, ends);
                char buffer[8];
                if (unread) os.send(ends[0], "lost", 4, 0);
                os.close(ends[1]);
                pollfd entry{ends[0], POLLIN | POLLOUT | POLLRDHUP, 0};
                note("poll", os.poll(&entry, 1, 0));
                note.value("revents", entry.revents);
                int error = -1;
                socklen_t length = sizeof error;
                if (type == SOCK_DGRAM) note("SO_ERROR", os.getsockopt(ends[0], SOL_SOCKET, SO_ERROR, &error, &length));
                note("recv", os.recv(ends[0], buffer, 8, MSG_DONTWAIT));
                note("recv", os.recv(ends[0], buffer, 8, MSG_DONTWAIT));
                note("send", os.send(ends[0], "x", 1, 0));
                note("send", os.send(ends[0], "x", 1, 0));
                name_of(os, note, "getpeername", ends[0], true);
                note("shutdown", os.shutdown(ends[0], SHUT_RDWR));
                os.close(ends[0]);
            }
        }
    });
}

TEST_CASE("unix: shutdown of each direction", "[conformance][posix][unix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        for (const int type : {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM}) {
            for (const int how : {SHUT_RD, SHUT_WR, SHUT_RDWR}) {
                int ends[2];
                os.socketpair(AF_UNIX, type, 0, ends);
                char buffer[8];
                os.send(ends[1], "before", 6, 0);
                note("shutdown", os.shutdown(ends[0], how));
                for (const int each : {0, 1}) {
                    pollfd entry{ends[each], POLLIN | POLLOUT | POLLRDHUP, 0};
                    note("poll", os.poll(&entry, 1, 0));
                    note.value("revents", entry.revents);
                    note("send", os.send(ends[each], "after", 5, MSG_DONTWAIT));
                    note("recv", os.recv(ends[each], buffer, 8, MSG_DONTWAIT));
                    note("recv", os.recv(ends[each], buffer, 8, MSG_DONTWAIT));
                }
                os.close(ends[0]);
                os.close(ends[1]);
            }
        }
    });
}

TEST_CASE("unix: datagrams find their receiver, and it its sender", "[conformance][posix][unix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        const std::string near_name = "weld.near", far_name = "weld.far";
        socklen_t length;
        sockaddr_un to = named(far_name, length);
        const int near = bound(os, SOCK_DGRAM, near_name), nameless = os.socket(AF_UNIX, SOCK_DGRAM, 0);
        note("send to nobody", os.sendto(near, "x", 1, 0, any(to), length));
        note("send to no address", os.send(near, "x", 1, 0));
        note("send to an address that is too short", os.sendto(near, "x", 1, 0, any(to), 1));
        note("send to no name", os.sendto(near, "x", 1, 0, any(to), 2));
        const int far = bound(os, SOCK_DGRAM, far_name);
        note("send", os.sendto(near, "hello", 5, 0, any(to), length));
        note("send without a name", os.sendto(nameless, "who", 3, 0, any(to), length));
        for (int i = 0; i < 2; ++i) {
            sockaddr_un from{};
            socklen_t size = sizeof from;
            char buffer[3];
            note("recvfrom", os.recvfrom(far, buffer, 3, MSG_TRUNC, any(from), &size));
            note.value("  length", size);
        }
        int queued = -1;
        os.sendto(near, "12345", 5, 0, any(to), length);
        os.sendto(near, "12", 2, 0, any(to), length);
        note("FIONREAD", os.ioctl(far, FIONREAD, &queued));
        note.value("the first alone", queued);
        note("connect far to nameless fails: it has no name", connect_to(os, far, "weld.nobody"));
        note("connect far to near", connect_to(os, far, near_name));
        note("nameless to a socket that is connected to another", os.sendto(nameless, "x", 1, 0, any(to), length));
        note("connect nameless to it", connect_to(os, nameless, far_name));
        note("near to it", os.sendto(near, "y", 1, 0, any(to), length));
        sockaddr nowhere{};
        note("disconnect", os.connect(far, &nowhere, sizeof nowhere));
        note("getpeername", os.getpeername(far, any(to), &length));
        to = named(far_name, length);
        int sent = 0;
        while (os.sendto(nameless, "z", 1, MSG_DONTWAIT, any(to), length) == 1) ++sent;
        note.value("as many as wait", sent);
        note("one more", os.sendto(nameless, "z", 1, MSG_DONTWAIT, any(to), length));
        note("connect nameless", connect_to(os, nameless, far_name));
        pollfd entry{nameless, POLLOUT, 0};
        note("poll", os.poll(&entry, 1, 0));
        char buffer[8];
        note("recv", os.recv(far, buffer, 8, 0));
        note("poll", os.poll(&entry, 1, 100));
        note("send", os.send(nameless, "z", 1, MSG_DONTWAIT));
        note("too large", os.send(nameless, std::string(300000, 'x').data(), 300000, 0));
        os.close(far);
        note("send to who has gone", os.send(nameless, "z", 1, 0));
        note("send again", os.send(nameless, "z", 1, 0));
        os.close(near);
        os.close(nameless);
    });
}

TEST_CASE("unix: a peer that leaves is told to the other", "[conformance][posix][unix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        os.socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
        os.send(ends[1], "unread", 6, 0);
        sockaddr nowhere{};
        note("disconnect", os.connect(ends[0], &nowhere, sizeof nowhere));
        char buffer[8];
        note("recv of what was queued", os.recv(ends[0], buffer, 8, MSG_DONTWAIT));
        note("the other sends", os.send(ends[1], "x", 1, 0));
        note("and again", os.send(ends[1], "x", 1, 0));
        note("recv", os.recv(ends[0], buffer, 8, MSG_DONTWAIT));
        os.close(ends[0]);
        os.close(ends[1]);
    });
}

TEST_CASE("unix: the options of a socket", "[conformance][posix][unix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
            const int fd = os.socket(AF_UNIX, type, 0);
            for (const int name : {SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ERROR, SO_ACCEPTCONN, SO_REUSEADDR, SO_BROADCAST, SO_DONTROUTE,
                                   SO_KEEPALIVE, SO_PASSCRED, SO_SNDBUF, SO_RCVBUF, SO_PRIORITY, SO_RCVLOWAT, 9999}) {
                int value = -1;
                socklen_t length = sizeof value;
                note.value("option", name);
                note("getsockopt", os.getsockopt(fd, SOL_SOCKET, name, &value, &length));
                note.value("value", value);
                for (const int given : {1, 0, 3, 100000, -5}) {
                    if (name == SO_PRIORITY && given > 6) continue;
                    if (name == SO_PRIORITY && given < 0) continue;
                    if ((name == SO_SNDBUF || name == SO_RCVBUF) && given < 0) continue;  // that is what the machine allows
                    note("setsockopt", os.setsockopt(fd, SOL_SOCKET, name, &given, sizeof given));
                    length = sizeof value;
                    os.getsockopt(fd, SOL_SOCKET, name, &value, &length);
                    note.value("value", value);
                }
                note("a short value", os.setsockopt(fd, SOL_SOCKET, name, &value, 3));
                note("null", os.setsockopt(fd, SOL_SOCKET, name, nullptr, 4));
            }
            int value = 0;
            socklen_t length = sizeof value;
            note("another level", os.getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length));
            note("another level", os.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, length));
            struct linger on{1, 7}, back{};
            note("SO_LINGER", os.setsockopt(fd, SOL_SOCKET, SO_LINGER, &on, sizeof on));
            length = sizeof back;
            note("SO_LINGER", os.getsockopt(fd, SOL_SOCKET, SO_LINGER, &back, &length));
            note.value("seconds", back.l_linger);
            note("a short linger", os.setsockopt(fd, SOL_SOCKET, SO_LINGER, &on, 4));
            os.close(fd);
        }
    });
}

TEST_CASE("unix: descriptors and credentials go with a message", "[conformance][posix][unix]") {
    const auto program = [](auto& os, notes& note) {
        for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
            int ends[2], passed[2];
            os.socketpair(AF_UNIX, type, 0, ends);
            os.socketpair(AF_UNIX, SOCK_STREAM, 0, passed);
            const auto send = [&](int count, const int* fds, std::size_t bytes) {
                alignas(8) char control[256]{};
                char data[8] = "with it";
                iovec piece{data, bytes};
                msghdr message{};
                message.msg_iov = &piece;
                message.msg_iovlen = 1;
                message.msg_control = control;
                message.msg_controllen = CMSG_SPACE(sizeof(int) * static_cast<unsigned>(count));
                cmsghdr* const head = CMSG_FIRSTHDR(&message);
                head->cmsg_level = SOL_SOCKET;
                head->cmsg_type = SCM_RIGHTS;
                head->cmsg_len = CMSG_LEN(sizeof(int) * static_cast<unsigned>(count));
                std::memcpy(CMSG_DATA(head), fds, sizeof(int) * static_cast<unsigned>(count));
                return os.sendmsg(ends[0], &message, 0);
            };
            const auto receive = [&](std::size_t room, int flags, int* fds) {
                alignas(8) char control[256]{};
                char data[16];
                iovec piece{data, sizeof data};
                msghdr message{};
                message.msg_iov = &piece;
                message.msg_iovlen = 1;
                message.msg_control = room == 0 ? nullptr : control;
                message.msg_controllen = room;
                note("recvmsg", os.recvmsg(ends[1], &message, flags));
                note.value("  controllen", static_cast<long>(message.msg_controllen));
                note.value("  flags", message.msg_flags & (MSG_CTRUNC | MSG_TRUNC));
                int got = 0;
                for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr; head = CMSG_NXTHDR(&message, head)) {
                    note.value("  type", head->cmsg_type);
                    note.value("  len", static_cast<long>(head->cmsg_len));
                    if (head->cmsg_type != SCM_RIGHTS) continue;
                    got = static_cast<int>((head->cmsg_len - CMSG_LEN(0)) / sizeof(int));
                    std::memcpy(fds, CMSG_DATA(head), sizeof(int) * static_cast<unsigned>(got));
                }
                return got;
            };
            int fds[8];
            const int wrong[2] = {passed[0], 5555};
            note("sendmsg of what is not open", send(2, wrong, 4));
            note("sendmsg", send(2, passed, 7));
            os.close(passed[0]);
            if (receive(sizeof(msghdr) + 64, MSG_CMSG_CLOEXEC, fds) == 2) {
                note("send through one", os.send(fds[0], "through", 7, 0));
                char buffer[8];
                note("recv through the other", os.recv(fds[1], buffer, 8, 0));
                note("F_GETFD", os.fcntl(fds[0], F_GETFD));
                os.close(fds[0]);
                os.close(fds[1]);
            }
            note("sendmsg", send(1, passed + 1, 7));
            receive(0, 0, fds);
            int pair[2] = {passed[1], passed[1]};
            note("sendmsg", send(2, pair, 7));
            if (receive(CMSG_LEN(sizeof(int)), 0, fds) == 1) os.close(fds[0]);
            note("sendmsg", send(1, passed + 1, 7));
            if (receive(64, MSG_PEEK, fds) == 1) os.close(fds[0]);
            if (receive(64, 0, fds) == 1) os.close(fds[0]);
            int on = 1;
            note("SO_PASSCRED", os.setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on));
            note("send", os.send(ends[0], "who", 3, 0));
            receive(128, 0, fds);
            note("sendmsg", send(1, passed + 1, 7));
            if (receive(128, 0, fds) == 1) os.close(fds[0]);
            for (const int each : {ends[0], ends[1], passed[1]}) os.close(each);
        }
    };
    over_kernel_and_every_unix(program);
}
