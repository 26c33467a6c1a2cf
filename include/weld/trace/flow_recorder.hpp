// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/socket/crossing.hpp>
#include <weld/socket/role.hpp>
#include <weld/trace/counters.hpp>
#include <weld/trace/traced_ops.hpp>
#include <weld/trace/words.hpp>

#include <vector>

namespace weld::inline v0::trace {

/// One crossing of a layer: who was called, with what, and what it answered.
struct station {
    layer at;
    int depth;                 // how many crossings it lies within
    const char* function;      // weld's
    const char* kernel;        // the kernel's function of that place
    std::string arguments, answer;
    time_point when;
    std::size_t order = 0;     // among all stations of recorders that share a count
    std::uint64_t spent = 0;   // within it, in `unit`, without the recorder's own
    const char* unit = nullptr;  // null: nothing was counted
};

/// Writes down every crossing of a layer while it is on: `weld::net net{..., weld::trace::flow_recorder{}};`, then
/// `net.trace().start()`, a call, `net.trace().stations()`. trace/picture.hpp draws them.
/// With a counter, `basic_flow_recorder<sys::instruction_counter>`, each station has what was spent within it.
/// In the kernel: the function_graph tracer, and the flow charts that people draw of it.
template <counter Counter = no_counter>
class basic_flow_recorder {
public:
    using role = role::trace_policy;
    /// The proto_ops of a net that is watched.
    template <class Ops, auto Protocol>
    using ops = traced_ops<Ops, Protocol>;

    basic_flow_recorder() = default;
    /// Several recorders of one thread may count together, so that what two machines did can be told in one order.
    /// Pre: the count outlives them.
    explicit basic_flow_recorder(std::size_t& count) noexcept : count_{&count} {}

    void start() {
        stations_.clear();
        depth_ = 0;
        own_ = 0;
        on_ = true;
    }
    void stop() noexcept { on_ = false; }
    /// What was crossed, in order.
    const std::vector<station>& stations() const noexcept { return stations_; }

    /// For crossings: the station's number, or none while it is off.
    template <class... Arguments>
    std::size_t enter(time_point now, layer at, const char* function, const char* kernel, const Arguments&... arguments) {
        if (!on_) return none;
        const auto before = counter_.read();
        std::string words;
        ((words += (words.empty() ? "" : ", ") + in_words(arguments)), ...);
        add(now, at, function, kernel, std::move(words));
        ++depth_;
        if (before) {
            stations_.back().unit = Counter::unit;
            if (const auto after = counter_.read()) own_ += *after - *before, stations_.back().spent = *after - own_;
        }
        return stations_.size() - 1;
    }
    /// A station that is no call: what a watcher has seen.
    void note(time_point now, layer at, const char* function, const char* kernel, std::string arguments, std::string answer) {
        if (!on_) return;
        add(now, at, function, kernel, std::move(arguments));
        stations_.back().answer = std::move(answer);
    }
    template <class Answer>
    void answer(std::size_t place, const Answer& given) {
        const own_time mine{*this};
        if (place < stations_.size()) stations_[place].answer = word(given);
    }
    /// What the application was told in the end.
    template <class Answer>
    void answer_entry(const Answer& given) {
        if (on_ && !stations_.empty()) stations_.front().answer = word(given);
    }
    void leave(std::size_t place) {
        if (place == none) return;
        const own_time mine{*this};
        --depth_;
        if (place < stations_.size() && stations_[place].unit != nullptr) stations_[place].spent = mine.before - own_ - stations_[place].spent;
        if (watcher_ != nullptr && on_) watcher_(watched_);
    }

    /// Somebody who looks at something after each crossing, and notes what has changed (trace/connection_watch.hpp).
    using watcher = void (*)(void*);
    void watch_with(watcher call, void* of) noexcept {
        watcher_ = call;
        watched_ = of;
    }
    /// Whether it counts: the counter's error where this machine has none.
    result<> counts() const noexcept {
        const auto now = counter_.read();
        return now.error();
    }

    /// How packets are to be told: `&weld::wire::describe` names what is in their headers. Without it, their size.
    using describer = std::string (*)(const packet&);
    void describe_packets(describer how) noexcept { describe_ = how; }

private:
    /// What the recorder itself spends is no station's.
    struct own_time {
        explicit own_time(basic_flow_recorder& recorder) noexcept : of{recorder} {
            if (const auto now = of.counter_.read()) before = *now;
        }
        ~own_time() {
            if (const auto now = of.counter_.read()) of.own_ += *now - before;
        }
        basic_flow_recorder& of;
        std::uint64_t before = 0;
    };
    void add(time_point now, layer at, const char* function, const char* kernel, std::string words) {
        stations_.push_back({at, depth_, function, kernel, std::move(words), {}, now, count_ != nullptr ? ++*count_ : stations_.size()});
    }
    template <class Value>
    std::string in_words(const Value& value) const {
        if constexpr (std::is_same_v<Value, packet>) return describe_ != nullptr ? describe_(value) : std::to_string(value.size()) + " bytes";
        else return word(value);
    }
    describer describe_ = nullptr;
    std::size_t* count_ = nullptr;
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    std::vector<station> stations_;
    int depth_ = 0;
    bool on_ = false;
    watcher watcher_ = nullptr;
    void* watched_ = nullptr;
    std::uint64_t own_ = 0;
    [[no_unique_address]] Counter counter_{};
};
/// The usual choice: nothing is counted.
using flow_recorder = basic_flow_recorder<>;

}  // namespace weld::inline v0::trace
