// SPDX-License-Identifier: BSL-1.0
#pragma once

#include "arguments.hpp"
#include "chosen_device.hpp"

#include <weld/device/faults.hpp>
#include <weld/device/packet_ring.hpp>
#include <weld/device/raw_ip.hpp>
#include <weld/device/tap.hpp>
#include <weld/stack.hpp>

#include <cstring>
#include <string>

namespace examples {

/// What `--net` says of a net of weld's own: "tap:tap0,10.0.0.2/24,10.0.0.1,lose=0.01", "tap:tap0,10.0.0.2/24,fd00::2/64".
class own_net {
public:
    /// Whether `--net` names one.
    static bool is_meant(const char* net) {
        for (const char* kind : {"tap:", "packet:", "tun:", "raw:"})
            if (std::strncmp(net, kind, std::strlen(kind)) == 0) return true;
        return false;
    }
    /// Whether its addresses are of IPv6 alone.
    static bool speaks_only_6(const char* net) {
        weld::text rest{net};
        while (rest.find(',') != weld::text::npos) {
            rest = rest.substr(rest.find(',') + 1);
            const weld::text word = rest.substr(0, rest.find(','));
            if (word.find('/') != weld::text::npos && weld::prefix4::parse(word)) return false;
        }
        return true;
    }
    explicit own_net(const arguments& given) : given_{given}, text_{given.net()} {
        const std::size_t colon = text_.find(':');
        kind_ = text_.substr(0, colon);
        for (std::size_t at = colon + 1, place = 0; at <= text_.size(); ++place) {
            const std::size_t comma = std::min(text_.find(',', at), text_.size());
            read_word(place, text_.substr(at, comma - at));
            at = comma + 1;
        }
        if (name_.empty() || address_.empty()) given_.fail("--net %s: wanted is %s:INTERFACE,ADDRESS/PREFIX[,GATEWAY]", text_.c_str(), kind_.c_str());
    }

    /// Opens the device and answers `program(net)`. `more` are parts beside weld's own.
    template <class Program, class... Parts>
    int run(Program& program, Parts... more) const {
        using namespace weld;
        if (kind_ == "tap" || kind_ == "packet") {
            using chosen = chosen_device<device::tap, device::packet_ring, device::faults<device::tap>, device::faults<device::packet_ring>>;
            chosen opened = kind_ == "tap" ? open<chosen>(device::tap::open(name(), {.offloads = offloads_}))
                                           : open<chosen>(device::packet_ring::open(name(), {.offloads = offloads_}));
            return run_over(stack::ethernet{std::move(opened)}, program, std::move(more)...);
        }
        using chosen = chosen_device<device::tun, device::raw_ip, device::faults<device::tun>, device::faults<device::raw_ip>>;
        chosen opened = kind_ == "tun" ? open<chosen>(device::tun::open(name(), {.offloads = offloads_}))
                                       : open<chosen>(device::raw_ip::open({.interface_name = name()}));
        return run_over(stack::bare_ip{std::move(opened)}, program, std::move(more)...);
    }

private:
    void read_word(std::size_t place, const std::string& word) {
        const std::size_t equals = word.find('=');
        const std::string key = word.substr(0, equals), value = equals == std::string::npos ? "" : word.substr(equals + 1);
        if (place == 0) name_ = word;
        else if (key == "offloads") offloads_ = value != "no";
        else if (key == "lose") rates_.lose = share(key, value);
        else if (key == "reorder") rates_.reorder = share(key, value);
        else if (key == "duplicate") rates_.duplicate = share(key, value);
        else if (key == "corrupt") rates_.corrupt = share(key, value);
        else if (key == "seed") seed_ = std::strtoull(value.c_str(), nullptr, 10);
        else if (equals != std::string::npos) given_.fail("--net %s: there is no %s=", text_.c_str(), key.c_str());
        else if (place == 1 || word.find('/') != std::string::npos) read_address(word);
        else read_gateway(word);
    }
    void read_address(const std::string& word) {
        const weld::text characters{word.data(), word.size()};
        const bool is6 = static_cast<bool>(weld::prefix6::parse(characters));
        if ((!is6 && !weld::prefix4::parse(characters)) || word.find('/') == std::string::npos)
            given_.fail("--net %s: '%s' is not an address with its prefix, as 10.0.0.2/24 and fd00::2/64 are", text_.c_str(), word.c_str());
        address_ += (address_.empty() ? "" : ",") + word;
        has_6_ |= is6;
    }
    void read_gateway(const std::string& word) {
        const weld::text characters{word.data(), word.size()};
        if (!weld::address4::parse(characters) && !weld::address6::parse(characters)) given_.fail("--net %s: '%s' is not an address", text_.c_str(), word.c_str());
        address_ += ',' + word;
    }
    double share(const std::string& key, const std::string& value) const {
        char* end = nullptr;
        const double read = std::strtod(value.c_str(), &end);
        if (value.empty() || *end != '\0' || !(read >= 0 && read <= 1)) given_.fail("--net %s: %s= takes a number from 0 to 1", text_.c_str(), key.c_str());
        return read;
    }
    weld::text name() const { return {name_.data(), name_.size()}; }

