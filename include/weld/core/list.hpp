// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/assert.hpp>

namespace weld::inline v0 {

namespace detail {
class node_list;
}

/// A place in a doubly linked list, inside the object that is listed: nothing is allocated, and leaving takes no
/// search. In the kernel: struct list_head. A node that is destroyed leaves its list.
class list_node {
public:
    constexpr list_node() noexcept : next_{nullptr} {}
    /// Moves while it is in no list: an operation may be passed on until it is awaited.
    list_node([[maybe_unused]] list_node&& other) noexcept : next_{nullptr} { WELD_ASSERT(!other.linked()); }
    list_node& operator=(const list_node&) = delete;
    ~list_node() { unlink(); }

    bool linked() const noexcept { return next_ != nullptr; }
    /// Leaves the list; nothing happens where it is in none.
    void unlink() noexcept {
        if (!linked()) return;
#if defined(__GNUC__) && !defined(__clang__)  // g++ 12 at -O2 does not see that linked() vouches for previous_
#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
        previous_->next_ = next_;
        next_->previous_ = previous_;
#if defined(__GNUC__) && !defined(__clang__)
#    pragma GCC diagnostic pop
#endif
        next_ = nullptr;
    }

protected:
    /// For one who waits outside of any list, where a single pointer finds it: it counts as linked, and whoever put it
    /// there says when that is over.
    void link_elsewhere() noexcept {
        WELD_ASSERT(!linked());
        next_ = elsewhere();
    }
    bool linked_elsewhere() const noexcept { return next_ == elsewhere(); }
    void unlink_elsewhere() noexcept { next_ = nullptr; }

private:
    friend class detail::node_list;
    static list_node* elsewhere() noexcept { return reinterpret_cast<list_node*>(1); }
    void link_before(list_node& successor) noexcept {
        WELD_ASSERT(!linked());
        list_node* const predecessor = successor.previous_;
        next_ = &successor;
        predecessor->next_ = this;  // between the two stores to this node: g++ 12 would make a vector of them, and pay for it
        previous_ = predecessor;
        successor.previous_ = this;
    }
    list_node* previous_;  // means something only while next_ is not null
    list_node* next_;
};

namespace detail {
/// A list's work, which is the same for all objects: once, and not once for each type.
class node_list {
public:
    bool empty() const noexcept { return head_.next_ == &head_; }
    bool has_one() const noexcept { return head_.next_ == head_.previous_ && !empty(); }

protected:
    constexpr node_list() noexcept { head_.next_ = head_.previous_ = &head_; }
    /// Lets every object go; they are in no list then.
    ~node_list() {
        if (!empty()) [[unlikely]] clear();
        head_.next_ = nullptr;
    }
    [[gnu::cold, gnu::noinline]] void clear() noexcept {
        while (!empty()) pop_first();
    }
    list_node& first() noexcept { return *head_.next_; }
    void add_last(list_node& node) noexcept { node.link_before(head_); }
    void add_first(list_node& node) noexcept { node.link_before(*head_.next_); }
    list_node& pop_first() noexcept {
        list_node& first = *head_.next_;
        head_.next_ = first.next_;
        first.next_->previous_ = &head_;
        first.next_ = nullptr;
        return first;
    }
    static void take_out(list_node& node) noexcept {
        WELD_ASSERT(node.linked());
        node.previous_->next_ = node.next_;
        node.next_->previous_ = node.previous_;
    }
    void take_all(node_list& other) noexcept {
        if (other.empty()) return;
        list_node* const first = other.head_.next_;
        list_node* const last = other.head_.previous_;
        other.head_.next_ = other.head_.previous_ = &other.head_;
        first->previous_ = head_.previous_;
        head_.previous_->next_ = first;
        last->next_ = &head_;
        head_.previous_ = last;
    }
    list_node* begin_node() noexcept { return head_.next_; }
    list_node* end_node() noexcept { return &head_; }
    static constexpr list_node* after(list_node* node) noexcept { return node->next_; }

private:
    list_node head_;
};
}  // namespace detail

/// Objects that derive from list_node, first in first out. It owns none of them, and stays where it was made:
/// its nodes point at it.
template <class T>
class list : public detail::node_list {
public:
    constexpr list() noexcept = default;
    list(list&& other) noexcept : detail::node_list{} { take_all(other); }

    /// Pre: not empty.
    T& front() noexcept { return static_cast<T&>(first()); }
    void push_back(T& object) noexcept { add_last(object); }
    void push_front(T& object) noexcept { add_first(object); }
    /// Pre: not empty.
    T& pop_front() noexcept { return static_cast<T&>(pop_first()); }
    /// Takes out one that is in a list, and will be in no other: it does not know that it is in none.
    static void remove(T& object) noexcept { take_out(object); }
    /// Moves everything that `other` holds behind what this one has, in O(1).
    void splice(list& other) noexcept { take_all(other); }

    /// Walks the objects; the one at hand may leave the list while its turn lasts, others may not.
    class iterator {
    public:
        constexpr explicit iterator(list_node* at) noexcept : at_{at}, next_{after(at)} {}
        T& operator*() const noexcept { return static_cast<T&>(*at_); }
        iterator& operator++() noexcept {
            at_ = next_;
            next_ = after(at_);
            return *this;
        }
        bool operator==(const iterator& other) const noexcept { return at_ == other.at_; }

    private:
        list_node* at_;
        list_node* next_;
    };
    iterator begin() noexcept { return iterator{begin_node()}; }
    iterator end() noexcept { return iterator{end_node()}; }
};

}  // namespace weld::inline v0
