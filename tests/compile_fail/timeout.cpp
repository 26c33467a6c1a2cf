// error: timeout: what takes too long is destroyed where it waits, so it must be cancel_safe
#include <weld/host/inet.hpp>
#include <weld/task/timeout.hpp>

weld::task<> talk();

weld::task<> hurry(weld::net<weld::host::inet>& net) {
#if defined(FIXED)
    static_cast<void>(co_await weld::timeout(net, weld::cancel_safe(talk()), weld::duration::seconds(1)));
#else
    static_cast<void>(co_await weld::timeout(net, talk(), weld::duration::seconds(1)));
#endif
}
