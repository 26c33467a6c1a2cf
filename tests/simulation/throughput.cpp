// SPDX-License-Identifier: BSL-1.0
// The grid of losses and throughputs, on the virtual clock, held against the checked-in table throughput.txt. A cell that
// moved by more than a tenth is a change of behaviour that somebody has to look at; WELD_WRITE_TABLE=1 then writes the
// table anew.
#include "source_folder.hpp"
#include "throughput.hpp"

#include <weld/stack/tcp/recovery/rack.hpp>

#include "support/catch.hpp"

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>

namespace stack = weld::stack;
using namespace weld::literals;
using throughput::bulk;

namespace {
using none = stack::basic_tcp<stack::ip4, stack::no_congestion_control, stack::rack_recovery>;
using cubic = stack::basic_tcp<stack::ip4, stack::cubic, stack::rack_recovery>;
constexpr std::uint64_t seeds = 16;

template <class Tcp>
double mean(const bulk& what) {
    double sum = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) sum += throughput::measured<Tcp>(what, seed);
    return sum / static_cast<double>(seeds);
}
struct row {
    const char* name;
    bulk conditions;
    double least = 0, smoltcp = 0;  // what "none" must reach; what smoltcp publishes of the same conditions
};
bulk lossy(double share) { return {.link = {.delay = 50_ms, .loss = share}}; }
const row grid[] = {
    {"no loss", lossy(0), 322'000, 322'945},
    {"1 % lost", lossy(0.01), 240'000, 219'671},
    {"5 % lost", lossy(0.05), 120'000, 76'626},
    {"10 % lost", lossy(0.1), 60'000, 37'775},
    {"20 % lost", lossy(0.2), 12'000, 6'079},
    {"2 % come 5 ms late", {.link = {.delay = 50_ms, .reorder = 0.02}}},
    {"jitter of 20 ms, in order", {.link = {.delay = 50_ms, .jitter = 20_ms}}},
    {"1 % lost, 2 % late, jitter", {.link = {.delay = 50_ms, .jitter = 20_ms, .loss = 0.01, .reorder = 0.02}}},
};
const unsigned flows[] = {1, 64};

/// The table: names to the numbers behind them.
class table {
public:
    static std::filesystem::path path() { return source_folder(__FILE__) / "throughput.txt"; }
    static bool is_to_be_written() { return std::getenv("WELD_WRITE_TABLE") != nullptr; }
    static table read() {
        table all;
        std::ifstream file{path()};
        for (std::string line; std::getline(file, line);) {
            const auto bar = line.find('|');
            if (bar == std::string::npos || line[0] == '#') continue;
            std::istringstream numbers{line.substr(bar + 1)};
            auto& cells = all.rows_[line.substr(0, line.find_last_not_of(' ', bar - 1) + 1)];
            for (double each = 0; numbers >> each;) cells.push_back(each);
        }
        return all;
    }
    /// A cell, or 0.
    double at(const std::string& name, std::size_t column) const {
        const auto found = rows_.find(name);
        return found != rows_.end() && column < found->second.size() ? found->second[column] : 0;
    }

private:
    std::map<std::string, std::vector<double>> rows_;
};

void write(const std::vector<std::pair<double, double>>& rates, const std::vector<throughput::sharing>& shares) {
    std::FILE* const file = std::fopen(table::path().c_str(), "w");
    REQUIRE(file != nullptr);
    std::fprintf(file, "# Written by WELD_WRITE_TABLE=1 weld.test.simulation '[throughput]', which otherwise compares: to a tenth.\n\n"
                       "# Bytes a second: 10 MiB through windows of 32 KiB over 100 ms there and back, mean of the seeds 1 to %u.\n"
                       "# none: no congestion control; least: what it must reach; smoltcp: as published, without congestion control.\n"
                       "# %-28s |    none     cubic     least   smoltcp\n", static_cast<unsigned>(seeds), "conditions");
    for (std::size_t i = 0; i < std::size(grid); ++i) {
        std::fprintf(file, "%-30s | %7.0f   %7.0f", grid[i].name, rates[i].first, rates[i].second);
        if (grid[i].least != 0) std::fprintf(file, "   %7.0f   %7.0f", grid[i].least, grid[i].smoltcp);
        std::fprintf(file, "\n");
    }
    std::fprintf(file, "\n# Flows of cubic through a link of 200 Mbit/s with a queue of 64 KiB and 100 ms: the share of it that they use, and\n"
                       "# Jain's index of how even their shares are. Measured for 20 s after 10 s.\n# %-28s | utilisation   fairness\n", "flows");
    for (std::size_t i = 0; i < std::size(flows); ++i)
        std::fprintf(file, "%-30u | %11.3f   %8.3f\n", flows[i], shares[i].utilisation, shares[i].fairness);
    std::fclose(file);
}
}  // namespace

TEST_CASE("throughput by loss and the sharing of a link are what the table says", "[throughput]") {
    const table expected = table::read();
    std::vector<std::pair<double, double>> rates;
    for (const row& each : grid) {
        const double without = mean<none>(each.conditions), with = mean<cubic>(each.conditions);
        rates.emplace_back(without, with);
        INFO(each.name << ": none " << without << ", cubic " << with);
        CHECK(without >= each.least);
        if (table::is_to_be_written()) continue;
        CHECK(without == Approx(expected.at(each.name, 0)).epsilon(0.1));
        CHECK(with == Approx(expected.at(each.name, 1)).epsilon(0.1));
    }
    std::vector<throughput::sharing> shares;
    for (const unsigned count : flows) {
        const auto found = shares.emplace_back(throughput::shared_link<cubic>(count, 10_s, 20_s, 1));
        INFO(count << " flows: utilisation " << found.utilisation << ", Jain's fairness " << found.fairness);
        // One flow alone is reported: its slow start overruns so short a queue at a tenth of what the link holds, and
        // cubic's way up from there takes longer than this looks.
        if (count > 1) CHECK(found.utilisation >= 0.9);
        CHECK(found.fairness >= 0.9);
        if (table::is_to_be_written()) continue;
        CHECK(found.utilisation == Approx(expected.at(std::to_string(count), 0)).epsilon(0.1));
    }
    if (table::is_to_be_written()) write(rates, shares);
}
