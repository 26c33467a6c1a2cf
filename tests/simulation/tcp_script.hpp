// SPDX-License-Identifier: BSL-1.0
// Runs a script of tests/tcp_scripts/: segments that come to a TCP of ours, segments it is to answer with, and when, on
// the virtual clock. tests/tcp_scripts/README.md has the notation.
#pragma once

#include <weld/sim.hpp>
#include <weld/socket/options/tcp.hpp>
#include <weld/stack/tcp/tcp.hpp>

#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace tcp_script {
using namespace weld::literals;
namespace sim = weld::sim;
namespace wire = weld::wire;

/// Over which version of IP a script runs. The MTU leaves segments of 1460 octets to both.
struct over_ip4 {
    using composition = sim::usual_composition;
    using view = wire::ipv4_view;
    static constexpr auto tcp = weld::tcp;
    static constexpr std::size_t header = 20, mtu = 1500;
    static weld::address4 address(const sim::port& of) { return of.address; }
    static weld::address4 address(const sim::machine& of) { return of.address(); }
    static void write(weld::mutable_bytes frame, weld::address4 from, weld::address4 to) {
        wire::ipv4_header{.total_length = static_cast<std::uint16_t>(frame.size()), .ttl = 64, .protocol = 6, .source = from, .destination = to}.encode(frame);
    }
};
struct over_ip6 {
    using composition = sim::over_ipv6;
    using view = wire::ipv6_view;
    static constexpr auto tcp = weld::tcp6;
    static constexpr std::size_t header = 40, mtu = 1520;
    static weld::address6 address(const sim::port& of) { return of.of_version_6; }
    static weld::address6 address(const sim::machine& of) { return of.address6(); }
    static void write(weld::mutable_bytes frame, const weld::address6& from, const weld::address6& to) {
        wire::ipv6_header{.payload_length = static_cast<std::uint16_t>(frame.size() - header), .next_header = 6, .source = from, .destination = to}.encode(frame);
    }
};

template <class Ip = over_ip4>
class runner {
    using net_type = typename std::invoke_result_t<typename Ip::composition, sim::place&>;
    using socket_type = weld::socket<net_type, Ip::tcp>;

public:
    runner() : world_{1, {.network = {.link = {.delay = {}}, .mtu = Ip::mtu}}}, host_{world_.host("us", typename Ip::composition{})}, clock_{world_.time()},
               peer_{world_.network().plug(1, "peer", clock_, weld::link_type::bare_ip)} {
        peer_.host_is_up = true;
        peer_.ready = &nobody_;
        world_.log().keep(60, true);
    }
    ~runner() { peer_.arrived.clear(); }

    /// What is wrong, with the line's number; empty: all is as the script says.
    std::string run(const std::string& file) {
        std::ifstream in{file};
        if (!in) return "no such file: " + file;
        std::string line;
        for (int number = 1; std::getline(in, line); ++number) {
            if (const std::size_t comment = line.find('#'); comment != std::string::npos) line.resize(comment);
            std::istringstream words{line};
            std::string wrong;
            if (std::string first; words >> first) wrong = step(first, words);
            if (!wrong.empty()) return "line " + std::to_string(number) + ": " + wrong + "\n" + world_.log().tail();
        }
        return {};
    }

private:
    using arguments = std::map<std::string, std::string>;

    std::string step(const std::string& first, std::istringstream& words) {
        std::string what;
        if (std::isdigit(static_cast<unsigned char>(first[0])) != 0 || first[0] == '+') {
            const double seconds = std::stod(first);
            when_ = first[0] == '+' ? last_ + weld::duration::nanoseconds(std::llround(seconds * 1e9)) : weld::time_point{weld::duration::nanoseconds(std::llround(seconds * 1e9))};
            words >> what;
        } else {
            when_ = world_.now();
            what = first;
        }
        if (what == "<") return expect(words);
        pass_until(when_);
        last_ = when_;
        if (what == ">") return inject(words);
        if (what == "established") return establish(words);
        if (what == "quiet") return nothing_came() ? "" : "a segment that nobody expected: " + printed(*peer_.arrived.front());
        return call(what, words);
    }
    void pass_until(weld::time_point until) {
        if (until > world_.now()) static_cast<void>(world_.run_for(until - world_.now()));
        settle();
    }
    /// Lets happen what happens without time passing.
    void settle() { static_cast<void>(world_.run_for({})); }

