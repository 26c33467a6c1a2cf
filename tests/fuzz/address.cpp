// What an address prints, it reads back; what it loads, it stores back; and no input makes it crash.
// Build: clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude tests/fuzz/address.cpp
#include <weld/socket/address/address4.hpp>
#include <weld/socket/address/address6.hpp>
#include <weld/socket/address/endpoint4.hpp>
#include <weld/socket/address/endpoint6.hpp>
#include <weld/socket/address/generic_address.hpp>
#include <weld/socket/address/mac_address.hpp>
#include <weld/socket/address/packet_address.hpp>
#include <weld/socket/address/prefix4.hpp>
#include <weld/socket/address/prefix6.hpp>
#include <weld/socket/address/unix_address.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace {

void expect(bool condition) {
    if (!condition) __builtin_trap();
}

template <class Address>
void text_round_trip(weld::text input) {
    const auto address = Address::parse(input);
    if (!address) return;
    const auto printed = address->to_text();
    const auto again = Address::parse(printed);
    expect(again.has_value() && *again == *address && again->to_text() == printed);
}

template <class Address>
void sockaddr_round_trip(std::span<const std::byte> input) {
    const auto address = Address::load(input);
    if (!address) return;
    std::byte stored[Address::sockaddr_size_max];
    const auto again = Address::load(std::span{stored}.first(address->store(stored)));
    expect(again.has_value() && *again == *address);
    expect(*weld::generic_address{*address}.as<Address>() == *address);
    (void)address->to_text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace weld;
    const text characters{reinterpret_cast<const char*>(data), size};
    text_round_trip<address4>(characters);
    text_round_trip<address6>(characters);
    text_round_trip<prefix4>(characters);
    text_round_trip<prefix6>(characters);
    text_round_trip<mac_address>(characters);
    text_round_trip<endpoint4>(characters);
    text_round_trip<endpoint6>(characters);
    text_round_trip<unix_address>(characters);
    text_round_trip<packet_address>(characters);

    const auto bytes = std::as_bytes(std::span{data, size});
    sockaddr_round_trip<endpoint4>(bytes);
    sockaddr_round_trip<endpoint6>(bytes);
    sockaddr_round_trip<unix_address>(bytes);
    sockaddr_round_trip<packet_address>(bytes);
    if (const auto generic = generic_address::load(bytes)) {
        (void)generic->to_text();
        expect(generic->bytes().size() == size);
    }
    return 0;
}
