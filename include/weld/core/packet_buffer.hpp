// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>
#include <weld/core/bytes.hpp>
#include <weld/core/duration.hpp>
#include <weld/core/packet_lender.hpp>
#include <weld/core/packet_pool.hpp>
#include <weld/core/packet_type.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace weld::inline v0 {

class packet;
namespace detail {
struct slot_note;
}

/// What is known of a packet's transport checksum. In the kernel: ip_summed. Source: include/linux/skbuff.h.
enum class checksum_state : std::uint8_t {
    none,         ///< nothing: it is in the packet and nobody looked (received), or it is there and right (to be sent)
    unnecessary,  ///< somebody looked, or the packet never left this machine: it is right
    complete,     ///< `csum` is the sum over everything from data() on, to be compared
    partial,      ///< to be filled in: sum from csum_start on, store at csum_start + csum_offset
};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"  // g++ 12 says so of weld::udp where that was declared before
/// What a super-segment is to be split into. Values as in struct virtio_net_hdr.
enum class gso_type : std::uint8_t { none = 0, tcp4 = 1, udp = 3, tcp6 = 4, udp_l4 = 5 };
#pragma GCC diagnostic pop

/// A packet, held by one owner: moving hands it on, the end of the handle gives it back to its pool.
/// In the kernel: struct sk_buff*.
class packet_buffer {
public:
    constexpr packet_buffer() noexcept = default;
    /// A packet with `capacity` bytes of room, `headroom` of them before its data; it is still empty.
    /// Answers an empty handle when the pool is at its limit, or for more than packet_pool::capacity_max.
    static packet_buffer allocate(packet_pool& pool, std::size_t capacity, std::size_t headroom = 0) noexcept;
    /// A packet over several slots: packet_slots.hpp.
    static packet_buffer allocate_slots(packet_pool& pool, std::size_t count, std::size_t size, std::size_t headroom) noexcept;
    /// A packet over a frame that lies in a lender's memory, `headroom` bytes behind what its place takes, in this area.
    /// Empty when the pool, which has the packet itself, is at its limit.
    static packet_buffer lend(packet_pool& pool, packet_lender& from, detail::lent_place& place, std::size_t area, std::size_t headroom, std::size_t size) noexcept;
    /// Takes what release() gave.
    static packet_buffer adopt(packet* released) noexcept { return packet_buffer{released}; }

    packet_buffer(packet_buffer&& other) noexcept : packet_{std::exchange(other.packet_, nullptr)} {}
    packet_buffer& operator=(packet_buffer&& other) noexcept {
        packet_buffer{std::move(other)}.swap(*this);
        return *this;
    }
    [[gnu::always_inline]] ~packet_buffer() { if (packet_ != nullptr) destroy(); }  // most have been moved from

    constexpr explicit operator bool() const noexcept { return packet_ != nullptr; }
    packet& operator*() const noexcept { WELD_ASSERT(packet_ != nullptr); return *packet_; }
    packet* operator->() const noexcept { WELD_ASSERT(packet_ != nullptr); return packet_; }
    packet* get() const noexcept { return packet_; }
    [[nodiscard]] packet* release() noexcept { return std::exchange(packet_, nullptr); }
    /// Gives the packet back.
    void reset() noexcept { packet_buffer{std::move(*this)}; }
    void swap(packet_buffer& other) noexcept { std::swap(packet_, other.packet_); }

private:
    constexpr explicit packet_buffer(packet* adopted) noexcept : packet_{adopted} {}
    void destroy() noexcept;
    packet* packet_ = nullptr;
};

/// What the layers know of a packet. A clone starts with the same and goes its own way.
class packet_metadata {
public:
    time_point timestamp{};                                  ///< when it arrived, or when it was handed to the device
    std::uint32_t csum = 0;                                  ///< checksum.hpp's sum: of the data, or of the payload
    std::uint32_t interface = 0;                             ///< index of the interface it came by, or goes by
    std::uint16_t protocol = 0;                              ///< EtherType, in host order
    std::uint16_t gso_size = 0;                              ///< payload of a segment of this super-segment, or 0
    std::uint16_t gso_segments = 0;                          ///< how many there are
    weld::gso_type gso_type{};
    checksum_state checksum{};
    packet_type type{};

