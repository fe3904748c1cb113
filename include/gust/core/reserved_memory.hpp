// SPDX-License-Identifier: MIT
// Memory for an operation that has to be started whether memory lacks or not.
#ifndef GUST_CORE_RESERVED_MEMORY_HPP
#define GUST_CORE_RESERVED_MEMORY_HPP

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace gust::detail {

/// Room for one operation of Asio at a time, of `Size` bytes at most; a larger one goes to the
/// heap. Whoever starts the operation outlives it.
template <std::size_t Size>
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
    alignas(std::max_align_t) std::array<std::byte, Size> room_;
    bool is_taken_ = false;
};

template <class T, class Memory>
class ReservedAllocator {
public:
    using value_type = T;
    template <class U>
    struct rebind {
        using other = ReservedAllocator<U, Memory>;
    };

    explicit ReservedAllocator(Memory& memory) noexcept : memory_{&memory} {}
    template <class U>
    ReservedAllocator(const ReservedAllocator<U, Memory>& other) noexcept
        : memory_{other.memory_} {}

    T* allocate(std::size_t n) { return static_cast<T*>(memory_->take(n * sizeof(T))); }
    void deallocate(T* memory, std::size_t) noexcept { memory_->give_back(memory); }

    template <class U>
    friend bool
    operator==(const ReservedAllocator& a, const ReservedAllocator<U, Memory>& b) noexcept {
        return a.memory_ == b.memory_;
    }

private:
    template <class, class>
    friend class ReservedAllocator;

    Memory* memory_;
};

/// A handler whose operation lies in reserved memory.
template <class Memory, class Handler>
struct InReservedMemory {
    using allocator_type = ReservedAllocator<void, Memory>;

    Memory* memory;
    Handler handler;

    allocator_type get_allocator() const noexcept { return allocator_type{*memory}; }
    template <class... Results>
    void operator()(Results&&... results) {
        handler(std::forward<Results>(results)...);
    }
};

template <class Memory, class Handler>
InReservedMemory<Memory, Handler> in_memory(Memory& memory, Handler handler) {
    return {&memory, std::move(handler)};
}

} // namespace gust::detail

#endif // GUST_CORE_RESERVED_MEMORY_HPP
