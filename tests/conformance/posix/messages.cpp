// SPDX-License-Identifier: BSL-1.0
// send(2), recv(2), sendmsg(2), recvmsg(2), sendmmsg(2), recvmmsg(2), readv(2), writev(2).
#include "both.hpp"

using namespace both;

TEST_CASE("pieces are gathered and scattered; lists that are wrong are refused", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        int ends[2];
        tcp_pair(os, ends);
        char head[] = "head ", body[] = "and body", left[4]{}, right[32]{};
        iovec out[2] = {{head, 5}, {body, 8}};
        iovec in[2] = {{left, 4}, {right, 32}};
        note("writev", os.writev(ends[0], out, 2));
        note("readv", os.readv(ends[1], in, 2));
        note.value("the first", std::string(left, 4) == "head");
        note.value("the second", std::string(right) == " and body");
        note("writev of too many", os.writev(ends[0], out, 1025));
        note("writev of less than none", os.writev(ends[0], out, -1));
        note("writev of null", os.writev(ends[0], nullptr, 1));
        note("writev of none", os.writev(ends[0], out, 0));
        note("readv of none", os.readv(ends[1], in, 0));
        iovec negative{head, static_cast<size_t>(-1)};
        note("writev of a negative length", os.writev(ends[0], &negative, 1));
        note("read of no bytes", os.read(ends[1], head, 0));
        note("write of no bytes", os.write(ends[0], head, 0));
        const int epoll = os.epoll_create1(0);
        note("read of an epoll set", os.read(epoll, head, 1));
        note("write of an epoll set", os.write(epoll, head, 1));
        note("send of an epoll set", os.send(epoll, head, 1, 0));
        for (const int each : {ends[0], ends[1], epoll}) os.close(each);
    });
}

TEST_CASE("sendmsg and recvmsg check their header", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        const int from = os.socket(AF_INET, SOCK_DGRAM, 0);
        const int to = os.socket(AF_INET, SOCK_DGRAM, 0);
        sockaddr_in address = loopback();
        os.bind(to, any(address), sizeof address);
        socklen_t length = sizeof address;
        os.getsockname(to, any(address), &length);
        char bytes[32] = "a datagram";
        iovec piece{bytes, 10};
        msghdr message{};
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        note("to nobody", os.sendmsg(from, &message, 0));
        note("null", os.sendmsg(from, nullptr, 0));
        note("null", os.recvmsg(from, nullptr, MSG_DONTWAIT));
        message.msg_name = &address;
        message.msg_namelen = 8;
        note("a short name", os.sendmsg(from, &message, 0));
        message.msg_namelen = static_cast<socklen_t>(-1);
        note("a negative name", os.sendmsg(from, &message, 0));
        char long_name[1000]{};
        std::memcpy(long_name, &address, sizeof address);
        message.msg_name = long_name;
        message.msg_namelen = sizeof long_name;
        note("a long name", os.sendmsg(from, &message, 0));
        message.msg_name = &address;
        message.msg_namelen = sizeof address;
        message.msg_iovlen = 1025;
        note("too many pieces", os.sendmsg(from, &message, 0));
        message.msg_iovlen = 1;
        note("sendmsg", os.sendmsg(from, &message, 0));
        sockaddr_in sender{};
        char shorter[4];
        iovec small{shorter, 4};
        msghdr answer{};
        answer.msg_name = &sender;
        answer.msg_namelen = sizeof sender;
        answer.msg_iov = &small;
        answer.msg_iovlen = 1;
        note("recvmsg, the first", os.recvmsg(to, &answer, MSG_DONTWAIT));  // of the long name
        note("recvmsg", os.recvmsg(to, &answer, MSG_DONTWAIT));
        note.value("MSG_TRUNC", answer.msg_flags & MSG_TRUNC);
        note.value("msg_namelen", answer.msg_namelen);
        note("recvmsg of nothing", os.recvmsg(to, &answer, MSG_DONTWAIT));
        note("sendto", os.sendto(from, bytes, 10, 0, any(address), sizeof address));
        note("recv of the true size", os.recv(to, shorter, 4, MSG_TRUNC));
        note("sendto", os.sendto(from, bytes, 10, 0, any(address), sizeof address));
        note("peek", os.recv(to, shorter, 4, MSG_PEEK));
        length = 5;
        note("recvfrom", os.recvfrom(to, shorter, 4, 0, any(sender), &length));
        note.value("length", length);
        note("sendto", os.sendto(from, bytes, 10, 0, any(address), sizeof address));
        note("recvfrom without length", os.recvfrom(to, shorter, 4, 0, any(sender), nullptr));
        note("more than a datagram", os.sendto(from, bytes, 70000, 0, any(address), 4));
        std::vector<char> large(70000);
        note("more than a datagram", os.sendto(from, large.data(), large.size(), 0, any(address), sizeof address));
        os.close(from);
        os.close(to);
    });
}

