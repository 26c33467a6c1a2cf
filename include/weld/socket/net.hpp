// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/refused.hpp>
#include <weld/socket/allocation/slab.hpp>
#include <weld/socket/event_source.hpp>
#include <weld/socket/policies.hpp>
#include <weld/socket/protocol.hpp>
#include <weld/socket/protosw.hpp>
#include <weld/socket/role.hpp>
#include <weld/socket/socket_table.hpp>
#include <weld/task/scope.hpp>

#include <cstddef>
#include <utility>

namespace weld::inline v0 {

template <class Net, auto Protocol>
class socket;
template <class Net>
class any_socket;

namespace detail {
/// One part at its place in the list.
template <std::size_t Index, class Part>
struct listed_part {
    [[no_unique_address]] Part part;
};
template <class Indices, class... Parts>
struct slots;
template <std::size_t... Index, class... Parts>
struct slots<std::index_sequence<Index...>, Parts...> : listed_part<Index, Parts>... {
    explicit slots(Parts&&... parts) : listed_part<Index, Parts>{std::move(parts)}... {}
};

template <std::size_t Index, class Part>
constexpr Part& at(listed_part<Index, Part>& s) noexcept { return s.part; }

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

/// What the protocols of the own stack share in their net (stack::context); nothing where all families are the host's.
template <class...>
struct context_of { using type = nothing; };
template <class First, class... Rest>
struct context_of<First, Rest...> : context_of<Rest...> {};
template <class First, class... Rest>
    requires requires { typename First::net_context; }
struct context_of<First, Rest...> { using type = typename First::net_context; };

/// The part that says how the kernel is entered, among those that are yet to be listed; else a default one.
template <class SystemCalls>
SystemCalls system_calls_among() { return {}; }
template <class SystemCalls, class First, class... Rest>
SystemCalls system_calls_among(const First& first, const Rest&... rest) {
    if constexpr (std::is_same_v<SystemCalls, First>) return first;
    else return system_calls_among<SystemCalls>(rest...);
}

/// What the parts stand on: it is there before the first of them and ends after the last.
template <class Source, class Context, class Allocation>
struct foundation {
    template <class SystemCalls>
    explicit foundation(const SystemCalls& system_calls) : default_source{source_over(system_calls)} {}
    /// The default event source enters the kernel as everything else here does: a policy with state is passed on.
    template <class SystemCalls>
    static Source source_over(const SystemCalls& system_calls) {
        if constexpr (std::is_constructible_v<Source, SystemCalls>) return Source{system_calls};
        else return Source{};
    }

    [[no_unique_address]] Source default_source;
    [[no_unique_address]] Context context{};
    [[no_unique_address]] Allocation default_allocation{};
    socket_table sockets{};
};
template <class... Parts>
struct foundation_of {
    using system_calls = typename part_with_role<role::system_calls, typename suggested_system_calls<Parts...>::type, Parts...>::type;
    template <bool Listed, class...>
    struct source { using type = nothing; };
    template <class... Ps>
    struct source<false, Ps...> { using type = typename suggested_event_source<system_calls, Ps...>::type; };
    using type = foundation<typename source<(plays<Parts, role::event_source> || ...), Parts...>::type,
                            typename context_of<Parts...>::type,
                            std::conditional_t<(plays<Parts, role::allocation_policy> || ...), nothing, allocation::slab>>;
};
}  // namespace detail

/// Where a net's chance begins: `weld::net n{..., weld::seed{42}}` makes ports, initial sequence numbers and hash
/// keys the same in every run. Without it the event source gives them: the host's from the kernel's getrandom(2).
struct seed {
    using role = role::seed;
    std::uint64_t value;
};

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
class net : detail::foundation_of<Parts...>::type, detail::slots<std::index_sequence_for<Parts...>, Parts...> {
    static_assert(sizeof...(Parts) > 0, "net: list at least one family, as in weld::net host{weld::host::inet{}};");

    using foundation = typename detail::foundation_of<Parts...>::type;
    using listed = detail::slots<std::index_sequence_for<Parts...>, Parts...>;
    template <class Role>
    static constexpr std::size_t with_role = detail::first_true({detail::plays<Parts, Role>...});
    template <auto Protocol>
    static constexpr std::size_t serving = detail::first_true({detail::part_serves<Parts, Protocol>...});
    template <class Part>
    static constexpr std::size_t of_type = detail::first_true({std::is_same_v<Part, Parts>...});

