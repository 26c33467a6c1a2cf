// SPDX-License-Identifier: BSL-1.0
#include <weld/stack/tcp/tcp.hpp>

#include "support/catch.hpp"
#include "support/tcp_pair.hpp"

using namespace tcp_test;

TEST_CASE("a connection opens, carries a stream each way, and closes", "[stack][tcp]") {
    pair<> world;
    auto [a, b] = world.connected();
    CHECK(a.native().state == stack::tcp_state::established);
    CHECK(b.native().state == stack::tcp_state::established);
    stream<pair<>::socket> forth{&a, &b, 1'000'000, 1}, back{&b, &a, 300'000, 2};
    CHECK(world.run_until([&] { const bool f = forth.done(), k = back.done(); return f && k; }, 60_s));
    CHECK_FALSE(forth.wrong);
    CHECK_FALSE(back.wrong);
    CHECK(forth.received == forth.total);
    CHECK(a.shutdown(shutdown_type::write));
    CHECK(world.run_until([&] { forth.pull(); return forth.ended; }, 10_s));
    CHECK(b.shutdown(shutdown_type::write));
    CHECK(world.run_until([&] { back.pull(); return back.ended; }, 10_s));
    world.run_for(120_s);
    CHECK(a.native().state == stack::tcp_state::closed);
    CHECK(b.native().state == stack::tcp_state::closed);
}
