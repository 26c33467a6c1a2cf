// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/composition.hpp>
#include <weld/sim/host.hpp>
#include <weld/task/scope.hpp>

#include <initializer_list>

namespace weld::inline v0::sim {

/// What a world is like.
struct world_options {
    network_options network{};                            ///< the one that everybody is on
    duration time_limit = duration::seconds(24 * 3600);   ///< how long run() goes on for
    std::uint64_t standstill = 10'000'000;                ///< so many things at one moment are a loop without end
    packet_pool_options packets{.limit = std::size_t{4} << 30};  ///< the memory of all packets
    std::vector<std::size_t> without_faults{};            ///< numbers of injected faults that are not to happen
};

/// How a run ended.
enum class ending : std::uint8_t {
    finished,   // every program that run() waits for has ended
    time_over,  // not until the limit
    at_rest,    // not, and nothing will ever happen any more: a deadlock
    failed,     // somebody said fail(), or an expectation did not hold
};

/// Many machines on one virtual clock, in one thread and one process: hosts, networks between them, faults, and chance
/// from a seed. The same seed gives the same run, packet for packet.
///
///     sim::world world{42};
///     world.host("server").serve("echo", [](auto& net) { return echo_server(net); });
///     world.host("client").run("client", [](auto& net) { return client(net, *sim::resolve(net, "server")); });
///     auto unlucky = world.on_packet(when::from("client") && when::nth(3), sim::drop);
///     world.run();
///
/// It is a little of a net itself, so that a scenario can be written as a task that crashes hosts and cuts networks:
/// `world.spawn(story(world))`, in which `co_await weld::sleep(world, 5_s)` waits for the world's time.
class world {
public:
    explicit world(std::uint64_t seed, const world_options& options = {});
    world(const world&) = delete;
    world& operator=(const world&) = delete;
    /// Ends every task and host; packets that were under way are gone.
    ~world();

    std::uint64_t seed() const noexcept { return seed_; }
    /// Chance for scenarios, which no host and no network draws from.
    random_generator& random() noexcept { return random_; }

    // --- hosts and networks
    /// The host of this name; made and started at the first call. Its net is as `compose(place&)` returns it.
    /// Pre: later calls name the same composition.
    template <class Compose = usual_composition>
    auto& host(text name, Compose compose = {});
    /// A host whose net one need not know. Pre: it was made.
    sim::machine& machine(text name) noexcept;
    /// All of them, in the order of their making.
    const std::vector<std::unique_ptr<sim::machine>>& machines() const noexcept { return machines_; }
    template <class Address = address4>
    result<Address> address_of(text name) const noexcept { return directory_.find<Address>(name); }
    /// Another network, for hosts that are composed with it: `here.device("lan")`.
    sim::network& network(text name, const network_options& options) { return networks_.make(name, options); }
    sim::network& network(text name = {}) noexcept { return networks_.find(name); }

    // --- what happens to packets
    /// The conditions between two hosts on the first network, in one direction or in both.
    void set_path(text from, text to, const link_options& conditions);
    void set_link(text one, text other, const link_options& conditions) {
        set_path(one, other, conditions);
        set_path(other, one, conditions);
    }
    /// A rule over packets as they are sent: what to do where `predicate(sighting)` holds; in force while it lives.
    /// The verdict is one, or a function of the sighting that gives one.
    template <class Predicate, class Verdict>
    rule on_packet(Predicate predicate, Verdict decision) { return fabric_.rules.add(std::move(predicate), std::move(decision)); }
    /// Cuts between the groups while it lives; hosts in none of them talk to all.
    [[nodiscard]] sim::partition partition(std::initializer_list<std::initializer_list<text>> groups);
    /// Cuts one host off from everybody else.
    [[nodiscard]] sim::partition isolate(text name);
    /// Each host on one of two sides, by chance; nobody is on both, and neither is empty.
    [[nodiscard]] sim::partition partition_at_random(random_generator& chance);
    /// Notes a fault that is to be injected. False where this run is to do without it.
    bool fault_happens(std::string words);
    /// Those that happen, in words.
    const std::vector<std::string>& faults() const noexcept { return faults_; }

    // --- running
    /// Runs until every program that was started by host.run() has ended.
    ending run();
    /// Lets so much time pass: time_over is how it should end.
    ending run_for(duration length);
    /// Runs until `work` has ended, a task of the world's own.
    ending run_until(task<void> work);
    /// One thing happens: for block_on(world, ...).
    void step() { weld::step(clock_); }
    time_point now() noexcept { return fabric_.time.now(); }
    run_queue& runnable() noexcept { return clock_.runnable(); }
    timer_wheel& timers() noexcept { return clock_.timers(); }
    /// Starts a task that belongs to no host: a scenario's script.
    void spawn(task<void> work);

    // --- what one sees of it
    /// All that happened.
    event_log& log() noexcept { return fabric_.log; }
    /// Writes a line of one's own into the log.
    void note(text words) { fabric_.log.event(happening::note, now(), "", words); }
    packet_pool& packets() noexcept { return fabric_.packets; }
    /// Packets that were handed to a network.
    std::uint64_t packets_sent() const noexcept { return fabric_.sent; }
    /// The time of the world.
    timeline& time() noexcept { return fabric_.time; }
    /// Ends the run: something is not as it should be. The first to say so is heard.
    void fail(std::string words) {
        if (!trouble_.failed) note("FAILED: " + words);
        trouble_.fail(std::move(words));
    }
    void expect(bool condition, const char* words) {
        if (!condition) fail(words);
    }
    /// That a run finished; else who waits for what is the failure's story.
    void expect_finished(ending how);
    /// Which programs have not ended, and what their hosts' sockets wait for: a line each.
    std::string waiting() const;
    /// The end of all hosts and tasks; what is under way lands nowhere. A packet that somebody still has is a failure.
    void shut_down();
    bool failed() const noexcept { return trouble_.failed; }
    const std::string& failure() const noexcept { return trouble_.what; }

private:
    template <class Done>
    ending drive(Done done, time_point limit);
    ending rest_until(time_point limit) noexcept;
    std::size_t number_of(text name) noexcept { return machine(name).number(); }

    world_options options_;
    std::uint64_t seed_;
    random_generator random_;
    fabric fabric_;
    sim::trouble trouble_;
    directory directory_;
    networks networks_;
    std::vector<std::unique_ptr<sim::machine>> machines_;
    std::vector<const void*> compositions_;
    detail::table<sim::machine> by_name_;
    std::vector<std::string> faults_;
    std::size_t next_fault_ = 0;
    virtual_clock clock_;
    scope tasks_;
};

}  // namespace weld::inline v0::sim

#include <weld/sim/world_run.hpp>
