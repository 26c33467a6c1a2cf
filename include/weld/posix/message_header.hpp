// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/process_state.hpp>
#include <weld/posix/user_memory.hpp>

#include <array>

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
    }
    span<const Bytes> left() const noexcept { return {&list_[first_].piece, count_ - first_}; }
    bool empty() const noexcept { return size_ == 0; }
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

/// Ancillary data on its way out. Descriptors of this process become the files behind them; a family of the host gets
/// the bytes as they are, and refuses descriptors, which it does not know. In the kernel: __scm_send, scm_fp_copy.
template <class Net>
class outgoing_control {
public:
    outgoing_control(process_state<Net>& current, shared_objects& objects) noexcept : current_{current}, objects_{objects} {}

    /// Errors: invalid_argument (a header that does not fit, credentials that are not ours), bad_file_descriptor,
    /// operation_not_permitted (credentials of somebody else).
    result<> load(const ::msghdr* header, int family) noexcept {
        if (header->msg_control == nullptr || header->msg_controllen == 0) return {};
        raw_ = user_bytes(static_cast<const void*>(header->msg_control), header->msg_controllen);
        if (family != AF_UNIX) return {};
        for (std::size_t at = 0; at + sizeof(::cmsghdr) <= raw_.size();) {
            ::cmsghdr head;
            __builtin_memcpy(&head, raw_.data() + at, sizeof head);
            if (head.cmsg_len < sizeof head || head.cmsg_len > raw_.size() - at) return errc::invalid_argument;
            if (head.cmsg_level == SOL_SOCKET)
                if (const result<> taken = take(head, raw_.subspan(at + sizeof head, head.cmsg_len - sizeof head)); !taken) return taken;
            at += (head.cmsg_len + 7) / 8 * 8;
        }
        return {};
    }
    const_bytes for_host() const noexcept { return raw_; }

private:
    result<> take(const ::cmsghdr& head, const_bytes data) noexcept {
        switch (head.cmsg_type) {
            case SCM_RIGHTS: return take_files(data);
            case SCM_CREDENTIALS: return check_credentials(data);
            default: return errc::invalid_argument;
        }
    }
    result<> take_files(const_bytes data) noexcept {
        if (data.size() / sizeof(int) + objects_.size() > shared_objects::capacity) return errc::invalid_argument;
        for (std::size_t i = 0; i < data.size() / sizeof(int); ++i) {
            int fd;
            __builtin_memcpy(&fd, data.data() + i * sizeof fd, sizeof fd);
            file* const at = current_.files.lookup(fd);
            if (at == nullptr) return errc::bad_file_descriptor;
            at->hold();
            objects_.add(*at);
        }
        return {};
    }
    result<> check_credentials(const_bytes data) noexcept {
        message_credentials given;
        if (data.size() != sizeof given) return errc::invalid_argument;
        __builtin_memcpy(&given, data.data(), sizeof given);
        if (given != current_.credentials && current_.credentials.uid != 0) return errc::operation_not_permitted;
        return {};
    }

    process_state<Net>& current_;
    shared_objects& objects_;
    const_bytes raw_{};
};

/// Ancillary data that came: files become descriptors here, as many as there is room for. In the kernel: scm_recv,
/// scm_detach_fds.
template <class Net>
class incoming_control {
public:
    explicit incoming_control(process_state<Net>& current) noexcept : current_{current} {}

    void store(any_incoming& message, ::msghdr& header, bool close_on_exec) noexcept {
        room_ = message.control;
        used_ = message.control_size;
        if (message.has_credentials) put(SCM_CREDENTIALS, object_bytes(message.credentials), message);
        if (message.objects != nullptr && message.objects->size() != 0) put_files(message, close_on_exec);
        header.msg_controllen = used_;
    }

private:
    std::size_t left() const noexcept { return room_.size() - used_; }
    void head(int type, std::size_t size) noexcept {
        const ::cmsghdr made{sizeof(::cmsghdr) + size, SOL_SOCKET, type};
        __builtin_memcpy(room_.data() + used_, &made, sizeof made);
        const std::size_t space = sizeof made + (size + 7) / 8 * 8;
        used_ += space < left() ? space : left();
    }
    void put(int type, const_bytes data, any_incoming& message) noexcept {
        if (left() < sizeof(::cmsghdr) + data.size()) {
            message.flags |= MSG_CTRUNC;
            return;
        }
        copy(room_.subspan(used_ + sizeof(::cmsghdr)), data);
        head(type, data.size());
    }
    /// Those without a number, or without room to tell it, are let go, and MSG_CTRUNC says so.
    void put_files(any_incoming& message, bool close_on_exec) noexcept {
        const std::size_t fit = left() <= sizeof(::cmsghdr) ? 0 : (left() - sizeof(::cmsghdr)) / sizeof(int);
        std::size_t stored = 0;
        for (shared_object* object : *message.objects) {
            const auto fd = stored < fit ? current_.files.reserve(close_on_exec) : result<int>{errc::too_many_files_open};
            if (!fd) break;
            object->hold();
            current_.files.install(*fd, static_cast<file&>(*object));
            __builtin_memcpy(room_.data() + used_ + sizeof(::cmsghdr) + stored++ * sizeof(int), &*fd, sizeof(int));
        }
        if (stored < message.objects->size()) message.flags |= MSG_CTRUNC;
        if (stored != 0) head(SCM_RIGHTS, stored * sizeof(int));
        message.objects->clear();
    }

    process_state<Net>& current_;
    mutable_bytes room_{};
    std::size_t used_ = 0;
};

}  // namespace weld::inline v0::posix