    /// Forty-eight bytes for the layer that holds the packet, zero at first; half of them where it has fragments.
    /// In the kernel: skb->cb.
    template <class T>
    T& control() noexcept {
        static_assert(sizeof(T) <= sizeof control_ && alignof(T) <= 8 && std::is_trivially_copyable_v<T>);
        WELD_ASSERT(sizeof(T) <= sizeof control_ - sizeof(fragment_list) || !has_fragments_);
        return *reinterpret_cast<T*>(control_);
    }

protected:
    /// The packets behind the first, where there are any: at the end of control(), which is smaller then.
    struct fragment_list {
        packet* first;
        packet* last;
        std::uint32_t packets, bytes;
    };
    /// Where that list lies. Pre: has_fragments_, or it is about to be set.
    fragment_list& fragment_place() noexcept { return *reinterpret_cast<fragment_list*>(control_ + sizeof control_ - sizeof(fragment_list)); }
    /// The same.
    const fragment_list& fragment_place() const noexcept { return const_cast<packet_metadata*>(this)->fragment_place(); }

    bool header_released_ : 1 = false;
    bool has_fragments_ : 1 = false;
    bool has_slots_ : 1 = false;
    mutable bool owns_slot_ : 1 = false;
    std::uint16_t csum_start_ = 0;  // these count from the block's start
    std::uint16_t csum_offset_ = 0;
    std::uint16_t mac_header_ = 0;
    std::uint16_t network_header_ = 0;
    std::uint16_t transport_header_ = 0;
    std::uint32_t queued_ = 0;      // bytes its queue counts for it
    alignas(8) std::byte control_[48] = {};
};

/// Bytes with room before and after them, and what the layers know about them. In the kernel: struct sk_buff.
/// Clones have their own bounds and metadata over shared bytes. Whoever writes makes sure that nobody else reads:
/// shared() for the data, header_shared() for the headroom.
/// Shape: block | headroom | data .. tail | tailroom |; the header offsets count from the block's start.
class packet : private detail::slot, public packet_metadata {
    friend class packet_buffer;
    friend class packet_queue;

public:
    packet(const packet&) = delete;
    packet& operator=(const packet&) = delete;

    std::byte* data() const noexcept { return block_->bytes() + data_; }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::byte* tail() const noexcept { return data() + size_; }
    mutable_bytes bytes() const noexcept { return {data(), size_}; }
    std::size_t headroom() const noexcept { return block_->slot == 0 ? data_ : data_ % block_->slot; }
    std::size_t tailroom() const noexcept { return capacity() - headroom() - size_; }
    std::size_t capacity() const noexcept { return block_->capacity; }
    /// What it takes from its pool: for the limits of a sock. In the kernel: truesize.
    std::size_t truesize() const noexcept { return sizeof(packet) + sizeof(detail::block) + capacity() * slots(); }

    /// Adds `n` bytes before the data, for a header; answers them. Pre: n <= headroom().
    mutable_bytes push(std::size_t n) noexcept;
    /// Takes `n` bytes off the front, a header that is done with. Pre: n <= size().
    void pull(std::size_t n) noexcept;
    /// Adds `n` bytes behind the data; answers them. Pre: n <= tailroom().
    mutable_bytes put(std::size_t n) noexcept;
    /// Shortens to `n` bytes; nothing happens where there are no more.
    void trim(std::size_t n) noexcept { if (n < size_) size_ = static_cast<std::uint32_t>(n); }
    /// Makes `n` bytes of an empty packet's room into headroom. Pre: empty(), n <= tailroom().
    void reserve(std::size_t n) noexcept;

