// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/timer_wheel.hpp>
#include <weld/socket/wait_queue.hpp>

#include <type_traits>

namespace weld::inline v0::stack {

/// A timer, or an entry of a wait_queue, that lies in a part and calls it back with its net: parts do not know the type
/// of their net before it starts them. In start(): `timer_.bind(net, *this, [](auto& net, auto& self) { self.age(net); })`.
/// A part is moved into its net before it is started; what moves is unbound.
template <class Base, auto... Arguments>
class bound : public Base {
public:
    bound() noexcept : Base{nullptr, Arguments...} {}
    bound(bound&&) noexcept : bound{} {}

    /// From now on the net's turn calls `call(net, owner)`, or `call(net, owner, *this)`.
    template <class Net, class Owner, class Call>
    void bind(Net& net, Owner& owner, Call) noexcept {
        net_ = &net;
        owner_ = &owner;
        this->run = [](runnable& entry) {
            auto& self = static_cast<bound&>(entry);
            Net& in = *static_cast<Net*>(self.net_);
            Owner& of = *static_cast<Owner*>(self.owner_);
            if constexpr (std::is_invocable_v<Call, Net&, Owner&>) Call{}(in, of);
            else Call{}(in, of, self);
        };
    }

private:
    void* net_ = nullptr;
    void* owner_ = nullptr;
};

/// A timer in a part.
using part_timer = bound<timer>;
/// A wait entry in a part.
template <events What>
using part_entry = bound<wait_entry, What>;

}  // namespace weld::inline v0::stack
