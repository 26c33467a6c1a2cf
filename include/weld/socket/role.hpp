// SPDX-License-Identifier: BSL-1.0
#pragma once

/// What a part of a net is. A part says it by `using role = weld::role::family;`, and the order in which parts are
/// listed does not matter.
namespace weld::inline v0::role {

struct family {};             // makes sockets; below it is whatever it likes: the kernel, weld's own protocols
struct protocol {};           // one transport of the own stack
struct network_layer {};      // ipv4, ipv6, yours
struct interface {};          // a device with a link layer and addresses
struct event_source {};       // where waiting happens: epoll, a virtual clock
struct system_calls {};       // how the kernel is entered: sys::direct, sys::libc, sys::faulty
struct security_policy {};    // who may do what
struct allocation_policy {};  // where socks come from
struct trace_policy {};       // who watches
struct seed {};               // where the net's chance begins

}  // namespace weld::inline v0::role
