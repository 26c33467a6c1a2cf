// SPDX-License-Identifier: BSL-1.0
// Datagrams as one serves them by hand: edge-triggered epoll, libc's wrappers, a call until it finds nothing, and everything
// that a batch needs made ready once.  Usage: support/datagrams.hpp
#include "support/datagrams.hpp"

#include <sys/epoll.h>

namespace {

using namespace benchmark;

int fd;
std::byte buffers[batch][2048];

/// False where the datagram is not to be sent back.
bool answers(const std::byte* data, bool sink) {
    if (*data == std::byte{'Q'}) std::exit(0);
    return !sink || *data == std::byte{'A'};
}

void plain(bool sink) {
    for (;;) {
        sockaddr_in from;
        socklen_t length = sizeof from;
        const ssize_t got = recvfrom(fd, buffers[0], sizeof buffers[0], 0, reinterpret_cast<sockaddr*>(&from), &length);
        if (got < 0) return;
        if (answers(buffers[0], sink)) sendto(fd, buffers[0], static_cast<size_t>(got), 0, reinterpret_cast<sockaddr*>(&from), length);
    }
}

mmsghdr messages[batch];
iovec pieces[batch];
sockaddr_in peers[batch];
void prepare_batch() {
    for (size_t i = 0; i < batch; ++i) {
        pieces[i] = {buffers[i], sizeof buffers[i]};
        messages[i].msg_hdr.msg_iov = &pieces[i];
        messages[i].msg_hdr.msg_iovlen = 1;
        messages[i].msg_hdr.msg_name = &peers[i];
        messages[i].msg_hdr.msg_namelen = sizeof peers[i];
    }
}
void batched(bool sink) {
    for (;;) {
        const int got = recvmmsg(fd, messages, batch, 0, nullptr);
        if (got < 0) return;
        bool back = false;
        for (int i = 0; i < got; ++i) {
            pieces[i].iov_len = messages[i].msg_len;
            back = answers(buffers[i], sink);
        }
        if (sink && back) sendmmsg(fd, messages + got - 1, 1, 0);
        for (int sent = 0; !sink && sent < got;) {
            const int count = sendmmsg(fd, messages + sent, static_cast<unsigned>(got - sent), 0);
            sent += count > 0 ? count : 1;
        }
        for (int i = 0; i < got; ++i) {
            pieces[i].iov_len = sizeof buffers[i];
            messages[i].msg_hdr.msg_namelen = sizeof peers[i];
        }
        if (got < static_cast<int>(batch)) return;  // that was all
    }
}

std::byte super[room];
void segmented(bool sink) {
    for (;;) {
        alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
        sockaddr_in from;
        iovec piece{super, sizeof super};
        msghdr message{};
        message.msg_name = &from;
        message.msg_namelen = sizeof from;
        message.msg_iov = &piece;
        message.msg_iovlen = 1;
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        const ssize_t got = recvmsg(fd, &message, 0);
        if (got < 0) return;
        int size = static_cast<int>(got);
        for (cmsghdr* item = CMSG_FIRSTHDR(&message); item != nullptr; item = CMSG_NXTHDR(&message, item))
            if (item->cmsg_level == IPPROTO_UDP && item->cmsg_type == UDP_GRO) std::memcpy(&size, CMSG_DATA(item), sizeof size);
        const std::byte* const last = super + (got - 1) / size * size;
        if (!answers(sink ? last : super, sink)) continue;
        piece = {sink ? const_cast<std::byte*>(last) : super, static_cast<size_t>(sink ? super + got - last : got)};
        message.msg_control = nullptr;
        message.msg_controllen = 0;
        if (!sink) {
            message.msg_control = control;
            message.msg_controllen = CMSG_SPACE(sizeof(uint16_t));
            cmsghdr* const item = CMSG_FIRSTHDR(&message);
            item->cmsg_level = IPPROTO_UDP;
            item->cmsg_type = UDP_SEGMENT;
            item->cmsg_len = CMSG_LEN(sizeof(uint16_t));
            const auto segment = static_cast<uint16_t>(size);
            std::memcpy(CMSG_DATA(item), &segment, sizeof segment);
        }
        sendmsg(fd, &message, 0);
    }
}

}  // namespace

int main(int count, char** words) {
    const datagram_task task{count, words};
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    const sockaddr_in at = loopback_at(task.port);
    const int on = 1;
    if (task.gso) setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) return 1;
    prepare_batch();
    const int epoll = epoll_create1(0);
    epoll_event event{EPOLLIN | EPOLLET, {}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    say_listening();
    for (;;) {
        if (epoll_wait(epoll, &event, 1, -1) != 1) continue;
        if (task.gso) segmented(task.sink);
        else if (task.batched) batched(task.sink);
        else plain(task.sink);
    }
}
