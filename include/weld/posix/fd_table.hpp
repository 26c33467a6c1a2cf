// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <weld/core/result.hpp>
#include <weld/posix/file.hpp>

namespace weld::inline v0::posix {

/// Numbers and the files behind them: a number is reserved first, then a file installed, or the number put back, so
/// that what fails in between leaves no trace. The lowest free number is the next. In the kernel: struct fdtable, with
/// get_unused_fd_flags, fd_install, put_unused_fd. Source: fs/file.c.
template <class Allocation>
class fd_table {
public:
    fd_table(Allocation& allocation, int limit) noexcept : allocation_{&allocation}, limit_{limit} {}
    fd_table(const fd_table&) = delete;
    fd_table& operator=(const fd_table&) = delete;
    ~fd_table() {
        close_all();
        if (slots_ != nullptr) allocation_->free(slots_, sizeof(slot) * static_cast<std::size_t>(size_));
    }

    /// The lowest free number from `first` on. Errors: too_many_files_open (the limit), not_enough_memory.
    result<int> reserve(bool close_on_exec, int first = 0) noexcept {
        int fd = first > lowest_free_ ? first : lowest_free_;
        while (fd < size_ && slots_[fd].taken) ++fd;
        if (fd >= limit_) return errc::too_many_files_open;
        if (fd >= size_)
            if (const result<> grown = grow(fd + 1); !grown) return grown.error();
        slots_[fd] = {nullptr, true, close_on_exec};
        if (first <= lowest_free_) lowest_free_ = fd + 1;
        ++in_use_;
        return fd;
    }
    /// Lets a reserved number stand for a file from now on; takes over one hold of it.
    void install(int fd, file& at) noexcept { slots_[fd].at = &at; }
    /// Gives a reserved number back.
    void put_back(int fd) noexcept {
        slots_[fd] = {};
        if (fd < lowest_free_) lowest_free_ = fd;
        --in_use_;
    }
    /// Frees the number; the hold on its file is the caller's. Errors: bad_file_descriptor.
    result<file*> remove(int fd) noexcept {
        file* const at = lookup(fd);
        if (at == nullptr) return errc::bad_file_descriptor;
        put_back(fd);
        return at;
    }
    /// Null where nothing is open there. In the kernel: fget.
    file* lookup(int fd) const noexcept { return fd >= 0 && fd < size_ ? slots_[fd].at : nullptr; }
    bool reserved(int fd) const noexcept { return fd >= 0 && fd < size_ && slots_[fd].taken && slots_[fd].at == nullptr; }

    /// FD_CLOEXEC, asked for and set. Pre: the number is taken.
    bool close_on_exec(int fd) const noexcept { return slots_[fd].close_on_exec; }
    void set_close_on_exec(int fd, bool on) noexcept { slots_[fd].close_on_exec = on; }
    /// Room for exactly this number, for dup2. Errors: those of reserve. Pre: it is not taken.
    result<> reserve_exactly(int fd, bool close_on_exec) noexcept {
        const auto got = reserve(close_on_exec, fd);
        WELD_ASSERT(!got || *got == fd);
        return got.error();
    }

    /// RLIMIT_NOFILE.
    int limit() const noexcept { return limit_; }
    void set_limit(int limit) noexcept { limit_ = limit; }
    int in_use() const noexcept { return in_use_; }
    /// One past the highest number there is room for.
    int size() const noexcept { return size_; }

    /// In the kernel: exit_files.
    void close_all() noexcept {
        for (int fd = 0; fd < size_; ++fd)
            if (slots_[fd].at != nullptr) (*remove(fd))->put();
    }
    /// What exec does. In the kernel: do_close_on_exec.
    void close_those_on_exec() noexcept {
        for (int fd = 0; fd < size_; ++fd)
            if (slots_[fd].at != nullptr && slots_[fd].close_on_exec) (*remove(fd))->put();
    }

private:
    struct slot {
        file* at = nullptr;
        bool taken = false;
        bool close_on_exec = false;
    };
    /// In the kernel: expand_files.
    result<> grow(int at_least) noexcept {
        int size = size_ == 0 ? 32 : size_ * 2;
        while (size < at_least) size *= 2;
        auto* const fresh = static_cast<slot*>(allocation_->allocate(sizeof(slot) * static_cast<std::size_t>(size)));
        if (fresh == nullptr) return errc::not_enough_memory;
        for (int i = 0; i < size; ++i) ::new (static_cast<void*>(fresh + i)) slot{i < size_ ? slots_[i] : slot{}};
        if (slots_ != nullptr) allocation_->free(slots_, sizeof(slot) * static_cast<std::size_t>(size_));
        slots_ = fresh;
        size_ = size;
        return {};
    }

    Allocation* allocation_;
    slot* slots_ = nullptr;
    int size_ = 0;
    int limit_;
    int lowest_free_ = 0;  // no number below is free
    int in_use_ = 0;
};

}  // namespace weld::inline v0::posix
