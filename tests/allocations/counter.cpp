// SPDX-License-Identifier: MIT
#include "counter.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace {

std::uint64_t counted = 0;
bool is_counting = false;

void note() noexcept {
    if (is_counting) {
        ++counted;
    }
}

} // namespace

// The linker sends what this program's own objects ask of malloc and its kin here (--wrap).
extern "C" {
void* __real_malloc(std::size_t size);
void* __real_calloc(std::size_t count, std::size_t size);
void* __real_realloc(void* old, std::size_t size);
void* __real_aligned_alloc(std::size_t alignment, std::size_t size);

void* __wrap_malloc(std::size_t size);
void* __wrap_calloc(std::size_t count, std::size_t size);
void* __wrap_realloc(void* old, std::size_t size);
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size);

void* __wrap_malloc(std::size_t size) {
    note();
    return __real_malloc(size);
}
void* __wrap_calloc(std::size_t count, std::size_t size) {
    note();
    return __real_calloc(count, size);
}
void* __wrap_realloc(void* old, std::size_t size) {
    note();
    return __real_realloc(old, size);
}
void* __wrap_aligned_alloc(std::size_t alignment, std::size_t size) {
    note();
    return __real_aligned_alloc(alignment, size);
}
}

namespace {

void* take(std::size_t size) {
    note();
    if (void* const memory = __real_malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc{};
}

void* take(std::size_t size, std::align_val_t alignment) {
    note();
    const auto step = static_cast<std::size_t>(alignment);
    if (void* const memory = __real_aligned_alloc(step, (size + step - 1) / step * step)) {
        return memory;
    }
    throw std::bad_alloc{};
}

} // namespace

// The other forms of new end in these.
void* operator new(std::size_t size) {
    return take(size);
}
void* operator new[](std::size_t size) {
    return take(size);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return take(size, alignment);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return take(size, alignment);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

namespace allocations {

Counter::Counter() noexcept {
    counted = 0;
    is_counting = true;
}
Counter::~Counter() {
    is_counting = false;
}
void Counter::stop() noexcept {
    is_counting = false;
}
void Counter::go_on() noexcept {
    is_counting = true;
}
std::uint64_t Counter::count() const noexcept {
    return counted;
}

} // namespace allocations
