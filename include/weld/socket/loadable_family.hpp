// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/timer_wheel.hpp>
#include <weld/socket/any_message.hpp>
#include <weld/socket/wait_queue.hpp>

namespace weld::inline v0 {

class loadable_family;

/// A loaded family and how many of its sockets live: it cannot go before they have. In the kernel: struct module.
struct family_module {
    loadable_family* family = nullptr;
    void* library = nullptr;  // dlopen's; null for an object of the program
    unsigned references = 0;
};

/// What a loaded family may use of the net it serves.
struct family_services {
    run_queue* runnable;  // wake through it: `waiters.wake(events::readable, *services.runnable)`
    timer_wheel* timers;
};

/// A socket of a family that was chosen at run time; what it leaves out answers operation_not_supported.
/// In the kernel: struct sock and proto_ops, with sock_no_bind, sock_no_listen, ...
class loadable_socket {
public:
    virtual ~loadable_socket() = default;

    virtual result<> bind(const generic_address&) { return errc::operation_not_supported; }
    virtual result<> connect(const generic_address&) { return errc::operation_not_supported; }
    virtual result<> listen(int) { return errc::operation_not_supported; }
    virtual result<loadable_socket*> accept() { return errc::operation_not_supported; }
    virtual result<> shutdown(shutdown_type) { return errc::operation_not_supported; }
    virtual result<std::size_t> send(const any_outgoing&, message_flags) { return errc::operation_not_supported; }
    virtual result<std::size_t> recv(any_incoming&, message_flags) { return errc::operation_not_supported; }
    virtual result<> set_option(int, int, const_bytes) { return errc::operation_not_supported; }
    virtual result<std::size_t> get_option(int, int, mutable_bytes) { return errc::operation_not_supported; }
    virtual result<generic_address> local_address() { return errc::operation_not_supported; }
    virtual result<generic_address> peer_address() { return errc::operation_not_supported; }
    virtual events poll() { return events::readable | events::writable; }

    wait_queue waiters;
    family_module* owner = nullptr;  // any_family's
};

/// A family that a net need not know when it is compiled. In the kernel: struct net_proto_family.
/// A shared library named `net-pf-30.so` exports one as
///     extern "C" weld::loadable_family* weld_family(int version) { return version == weld::loadable_family::version ? &mine : nullptr; }
class loadable_family {
public:
    static constexpr int version = 1;

    virtual int number() const noexcept = 0;
    /// A new socket, made with `new`. Errors: socket_type_not_supported, protocol_not_supported, ...
    virtual result<loadable_socket*> create(const family_services&, int type, int protocol) = 0;
    /// Two that are connected, both or none.
    virtual result<> create_pair(const family_services&, int, int, loadable_socket* (&)[2]) { return errc::operation_not_supported; }

protected:
    ~loadable_family() = default;
};

}  // namespace weld::inline v0
