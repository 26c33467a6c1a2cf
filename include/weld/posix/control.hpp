// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/posix/process_state.hpp>
#include <weld/posix/user_memory.hpp>

#include <sys/socket.h>

/// Ancillary data: descriptors of this process become what is behind them on the way out, and what comes gets numbers
/// here. Over unix sockets of this process the files themselves go; over the host's their descriptors on the host do.
/// In the kernel: net/core/scm.c.
namespace weld::inline v0::posix {

namespace detail {
/// Calls `visitor(head, data)` for each item that is well-formed. Errors: invalid_argument, those of the visitor.
template <class Bytes, class Visitor>
result<> for_each_item(Bytes control, Visitor&& visitor) {
    for (std::size_t at = 0; at + sizeof(::cmsghdr) <= control.size();) {
        ::cmsghdr head;
        __builtin_memcpy(&head, control.data() + at, sizeof head);
        if (head.cmsg_len < sizeof head || head.cmsg_len > control.size() - at) return errc::invalid_argument;
        if (const result<> taken = visitor(head, control.subspan(at + sizeof head, head.cmsg_len - sizeof head)); !taken) return taken;
        at += (head.cmsg_len + 7) / 8 * 8;
    }
    return {};
}
inline int number_at(const_bytes data, std::size_t i) noexcept {
    int fd;
    __builtin_memcpy(&fd, data.data() + i * sizeof fd, sizeof fd);
    return fd;
}
inline void set_number(mutable_bytes data, std::size_t i, int fd) noexcept { __builtin_memcpy(data.data() + i * sizeof fd, &fd, sizeof fd); }

/// A file's descriptor on the host, or -1. In the kernel there is no such difference.
template <class Net>
int host_descriptor(file& at) noexcept {
    if (at.kind == file_kind::host) return static_cast<host_file<Net>&>(at).fd;
    if (at.kind != file_kind::socket) return -1;
    auto& socket = static_cast<socket_file<Net>&>(at);
    return any_ops<Net>::host_descriptor(socket.net(), socket.node());
}
}  // namespace detail

/// Ancillary data on its way out. In the kernel: __scm_send, scm_fp_copy.
template <class Net>
class outgoing_control {
public:
    outgoing_control(process_state<Net>& current, shared_objects& objects) noexcept : current_{current}, objects_{objects} {}
    outgoing_control(const outgoing_control&) = delete;
    outgoing_control& operator=(const outgoing_control&) = delete;
    ~outgoing_control() {
        if (copy_ != nullptr) current_.net.allocation().free(copy_, raw_.size());
    }