    /// What a host says beside TCP, of groups and routers, is no matter of a script's.
    bool nothing_came() {
        weld::packet_queue all;
        all.splice_back(peer_.arrived);
        while (weld::packet_buffer frame = all.pop_front())
            if (const auto ip = Ip::view::parse(frame->bytes()); ip && ip->protocol() == 6) peer_.arrived.push_back(std::move(frame));
        return peer_.arrived.empty();
    }

    // --- segments
    std::string inject(std::istringstream& words) {
        std::string letters;
        words >> letters;
        arguments given = pairs(words);
        const auto number = [&](const char* name, long otherwise) { return given.count(name) != 0 ? std::stol(given[name]) : otherwise; };
        wire::tcp_header header{.source_port = their_port_, .destination_port = our_port_, .flags = flags_of(letters)};
        if (given.count("port") != 0) header.destination_port = static_cast<std::uint16_t>(std::stol(given["port"]));
        header.seq = their_iss + static_cast<std::uint32_t>(number("seq", next_seq_));
        header.ack = header_has(header, wire::tcp_flags::ack) ? our_iss_ + static_cast<std::uint32_t>(number("ack", next_ack_)) : 0;
        if (given.count("rawack") != 0) header.ack = static_cast<std::uint32_t>(std::stoul(given["rawack"]));
        header.window = static_cast<std::uint16_t>(number("win", 65535));
        const auto length = static_cast<std::size_t>(number("len", 0));
        send(header, options_of(given, header_has(header, wire::tcp_flags::syn)), length, given.count("corrupt") != 0);
        const bool takes_number = header_has(header, wire::tcp_flags::syn) || header_has(header, wire::tcp_flags::fin);
        if (given.count("seq") == 0) next_seq_ += static_cast<long>(length) + (takes_number ? 1 : 0);
        else if (!header_has(header, wire::tcp_flags::rst)) next_seq_ = std::max(next_seq_, std::stol(given["seq"]) + static_cast<long>(length) + (takes_number ? 1 : 0));
        settle();
        return {};
    }
    void send(wire::tcp_header header, const wire::tcp_options& options, std::size_t length, bool corrupt) {
        weld::packet_buffer frame = weld::packet_buffer::allocate(world_.packets(), Ip::header + 60 + length);
        const weld::mutable_bytes all = frame->put(Ip::header + 60 + length);
        weld::fill(all);
        const std::size_t size = header.encode(all.subspan(Ip::header), options);
        frame->trim(Ip::header + size + length);
        const weld::mutable_bytes segment = frame->bytes().subspan(Ip::header);
        const auto pseudo = weld::checksum::pseudo_header(Ip::address(peer_), Ip::address(host_), 6, static_cast<std::uint32_t>(segment.size()));
        weld::store_be(segment, 16, static_cast<std::uint16_t>(weld::checksum::finish(weld::checksum::add(pseudo, weld::checksum::sum(segment))) ^ (corrupt ? 1 : 0)));
        Ip::write(frame->bytes(), Ip::address(peer_), Ip::address(host_));
        world_.network().transmit(peer_, std::move(frame));
    }
    std::string expect(std::istringstream& words) {
        const weld::time_point limit = when_ + tolerance;
        while (nothing_came() && world_.now() < limit) {
            const weld::duration left = limit - world_.now();
            static_cast<void>(world_.run_for(std::min(left, 1_ms)));
        }
        std::string letters;
        words >> letters;
        arguments wanted = pairs(words, false);
        if (peer_.arrived.empty()) return "nothing came";
        const weld::packet_buffer frame = peer_.arrived.pop_front();
        last_ = when_;
        const auto ip = Ip::view::parse(frame->bytes());
        const auto segment = ip ? wire::tcp_view::parse(ip->payload()) : weld::errc::bad_message;
        if (!segment) return "no segment: " + printed(*frame);
        if (world_.now() + tolerance < when_) return "too early, at " + std::to_string(world_.now().since_start().seconds()) + ": " + printed(*frame);
        if (!segment->checksum_valid(ip->source(), ip->destination())) return "its checksum is wrong: " + printed(*frame);
        if (segment->has(wire::tcp_flags::syn)) {
            our_iss_ = segment->seq();
            our_port_ = segment->source_port();
        }
        if (segment->has(wire::tcp_flags::syn) && !segment->has(wire::tcp_flags::ack)) next_seq_ = 0;
        const std::string wrong = compare(*segment, letters, wanted);
        if (segment->length() != 0) next_ack_ = std::max<long>(next_ack_, static_cast<std::int32_t>(segment->seq() + segment->length() - our_iss_));
        return wrong.empty() ? wrong : wrong + " in " + printed(*frame);
    }
    std::string compare(const wire::tcp_view& s, const std::string& letters, arguments& wanted) {
        const auto flags = flags_of(letters) | (letters.find('P') == std::string::npos ? s.flags() & wire::tcp_flags::psh : wire::tcp_flags::none);
        if (s.flags() != flags) return "other flags than " + letters;
        const bool raw = s.has(wire::tcp_flags::rst) && !s.has(wire::tcp_flags::ack) && our_iss_ == 0;
        const wire::tcp_options options = s.options();
        const std::map<std::string, long> seen{
            {"seq", raw ? static_cast<long>(s.seq()) : static_cast<std::int32_t>(s.seq() - our_iss_)}, {"rawseq", static_cast<long>(s.seq())},
            {"ack", static_cast<std::int32_t>(s.ack() - their_iss)}, {"len", static_cast<long>(s.payload().size())}, {"win", static_cast<long>(s.window())},
            {"mss", options.mss}, {"wscale", options.has_window_scale ? options.window_scale : -1}, {"sackok", options.sack_permitted ? 1 : 0},
            {"ts", options.has_timestamps ? 1 : 0}, {"ecr", static_cast<long>(options.tsecr)}, {"sacks", options.sack_count},
            {"left", options.sack_count > 0 ? static_cast<std::int32_t>(options.sack[0].left - their_iss) : -1},
            {"right", options.sack_count > 0 ? static_cast<std::int32_t>(options.sack[0].right - their_iss) : -1}};
        if (options.has_timestamps) our_tsval_ = options.tsval;
        for (const auto& [name, value] : wanted) {
            const auto found = seen.find(name);
            if (found == seen.end()) return "nobody knows what " + name + " is";
            if (found->second != std::stol(value)) return name + " is " + std::to_string(found->second) + " and not " + value;
        }
        return {};
    }
    wire::tcp_options options_of(arguments& given, bool) {
        wire::tcp_options options;
        if (given.count("mss") != 0) options.mss = static_cast<std::uint16_t>(std::stol(given["mss"]));
        if (given.count("wscale") != 0) options.has_window_scale = true, options.window_scale = static_cast<std::uint8_t>(std::stol(given["wscale"]));
        if (given.count("sackok") != 0) options.sack_permitted = true;
        if (given.count("ts") != 0) {
            options.has_timestamps = true;
            options.tsval = static_cast<std::uint32_t>(std::stol(given["ts"]));
            options.tsecr = given.count("ecr") != 0 ? static_cast<std::uint32_t>(std::stol(given["ecr"])) : our_tsval_;
        }
        if (given.count("sack") != 0) {
            std::istringstream blocks{given["sack"]};
            std::string block;
            while (std::getline(blocks, block, ',')) {
                const std::size_t dash = block.find('-');
                options.sack[options.sack_count++] = {our_iss_ + static_cast<std::uint32_t>(std::stol(block.substr(0, dash))), our_iss_ + static_cast<std::uint32_t>(std::stol(block.substr(dash + 1)))};
            }
        }
        return options;
    }

