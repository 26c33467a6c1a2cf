// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/socket/event_source.hpp>
#include <weld/socket/policies.hpp>
#include <weld/socket/protocol.hpp>
#include <weld/socket/protosw.hpp>
#include <weld/socket/role.hpp>
#include <weld/task/scope.hpp>

#include <cstddef>
#include <utility>

namespace weld::inline v0 {

template <class Net, auto Protocol>
class socket;

namespace detail {
/// One part at its place in the list.
template <std::size_t Index, class Part>
struct slot {
    [[no_unique_address]] Part part;
};
template <class Indices, class... Parts>
struct slots;
template <std::size_t... Index, class... Parts>
struct slots<std::index_sequence<Index...>, Parts...> : slot<Index, Parts>... {
    explicit slots(Parts&&... parts) : slot<Index, Parts>{std::move(parts)}... {}
};

template <std::size_t Index, class Part>
constexpr Part& at(slot<Index, Part>& s) noexcept { return s.part; }

inline constexpr std::size_t absent = static_cast<std::size_t>(-1);
/// Where the first true stands in a list of answers.
template <std::size_t Count>
consteval std::size_t first_true(const bool (&answers)[Count]) {
    for (std::size_t i = 0; i < Count; ++i)
        if (answers[i]) return i;
    return absent;
}

template <class Part>
concept part = requires { typename Part::role; };
template <class Part, class Role>
inline constexpr bool plays = std::is_same_v<typename Part::role, Role>;
template <class Part, auto Protocol>
inline constexpr bool part_serves = false;
template <class Part, auto Protocol>
    requires requires { typename Part::protosw; }
inline constexpr bool part_serves<Part, Protocol> = Part::protosw::template has<Protocol>;

/// The type of the part that plays a role, or `otherwise`.
template <class Role, class Otherwise, class...>
struct part_with_role { using type = Otherwise; };
template <class Role, class Otherwise, class First, class... Rest>
struct part_with_role<Role, Otherwise, First, Rest...> : part_with_role<Role, Otherwise, Rest...> {};
template <class Role, class Otherwise, class First, class... Rest>
    requires plays<First, Role>
struct part_with_role<Role, Otherwise, First, Rest...> { using type = First; };

/// What the parts suggest where nothing is listed: the first that has an opinion decides.
struct nothing {};
template <class...>
struct suggested_system_calls { using type = nothing; };
template <class First, class... Rest>
struct suggested_system_calls<First, Rest...> : suggested_system_calls<Rest...> {};
template <class First, class... Rest>
    requires requires { typename First::default_system_calls; }
struct suggested_system_calls<First, Rest...> { using type = typename First::default_system_calls; };

template <class SystemCalls, class...>
struct suggested_event_source {
    static_assert(sizeof(SystemCalls) == 0, "net: nothing here can wait; list an event source: weld::io::epoll{}, or a simulation's clock");
};
template <class SystemCalls, class First, class... Rest>
struct suggested_event_source<SystemCalls, First, Rest...> : suggested_event_source<SystemCalls, Rest...> {};
template <class SystemCalls, class First, class... Rest>
    requires requires { typename First::template default_event_source<SystemCalls>; }
struct suggested_event_source<SystemCalls, First, Rest...> {
    using type = typename First::template default_event_source<SystemCalls>;
};
/// The default is not even looked for where one is listed.
template <class SystemCalls, class... Parts>
struct event_source_of {
    using listed = typename part_with_role<role::event_source, nothing, Parts...>::type;
    template <class Listed> struct either { using type = Listed; };
    template <class Listed> requires std::is_same_v<Listed, nothing>
    struct either<Listed> : suggested_event_source<SystemCalls, Parts...> {};
    using type = typename either<listed>::type;
};
}  // namespace detail

/// An event source that several nets of one thread share: `weld::net a{..., weld::shared{loop}}`.
/// The source outlives the nets.
template <event_source Source>
struct shared {
    using role = role::event_source;
    explicit shared(Source& of) noexcept : source{&of} {}
    Source* source;
};

/// One network: families, protocols, devices and policies, chosen by listing them. It owns its parts, is the context
/// that every layer's function gets, and alone knows the whole. In the kernel: struct net, and every register call.
///
///     weld::net host{weld::host::inet{}, weld::host::unix_{}};
///
/// The order of the parts does not matter; what is left out takes a default. It belongs to one thread and holds no
/// lock. It does not move: everything points at it. Its end cancels every task, closes every socket, frees all.
template <detail::part... Parts>
class net : detail::slots<std::index_sequence_for<Parts...>, Parts...> {
    static_assert(sizeof...(Parts) > 0, "net: list at least one family, as in weld::net host{weld::host::inet{}};");

