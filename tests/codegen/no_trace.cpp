// Without a trace policy nothing of the crossings is in the code: no recorder, no words, no guard.
// no-symbol: flow_recorder|watched_crossing|no_crossing|traced_ops|connection_watch|instruction_counter|perf_event
// no-symbol: tcp_write_timer|tw_timer_handler|dev_queue_xmit
// no-symbol: autoremove_wake_function
// no-call-to: enter|leave|answer|station in typed_send
// no-indirect-call: numbered_bind
#include <weld/host/all.hpp>
#include <weld/posix.hpp>

using host_net = weld::net<weld::host::all>;

weld::result<std::size_t> typed_send(weld::socket<host_net, weld::tcp>& s, weld::const_bytes d) { return s.try_send(d); }
weld::result<int> numbered_bind(weld::posix::process_state<host_net>& p, int fd, const sockaddr* a, socklen_t l) { return weld::posix::sys_bind(p, fd, a, l); }
int whole_socket(weld::posix::process<host_net>& os) { return os.socket(2, 1, 0); }
long whole_recv(weld::posix::process<host_net>& os, void* to) { return os.recv(0, to, 1, 0); }