    /// A connection that the peer has opened, with these options in its SYN.
    std::string establish(std::istringstream& words) {
        std::string options;
        std::getline(words, options);
        const bool stamped = options.find("ts ") != std::string::npos;
        for (const std::string& line : {std::string{"listen"}, "> S seq 0 " + options, std::string{"< S. ack 1"}, std::string{stamped ? "> . ts 1000" : "> ."}, std::string{"accept"}}) {
            std::istringstream rest{line};
            std::string first;
            rest >> first;
            if (const std::string wrong = step(first, rest); !wrong.empty()) return line + ": " + wrong;
        }
        return {};
    }

    // --- socket calls
    std::string call(const std::string& what, std::istringstream& words) {
        net_type& net = host_.net();
        std::string argument;
        words >> argument;
        weld::errc got{};
        if (what == "listen") {
            listener_.emplace(std::move(*net.socket(Ip::tcp)));
            our_port_ = 80;
            if (const auto bound = listener_->bind({{}, 80}); !bound) return message(bound.error());
            got = listener_->listen(argument.empty() ? 16 : std::stoi(argument)).error();
            argument.clear();
        } else if (what == "connect") {
            socket_.emplace(std::move(*net.socket(Ip::tcp)));
            their_port_ = 80;
            got = socket_->try_connect({Ip::address(peer_), 80}).error();
            settle();
            return got == weld::errc::operation_in_progress ? "" : std::string{"connect: "} + message(got);
        } else if (what == "connected") {
            got = socket_->try_connect({Ip::address(peer_), 80}).error();
            if (got == weld::errc::already_connected) got = {};
        } else if (what == "accept") {
            auto accepted = listener_->try_accept();
            got = accepted.error();
            if (accepted) socket_.emplace(std::move(*accepted));
        } else if (what == "send") {
            const std::vector<std::byte> data(std::stoul(argument));
            const auto sent = socket_->try_send(data);
            if (sent && *sent != data.size()) return "send took " + std::to_string(*sent);
            got = sent.error();
            argument.clear();
            words >> argument;
        } else if (what == "recv") {
            std::vector<std::byte> buffer(1 << 20);
            const auto count = socket_->try_recv(buffer);
            const bool is_number = !argument.empty() && std::isdigit(static_cast<unsigned char>(argument[0])) != 0;
            settle();
            if (is_number) return !count ? std::string{"recv: "} + message(count.error()) : *count == std::stoul(argument) ? "" : "recv gave " + std::to_string(*count);
            got = count.error();
        } else if (what == "shutdown") {
            got = socket_->shutdown(weld::shutdown_type::write).error();
        } else if (what == "close") {
            socket_.reset();
        } else if (what == "close_listener") {
            listener_.reset();
        } else if (what == "nodelay") {
            got = socket_->set(weld::no_delay{}).error();
        } else {
            return "nobody knows how to " + what;
        }
        settle();
        const std::map<std::string, weld::errc> names{{"", {}}, {"again", weld::errc::resource_unavailable_try_again}, {"reset", weld::errc::connection_reset}, {"refused", weld::errc::connection_refused},
                                                      {"timed_out", weld::errc::timed_out}, {"pipe", weld::errc::broken_pipe}, {"not_connected", weld::errc::not_connected}};
        const auto wanted = names.find(argument);
        if (wanted == names.end()) return "nobody knows the error " + argument;
        return got == wanted->second ? "" : what + ": " + message(got) + " and not " + message(wanted->second);
    }

