// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/device.hpp>
#include <weld/sim/names.hpp>
#include <weld/socket/net.hpp>

#include <memory>
#include <vector>

namespace weld::inline v0::sim {

/// The networks of a world, by their names; the first has none, and everybody is on it who asks for no other.
class networks {
public:
    networks(fabric& in, const network_options& first) : fabric_{&in} { make({}, first); }
    /// A network of this name.
    network& make(text name, const network_options& options) {
        all_.push_back(std::make_unique<network>(*fabric_, name, options));
        return *all_.back();
    }
    /// Pre: it was made.
    network& find(text name) noexcept {
        for (const auto& each : all_)
            if (each->name() == name) return *each;
        [[maybe_unused]] network* const nobody_made_this_network = nullptr;  // world.network(name, options) does
        WELD_ASSERT(nobody_made_this_network != nullptr);
        return *all_.front();
    }
    network& first() noexcept { return *all_.front(); }

private:
    fabric* fabric_;
    std::vector<std::unique_ptr<network>> all_;
};

/// A simulated machine, whatever its net is made of: it can crash, come back, stand still, and has a clock of its own.
class machine {
public:
    machine(fabric& in, networks& on, directory& known, std::size_t number, text name, std::uint64_t seed)
        : fabric_{&in}, networks_{&on}, directory_{&known}, number_{number}, name_{name.data(), name.size()}, clock_{in.time, seed} {}
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;
    virtual ~machine() = default;

    text name() const noexcept { return name_; }
    std::size_t number() const noexcept { return number_; }
    /// The first that it was given.
    address4 address() const noexcept { return ports_.empty() ? address4{} : ports_.front()->address; }
    /// Of version 6, for a net that has it.
    weld::address6 address6() const noexcept { return ports_.empty() ? weld::address6{} : ports_.front()->of_version_6; }
    virtual_clock& clock() noexcept { return clock_; }
    bool is_up() const noexcept { return up_; }
    /// How often it has started.
    unsigned boots() const noexcept { return boots_; }
    const std::vector<port*>& ports() const noexcept { return ports_; }

    /// The power goes: tasks and sockets vanish, and nobody is told. At once, or when it has ended its turn where it is
    /// the one that runs.
    void crash() {
        if (!up_ || crashing_.linked()) return;
        if (clock_.running()) return fabric_->time.soon(crashing_);
        go_down();
    }
    /// The power is back: its net is made anew, and the programs start again.
    void restart() {
        if (up_ && !crashing_.linked()) return;
        crashing_.unlink();
        if (up_) go_down();
        come_up();
    }
    /// All of it stands still, as under a hypervisor that has other things to do; packets wait, and its clock goes on.
    void pause() {
        if (up_ && !clock_.paused()) tell(happening::paused);
        clock_.pause();
    }
    void resume() {
        if (up_ && clock_.paused()) tell(happening::resumed);
        clock_.resume();
    }
    /// Its clock runs faster, or slower, from now on; by so many millionths.
    void set_drift(std::int64_t parts_per_million) noexcept { clock_.set_drift(parts_per_million); }
    /// How its last hop gives it what comes for it, on every network.
    void set_port(const port_options& options) noexcept {
        for (port* each : ports_) each->options = options;
        port_options_ = options;
    }
    /// A line in the world's log.
    void note(text words) { fabric_->log.event(happening::note, fabric_->time.now(), name_, words); }

    /// What all machines of a world share.
    fabric& in() const noexcept { return *fabric_; }
    /// The networks of its world.
    networks& on() const noexcept { return *networks_; }
    /// The names of its world.
    const directory& known() const noexcept { return *directory_; }
    /// For a place: the n-th device of a boot is plugged in where it was at the last one.
    port& plug(network& into, link_type link) {
        if (plugged_ == ports_.size()) {
            ports_.push_back(&into.plug(number_, name_, clock_, link));
            ports_.back()->options = port_options_;
            if (plugged_ == 0) directory_->add(name_, ports_.front()->address, ports_.front()->of_version_6);
        }
        port& taken = *ports_[plugged_++];
        WELD_ASSERT(taken.on == &into && taken.link == link);
        taken.host_is_up = true;
        return taken;
    }

    /// Pulls its cables out of all networks, or puts them in again: its devices lose their carrier, and have it back.
    void set_carrier(bool there) noexcept {
        for (port* each : ports_) each->set_carrier(there);
    }

    /// Its programs that have not ended, and what its sockets wait for: a line each.
    virtual std::string waiting() const = 0;

protected:
    virtual void power_on() = 0;
    virtual void power_off() = 0;
    /// Power on, and its programs begin.
    void come_up() {
        up_ = true;
        ++boots_;
        plugged_ = 0;
        tell(happening::booted);
        power_on();
        clock_.settle();
    }
    /// First: what its end would send goes nowhere.
    void unplug() noexcept {
        for (port* each : ports_) each->host_is_up = false;
    }
    void go_down() {
        tell(happening::crashed);
        up_ = false;
        unplug();
        power_off();
        clock_.resume();
    }

private:
    struct crashing : timer {
        explicit crashing(machine& of) noexcept
            : timer{+[](weld::runnable& entry) { static_cast<crashing&>(static_cast<timer&>(entry)).self->go_down(); }}, self{&of} {}
        machine* self;
    };
    void tell(happening what) { fabric_->log.event(what, fabric_->time.now(), name_); }

    fabric* fabric_;
    networks* networks_;
    directory* directory_;
    std::size_t number_;
    std::string name_;
    virtual_clock clock_;
    std::vector<port*> ports_;
    port_options port_options_;
    std::size_t plugged_ = 0;
    unsigned boots_ = 0;
    bool up_ = false;
    crashing crashing_{*this};
};

/// Where a host's net is being made: what it needs of the world.
///
///     auto& router = world.host("router", [](sim::place& here) {
///         return weld::net{own::interface{"eth0", own::bare_ip{here.device()}, here.prefix()}, own::ipv4{}, here.clock(), here.names()};
///     });
class place {
public:
    explicit place(machine& of) noexcept : machine_{&of} {}

    /// A device on a network; on the first where none is named. The same one again at every boot.
    sim::device<> device(text network = {}) { return plug<link_type::bare_ip>(network); }
    sim::device<link_type::ethernet> ethernet_device(text network = {}) { return plug<link_type::ethernet>(network); }
    /// The address that the world has given to the device that was taken last.
    prefix4 prefix() const noexcept {
        const port& last = *machine_->ports()[taken_ - 1];
        return {last.address, last.on->options().prefix.length()};
    }
    weld::prefix6 prefix6() const noexcept {
        const port& last = *machine_->ports()[taken_ - 1];
        return {last.of_version_6, last.on->options().prefix6.length()};
    }
    shared<virtual_clock> clock() noexcept { return shared{machine_->clock()}; }
    sim::names names() const noexcept { return sim::names{machine_->known()}; }
    machine& host() const noexcept { return *machine_; }

private:
    template <link_type Link>
    sim::device<Link> plug(text network) {
        ++taken_;
        return sim::device<Link>{machine_->plug(machine_->on().find(network), Link)};
    }
    machine* machine_;
    std::size_t taken_ = 0;
};

}  // namespace weld::inline v0::sim
