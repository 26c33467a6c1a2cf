// SPDX-License-Identifier: BSL-1.0
// Every script of tests/tcp_scripts/: one behaviour of TCP a file, as its RFC prescribes it, timing included.
#include "source_folder.hpp"
#include "tcp_script.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <filesystem>

namespace {
std::vector<std::filesystem::path> scripts() {
    std::vector<std::filesystem::path> all;
    const auto folder = source_folder(__FILE__).parent_path() / "tcp_scripts";
    for (const auto& each : std::filesystem::recursive_directory_iterator{folder})
        if (each.path().extension() == ".tcp") all.push_back(each.path());
    std::sort(all.begin(), all.end());
    return all;
}
}  // namespace

TEMPLATE_TEST_CASE("tcp does what the scripts say", "[tcp_scripts]", tcp_script::over_ip4, tcp_script::over_ip6) {
    CHECK(scripts().size() >= 80);
    constexpr const char* other = TestType::header == 20 ? "_ip6" : "_ip4";
    for (const auto& each : scripts()) {
        const std::string name = each.stem().string();
        if (name.size() > 4 && name.substr(name.size() - 4) == other) continue;
        tcp_script::runner<TestType> runner;
        const std::string wrong = runner.run(each.string());
        INFO(each.string() << ": " << wrong);
        CHECK(wrong.empty());
    }
}

TEST_CASE("a script that expects something else fails", "[tcp_scripts]") {
    const auto path = std::filesystem::temp_directory_path() / "weld-wrong-script.tcp";
    const auto outcome = [&](const char* text) {
        std::ofstream{path} << text;
        tcp_script::runner<> runner;
        return runner.run(path.string()).substr(0, 40);
    };
    CHECK(outcome("established\n0.1 > . len 10\n0.1 < . ack 12\n") == "line 3: ack is 11 and not 12 in IP 10.0.");
    CHECK(outcome("established\n0.1 > . len 10\n0.2 quiet\n").find("line 3: a segment that nobody expected") == 0);
    CHECK(outcome("established\n0.1 < . ack 1\n").find("line 2: nothing came") == 0);
    CHECK(outcome("established\nrecv 5\n").find("line 2: recv: resource") == 0);
    CHECK(outcome("connect\n0 < S\n2 < S\n").find("line 3: ") == 0);
    std::filesystem::remove(path);
}