    /// Another packet over the same bytes; of one that was lent, over a copy. Empty when the pool is at its limit.
    packet_buffer clone() const noexcept;
    /// A packet with bytes of its own, and `headroom` before them. Empty when the pool is at its limit.
    packet_buffer copy(std::size_t headroom, std::size_t tailroom = 0) const noexcept;
    packet_buffer copy() const noexcept { return copy(headroom(), tailroom()); }
    /// A clone can read the data: do not change it.
    bool shared() const noexcept { return block_->references > 1; }
    /// A clone may have headers in the headroom: do not push.
    bool header_shared() const noexcept {
        if (block_->slot != 0) return !owns_slot_;
        return block_->references - block_->payload_only > (header_released_ ? 0u : 1u);
    }
    /// More packets of the same flow that go where this one goes, and end with it: packet_queue::attach_to gives them. Only
    /// their payload is theirs, or all from the transport's header on; which is up to who made the list. A clone or a copy
    /// has none. In the kernel: skb_shinfo(skb)->frag_list.
    bool has_fragments() const noexcept { return has_fragments_; }
    /// Their bytes, as they were when they were added; and how many they are.
    std::size_t fragment_bytes() const noexcept { return has_fragments_ ? fragment_place().bytes : 0; }
    std::size_t fragment_count() const noexcept { return has_fragments_ ? fragment_place().packets : 0; }
    /// The last of them. Pre: has_fragments().
    const packet& last_fragment() const noexcept { return *fragment_place().last; }
    /// Calls visitor(packet) for each.
    template <class Visitor>
    void for_each_fragment(Visitor&& visitor) const {
        for (packet* at = has_fragments_ ? fragment_place().first : nullptr; at != nullptr; at = static_cast<packet*>(at->next)) visitor(*at);
    }

    /// How many slots it goes over: data() and size() are the first's, and the others are as long. packet_slots.hpp has
    /// what can be done to such a packet; nothing else may, but moving it, queueing it, and asking for truesize().
    std::size_t slots() const noexcept { return has_slots_ ? gso_segments : 1u; }
    /// Bytes of all its slots.
    static constexpr std::size_t slot_note_size = 8;
    /// It lies in a block of slots, if only in one of them.
    bool in_slots() const noexcept { return block_->slot != 0; }
    std::size_t total_size() const noexcept { return has_slots_ ? std::size_t{size_} * gso_segments : size_; }
    static constexpr std::size_t slot_headroom(std::size_t headroom) noexcept { return headroom + slot_note_size; }
    static constexpr std::size_t slot_stride(std::size_t size, std::size_t headroom) noexcept { return (slot_headroom(headroom) + size + 7) / 8 * 8; }
    static constexpr std::size_t slots_max(std::size_t size, std::size_t headroom) noexcept { return 65535 / slot_stride(size, headroom); }
    void fill_slots(const_bytes from, bool summed) noexcept;
    packet_buffer packet_of_slot(std::size_t n) const noexcept;
    template <class Visitor>
    void for_each_slot(Visitor&& visitor) const;
    void drop_slots(std::size_t n) noexcept;
    packet_buffer take_slots(std::size_t n) noexcept;
    result<> linearize() noexcept;

    /// Its bytes are a lender's: they may move to the pool's memory whenever the device that gave it receives again.
    bool is_lent() const noexcept { return packet_lender::owns(*block_); }
    /// Moves what lies at a lender's place to its pool. Errors: not_enough_memory.
    static result<> move_out(detail::lent_place& place) noexcept {
        if (place.is_lent == 0) return {};
        auto& skb = static_cast<packet&>(*place.piece.next);
        const std::uint32_t capacity = place.piece.capacity;
        const result<> moved = skb.move_to_own(skb.headroom(), skb.tailroom());
        if (moved) skb.block_->capacity = capacity;  // its sock has counted its truesize, and counts the same when it lets go
        return moved;
    }

    /// Promises never to push again, so that a clone may: what TCP keeps to send again. In the kernel: the same name.
    void release_header() noexcept;
    /// Makes sure that `headroom` bytes can be pushed and the headers be changed, moving to new bytes where needed.
    /// Errors: not_enough_memory. In the kernel: skb_cow_head.
    result<> cow_head(std::size_t headroom) noexcept;
    /// Makes sure that the data can be changed. Errors: not_enough_memory. In the kernel: skb_ensure_writable.
    result<> unshare() noexcept { return shared() ? move_to_own(headroom(), tailroom()) : result<>{}; }

