// Frames cross a wire in memory by direct code, and the clock of a wrapper is asked once a batch, not once a frame.
// no-indirect-call: wire_transmit
// no-indirect-call: wire_receive
// instructions: 80 wire_transmit
// instructions: 100 wire_receive
// no-indirect-call: (tap_transmit|basic_tap.*transmit)
// no-indirect-call: (ring_receive|packet_receiver.*receive)
// no-symbol: vtable for weld
// no-symbol: typeinfo for weld
#include <weld/device.hpp>

std::size_t wire_transmit(weld::device::memory<>& d, weld::span<weld::packet_buffer> frames) { return d.transmit(frames); }
std::size_t wire_receive(weld::device::memory<>& d, weld::packet_pool& pool, weld::span<weld::packet_buffer> frames) { return d.receive(pool, frames); }
std::size_t tap_transmit(weld::device::tap& d, weld::span<weld::packet_buffer> frames) { return d.transmit(frames); }
std::size_t ring_receive(weld::device::packet_ring& d, weld::packet_pool& pool, weld::span<weld::packet_buffer> frames) { return d.receive(pool, frames); }
