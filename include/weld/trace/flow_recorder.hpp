// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/duration.hpp>
#include <weld/core/packet_buffer.hpp>
#include <weld/socket/crossing.hpp>
#include <weld/socket/role.hpp>
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
};

/// Writes down every crossing of a layer while it is on: `weld::net net{..., weld::trace::flow_recorder{}};`, then
/// `net.trace().start()`, a call, `net.trace().stations()`. trace/picture.hpp draws them.
/// In the kernel: the function_graph tracer, and the flow charts that people draw of it.
class flow_recorder {
public:
    using role = role::trace_policy;
    /// The proto_ops of a net that is watched.
    template <class Ops, auto Protocol>
    using ops = traced_ops<Ops, Protocol>;

    flow_recorder() = default;
    /// Several recorders of one thread may count together, so that what two machines did can be told in one order.
    /// Pre: the count outlives them.
    explicit flow_recorder(std::size_t& count) noexcept : count_{&count} {}

    void start() {
        stations_.clear();
        depth_ = 0;
        on_ = true;
    }
    void stop() noexcept { on_ = false; }
    const std::vector<station>& stations() const noexcept { return stations_; }

    /// For crossings: the station's number, or none while it is off.
    template <class... Arguments>
    std::size_t enter(time_point now, layer at, const char* function, const char* kernel, const Arguments&... arguments) {
        if (!on_) return none;
        std::string words;
        ((words += (words.empty() ? "" : ", ") + in_words(arguments)), ...);
        stations_.push_back({at, depth_++, function, kernel, std::move(words), {}, now, count_ != nullptr ? ++*count_ : stations_.size()});
        return stations_.size() - 1;
    }
    template <class Answer>
    void answer(std::size_t place, const Answer& given) {
        if (place < stations_.size()) stations_[place].answer = word(given);
    }
    /// What the application was told in the end.
    template <class Answer>
    void answer_entry(const Answer& given) {
        if (on_ && !stations_.empty()) stations_.front().answer = word(given);
    }
    void leave(std::size_t place) noexcept {
        if (place != none) --depth_;
    }

    /// How packets are to be told: `&weld::wire::describe` names what is in their headers. Without it, their size.
    using describer = std::string (*)(const packet&);
    void describe_packets(describer how) noexcept { describe_ = how; }

private:
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
};

}  // namespace weld::inline v0::trace