    using listed = detail::slots<std::index_sequence_for<Parts...>, Parts...>;
    template <class Role>
    static constexpr std::size_t with_role = detail::first_true({detail::plays<Parts, Role>...});
    template <auto Protocol>
    static constexpr std::size_t serving = detail::first_true({detail::part_serves<Parts, Protocol>...});
    template <class Part>
    static constexpr std::size_t of_type = detail::first_true({std::is_same_v<Part, Parts>...});

public:
    using system_calls_type = typename detail::part_with_role<
        role::system_calls, typename detail::suggested_system_calls<Parts...>::type, Parts...>::type;

    explicit net(Parts... parts) : listed{std::move(parts)...}, tasks_{runnable()} {}
    net(const net&) = delete;
    net& operator=(const net&) = delete;

    /// True where a part serves sockets of this protocol.
    template <auto Protocol>
    static constexpr bool provides = serving<Protocol> != detail::absent;
    /// The proto_ops of a protocol here.
    template <auto Protocol>
    using ops = typename std::remove_reference_t<decltype(detail::at<serving<Protocol>>(std::declval<listed&>()))>::protosw::template ops<Protocol>;

    /// A new socket, non-blocking, closed on exec. `number` is the protocol's number where the description leaves it
    /// open (raw, packet). Errors: what the part's create says; from the host those of socket(2).
    template <auto Protocol>
    result<weld::socket<net, Protocol>> socket(int number = decltype(Protocol)::number);
    /// The same, by value: `net.socket(weld::tcp)`.
    template <protocol_description Description>
    auto socket(Description, int number = Description::number) {
        static_assert(provides<Description{}>, "net: no part of this net serves this protocol; list one that does, as weld::host::inet{} does tcp");
        return socket<Description{}>(number);
    }

    /// Starts a task that the net owns; the net's end cancels it.
    void spawn(task<void> work) { tasks_.spawn(std::move(work)); }
    /// Runs until every task that was spawned here has ended, or `stop` was called.
    void run() {
        stopped_ = false;
        while (!stopped_ && !tasks_.empty()) step();
    }
    /// Lets `run` return after the present round. The tasks stay where they are.
    void stop() noexcept { stopped_ = true; }
    /// One round: run what is ready, sleep until something happens, wake whom it concerns.
    void step() { weld::step(source()); }

    /// The parts, for those who compose: by role, by type, and the one that serves a protocol.
    auto& source() noexcept {
        if constexpr (with_role<role::event_source> == detail::absent) return default_source_;
        else if constexpr (requires { detail::at<with_role<role::event_source>>(*this).source; })
            return *detail::at<with_role<role::event_source>>(*this).source;
        else return detail::at<with_role<role::event_source>>(*this);
    }
    auto& security() noexcept {
        if constexpr (with_role<role::security_policy> == detail::absent) return allow_all_;
        else return detail::at<with_role<role::security_policy>>(*this);
    }
    system_calls_type system_calls() const noexcept {
        if constexpr (with_role<role::system_calls> == detail::absent) return {};
        else return detail::at<with_role<role::system_calls>>(const_cast<net&>(*this));
    }
    template <class Part>
    Part& part() noexcept { return detail::at<of_type<Part>>(*this); }
    template <auto Protocol>
    auto& part_for() noexcept { return detail::at<serving<Protocol>>(*this); }
    /// Calls `visitor(part)` for every part, in the order of the list.
    template <class Visitor>
    void for_each_part(Visitor&& visitor) {
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            (visitor(detail::at<Index>(*this)), ...);
        }(std::index_sequence_for<Parts...>{});
    }

    time_point now() noexcept { return source().now(); }
    run_queue& runnable() noexcept { return source().runnable(); }
    timer_wheel& timers() noexcept { return source().timers(); }

private:
    using default_source = typename detail::event_source_of<system_calls_type, Parts...>::type;

    static constexpr bool has_own_source = with_role<role::event_source> == detail::absent;
    [[no_unique_address]] std::conditional_t<has_own_source, default_source, detail::nothing> default_source_{};
    [[no_unique_address]] allow_all allow_all_;
    bool stopped_ = false;
    scope tasks_;  // the first to end
};

/// Nets that serve a protocol: `template <weld::provides<weld::tcp> Net> task<> serve(Net& net)`.
template <class Net, auto Protocol>
concept provides = Net::template provides<Protocol>;

}  // namespace weld::inline v0
