// The run-time path ends in direct calls: the net's tables become a switch, and no pointer to a function is called.
// no-indirect-call: create_by_numbers
// no-indirect-call: bind_by_numbers
// no-indirect-call: send_by_numbers
// no-indirect-call: recv_by_numbers
// no-indirect-call: creation
// no-symbol: vtable
// no-symbol: secured_ops
#include <weld/host/all.hpp>
#include <weld/socket/create.hpp>

using host_net = weld::net<weld::host::all>;

weld::errc create_by_numbers(host_net& net, int family, int type, int protocol) { return net.socket(family, type, protocol).error(); }
weld::result<> bind_by_numbers(weld::any_socket<host_net>& socket, const weld::generic_address& to) { return socket.bind(to); }
weld::result<std::size_t> send_by_numbers(weld::any_socket<host_net>& socket, weld::const_bytes data) { return socket.try_send(data); }
weld::result<std::size_t> recv_by_numbers(weld::any_socket<host_net>& socket, weld::mutable_bytes buffer) { return socket.try_recv(buffer); }