    /// The device, behind faults where they were asked for; or the program ends with the reason.
    template <class Chosen, class Device>
    Chosen open(weld::result<Device> opened) const {
        if (!opened) given_.stop("--net %s: %s%s", text_.c_str(), weld::message(opened.error()), hint(opened.error()));
        if constexpr (requires { opened->up(); })
            if (const auto up = opened->host().is_up(); up && !*up && !opened->up())
                given_.stop("--net %s: %s is down, and bringing it up takes CAP_NET_ADMIN: ip link set %s up", text_.c_str(), name_.c_str(), name_.c_str());
        const bool faulty = rates_.lose > 0 || rates_.reorder > 0 || rates_.duplicate > 0 || rates_.corrupt > 0;
        if (!faulty) return Chosen{std::move(*opened)};
        return Chosen{weld::device::faults{std::move(*opened), weld::device::fault_options{.seed = seed_, .transmitted = rates_, .received = rates_}}};
    }
    const char* hint(weld::errc why) const {
        const bool tunnel = kind_ == "tap" || kind_ == "tun";
        if (why == weld::errc::operation_not_permitted && tunnel) return " (it takes CAP_NET_ADMIN, or an interface that is yours: ip tuntap add ... user ...)";
        if (why == weld::errc::operation_not_permitted) return " (it takes CAP_NET_RAW)";
        if (why == weld::errc::permission_denied) return " (may this user open /dev/net/tun?)";
        return "";
    }
    template <class Link, class Program, class... Parts>
    int run_over(Link link, Program& program, Parts... more) const {
        namespace own = weld::stack;
        weld::net net{own::interface{name(), std::move(link), weld::text{address_.data(), address_.size()}},
                      own::ipv4{}, own::icmp{}, own::tcp{}, own::udp{}, own::raw{},
                      own::ipv6{{.link_local = has_6_}}, own::icmp6{}, own::tcp6{}, own::udp6{}, own::raw6{}, own::packet_family{}, std::move(more)...};
        if (!net.status()) given_.stop("--net %s: %s", text_.c_str(), weld::message(net.status().error()));
        wait_for_addresses(net);
        return program(net);
    }

    /// An address of IPv6 may be used once nobody on the link says that it is his.
    template <class Net>
    void wait_for_addresses(Net& net) const {
        const auto asking = [&] {
            bool asks = false;
            for (const auto& own : net.template part<weld::stack::ipv6>().addresses().entries())
                asks |= own.state.phase == weld::stack::address6_phase::tentative;
            return asks;
        };
        while (asking()) net.step();
        for (const auto& own : net.template part<weld::stack::ipv6>().addresses().entries())
            if (own.state.phase == weld::stack::address6_phase::duplicate)
                given_.stop("--net %s: somebody else has %s", text_.c_str(), own.address().to_text().c_str());
    }

    const arguments& given_;
    std::string text_, kind_{}, name_{}, address_{};
    bool offloads_ = true, has_6_ = false;
    std::uint64_t seed_ = 1;
    weld::device::fault_rates rates_{};
};

}  // namespace examples