    using context_type = typename detail::context_of<Parts...>::type;
    using security_type = typename detail::part_with_role<role::security_policy, allow_all, Parts...>::type;
    using trace_type = typename detail::part_with_role<role::trace_policy, no_trace, Parts...>::type;

public:
    using system_calls_type = typename detail::foundation_of<Parts...>::system_calls;

    explicit net(Parts... parts)
        : foundation{detail::system_calls_among<system_calls_type>(parts...)}, listed{std::move(parts)...}, tasks_{runnable()} {
        if constexpr (requires { foundation::context.begin(std::uint64_t{0}); }) status_ = begin_context();
        for_each_part([this](auto& part) {
            if constexpr (requires { part.start(*this); })
                if (const result<> started = part.start(*this); !started && status_) status_ = started;
        });
    }
    net(const net&) = delete;
    net& operator=(const net&) = delete;
    /// Cancels every task, then stops every part: sockets that are still open are closed without a word to the peer.
    [[gnu::noinline]] ~net() {
        tasks_.cancel();
        for_each_part([this](auto& part) {
            if constexpr (requires { part.stop(*this); }) part.stop(*this);
        });
    }

    /// Whether every part could start: a device may have gone, or the event source have no room for it.
    result<> status() const noexcept { return status_; }

    /// True where a part serves sockets of this protocol.
    template <auto Protocol>
    static constexpr bool provides = serving<detail::listed_protocol<Protocol>> != detail::absent;
    /// The proto_ops that a protocol's part lists for it, and the same behind the net's policies.
    template <auto Protocol>
    using listed_ops = typename std::remove_reference_t<decltype(detail::at<serving<detail::listed_protocol<Protocol>>>(
        std::declval<listed&>()))>::protosw::template ops<detail::listed_protocol<Protocol>>;
    template <auto Protocol>
    using ops = typename detail::guarded<security_type, trace_type, listed_ops<Protocol>, Protocol>::type;

    /// A new socket, non-blocking, closed on exec. `number` is the protocol's number where the description leaves it
    /// open (raw, packet). Errors: what the part's create says; from the host those of socket(2).
    template <auto Protocol>
    result<weld::socket<net, Protocol>> socket(int number = decltype(Protocol)::number);
    /// The same, by value: `net.socket(weld::tcp)`.
    template <protocol_description Description>
    auto socket(Description, int number = Description::number) {
        if constexpr (provides<Description{}>) return socket<Description{}>(number);
        else return net::template no_part_serves<Description>();
    }
    /// A socket that serves the program's own needs: the security policy is not asked. In the kernel: sock_create_kern.
    template <protocol_description Description>
    auto kernel_socket(Description, int number = Description::number) {
        if constexpr (provides<Description{}>) return socket<kernel_owned<Description>{}>(number);
        else return net::template no_part_serves<Description>();
    }

    /// By numbers, as socket(2) is called: `net.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)`. Any part may turn
    /// out to serve it; weld/socket/create.hpp has the rules and the errors, and is to be included.
    result<any_socket<net>> socket(int family, int type, int number);
    result<any_socket<net>> kernel_socket(int family, int type, int number);
    /// socketpair(2) by numbers.
    result<std::pair<any_socket<net>, any_socket<net>>> socketpair(int family, int type, int number);

    /// Two sockets that are connected with each other, both or none: a result of a std::pair.
    /// Errors: those of socketpair(2).
    template <pairing_description Description>
    auto socketpair(Description, int number = Description::number);
    template <class Description>
    refused socketpair(Description, int = 0) {
        static_assert(detail::never<Description>, "net: sockets of this protocol do not come in pairs; those of unix sockets do (socket/protocol.hpp)");
        return {};
    }

    /// Starts a task that the net owns; the net's end cancels it.
    void spawn(task<void> work) noexcept { tasks_.spawn(std::move(work)); }
    /// Runs until every task that was spawned here has ended, or `stop` was called.
    void run() {
        while (!stopped_ && !tasks_.empty()) weld::sleep_and_wake(source());
        stopped_ = false;
    }
    /// Lets `run` return after the present round, or at once when it is called next. The tasks stay where they are.
    void stop() noexcept {
        stopped_ = true;
        runnable().stir();
    }
    /// One round: run what is ready, sleep until something happens, wake whom it concerns.
    [[gnu::always_inline]] void step() { weld::step(source()); }

