// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/sim/pcapng.hpp>
#include <weld/sim/sighting.hpp>
#include <weld/stack/wire/describe.hpp>

#include <cstdio>
#include <string>
#include <vector>

namespace weld::inline v0::sim {

/// What became of a packet, or happened to a host.
enum class happening : std::uint8_t {
    travels, duplicated, corrupted, held_back,          // it arrives at entry::arrives
    lost, queue_full, cut_off, dropped, nobody, host_down,  // it does not: by chance, a full queue, a partition, a rule ...
    booted, crashed, paused, resumed, partitioned, healed,
    note,
};

/// The word by which a log names it.
constexpr const char* name_of(happening what) noexcept {
    constexpr const char* names[] = {"travels", "duplicated", "corrupted", "held back", "lost", "lost: queue full", "lost: partition", "lost: rule",
                                     "lost: no such address", "lost: host is down", "boots", "crashes", "stands still", "goes on", "partition", "healed", "note"};
    return names[static_cast<std::size_t>(what)];
}

/// Everything that happened in a world, in its order: a line of text each, and for packets a pcapng file where one is
/// asked for. Only a fingerprint of it all and the last lines are kept unless told otherwise; two runs of one seed have
/// the same log, byte for byte, and so the same fingerprint.
class event_log {
public:
    event_log() noexcept = default;
    event_log(const event_log&) = delete;
    event_log& operator=(const event_log&) = delete;

    /// Writes each line to `file` as it happens; null: no more. The file stays the caller's.
    void write_to(std::FILE* file) noexcept { file_ = file; }
    /// Writes each packet that is sent to a capture for Wireshark, when it is sent; what became of it is its comment.
    void write_packets_to(pcapng_writer* capture) noexcept { capture_ = capture; }
    /// How many of the last lines tail() has; none are kept at first, which costs least. Packets that simply travel are
    /// not among them unless they are asked for.
    void keep(std::size_t lines, bool all_packets = false) {
        tail_ = std::vector<std::string>(kept_ = lines);
        keeps_all_ = all_packets;
    }

    /// A packet was sent; `arrives` tells when it will be there, where it will.
    void packet(happening what, const sighting& packet, time_point arrives = {});
    /// A host takes one that travelled to it. What is behind a large one's headers enters the fingerprint only now, when it is
    /// about to be read anyway: when it is sent, a stream's payload has long left the processor's cache.
    void arrived(const_bytes frame) noexcept {
        if (frame.size() > whole_at_once) mix(frame.subspan(headers));
    }
    /// Something happened to a host, or somebody says something.
    void event(happening what, time_point at, text who, text words = {});

    /// A hash over all that happened: equal for two runs of one seed.
    std::uint64_t fingerprint() const noexcept { return fingerprint_; }
    std::uint64_t size() const noexcept { return size_; }
    /// The last lines, as text.
    std::string tail() const {
        std::string all;
        const std::size_t present = lines_ < kept_ ? lines_ : kept_;
        for (std::size_t i = lines_ - present; i < lines_; ++i) all += tail_[i % kept_];
        return all;
    }

private:
    static constexpr std::size_t whole_at_once = 1024, headers = 64;
    void mix(std::uint64_t word) noexcept {
        fingerprint_ = (fingerprint_ ^ word) * 0x9e3779b97f4a7c15;
        fingerprint_ ^= fingerprint_ >> 32;
    }
    void mix(const_bytes bytes) noexcept;
    void write(time_point at, std::string words, bool notable);

    std::FILE* file_ = nullptr;
    pcapng_writer* capture_ = nullptr;
    std::vector<std::string> tail_;
    std::size_t kept_ = 0, lines_ = 0;
    bool keeps_all_ = false;
    std::uint64_t fingerprint_ = 0x5eed, size_ = 0;
};

inline void event_log::packet(happening what, const sighting& packet, time_point arrives) {
    ++size_;
    mix(static_cast<std::uint64_t>(packet.at.since_start().nanoseconds()));
    mix(static_cast<std::uint64_t>(arrives.since_start().nanoseconds()) ^ static_cast<std::uint64_t>(what) << 56);
    mix(as_bytes(packet.from));
    mix(as_bytes(packet.to));
    mix(what <= happening::held_back && packet.frame.size() > whole_at_once ? packet.frame.first(headers) : packet.frame);
    if (file_ == nullptr && kept_ == 0 && capture_ == nullptr) return;
    std::string fate = name_of(what);
    if (what <= happening::held_back) {
        char travels[40];
        std::snprintf(travels, sizeof travels, ", there at %.6f", arrives.since_start().seconds());
        fate = what == happening::travels ? travels + 2 : fate + travels;
    }
    if (capture_ != nullptr) capture_->packet(packet.at, packet.from, packet.link, packet.frame, "to " + std::string{packet.to.data(), packet.to.size()} + ": " + fate);
    if (file_ == nullptr && (kept_ == 0 || (what == happening::travels && !keeps_all_))) return;
    const wire::line described = packet.link == link_type::ethernet ? wire::describe_frame(packet.frame) : wire::describe_packet(packet.frame);
    const text line = described;
    write(packet.at, std::string{packet.from.data(), packet.from.size()} + " > " + std::string{packet.to.data(), packet.to.size()} + "  " +
                         std::string{line.data(), line.size()} + "  (" + fate + ")", keeps_all_ || what != happening::travels);
}

inline void event_log::event(happening what, time_point at, text who, text words) {
    ++size_;
    mix(static_cast<std::uint64_t>(at.since_start().nanoseconds()) ^ static_cast<std::uint64_t>(what) << 56);
    mix(as_bytes(who));
    mix(as_bytes(words));
    if (file_ == nullptr && kept_ == 0) return;
    std::string line{who.data(), who.size()};
    if (what != happening::note) line += line.empty() ? name_of(what) : std::string{" "} + name_of(what);
    if (!words.empty()) line += (line.empty() ? "" : ": ") + std::string{words.data(), words.size()};
    write(at, std::move(line), true);
}

inline void event_log::mix(const_bytes bytes) noexcept {
    std::uint64_t word = 0;
    if (bytes.size() >= 64) {  // four lanes, since the multiplications of one wait for one another
        std::uint64_t lanes[4] = {0, 1, 2, 3}, words[4];
        for (; bytes.size() >= sizeof words; bytes = bytes.subspan(sizeof words)) {
            __builtin_memcpy(words, bytes.data(), sizeof words);
            for (std::size_t i = 0; i < 4; ++i) {
                lanes[i] = (lanes[i] ^ words[i]) * 0x9e3779b97f4a7c15;
                lanes[i] ^= lanes[i] >> 32;
            }
        }
        for (const std::uint64_t each : lanes) mix(each);
    }
    for (; bytes.size() >= sizeof word; bytes = bytes.subspan(sizeof word)) {
        __builtin_memcpy(&word, bytes.data(), sizeof word);
        mix(word);
    }
    word = bytes.size() << 56;
    if (!bytes.empty()) __builtin_memcpy(&word, bytes.data(), bytes.size());
    mix(word);
}

inline void event_log::write(time_point at, std::string words, bool notable) {
    char moment[32];
    std::snprintf(moment, sizeof moment, "%12.6f  ", at.since_start().seconds());
    words = moment + words + '\n';
    if (file_ != nullptr) std::fwrite(words.data(), 1, words.size(), file_);
    if (kept_ != 0 && notable) tail_[lines_++ % kept_] = std::move(words);
}

}  // namespace weld::inline v0::sim
