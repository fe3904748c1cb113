// SPDX-License-Identifier: MIT
// Replaces operator new of the program; the linker sends aligned_alloc here
// (-Wl,--wrap=aligned_alloc).
#include "lack_of_memory.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

extern "C" {
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size);

void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
    return LackOfMemory::refuses() ? nullptr : __real_aligned_alloc(alignment, size);
}
}

// The other forms of new that are used end in these.
void* operator new(std::size_t size) {
    void* const memory = LackOfMemory::refuses() ? nullptr : std::malloc(size == 0 ? 1 : size);
    if (memory == nullptr) {
        throw std::bad_alloc{};
    }
    return memory;
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return LackOfMemory::refuses() ? nullptr : std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
