// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/virtio_header.hpp>


#include <sys/socket.h>

namespace weld::inline v0::device::detail {

/// Frames as sendmmsg(2) takes them, each behind its virtio header. It points at the frames and into itself.
class message_batch {
public:
    static constexpr std::size_t capacity = 32;

    message_batch() noexcept {}
    message_batch(const message_batch&) = delete;
    message_batch& operator=(const message_batch&) = delete;

    bool full() const noexcept { return count_ == capacity; }
    std::size_t size() const noexcept { return count_; }
    void add(const packet& frame) noexcept {
        headers_[count_] = virtio_header::of(frame);
        pieces_[count_][0] = {&headers_[count_], virtio_header::size};
        pieces_[count_][1] = {frame.data(), frame.size()};
        messages_[count_] = {};
        messages_[count_].msg_hdr.msg_iov = pieces_[count_];
        messages_[count_].msg_hdr.msg_iovlen = 2;
        ++count_;
    }
    /// Those that were added, for sendmmsg(2).
    span<::mmsghdr> messages() noexcept { return span{messages_}.first(count_); }

private:
    std::size_t count_ = 0;
    ::mmsghdr messages_[capacity];  // not set before they are used
    ::iovec pieces_[capacity][2];
    virtio_header headers_[capacity];
};

}  // namespace weld::inline v0::device::detail
