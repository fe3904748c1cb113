// SPDX-License-Identifier: MIT
// Shared ownership within one loop: a count that is not atomic.
#ifndef GUST_CORE_COUNTED_HPP
#define GUST_CORE_COUNTED_HPP

#include <cstdint>
#include <utility>

namespace gust::detail {

/// Base of what handlers keep alive. Starts without a holder.
class Counted {
public:
    Counted() noexcept = default;
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    template <class T>
    friend class CountedPtr;
    std::uint32_t holders_ = 0;
};

/// Holds a `Counted`; the last holder deletes it.
template <class T>
class CountedPtr {
public:
    CountedPtr() noexcept = default;
    explicit CountedPtr(T* held) noexcept : held_{held} {
        if (held_ != nullptr) {
            ++held_->holders_;
        }
    }
    CountedPtr(const CountedPtr& other) noexcept : CountedPtr{other.held_} {}
    CountedPtr(CountedPtr&& other) noexcept : held_{std::exchange(other.held_, nullptr)} {}
    CountedPtr& operator=(CountedPtr other) noexcept {
        std::swap(held_, other.held_);
        return *this;
    }
    ~CountedPtr() {
        if (held_ != nullptr && --held_->holders_ == 0) {
            delete held_;
        }
    }

    explicit operator bool() const noexcept { return held_ != nullptr; }
    T* get() const noexcept { return held_; }
    T* operator->() const noexcept { return held_; }
    T& operator*() const noexcept { return *held_; }

private:
    T* held_ = nullptr;
};

} // namespace gust::detail

#endif // GUST_CORE_COUNTED_HPP
