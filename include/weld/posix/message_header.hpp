// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/result.hpp>

#include <sys/socket.h>
#include <sys/uio.h>

namespace weld::inline v0::posix {

/// The pieces of a message, of which a stream may take some now and the rest later. In the kernel: struct iov_iter.
template <class Bytes>
class pieces {
public:
    static constexpr std::size_t capacity = 1024;  // UIO_MAXIOV

    pieces() noexcept = default;
    explicit pieces(Bytes one) noexcept { add(one); }
    void add(Bytes piece) noexcept {
        ::new (static_cast<void*>(&list_[count_++].piece)) Bytes(piece);
        size_ += piece.size();
        nowhere_ = nowhere_ || (piece.data() == nullptr && piece.size() != 0);
    }
    span<const Bytes> left() const noexcept { return {&list_[first_].piece, count_ - first_}; }
    bool empty() const noexcept { return size_ == 0; }
    /// A piece of them is null.
    bool nowhere() const noexcept { return nowhere_; }
    void advance(std::size_t size) noexcept {
        size_ = size < size_ ? size_ - size : 0;
        while (first_ < count_ && size >= list_[first_].piece.size()) size -= list_[first_++].piece.size();
        if (first_ < count_) list_[first_].piece = list_[first_].piece.subspan(size);
    }

private:
    union slot {
        slot() noexcept {}
        Bytes piece;
    };
    slot list_[capacity];
    std::size_t first_ = 0, count_ = 0, size_ = 0;
    bool nowhere_ = false;
};

/// A struct msghdr that a program gave, checked and copied. In the kernel: copy_msghdr_from_user.
template <class Bytes>
class message_header {
public:
    /// Errors: bad_address, message_size (too many pieces), invalid_argument (a negative length).
    result<> load(const ::msghdr* header) noexcept {
        if (header == nullptr) return errc::bad_address;
        if (static_cast<int>(header->msg_namelen) < 0 && header->msg_name != nullptr) return errc::invalid_argument;
        name_size_ = header->msg_name == nullptr ? 0 : header->msg_namelen;
        if (name_size_ > sizeof(::sockaddr_storage)) name_size_ = sizeof(::sockaddr_storage);
        if (header->msg_iovlen > pieces<Bytes>::capacity) return errc::message_size;
        return load(header->msg_iov, static_cast<int>(header->msg_iovlen), errc::message_size);
    }
    /// A vector alone. Errors: also `too_many`.
    result<> load(const ::iovec* vector, int count, errc too_many) noexcept {
        if (count < 0 || static_cast<std::size_t>(count) > pieces<Bytes>::capacity) return too_many;
        if (vector == nullptr && count != 0) return errc::bad_address;
        for (int i = 0; i < count; ++i) {
            if (static_cast<::ssize_t>(vector[i].iov_len) < 0) return errc::invalid_argument;
            data_.add(Bytes{static_cast<typename Bytes::pointer>(vector[i].iov_base), vector[i].iov_len});
        }
        return {};
    }
    pieces<Bytes>& data() noexcept { return data_; }
    ::socklen_t name_size() const noexcept { return name_size_; }

private:
    pieces<Bytes> data_;
    ::socklen_t name_size_ = 0;
};

}  // namespace weld::inline v0::posix
