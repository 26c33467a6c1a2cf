// A hook that a policy lacks leaves nothing behind, whatever hooks it has beside it; without a policy there is nothing.
// no-call-to: ask_policy in bind_without_hook
// no-call-to: ask_policy in send_without_hook
// no-call-to: ask_policy in send_without_policy
// no-call-to: ask_policy in kernel_listen
// instructions: 64 send_without_hook
// instructions: 64 send_without_policy
#include <weld/host/inet.hpp>

extern "C" int ask_policy(int);

struct listen_only {
    using role = weld::role::security_policy;
    weld::result<> listen(const auto&, int backlog) { return static_cast<weld::errc>(ask_policy(backlog)); }
};
using watched_net = weld::net<weld::host::inet, listen_only>;
using plain_net = weld::net<weld::host::inet>;

weld::result<> bind_without_hook(weld::socket<watched_net, weld::tcp>& s, const weld::endpoint4& to) { return s.bind(to); }
weld::result<> listen_with_hook(weld::socket<watched_net, weld::tcp>& s) { return s.listen(1); }
weld::result<> kernel_listen(weld::socket<watched_net, weld::kernel_owned<weld::tcp_description>{}>& s) { return s.listen(1); }
weld::result<std::size_t> send_without_hook(weld::socket<watched_net, weld::tcp>& s, weld::const_bytes d) { return s.try_send(d); }
weld::result<std::size_t> send_without_policy(weld::socket<plain_net, weld::tcp>& s, weld::const_bytes d) { return s.try_send(d); }