    /// True where a part makes a predicate true: `Predicate{}.template operator()<Part>()`.
    template <class Predicate>
    static constexpr bool lists = (Predicate{}.template operator()<Parts>() || ...);

    /// The parts, for those who compose: by predicate, by role, by type, and the one that serves a protocol.
    template <class Predicate>
    auto& part_that() noexcept {
        return detail::at<detail::first_true({Predicate{}.template operator()<Parts>()...})>(*this);
    }
    decltype(auto) source() noexcept {
        if constexpr (with_role<role::event_source> == detail::absent) return (foundation::default_source);
        else if constexpr (requires { detail::at<with_role<role::event_source>>(*this).source; })
            return (*detail::at<with_role<role::event_source>>(*this).source);
        else return (detail::at<with_role<role::event_source>>(*this));
    }
    /// The security policy, with every hook there is.
    security_hooks<security_type> security() noexcept {
        if constexpr (with_role<role::security_policy> == detail::absent) return security_hooks{allow_all_};
        else return security_hooks{detail::at<with_role<role::security_policy>>(*this)};
    }
    trace_type& trace() noexcept {
        if constexpr (with_role<role::trace_policy> == detail::absent) return no_trace_;
        else return detail::at<with_role<role::trace_policy>>(*this);
    }
    /// Where socks and queued messages come from: a slab for each size, unless a policy is listed.
    auto& allocation() noexcept {
        if constexpr (with_role<role::allocation_policy> == detail::absent) return foundation::default_allocation;
        else return detail::at<with_role<role::allocation_policy>>(*this);
    }
    /// The sockets that were made by numbers. In the kernel: sockfs.
    socket_table& sockets() noexcept { return foundation::sockets; }
    /// What is in use: all zero once every socket has ended. In the kernel: /proc/net/sockstat.
    net_stats stats() noexcept {
        net_stats all;
        all.sockets = sockets().in_use();
        all.files = sockets().files_in_use();
        all.objects = allocation().in_use().objects;
        if constexpr (requires { source().descriptors_in_use(); }) all.descriptors = source().descriptors_in_use();
        if constexpr (requires { context().packets().in_use(); }) all.packets = packets().in_use().packets;
        for_each_part([&all](auto& each) {
            if constexpr (requires { each.socks_in_use(); }) all.socks += each.socks_in_use();
        });
        return all;
    }
    /// Prints the sockets as a table, as ss(8) does. `sink` is a std::FILE*, or is called with each line, a weld::text; without
    /// it that is stdout. weld/std/dump.hpp has it, and is to be included.
    template <class Sink>
    void dump(Sink&& sink);
    void dump();
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

    /// The time of this round of the loop: it stands still until the next wait.
    time_point now() noexcept { return source().now(); }
    /// The time as it is at this moment, for those who measure; the same as now() where time is virtual.
    time_point clock() noexcept {
        if constexpr (requires { source().clock(); }) return source().clock();
        else return now();
    }
    run_queue& runnable() noexcept { return source().runnable(); }
    timer_wheel& timers() noexcept { return source().timers(); }

    /// What the own stack's protocols share: packets(), random().
    context_type& context() noexcept { return foundation::context; }
    auto& packets() noexcept { return context().packets(); }
    auto& random() noexcept { return context().random(); }

private:
    template <class Description>
    static refused no_part_serves() {
        static_assert(detail::never<Description>, "net: no part of this net serves this protocol; list one that does, as weld::host::inet{} does tcp");
        return {};
    }
    result<> begin_context() {
        if constexpr (with_role<role::seed> != detail::absent) return foundation::context.begin(detail::at<with_role<role::seed>>(*this).value);
        else return foundation::context.begin(source());
    }

    [[no_unique_address]] allow_all allow_all_;
    [[no_unique_address]] no_trace no_trace_;
    bool stopped_ = false;
    result<> status_;
    scope tasks_;  // the first to end
};

/// Nets that serve a protocol: `template <weld::provides<weld::tcp> Net> task<> serve(Net& net)`.
template <class Net, auto Protocol>
concept provides = Net::template provides<Protocol>;

}  // namespace weld::inline v0
