// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/packet_queue.hpp>
#include <weld/stack/interface.hpp>
#include <weld/stack/ip/network.hpp>
#include <weld/stack/part_timer.hpp>

namespace weld::inline v0::stack {

/// What the network layers of both versions of IP do alike: they ask interfaces, and hand a host what it sends to itself. `Self`
/// is the layer and lets this class in: it has `options_.loop_queue_length`, `stats_.in_receives` and `.out_discards`, and
/// `input(net, packet_buffer, frame_info, looped)`.
template <class Self, class Ip>
class network_base {
public:
    /// For a header of this version, and the largest link header below.
    template <class Net>
    std::size_t headroom(Net& net) noexcept {
        std::size_t link = 0;
        net.for_each_part([&]<class Part>(Part&) {
            if constexpr (detail::is_interface<Part>) link = link < Part::headroom() ? Part::headroom() : link;
        });
        return link + Ip::header_size;
    }
    /// The destination answers: no need to ask for its link address again.
    template <class Net>
    void confirm(Net& net, const route<Ip>& way) noexcept {
        with_interface(net, way.interface, [&](auto& io) { io.link().confirm(net, way.next_hop); });
    }
    /// send() would find room. Where the interface is down it would find an error at once.
    template <class Net>
    bool has_room(Net& net, const route<Ip>& way) noexcept {
        bool room = true;
        with_interface(net, way.interface, [&](auto& io) { room = io.has_room() || !io.is_up(); });
        return room;
    }

protected:
    /// Packets to ourselves have a turn of the net's, from here on.
    template <class Net>
    void start_loop(Net& net) noexcept {
        loop_.bind(net, self(), [](auto& in, auto& of) { of.run_loop(in); });
    }
    /// Drops those that wait for it.
    void stop_loop() noexcept {
        loop_queue_.clear();
        loop_.unlink();
    }
    template <class Net>
    result<> transmit(Net& net, packet_buffer skb, const route<Ip>& way) {
        result<> sent = errc::network_down;
        with_interface(net, way.interface, [&](auto& io) { sent = io.output(net, std::move(skb), way.next_hop); });
        if (!sent) ++self().stats_.out_discards;
        return sent;
    }
    /// To this host itself, in its turn. Errors: no_buffer_space.
    template <class Net>
    result<> loop_back(Net& net, packet_buffer skb) {
        if (loop_queue_.size() >= self().options_.loop_queue_length) {
            ++self().stats_.out_discards;
            return errc::no_buffer_space;
        }
        loop_queue_.push_back(std::move(skb));
        if (!loop_.linked()) net.runnable().push(loop_);
        return {};
    }

private:
    Self& self() noexcept { return static_cast<Self&>(*this); }
    /// What we send to ourselves takes its turn as if it had come from a wire.
    template <class Net>
    void run_loop(Net& net) {
        for (int left = 64; left > 0 && !loop_queue_.empty(); --left) {
            packet_buffer skb = loop_queue_.pop_front();
            const frame_info info{{}, {}, Self::ether_type, skb->interface, packet_type::host};
            ++self().stats_.in_receives;
            self().input(net, std::move(skb), info, true);
        }
        if (!loop_queue_.empty()) net.runnable().push(loop_);
    }

    packet_queue loop_queue_;
    bound<runnable> loop_;
};

}  // namespace weld::inline v0::stack
