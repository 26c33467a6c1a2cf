// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/capture_view.hpp>
#include <weld/io/epoll.hpp>
#include <weld/socket/device.hpp>
#include <weld/sys/descriptor.hpp>
#include <weld/sys/file_calls.hpp>

#include <utility>

namespace weld::inline v0::device {

/// A device that receives what a capture holds, one frame after the other and as fast as it is asked: to look at a
/// problem again, or at a format. What is sent is counted and gone. Frames of another link, or cut short, are skipped.
template <link_type Link = link_type::ethernet, sys::entry_policy Sys = sys::direct>
class pcap_reader {
public:
    static constexpr link_type link = Link;
    using default_system_calls = Sys;
    template <class SystemCalls>
    using default_event_source = io::basic_epoll<SystemCalls>;

    /// Errors: those of openat(2) and mmap(2), bad_message (not a capture).
    static result<pcap_reader> open(const char* path, Sys sys = {}) noexcept {
        const auto opened = sys::openat(sys, AT_FDCWD, path, O_RDONLY);
        if (!opened) return opened.error();
        const sys::basic_descriptor<Sys> file{*opened, sys};
        const auto about = sys::fstat(sys, file.fd());
        if (!about) return about.error();
        const auto size = static_cast<std::size_t>(about->st_size);
        if (size == 0) return errc::bad_message;
        const auto mapped = sys::mmap(sys, size, PROT_READ, MAP_PRIVATE, file.fd(), 0);
        if (!mapped) return mapped.error();
        pcap_reader made{{*mapped, size}, sys};
        const auto view = capture_view::parse(made.file_);
        if (!view) return view.error();
        made.view_ = *view;
        return made;
    }
    pcap_reader(pcap_reader&& other) noexcept
        : sys_{other.sys_}, file_{std::exchange(other.file_, {})}, view_{other.view_}, ended_{other.ended_},
          skipped_{other.skipped_}, sent_{other.sent_}, ready_{other.ready_} {}
    ~pcap_reader() {
        if (!file_.empty()) static_cast<void>(sys::munmap(sys_, const_cast<std::byte*>(file_.data()), file_.size()));
    }

    std::size_t mtu() const noexcept { return 1500; }
    device_features features() const noexcept { return {}; }
    errc error() const noexcept { return {}; }
    /// Every frame was given.
    bool ended() const noexcept { return ended_; }
    std::uint64_t skipped() const noexcept { return skipped_; }
    std::uint64_t sent() const noexcept { return sent_; }

    template <event_source Source>
    result<> attach(Source& source) noexcept {
        ready_ = &source.runnable();
        return {};
    }
    std::size_t transmit(span<packet_buffer> frames) noexcept {
        for (packet_buffer& frame : frames) frame.reset();
        sent_ += frames.size();
        return frames.size();
    }
    std::size_t receive(packet_pool& packets, span<packet_buffer> frames) noexcept {
        std::size_t count = 0;
        while (count < frames.size() && !ended_) {
            captured_frame next;
            ended_ = !view_.next(next);
            if (ended_) break;
            if (next.link != linktype || next.bytes.size() < next.original_size || next.bytes.size() > frame_max) {
                ++skipped_;
                continue;
            }
            packet_buffer frame = packet_buffer::allocate(packets, headroom + next.bytes.size(), headroom);
            if (!frame) {
                ++skipped_;
                break;
            }
            copy(frame->put(next.bytes.size()), next.bytes);
            frames[count++] = std::move(frame);
        }
        return count;
    }
    result<> wait(wait_entry& entry) noexcept {
        if (!ended_ || entry.wants(events::writable)) ready_->push(entry);
        else waiters_.add(entry);
        return {};
    }

private:
    static constexpr std::uint32_t linktype = Link == link_type::ethernet ? 1 : 101;
    static constexpr std::size_t headroom = 64, frame_max = 65600;

    pcap_reader(const_bytes file, Sys sys) noexcept : sys_{sys}, file_{file} {}

    [[no_unique_address]] Sys sys_;
    const_bytes file_;
    capture_view view_;
    bool ended_ = false;
    std::uint64_t skipped_ = 0, sent_ = 0;
    run_queue* ready_ = nullptr;
    wait_queue waiters_;
};
static_assert(net_device<pcap_reader<>>);

}  // namespace weld::inline v0::device
