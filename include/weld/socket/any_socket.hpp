// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/any_ops.hpp>
#include <weld/socket/attempts.hpp>
#include <weld/socket/crossing.hpp>
#include <weld/socket/operation.hpp>

#include <utility>

namespace weld::inline v0 {

namespace attempt {
/// accept(2) of a socket by numbers: the place for the new one is there before the connection is taken.
template <class Net>
struct any_accept : common {
    static constexpr events interest = events::readable;
    static constexpr bool exclusive = true;
    result<any_socket<Net>> operator()(Net& net, socket_node& at) const {
        auto fresh = any_socket<Net>::allocate(net);
        if (!fresh) return fresh;
        if (const result<> done = any_ops<Net>::accept(net, at, fresh->native()); !done) return done.error();
        return fresh;
    }
};
}  // namespace attempt

/// A socket made by numbers: `net.socket(AF_INET, SOCK_STREAM, 0)`. It has every operation there is; those that its
/// protocol lacks answer operation_not_supported. Addresses are `generic_address`, to which every address converts.
/// Operations are awaited or run with `.blocking()`, as those of `socket` are. In the kernel: struct socket.
template <class Net>
class [[nodiscard]] any_socket {
    using ops = any_ops<Net>;

public:
    any_socket(any_socket&& other) noexcept : net_{other.net_}, node_{std::exchange(other.node_, nullptr)} {}
    any_socket& operator=(any_socket&& other) noexcept {
        std::swap(net_, other.net_);
        std::swap(node_, other.node_);
        return *this;
    }
    ~any_socket() { close(); }

    /// A place without a sock. Errors: too_many_files_open_in_system (no memory). In the kernel: sock_alloc.
    static result<any_socket> allocate(Net& net) noexcept {
        const auto crossing = cross(net, layer::entry, "any_socket::allocate", "sock_alloc");
        socket_node* const node = make<socket_node>(net.allocation());
        if (node == nullptr) return errc::too_many_files_open_in_system;
        net.sockets().add(*node);
        return any_socket{net, *node};
    }
    /// In the kernel: sock_release.
    void close() noexcept {
        if (node_ == nullptr) return;
        socket_node& node = *std::exchange(node_, nullptr);
        ops::release(*net_, node);
        net_->sockets().remove(node);
        dispose(net_->allocation(), node);
    }

    int family() const noexcept { return node_->family; }
    int type() const noexcept { return node_->type; }
    int protocol() const noexcept { return node_->protocol; }
    socket_state state() const noexcept { return node_->state; }

    result<> bind(const generic_address& local) { return ops::bind(*net_, *node_, local); }
    result<> listen(int backlog) { return ops::listen(*net_, *node_, backlog); }
    result<> shutdown(shutdown_type how) { return ops::shutdown(*net_, *node_, how); }
    result<> set_option(int level, int name, const_bytes value) { return ops::set_option(*net_, *node_, level, name, value); }
    result<std::size_t> get_option(int level, int name, mutable_bytes value) { return ops::get_option(*net_, *node_, level, name, value); }
    result<generic_address> local_address() { return ops::local_address(*net_, *node_); }
    result<generic_address> peer_address() { return ops::peer_address(*net_, *node_); }
    events poll() { return ops::poll(*net_, *node_); }

    auto connect(const generic_address& to) { return start(attempt::connect<ops, generic_address>{{}, to}); }
    auto accept() { return start(attempt::any_accept<Net>{}); }
    auto send(const_bytes data, message_flags flags = {}) { return start(attempt::send<ops>{{}, data, flags}); }
    auto recv(mutable_bytes buffer, message_flags flags = {}) { return start(attempt::recv_with_flags<ops>{{}, buffer, flags}); }

    /// The calls themselves: resource_unavailable_try_again where they would have to wait.
    result<> try_connect(const generic_address& to) { return ops::connect(*net_, *node_, to); }
    result<any_socket> try_accept() { return attempt::any_accept<Net>{}(*net_, *node_); }
    result<std::size_t> try_send(const_bytes data, message_flags flags = {}) { return ops::send(*net_, *node_, data, flags); }
    result<std::size_t> try_recv(mutable_bytes buffer, message_flags flags = {}) { return ops::recv(*net_, *node_, buffer, flags); }
    result<std::size_t> try_send(const any_outgoing& message, message_flags flags = {}) { return ops::send_message(*net_, *node_, message, flags); }
    result<std::size_t> try_recv(any_incoming& message, message_flags flags = {}) { return ops::recv_message(*net_, *node_, message, flags); }

    Net& net() const noexcept { return *net_; }
    socket_node& native() const noexcept { return *node_; }
    /// Gives the place up; whoever takes it releases and frees it as close() does.
    socket_node& give_up() noexcept { return *std::exchange(node_, nullptr); }
    /// Takes a place over.
    any_socket(Net& net, socket_node& node) noexcept : net_{&net}, node_{&node} {}

private:
    template <class Attempt>
    auto start(Attempt attempt) { return operation<Net, ops, Attempt>{*net_, *node_, std::move(attempt)}; }

    Net* net_;
    socket_node* node_;
};

}  // namespace weld::inline v0