    /// Errors: invalid_argument (a header that does not fit, credentials that are not ours, over 253 descriptors),
    /// bad_file_descriptor, operation_not_permitted (credentials of somebody else), operation_not_supported (over a
    /// socket of the host: a file of this process, which the host does not have), no_buffer_space.
    result<> load(const ::msghdr* header, socket_file<Net>& over) noexcept {
        if (header->msg_control == nullptr || header->msg_controllen == 0) return {};
        raw_ = user_bytes(static_cast<const void*>(header->msg_control), header->msg_controllen);
        if (over.socket.family() != AF_UNIX) return {};
        const bool to_host = any_ops<Net>::host_descriptor(current_.net, over.node()) != -1;
        return detail::for_each_item(raw_, [&](const ::cmsghdr& head, const_bytes data) -> result<> {
            if (head.cmsg_level != SOL_SOCKET) return {};
            if (head.cmsg_type == SCM_RIGHTS) return to_host ? take_descriptors(data) : take_files(data);
            if (to_host) return {};  // the host checks them
            if (head.cmsg_type == SCM_CREDENTIALS) return check_credentials(data);
            return errc::invalid_argument;
        });
    }
    const_bytes for_host() const noexcept { return raw_; }

private:
    result<> take_files(const_bytes data) noexcept {
        if (data.size() / sizeof(int) + objects_.size() > shared_objects::capacity) return errc::invalid_argument;
        for (std::size_t i = 0; i < data.size() / sizeof(int); ++i) {
            file* const at = current_.files.lookup(detail::number_at(data, i));
            if (at == nullptr) return errc::bad_file_descriptor;
            at->hold();
            objects_.add(*at);
        }
        return {};
    }
    /// The numbers are the host's from now on, in a copy; the files are held until the message has gone.
    result<> take_descriptors(const_bytes data) noexcept {
        const std::size_t offset = static_cast<std::size_t>(data.data() - raw_.data()), first = objects_.size();
        if (const result<> taken = take_files(data); !taken) return taken;
        if (copy_ == nullptr) {
            copy_ = static_cast<std::byte*>(current_.net.allocation().allocate(raw_.size()));
            if (copy_ == nullptr) return errc::no_buffer_space;
            __builtin_memcpy(copy_, raw_.data(), raw_.size());
            raw_ = {copy_, raw_.size()};
        }
        for (std::size_t i = 0; i < data.size() / sizeof(int); ++i) {
            const int fd = detail::host_descriptor<Net>(static_cast<file&>(*objects_.begin()[first + i]));
            if (fd == -1) return errc::operation_not_supported;
            detail::set_number({copy_ + offset, data.size()}, i, fd);
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
    std::byte* copy_ = nullptr;
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
        if (used_ != 0) take_from_host(message, close_on_exec);
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

    /// What the host gave lies in the program's buffer: its descriptors become files with numbers here, in place.
    void take_from_host(any_incoming& message, bool close_on_exec) noexcept {
        const mutable_bytes given = room_.first(used_);
        used_ = 0;
        static_cast<void>(detail::for_each_item(given, [&](const ::cmsghdr& item, mutable_bytes data) -> result<> {
            std::size_t size = data.size();
            if (item.cmsg_level == SOL_SOCKET && item.cmsg_type == SCM_RIGHTS) {
                const std::size_t count = number_descriptors(data, close_on_exec);
                if (count * sizeof(int) != size) message.flags |= MSG_CTRUNC;
                size = count * sizeof(int);
                if (count == 0) return {};
            }
            __builtin_memmove(room_.data() + used_ + sizeof item, data.data(), size);
            const ::cmsghdr made{sizeof item + size, item.cmsg_level, item.cmsg_type};
            __builtin_memcpy(room_.data() + used_, &made, sizeof made);
            const std::size_t space = sizeof made + (size + 7) / 8 * 8;
            used_ += space < left() ? space : left();
            return {};
        }));
    }
    std::size_t number_descriptors(mutable_bytes data, bool close_on_exec) noexcept {
        std::size_t stored = 0;
        bool room = true;
        for (std::size_t i = 0; i < data.size() / sizeof(int); ++i) {
            const int given = detail::number_at(data, i);
            const auto fd = room ? file_for(given, close_on_exec) : result<int>{errc::too_many_files_open};
            if (!fd && !room) any_ops<Net>::close_descriptor(current_.net, given);
            if (!fd) room = false;
            else detail::set_number(data, stored++, *fd);
        }
        return stored;
    }
    /// A number for a descriptor of the host, which is closed where there is none.
    result<int> file_for(int given, bool close_on_exec) noexcept {
        Net& net = current_.net;
        const auto fd = current_.files.reserve(close_on_exec);
        const bool room = fd && net.sockets().add_file();
        file* const made = room ? wrap(given) : nullptr;
        if (made != nullptr) {
            current_.files.install(*fd, *made);
            return fd;
        }
        if (room) net.sockets().remove_file();
        else any_ops<Net>::close_descriptor(net, given);
        if (fd) current_.files.put_back(*fd);
        return errc::too_many_files_open;
    }
    /// Takes the descriptor over, or closes it.
    file* wrap(int given) noexcept {
        using ops = any_ops<Net>;
        Net& net = current_.net;
        const auto seen = ops::examine(net, given);
        auto socket = seen ? any_socket<Net>::allocate(net) : result<any_socket<Net>>{errc::not_a_socket};
        const result<> adopted = socket ? ops::adopt(net, socket->native(), given, *seen) : result<>{socket.error()};
        if (!adopted && (adopted.error() == errc::not_a_socket || adopted.error() == errc::protocol_not_supported)) {
            auto* const opaque = make<host_file<Net>>(net.allocation(), net, given);
            if (opaque == nullptr) ops::close_descriptor(net, given);
            return opaque;
        }
        if (!adopted) {
            if (!socket) ops::close_descriptor(net, given);  // else adopt has
            return nullptr;
        }
        auto* const made = make<socket_file<Net>>(net.allocation(), std::move(*socket));
        if (made == nullptr) return nullptr;  // the socket's end closes it
        made->nonblocking = seen->nonblocking;
        made->lingers = true;  // as it may
        return made;
    }

    process_state<Net>& current_;
    mutable_bytes room_{};
    std::size_t used_ = 0;
};

}  // namespace weld::inline v0::posix
