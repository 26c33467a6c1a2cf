// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/bytes.hpp>
#include <weld/core/packet_type.hpp>
#include <weld/device/virtio_header.hpp>

#include <linux/if_packet.h>

namespace weld::inline v0::device {

/// A frame where the kernel has put it, behind one of its headers (tpacket2_hdr, tpacket3_hdr) and a sockaddr_ll; each
/// field is read when it is asked for. Source: linux/if_packet.h; tpacket_rcv in net/packet/af_packet.c.
template <class Header>
class ring_frame {
public:
    ring_frame() noexcept = default;
    explicit ring_frame(const std::byte* at) noexcept : at_{at} {}

    /// TP_STATUS_*.
    std::uint32_t status() const noexcept { return field<std::uint32_t>(offsetof(Header, tp_status)); }
    /// Of all of it, whether it is here or not.
    std::size_t size() const noexcept { return field<std::uint32_t>(offsetof(Header, tp_len)); }
    const_bytes captured() const noexcept { return {at_ + offset(), field<std::uint32_t>(offsetof(Header, tp_snaplen))}; }
    bool is_whole() const noexcept { return field<std::uint32_t>(offsetof(Header, tp_snaplen)) == size(); }
    /// Where it begins, from where its header does.
    std::size_t offset() const noexcept { return field<std::uint16_t>(offsetof(Header, tp_mac)); }
    /// The size of that of the link.
    std::size_t link_header() const noexcept { return field<std::uint16_t>(offsetof(Header, tp_net)) - offset(); }
    virtio_header header() const noexcept { return field<virtio_header>(offset() - virtio_header::size); }
    packet_type type() const noexcept {
        return static_cast<packet_type>(field<std::uint8_t>(TPACKET_ALIGN(sizeof(Header)) + offsetof(::sockaddr_ll, sll_pkttype)));
    }
    /// Of the tag that was taken off; 0: none was.
    std::uint16_t vlan_tpid() const noexcept {
        if ((status() & TP_STATUS_VLAN_VALID) == 0) return 0;
        return (status() & TP_STATUS_VLAN_TPID_VALID) != 0 ? field<std::uint16_t>(vlan_type) : std::uint16_t{0x8100};
    }
    std::uint16_t vlan_tci() const noexcept { return field<std::uint16_t>(vlan); }

private:
    static constexpr bool is_version_3 = sizeof(Header) == sizeof(::tpacket3_hdr);
    static constexpr std::size_t vlan = is_version_3 ? offsetof(::tpacket3_hdr, hv1.tp_vlan_tci) : offsetof(::tpacket2_hdr, tp_vlan_tci);

    static constexpr std::size_t vlan_type = is_version_3 ? offsetof(::tpacket3_hdr, hv1.tp_vlan_tpid) : offsetof(::tpacket2_hdr, tp_vlan_tpid);

    template <class T>
    T field(std::size_t offset) const noexcept {
        T value;
        __builtin_memcpy(&value, at_ + offset, sizeof value);
        return value;
    }
    const std::byte* at_ = nullptr;
};

}  // namespace weld::inline v0::device