    static arguments pairs(std::istringstream& words, bool injects = true) {
        arguments all;
        for (std::string name, value; words >> name;) {
            if (injects && (name == "sackok" || name == "corrupt")) all[name] = "1";
            else if (words >> value) all[name] = value;
        }
        return all;
    }
    static wire::tcp_flags flags_of(const std::string& letters) {
        wire::tcp_flags flags{};
        const std::pair<char, wire::tcp_flags> table[] = {{'S', wire::tcp_flags::syn}, {'F', wire::tcp_flags::fin}, {'R', wire::tcp_flags::rst}, {'P', wire::tcp_flags::psh}, {'.', wire::tcp_flags::ack}, {'U', wire::tcp_flags::urg}};
        for (const auto& [letter, flag] : table)
            if (letters.find(letter) != std::string::npos) flags = flags | flag;
        return flags;
    }
    static bool header_has(const wire::tcp_header& header, wire::tcp_flags flag) { return any(header.flags & flag); }
    static std::string printed(const weld::packet& frame) {
        const wire::line described = wire::describe_packet(frame.bytes());
        const weld::text line = described;
        return {line.data(), line.size()};
    }

    static constexpr std::uint32_t their_iss = 1'000'000'000;
    static constexpr weld::duration tolerance = weld::duration::milliseconds(5);
    sim::world world_;
    sim::host<net_type>& host_;
    weld::run_queue nobody_;
    sim::virtual_clock clock_;
    sim::port& peer_;
    std::optional<socket_type> listener_, socket_;
    weld::time_point when_{}, last_{};
    std::uint16_t our_port_ = 80, their_port_ = 40'000;
    std::uint32_t our_iss_ = 0, our_tsval_ = 0;
    long next_seq_ = 0, next_ack_ = 0;
};

}  // namespace tcp_script
