// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/transmit/transmitter.hpp>
#include <weld/device/virtio_header.hpp>
#include <weld/sys/socket_calls.hpp>

namespace weld::inline v0::device::transmit {

/// A ring of slots in memory shared with the kernel, one system call for all that were filled: PACKET_TX_RING, TPACKET_V2.
/// A slot takes a super-segment. The kernel sends from the slots themselves, which is right for a card; over veth, tap or lo,
/// where a receiver holds a frame longer than its slot, it then has to copy it once more (since Linux 4.20; before, it did
/// not, and was wrong). So it is told to copy out of the slot at once (virtio_net_hdr.hdr_len covers the frame), which is a
/// fifth faster there than anything else, unless `transmitter_options::copies` is false.
/// Source: packet(7), Documentation/networking/packet_mmap.rst; tpacket_snd and tpacket_fill_skb in net/packet/af_packet.c.
template <sys::entry_policy Sys = sys::direct>
class ring {
public:
    /// A socket of its own, which receives nothing. Errors: operation_not_permitted, not_enough_memory.
    static result<ring> open(Sys sys, int, const transmitter_options& options) noexcept {
        const auto opened = sys::packet_socket(sys, SOCK_RAW);
        if (!opened) return opened.error();
        sys::basic_descriptor<Sys> socket{*opened, sys};
        if (const result<> done = device::detail::prepare_to_send(sys, *opened, options); !done) return done.error();
        if (const result<> done = sys::packet_option(sys, *opened, PACKET_VNET_HDR, 1); !done) return done.error();
        if (const result<> done = sys::packet_option(sys, *opened, PACKET_VERSION, int{TPACKET_V2}); !done) return done.error();
        const ::tpacket_req request{slot_size, slots, slot_size, slots};
        if (const result<> done = sys::packet_option(sys, *opened, PACKET_TX_RING, request); !done) return done.error();
        const auto mapped = sys::mmap(sys, ring_size, PROT_READ | PROT_WRITE, MAP_SHARED, *opened, 0);
        if (!mapped) return mapped.error();
        sys::mapping<Sys> memory{*mapped, ring_size, sys};
        if (const result<> done = sys::bind_packet(sys, *opened, options.interface, 0); !done) return done.error();
        return ring{sys, std::move(socket), std::move(memory), options.copies};
    }
    template <class Source>
    result<> attach(Source& source) noexcept { return place_.attach(source, socket_.fd()); }
    void detach() noexcept { place_.release(); }
    device::detail::descriptor_place& place(device::detail::descriptor_place&) noexcept { return place_; }

    /// From then on super-segments are split by the kernel, which reads them where they lie.
    result<> use_qdisc() noexcept {
        kernel_splits_ = true;
        return sys::packet_option(sys_, socket_.fd(), PACKET_QDISC_BYPASS, 0);
    }

    transmitted send(span<packet_buffer> frames) noexcept {
        transmitted so_far;
        while (so_far.count < frames.size() && so_far.error == errc{}) {
            const transmitted some = send_some(frames.subspan(so_far.count));
            so_far.count += some.count;
            so_far.error = some.error;
        }
        return so_far;
    }

private:
    static constexpr unsigned slot_size = 1U << 17, slots = 64;
    static constexpr std::size_t ring_size = std::size_t{slot_size} * slots;
    static constexpr std::size_t before = TPACKET_ALIGN(sizeof(::tpacket2_hdr));
    static constexpr std::size_t frame_max = slot_size - before - virtio_header::size;

    ring(Sys sys, sys::basic_descriptor<Sys> socket, sys::mapping<Sys> memory, bool copies) noexcept
        : sys_{sys}, socket_{std::move(socket)}, memory_{std::move(memory)}, copies_{copies} {}
    ::tpacket2_hdr& slot(std::size_t number) const noexcept {
        return *reinterpret_cast<::tpacket2_hdr*>(memory_.data() + number % slots * slot_size);
    }
    std::uint32_t status(std::size_t number) const noexcept { return __atomic_load_n(&slot(number).tp_status, __ATOMIC_ACQUIRE); }
    void set_status(std::size_t number, std::uint32_t status) const noexcept { __atomic_store_n(&slot(number).tp_status, status, __ATOMIC_RELEASE); }

    transmitted send_some(span<packet_buffer> frames) noexcept {
        std::size_t filled = 0;
        while (filled < frames.size() && filled < slots && status(next_ + filled) == TP_STATUS_AVAILABLE && frames[filled]->size() <= frame_max) {
            fill(next_ + filled, *frames[filled]);
            ++filled;
        }
        if (filled == 0) return {0, frames[0]->size() > frame_max ? errc::message_size : errc::resource_unavailable_try_again};
        const auto kicked = sys::send(sys_, socket_.fd(), {}, MSG_DONTWAIT);
        transmitted done{filled, errc{}};
        if (!kicked) [[unlikely]] done = take_back(filled, kicked.error());
        for (packet_buffer& frame : frames.first(done.count)) frame.reset();
        next_ += done.count;
        return done;
    }
    void fill(std::size_t number, const packet& frame) noexcept {
        ::tpacket2_hdr& header = slot(number);
        std::byte* const data = reinterpret_cast<std::byte*>(&header) + before;
        virtio_header about = virtio_header::of(frame);
        if (copies_ && !(kernel_splits_ && frame.gso_size != 0)) about.headers = static_cast<std::uint16_t>(frame.size() < 0xffff ? frame.size() : 0xffff);
        copy({data, sizeof about}, object_bytes(about));
        copy({data + sizeof about, frame.size()}, frame.bytes());
        header.tp_len = static_cast<unsigned>(sizeof about + frame.size());
        set_status(number, TP_STATUS_SEND_REQUEST);
    }
    /// The kernel stopped at one of the slots: what it has not looked at is ours again.
    transmitted take_back(std::size_t filled, errc why) noexcept {
        std::size_t gone = 0;
        const auto untouched = [](std::uint32_t state) { return state == TP_STATUS_SEND_REQUEST || state == TP_STATUS_WRONG_FORMAT; };
        while (gone < filled && !untouched(status(next_ + gone))) ++gone;
        for (std::size_t i = gone; i < filled; ++i) set_status(next_ + i, TP_STATUS_AVAILABLE);
        return {gone, gone == filled ? errc{} : why};
    }

    [[no_unique_address]] Sys sys_;
    sys::basic_descriptor<Sys> socket_;
    sys::mapping<Sys> memory_;
    device::detail::descriptor_place place_;  // ends before the descriptor is closed
    bool copies_, kernel_splits_ = false;
    std::size_t next_ = 0;
};
static_assert(transmitter<ring<>>);

}  // namespace weld::inline v0::device::transmit