TEST_CASE("sendmmsg and recvmmsg count messages", "[conformance][posix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        os.socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
        char bytes[3][8] = {"one", "two", "three"};
        iovec pieces[3] = {{bytes[0], 3}, {bytes[1], 3}, {bytes[2], 5}};
        mmsghdr messages[3]{};
        for (int i = 0; i < 3; ++i) {
            messages[i].msg_hdr.msg_iov = &pieces[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        note("sendmmsg", os.sendmmsg(ends[0], messages, 3, 0));
        note.value("msg_len", messages[2].msg_len);
        char into[4][8];
        iovec places[4];
        mmsghdr received[4]{};
        for (int i = 0; i < 4; ++i) {
            places[i] = {into[i], 8};
            received[i].msg_hdr.msg_iov = &places[i];
            received[i].msg_hdr.msg_iovlen = 1;
        }
        note("recvmmsg", os.recvmmsg(ends[1], received, 4, MSG_WAITFORONE, nullptr));
        note.value("msg_len", received[2].msg_len);
        note("recvmmsg of nothing", os.recvmmsg(ends[1], received, 4, MSG_DONTWAIT, nullptr));
        timespec wrong{0, 2'000'000'000};
        note("recvmmsg of a wrong time", os.recvmmsg(ends[1], received, 4, 0, &wrong));
        note("sendmmsg of none", os.sendmmsg(ends[0], messages, 0, 0));
        messages[1].msg_hdr.msg_iovlen = 2000;
        note("sendmmsg up to the wrong one", os.sendmmsg(ends[0], messages, 3, 0));
        note("sendmmsg from the wrong one on", os.sendmmsg(ends[0], messages + 1, 2, 0));
        os.close(ends[0]);
        os.close(ends[1]);
    });
}

TEST_CASE("timeouts end a wait with EAGAIN", "[conformance][posix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        int ends[2];
        os.socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        timeval time{0, 20'000};
        note("SO_RCVTIMEO", os.setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
        note("SO_SNDTIMEO", os.setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &time, sizeof time));
        char bytes[4096]{};
        note("recv", os.recv(ends[0], bytes, 1, 0));
        note("read", os.read(ends[0], bytes, 1));
        for (long sent = 1; sent > 0;) sent = os.send(ends[0], bytes, sizeof bytes, 0);
        note("send", os.send(ends[0], bytes, 1, 0));
        timeval back{};
        socklen_t length = sizeof back;
        note("SO_RCVTIMEO", os.getsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &back, &length));
        note.value("microseconds", back.tv_usec > 15'000 && back.tv_usec < 25'000);
        time = {0, 1'000'000};
        note("too many microseconds", os.setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time));
        note("too short", os.setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &time, 8));
        socklen_t size;
        sockaddr_un address = named("weld.timeouts", size);
        const int listener = os.socket(AF_UNIX, SOCK_STREAM, 0);
        note("bind", os.bind(listener, any(address), size));
        note("listen", os.listen(listener, 1));
        time = {0, 10'000};
        os.setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof time);
        note("accept", os.accept(listener, nullptr, nullptr));
        for (const int each : {ends[0], ends[1], listener}) os.close(each);
    });
}

TEST_CASE("the options that the facade knows itself", "[conformance][posix]") {
    over_kernel_and_host([](auto& os, notes& note) {
        for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
            const int fd = os.socket(AF_INET, type, 0);
            for (const int name : {SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ERROR, SO_ACCEPTCONN, SO_REUSEADDR, 9999}) {
                for (const socklen_t given : {0u, 1u, 3u, 4u, 8u, 0xfffffff0u}) {
                    int value[2] = {0x55555555, 0x55555555};
                    socklen_t length = given;
                    note("getsockopt", os.getsockopt(fd, SOL_SOCKET, name, value, &length));
                    note.value("length", length);
                    note.value("value", value[0]);
                }
                socklen_t length = 4;
                note("getsockopt into null", os.getsockopt(fd, SOL_SOCKET, name, nullptr, &length));
                note("getsockopt without length", os.getsockopt(fd, SOL_SOCKET, name, &length, nullptr));
                int one = 1;
                note("setsockopt", os.setsockopt(fd, SOL_SOCKET, name, &one, sizeof one));
                note("setsockopt of a short value", os.setsockopt(fd, SOL_SOCKET, name, &one, 2));
                note("setsockopt of null", os.setsockopt(fd, SOL_SOCKET, name, nullptr, 4));
            }
            note("no such level", os.setsockopt(fd, 4242, 1, "", 1));
            os.close(fd);
        }
    });
}

TEST_CASE("what one end does is what the other meets", "[conformance][posix]") {
    over_kernel_and_every_unix([](auto& os, notes& note) {
        for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET}) {
            int ends[2];
            note("socketpair", os.socketpair(AF_UNIX, type, 0, ends));
            char buffer[16]{};
            note("send", os.send(ends[0], "hello", 5, 0));
            note("peek", os.recv(ends[1], buffer, 2, MSG_PEEK));
            note("recv", os.recv(ends[1], buffer, 2, 0));
            note("recv the rest", os.recv(ends[1], buffer, 16, MSG_DONTWAIT));
            note("send", os.send(ends[0], "waiting", 7, 0));
            note("recv all", os.recv(ends[1], buffer, 7, MSG_WAITALL));
            note("shutdown", os.shutdown(ends[0], SHUT_WR));
            note("recv at the end", os.recv(ends[1], buffer, 16, MSG_DONTWAIT));
            note("send after shutdown", os.send(ends[0], "x", 1, 0));
            note("send back", os.send(ends[1], "back", 4, 0));
            note("close", os.close(ends[1]));
            note("recv what was sent before", os.recv(ends[0], buffer, 16, MSG_DONTWAIT));
            note("recv from nobody", os.recv(ends[0], buffer, 16, MSG_DONTWAIT));
            os.close(ends[0]);
        }
    });
}
