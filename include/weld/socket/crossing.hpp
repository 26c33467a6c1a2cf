// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <type_traits>

namespace weld::inline v0 {

/// Where a call is on its way from the application to the wire, and back up; a timer that fires; and what a connection has
/// become by it, which trace::connection_watch notes.
enum class layer : unsigned char { entry, security, proto_ops, proto, network, interface, device, kernel, wake, timer, state };

namespace detail {
/// What is left of a crossing where nobody watches.
struct [[maybe_unused]] no_crossing {
    template <class Answer>
    [[gnu::always_inline]] constexpr Answer&& leave(Answer&& answer) const noexcept { return static_cast<Answer&&>(answer); }
};
template <class Trace>
class [[maybe_unused]] watched_crossing {
public:
    template <class... Arguments>
    watched_crossing(Trace& trace, auto now, layer at, const char* function, const char* kernel, const Arguments&... arguments)
        : trace_{trace}, place_{trace.enter(now, at, function, kernel, arguments...)} {}
    watched_crossing(const watched_crossing&) = delete;
    watched_crossing& operator=(const watched_crossing&) = delete;
    ~watched_crossing() { trace_.leave(place_); }
    /// Notes what the call answers, and passes it on.
    template <class Answer>
    Answer&& leave(Answer&& answer) const {
        trace_.answer(place_, answer);
        return static_cast<Answer&&>(answer);
    }

private:
    Trace& trace_;
    std::size_t place_;
};
}  // namespace detail

/// Marks that a layer is crossed until the end of the scope: `const auto crossing = cross(net, layer::network, "ipv4::send",
/// "ip_queue_xmit", size); ... return crossing.leave(answer);`. A net without a trace policy has nothing of it in its
/// code. A trace policy offers `enter(now, layer, function, kernel's function, arguments...)`, `answer(place, result)`,
/// `leave(place)`.
template <class Net, class... Arguments>
[[gnu::always_inline]] inline auto cross([[maybe_unused]] Net& net, [[maybe_unused]] layer at, [[maybe_unused]] const char* function,
                                         [[maybe_unused]] const char* kernel, [[maybe_unused]] const Arguments&... arguments) {
    using trace = std::remove_reference_t<decltype(net.trace())>;
    if constexpr (requires(trace& t) { t.leave(0); })
        return detail::watched_crossing<trace>{net.trace(), net.now(), at, function, kernel, arguments...};
    else return detail::no_crossing{};
}

}  // namespace weld::inline v0
