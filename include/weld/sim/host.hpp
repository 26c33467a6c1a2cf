// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/machine.hpp>
#include <weld/sim/trouble.hpp>
#include <weld/task/task.hpp>
#include <weld/task/yield.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <vector>

namespace weld::inline v0::sim {

/// A program of a host, as far as its world is concerned.
struct program_state {
    std::string name;
    bool service = false;  // runs for ever: nobody waits for its end
    bool ended = false;
};

/// A machine with a net of a type of its own, and the programs that run on it.
template <class Net>
class host : public machine {
public:
    using net_type = Net;

    host(trouble& told, auto&&... what) : machine{what...}, trouble_{&told} {}
    ~host() override {
        unplug();
        power_off();
    }

    /// Pre: it is up.
    Net& net() noexcept {
        WELD_ASSERT(net_ != nullptr);
        return *net_;
    }

    /// Runs `function(net)`, a coroutine, now and again after every restart until it has ended once; the world waits for
    /// that end. It is kept as long as the host, so it may be a lambda that captures.
    template <class Program>
    host& run(text name, Program function) { return add(name, std::move(function), false); }
    /// The same for one that never ends, a server: nobody waits for it.
    template <class Program>
    host& serve(text name, Program function) { return add(name, std::move(function), true); }

    /// Calls visitor(program) for each that was started here.
    template <class Visitor>
    void for_each_program(Visitor&& visitor) const {
        for (const auto& each : programs_) visitor(*each);
    }

    /// Its programs that have not ended, and what for.
    std::string waiting() const override {
        const std::string who{name().data(), name().size()};
        std::string all;
        for (const auto& each : programs_)
            if (!each->ended && !each->service) all += "  " + who + ": the program \"" + each->name + "\" has not ended\n";
        if (all.empty()) return all;
        if (!is_up()) return all + "  " + who + ": is down\n";
        if constexpr (requires { net_->trace().waiting(all); }) all += net_->trace().waiting("  " + who + ": waits for ");
        return all;
    }

protected:
    /// Its net anew, after a crash too.
    virtual std::unique_ptr<Net> compose() = 0;
    void power_on() override {
        net_ = compose();
        if (const result<> status = net_->status(); !status) trouble_->fail(std::string{name().data(), name().size()} + ": its net could not start: " + message(status.error()));
        for (const auto& each : programs_) start(*each);
    }
    void power_off() override { net_.reset(); }

private:
    struct program : program_state {
        virtual ~program() = default;
        virtual task<void> begin(Net& on) = 0;
    };
    template <class Function>
    struct program_of final : program {
        explicit program_of(Function f) : function{std::move(f)} {}
        task<void> begin(Net& on) override { return function(on); }
        Function function;
    };
    template <class Function>
    host& add(text name, Function function, bool service) {
        programs_.push_back(std::make_unique<program_of<Function>>(std::move(function)));
        program& fresh = *programs_.back();
        fresh.name.assign(name.data(), name.size());
        fresh.service = service;
        if (!service) ++trouble_->unfinished;
        if (is_up()) start(fresh);
        return *this;
    }
    void start(program& which) {
        if (which.ended) return;
        net_->spawn(followed(*trouble_, which, *net_));
        clock().settle();
    }
    static task<void> followed(trouble& told, program& which, Net& on) {
        co_await weld::yield(on);  // it starts in the host's own turn, not in its caller's
        co_await detail::attended(told, which.begin(on));
        which.ended = true;
        if (!which.service) --told.unfinished;
    }

    trouble* trouble_;
    std::vector<std::unique_ptr<program>> programs_;
    std::unique_ptr<Net> net_;
};

/// A host whose net `Compose` makes, at every boot.
template <class Compose>
class composed_host final : public host<std::invoke_result_t<Compose&, place&>> {
    using base = host<std::invoke_result_t<Compose&, place&>>;

public:
    composed_host(Compose how, auto&&... what) : base{what...}, compose_{std::move(how)} { this->come_up(); }

private:
    std::unique_ptr<typename base::net_type> compose() override {
        place here{*this};
        return std::unique_ptr<typename base::net_type>{new typename base::net_type(compose_(here))};
    }
    Compose compose_;
};

}  // namespace weld::inline v0::sim