    /// Where a layer's header begins: reset_ at data(), and found again after data() moved on.
    void reset_mac_header() noexcept { mac_header_ = static_cast<std::uint16_t>(data_); }
    void reset_network_header() noexcept { network_header_ = static_cast<std::uint16_t>(data_); }
    void reset_transport_header() noexcept { transport_header_ = static_cast<std::uint16_t>(data_); }
    mutable_bytes mac_header() const noexcept { return beginning(mac_header_); }
    mutable_bytes network_header() const noexcept { return beginning(network_header_); }
    mutable_bytes transport_header() const noexcept { return beginning(transport_header_); }
    /// From data(): negative once the header is pulled.
    std::ptrdiff_t network_offset() const noexcept { return std::ptrdiff_t{network_header_} - std::ptrdiff_t{data_}; }
    std::ptrdiff_t transport_offset() const noexcept { return std::ptrdiff_t{transport_header_} - std::ptrdiff_t{data_}; }

    /// The device is to sum from data() + start on, and to store at data() + start + offset.
    void set_partial_checksum(std::size_t start, std::size_t offset) noexcept;
    /// Where the sum starts, from data(): virtio_net_hdr::csum_start for a frame that begins there.
    std::size_t checksum_start() const noexcept { return std::size_t{csum_start_} - data_; }
    std::size_t checksum_offset() const noexcept { return csum_offset_; }

private:
    packet(detail::slab* from, detail::block* block, std::size_t headroom) noexcept
        : slot{from, nullptr}, block_{block}, data_{static_cast<std::uint32_t>(headroom)} {}
    packet(detail::slab* from, detail::block* block, const packet& original) noexcept
        : slot{from, nullptr}, packet_metadata{original}, block_{block}, data_{original.data_}, size_{original.size_} {
        header_released_ = has_fragments_ = has_slots_ = owns_slot_ = false;
    }
    packet_pool& pool() const noexcept { return *owner->cache->pool; }
    [[gnu::cold, gnu::noinline]] packet_buffer copy_of_lent() const noexcept { return copy(); }
    mutable_bytes beginning(std::size_t offset) const noexcept { return {block_->bytes() + offset, tail()}; }
    std::byte* slot_begin() const noexcept { return data() - headroom(); }
    packet_buffer packet_of_slot(detail::slot_note& note, std::size_t at) const noexcept;
    void keep_slots(std::size_t n) noexcept;
    result<> move_to_own(std::size_t headroom, std::size_t tailroom) noexcept;
    detail::block* copy_block(std::size_t headroom, std::size_t tailroom) const noexcept;
    void drop_block() noexcept;
    void drop_fragments() noexcept;
    void move_data(std::size_t headroom) noexcept;

    detail::block* block_;
    std::uint32_t data_;
    std::uint32_t size_ = 0;
    packet* previous_ = nullptr;
};

static_assert(sizeof(packet) == 128);

inline packet_buffer packet_buffer::allocate(packet_pool& pool, std::size_t capacity, std::size_t headroom) noexcept {
    WELD_ASSERT(headroom <= capacity);
    detail::slot* piece = pool.take_packet();
    if (piece == nullptr) return {};
    detail::block* block = pool.take_block(capacity);
    if (block == nullptr) {
        packet_pool::give(piece);
        return {};
    }
    return packet_buffer{::new (static_cast<void*>(piece)) packet{piece->owner, block, headroom}};
}

inline packet_buffer packet_buffer::lend(packet_pool& pool, packet_lender& from, detail::lent_place& place, std::size_t area, std::size_t headroom, std::size_t size) noexcept {
    detail::slot* piece = pool.take_packet();
    if (piece == nullptr) return {};
    detail::block* block = from.lend(place, area, piece, headroom + size);
    auto* made = ::new (static_cast<void*>(piece)) packet{piece->owner, block, headroom};
    made->size_ = static_cast<std::uint32_t>(size);
    return packet_buffer{made};
}

[[gnu::noinline]] inline void packet_buffer::destroy() noexcept {
    if (packet_->has_fragments_) [[unlikely]] packet_->drop_fragments();
    detail::block* const block = packet_->block_;
    if (packet_->header_released_) --block->payload_only;
    packet_pool::give(packet_);
    if (--block->references == 0) packet_pool::give_block(block);
}

