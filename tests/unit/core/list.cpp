// SPDX-License-Identifier: BSL-1.0
#include <weld/core/list.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

namespace {
struct number : weld::list_node {
    explicit number(int n) : value{n} {}
    int value;
};
std::vector<int> values(weld::list<number>& of) {
    std::vector<int> found;
    for (const number& one : of) found.push_back(one.value);
    return found;
}
}  // namespace

TEST_CASE("a list keeps the order in which its objects came", "[list]") {
    weld::list<number> list;
    number a{1}, b{2}, c{3};
    CHECK(list.empty());
    list.push_back(b);
    CHECK(list.has_one());
    list.push_back(c);
    list.push_front(a);
    CHECK_FALSE(list.has_one());
    CHECK(values(list) == std::vector{1, 2, 3});
    CHECK(&list.front() == &a);
    CHECK(&list.pop_front() == &a);
    CHECK_FALSE(a.linked());
    CHECK(values(list) == std::vector{2, 3});
}

TEST_CASE("an object leaves from any place, and twice", "[list]") {
    weld::list<number> list;
    number a{1}, b{2}, c{3};
    for (number* one : {&a, &b, &c}) list.push_back(*one);
    b.unlink();
    b.unlink();
    CHECK(values(list) == std::vector{1, 3});
    c.unlink();
    a.unlink();
    CHECK(list.empty());
    list.push_back(b);
    CHECK(values(list) == std::vector{2});
}

TEST_CASE("an object may be removed for good", "[list]") {
    weld::list<number> list;
    number a{1}, c{3};
    alignas(number) unsigned char place[sizeof(number)];  // it does not end as the others do: it counts as linked for ever
    number& b = *new (place) number{2};
    for (number* one : {&a, &b, &c}) list.push_back(*one);
    list.remove(b);
    CHECK(values(list) == std::vector{1, 3});
    a.unlink();
    c.unlink();
    CHECK(list.empty());
}

TEST_CASE("an object that ends leaves its list, a list that ends lets its objects go", "[list]") {
    number outlives{1};
    {
        weld::list<number> list;
        list.push_back(outlives);
        {
            number ends{2};
            list.push_back(ends);
        }
        CHECK(values(list) == std::vector{1});
    }
    CHECK_FALSE(outlives.linked());
}

TEST_CASE("splice moves all behind what is there", "[list]") {
    weld::list<number> list, other;
    number a{1}, b{2}, c{3}, d{4};
    list.push_back(a);
    other.push_back(b);
    other.push_back(c);
    list.splice(other);
    CHECK(other.empty());
    CHECK(values(list) == std::vector{1, 2, 3});
    list.splice(other);  // nothing
    other.splice(list);  // into an empty one
    other.push_back(d);
    CHECK(values(other) == std::vector{1, 2, 3, 4});
    weld::list<number> moved{std::move(other)};
    CHECK(values(moved) == std::vector{1, 2, 3, 4});
    CHECK(other.empty());
}

TEST_CASE("the object at hand may leave while its turn lasts", "[list]") {
    weld::list<number> list;
    number a{1}, b{2}, c{3};
    for (number* one : {&a, &b, &c}) list.push_back(*one);
    for (number& one : list)
        if (one.value != 2) one.unlink();
    CHECK(values(list) == std::vector{2});
}

TEST_CASE("a node moves while it is in no list", "[list]") {
    number a{1};
    number moved{std::move(a)};
    weld::list<number> list;
    list.push_back(moved);
    CHECK(values(list) == std::vector{1});
}

TEST_CASE("a list does what a deque does, over random steps", "[list]") {
    std::mt19937 random{1};
    std::deque<number> objects;
    for (int i = 0; i < 50; ++i) objects.emplace_back(i);
    weld::list<number> list;
    std::deque<int> model;
    for (int step = 0; step < 20'000; ++step) {
        number& one = objects[random() % objects.size()];
        const bool present = std::find(model.begin(), model.end(), one.value) != model.end();
        REQUIRE(one.linked() == present);
        switch (random() % 4) {
            case 0:
                if (!present) list.push_back(one), model.push_back(one.value);
                break;
            case 1:
                if (!present) list.push_front(one), model.push_front(one.value);
                break;
            case 2:
                one.unlink();
                std::erase(model, one.value);
                break;
            case 3:
                if (!model.empty()) {
                    REQUIRE(list.pop_front().value == model.front());
                    model.pop_front();
                }
        }
    }
    CHECK(values(list) == std::vector<int>(model.begin(), model.end()));
}
