// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/device/pcapng_writer.hpp>
#include <weld/device/wrapper.hpp>
#include <weld/sys/descriptor.hpp>
#include <weld/sys/file_calls.hpp>

#include <time.h>

namespace weld::inline v0::device {

/// A file, or a pipe, that a capture is written to.
template <sys::entry_policy Sys = sys::direct>
class file_sink {
public:
    explicit file_sink(sys::basic_descriptor<Sys> file, Sys sys = {}) noexcept : sys_{sys}, file_{std::move(file)} {}
    result<> operator()(const_bytes bytes) noexcept {
        while (!bytes.empty()) {
            const auto written = sys::write(sys_, file_.fd(), bytes);
            if (!written) return written.error();
            bytes = bytes.subspan(*written);
        }
        return {};
    }

private:
    [[no_unique_address]] Sys sys_;
    sys::basic_descriptor<Sys> file_;
};

/// A capture in a file that begins anew. Errors: those of openat(2), not_enough_memory.
template <sys::entry_policy Sys = sys::direct>
class basic_pcap_file : public pcapng_writer<file_sink<Sys>> {
public:
    /// Its times are wall time: `options.clock_offset` is the host's, unless one is given.
    static result<basic_pcap_file> open(const char* path, pcap_options options = {}, Sys sys = {}) noexcept {
        const auto opened = sys::openat(sys, AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        if (!opened) return opened.error();
        return adopt(sys::basic_descriptor<Sys>{*opened, sys}, options, sys);
    }
    /// The same to a descriptor that is open: a pipe to `wireshark -k -i -`.
    static result<basic_pcap_file> adopt(sys::basic_descriptor<Sys> file, pcap_options options = {}, Sys sys = {}) noexcept {
        if (options.clock_offset == duration{}) options.clock_offset = wall_clock_offset();
        basic_pcap_file made{file_sink<Sys>{std::move(file), sys}, options};
        if (made.error() != errc{}) return made.error();
        return made;
    }

private:
    using pcapng_writer<file_sink<Sys>>::pcapng_writer;
    static duration wall_clock_offset() noexcept {
        ::timespec wall{}, monotonic{};
        ::clock_gettime(CLOCK_REALTIME, &wall);
        ::clock_gettime(CLOCK_MONOTONIC, &monotonic);
        return duration::seconds(wall.tv_sec - monotonic.tv_sec) + duration::nanoseconds(wall.tv_nsec - monotonic.tv_nsec);
    }
};
/// The usual choice.
using pcap_file = basic_pcap_file<>;

/// A device whose frames are written down as they pass, for Wireshark. Under device::faults it sees what crosses the
/// wire and, with a comment, what does not; over it, what the net sends.
///
///     auto file = weld::device::pcap_file::open("trace.pcapng");
///     own::ethernet{device::pcap{std::move(*tap), std::move(*file)}}
template <net_device Device, class Writer = pcap_file>
class pcap : public wrapper<Device> {
public:
    explicit pcap(Device over, Writer writer) noexcept : wrapper<Device>{std::move(over)}, writer_{std::move(writer)} {
        if constexpr (requires { device_.name(); }) writer_.begin(Device::link, device_.name());
        else writer_.begin(Device::link, "");
    }

    /// A frame that does not pass, and why; or anything else that a reader should know of it.
    void record(direction way, const packet& frame, text comment) noexcept { write(way, frame, this->clock_.now(), comment); }
    Writer& writer() noexcept { return writer_; }

    std::size_t transmit(span<packet_buffer> frames) noexcept;
    std::size_t receive(packet_pool& packets, span<packet_buffer> frames) noexcept {
        const std::size_t count = device_.receive(packets, frames);
        if (count == 0) return 0;
        const time_point now = this->clock_.now();
        for (const packet_buffer& frame : frames.first(count)) write(direction::received, *frame, now, {});
        return count;
    }
    /// The net is about to sleep: what was captured so far can be read.
    result<> wait(wait_entry& entry) noexcept {
        writer_.flush();
        return device_.wait(entry);
    }
    void detach() noexcept {
        writer_.flush();
        wrapper<Device>::detach();
    }

private:
    static constexpr std::size_t batch_size = 32;
    using wrapper<Device>::device_;
    void write(direction way, const packet& frame, time_point now, text comment) noexcept {
        if (!writer_.room_for(frame, comment)) writer_.flush();
        writer_.add(way, frame, now, comment);
    }

    Writer writer_;
};

/// What the device will take is not known before, and afterwards the frames are gone: they are written down first, and
/// what was not taken is forgotten again.
template <net_device Device, class Writer>
std::size_t pcap<Device, Writer>::transmit(span<packet_buffer> frames) noexcept {
    const time_point now = this->clock_.now();
    std::size_t sent = 0;
    while (sent < frames.size()) {
        std::size_t marks[batch_size];
        std::size_t count = 0;
        if (!writer_.room_for(*frames[sent])) writer_.flush();
        while (count < batch_size && sent + count < frames.size() && writer_.room_for(*frames[sent + count])) {
            marks[count] = writer_.mark();
            writer_.add(direction::transmitted, *frames[sent + count++], now);
        }
        const std::size_t taken = device_.transmit(frames.subspan(sent, count));
        sent += taken;
        if (taken == count) continue;
        writer_.forget_since(marks[taken]);
        break;
    }
    return sent;
}

}  // namespace weld::inline v0::device
