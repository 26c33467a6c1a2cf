// Between a socket's call and the system call instruction nothing is called through a pointer, and no table of
// functions exists: what the kernel does by sock->ops and sk->sk_prot is settled when this file is compiled.
// no-indirect-call: send_path
// no-indirect-call: recv_path
// no-indirect-call: send_all_path
// no-indirect-call: read_path
// no-indirect-call: datagram_out
// no-indirect-call: datagram_in
// no-indirect-call: batch_out
// no-indirect-call: batch_in
// no-call: batch_out
// no-call: batch_in
// no-indirect-call: waiting_send
// no-indirect-call: waiting_recv
// instructions: 40 send_path
// instructions: 40 recv_path
// no-symbol: vtable for weld
// no-symbol: typeinfo for weld
#include <weld/host/inet.hpp>
#include <weld/socket/datagram_batch.hpp>

using host_net = weld::net<weld::host::inet>;
using tcp_socket = weld::socket<host_net, weld::tcp>;
using udp_socket = weld::socket<host_net, weld::udp>;
using batch = weld::datagram_batch<weld::endpoint4, 64, 2048>;

weld::result<std::size_t> send_path(tcp_socket& s, weld::const_bytes data) { return s.try_send(data); }
weld::result<std::size_t> recv_path(tcp_socket& s, weld::mutable_bytes buffer) { return s.try_recv(buffer); }
weld::result<std::size_t> waiting_send(tcp_socket& s, weld::const_bytes data) { return s.send(data).blocking(); }
weld::result<std::size_t> waiting_recv(tcp_socket& s, weld::mutable_bytes buffer) { return s.recv(buffer).blocking(); }
weld::result<std::size_t> send_all_path(tcp_socket& s, weld::const_bytes data) { return s.send_all(data).blocking(); }
weld::result<std::size_t> read_path(tcp_socket& s, weld::mutable_bytes buffer) { return s.read_exactly(buffer).blocking(); }
weld::result<std::size_t> datagram_out(udp_socket& s, weld::const_bytes data, const weld::endpoint4& to) { return s.send_to(data, to).blocking(); }
weld::result<weld::datagram<weld::endpoint4>> datagram_in(udp_socket& s, weld::mutable_bytes buffer) { return s.recv_from(buffer).blocking(); }
weld::result<std::size_t> batch_out(udp_socket& s, batch::messages messages) { return s.try_send_many(messages); }
weld::result<batch::messages> batch_in(udp_socket& s, batch& messages) { return s.try_recv_many(messages); }