inline void packet::drop_fragments() noexcept {
    for (packet* at = fragment_place().first; at != nullptr;) packet_buffer::adopt(std::exchange(at, static_cast<packet*>(at->next))).reset();
    has_fragments_ = false;
}

inline mutable_bytes packet::push(std::size_t n) noexcept {
    WELD_ASSERT(n <= headroom());
    data_ -= static_cast<std::uint32_t>(n);
    size_ += static_cast<std::uint32_t>(n);
    return {data(), n};
}

inline void packet::pull(std::size_t n) noexcept {
    WELD_ASSERT(n <= size_);
    data_ += static_cast<std::uint32_t>(n);
    size_ -= static_cast<std::uint32_t>(n);
}

inline mutable_bytes packet::put(std::size_t n) noexcept {
    WELD_ASSERT(n <= tailroom());
    std::byte* const end = tail();
    size_ += static_cast<std::uint32_t>(n);
    return {end, n};
}

inline void packet::reserve(std::size_t n) noexcept {
    WELD_ASSERT(empty() && n <= tailroom());
    data_ += static_cast<std::uint32_t>(n);
}

inline packet_buffer packet::clone() const noexcept {
    if (is_lent()) [[unlikely]] return copy_of_lent();
    detail::slot* piece = pool().take_packet();
    if (piece == nullptr) return {};
    ++block_->references;
    owns_slot_ = false;
    return packet_buffer::adopt(::new (static_cast<void*>(piece)) packet{piece->owner, block_, *this});
}

inline packet_buffer packet::copy(std::size_t headroom, std::size_t tailroom) const noexcept {
    detail::slot* piece = pool().take_packet();
    if (piece == nullptr) return {};
    detail::block* block = copy_block(headroom, tailroom);
    if (block == nullptr) {
        packet_pool::give(piece);
        return {};
    }
    auto* twin = ::new (static_cast<void*>(piece)) packet{piece->owner, block, *this};
    twin->move_data(headroom);
    return packet_buffer::adopt(twin);
}

inline void packet::release_header() noexcept {
    if (header_released_) return;
    header_released_ = true;
    ++block_->payload_only;
}

inline result<> packet::cow_head(std::size_t wanted) noexcept {
    if (wanted <= headroom() && !header_shared()) return {};
    return move_to_own(wanted > headroom() ? wanted : headroom(), tailroom());
}

inline void packet::set_partial_checksum(std::size_t start, std::size_t offset) noexcept {
    checksum = checksum_state::partial;
    csum_start_ = static_cast<std::uint16_t>(data_ + start);
    csum_offset_ = static_cast<std::uint16_t>(offset);
}

inline result<> packet::move_to_own(std::size_t headroom, std::size_t tailroom) noexcept {
    detail::block* block = copy_block(headroom, tailroom);
    if (block == nullptr) return errc::not_enough_memory;
    drop_block();
    block_ = block;
    header_released_ = owns_slot_ = false;
    move_data(headroom);
    return {};
}

/// The data in a block of its own, and before it as much of the pulled headers as there is headroom for.
inline detail::block* packet::copy_block(std::size_t headroom, std::size_t tailroom) const noexcept {
    detail::block* block = pool().take_block(headroom + size_ + tailroom);
    if (block == nullptr) return nullptr;
    const std::size_t before = headroom < this->headroom() ? headroom : this->headroom();
    __builtin_memcpy(block->bytes() + headroom - before, data() - before, before + size_);
    return block;
}

inline void packet::drop_block() noexcept {
    if (header_released_) --block_->payload_only;
    if (--block_->references == 0) packet_pool::give_block(block_);
}

/// The same bytes now begin at `headroom`: moves every offset along.
inline void packet::move_data(std::size_t headroom) noexcept {
    const std::ptrdiff_t by = static_cast<std::ptrdiff_t>(headroom) - std::ptrdiff_t{data_};
    for (std::uint16_t* offset : {&csum_start_, &mac_header_, &network_header_, &transport_header_})
        *offset = static_cast<std::uint16_t>(*offset + by > 0 ? *offset + by : 0);
    data_ = static_cast<std::uint32_t>(headroom);
}

}  // namespace weld::inline v0
