// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/socket/any_message.hpp>
#include <weld/socket/any_socket.hpp>

#include <utility>

namespace weld::inline v0::posix {

/// What is behind a descriptor.
enum class file_kind : unsigned char { socket, epoll, host };

/// What several descriptors, and messages on their way, may share: an open socket, an epoll set, or something of the host
/// that a message brought and that is neither. It ends with the last of them. In the kernel: struct file.
struct file : shared_object {
    file(file_kind what, shared_object::function end) noexcept : shared_object{end}, kind{what} {}
    file_kind kind;
    bool nonblocking = false;  // O_NONBLOCK
};

/// Holds a file while a call uses it: its descriptor may be closed meanwhile. In the kernel: fdget and fdput.
template <class File>
class held {
public:
    held() noexcept = default;
    explicit held(File& file) noexcept : file_{&file} { file.hold(); }
    held(held&& other) noexcept : file_{std::exchange(other.file_, nullptr)} {}
    held& operator=(held&& other) noexcept {
        std::swap(file_, other.file_);
        return *this;
    }
    ~held() {
        if (file_ != nullptr) file_->put();
    }
    File& operator*() const noexcept { return *file_; }
    File* operator->() const noexcept { return file_; }

private:
    File* file_ = nullptr;
};

/// Places in several lists at once: `link<struct of_set>` is one of them.
template <class Tag>
struct link : list_node {};
struct epoll_item;
struct on_file;

/// A descriptor's socket. In the kernel: struct file over struct socket, and the timeouts of struct sock.
template <class Net>
struct socket_file : file {
    explicit socket_file(any_socket<Net>&& of) noexcept : file{file_kind::socket, &end}, socket{std::move(of)} {}

    any_socket<Net> socket;
    duration receive_timeout = duration::infinite();  // SO_RCVTIMEO
    duration send_timeout = duration::infinite();     // SO_SNDTIMEO
    bool lingers = false;                             // SO_LINGER was set: close is to ask for how long
    list<link<on_file>> watchers;                     // epoll items of this file; they go with it

    /// The socket behind it. Pre: it is one.
    socket_node& node() noexcept { return socket.native(); }
    Net& net() const noexcept { return socket.net(); }

private:
    static void end(shared_object& self) noexcept;
};

/// Something of the host that a message brought and that is no socket of this net's families: a pipe, a file. It can be
/// closed, duplicated and passed on; process::host_descriptor tells its number on the host.
template <class Net>
struct host_file : file {
    host_file(Net& of, int descriptor) noexcept : file{file_kind::host, &end}, net{&of}, fd{descriptor} {}
    Net* net;
    int fd;

private:
    static void end(shared_object& self) noexcept {
        auto& gone = static_cast<host_file&>(static_cast<file&>(self));
        Net& net = *gone.net;
        any_ops<Net>::close_descriptor(net, gone.fd);
        net.sockets().remove_file();
        dispose(net.allocation(), gone);
    }
};

}  // namespace weld::inline v0::posix
