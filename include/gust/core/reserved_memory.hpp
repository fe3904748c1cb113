// SPDX-License-Identifier: MIT
// Memory for an operation that has to be started whether memory lacks or not.
#ifndef GUST_CORE_RESERVED_MEMORY_HPP
#define GUST_CORE_RESERVED_MEMORY_HPP

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace gust::detail {

/// Room for one operation of Asio at a time. Whoever starts the operation outlives it.
class ReservedMemory {
public:
    ReservedMemory() noexcept = default;
    ReservedMemory(const ReservedMemory&) = delete;
    ReservedMemory& operator=(const ReservedMemory&) = delete;

    void* take(std::size_t size) {
        if (is_taken_ || size > room_.size()) {
            return ::operator new(size);
        }
        is_taken_ = true;
        return room_.data();
    }
    void give_back(void* memory) noexcept {
        if (memory == room_.data()) {
            is_taken_ = false;
        } else {
            ::operator delete(memory);
        }
    }

private:
    alignas(std::max_align_t) std::array<std::byte, 256> room_;
    bool is_taken_ = false;
};

template <class T>
class ReservedAllocator {
public:
    using value_type = T;

    explicit ReservedAllocator(ReservedMemory& memory) noexcept : memory_{&memory} {}
    template <class U>
    ReservedAllocator(const ReservedAllocator<U>& other) noexcept : memory_{other.memory_} {}

    T* allocate(std::size_t n) { return static_cast<T*>(memory_->take(n * sizeof(T))); }
    void deallocate(T* memory, std::size_t) noexcept { memory_->give_back(memory); }

    template <class U>
    friend bool operator==(const ReservedAllocator& a, const ReservedAllocator<U>& b) noexcept {
        return a.memory_ == b.memory_;
    }

private:
    template <class>
    friend class ReservedAllocator;

    ReservedMemory* memory_;
};

/// A handler whose operation lies in reserved memory.
template <class Handler>
struct InReservedMemory {
    using allocator_type = ReservedAllocator<void>;

    ReservedMemory* memory;
    Handler handler;

    allocator_type get_allocator() const noexcept { return allocator_type{*memory}; }
    template <class... Results>
    void operator()(Results&&... results) {
        handler(std::forward<Results>(results)...);
    }
};

template <class Handler>
InReservedMemory<Handler> in_memory(ReservedMemory& memory, Handler handler) {
    return {&memory, std::move(handler)};
}

} // namespace gust::detail

#endif // GUST_CORE_RESERVED_MEMORY_HPP
