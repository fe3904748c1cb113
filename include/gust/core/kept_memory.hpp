// SPDX-License-Identifier: MIT
// Completions that need no memory when their time comes: an operation leaves them its own.
#ifndef GUST_CORE_KEPT_MEMORY_HPP
#define GUST_CORE_KEPT_MEMORY_HPP

#include <gust/core/awaitable.hpp>

#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <new>
#include <utility>

namespace gust::detail {

/// What an operation asks of its memory.
struct Room {
    std::size_t size;
    std::size_t alignment;

    void* make() const {
        return is_aligned_anyway() ? ::operator new(size)
                                   : ::operator new(size, std::align_val_t{alignment});
    }
    void free(void* memory) const noexcept {
        if (is_aligned_anyway()) {
            ::operator delete(memory);
        } else {
            ::operator delete(memory, std::align_val_t{alignment});
        }
    }

private:
    bool is_aligned_anyway() const noexcept {
        return alignment <= __STDCPP_DEFAULT_NEW_ALIGNMENT__;
    }
};

/// An allocator that gives memory which is there already to the one allocation that posting makes.
template <class T>
class KeptMemory {
public:
    using value_type = T;

    KeptMemory(void* memory, Room room) noexcept : memory_{memory}, room_{room} {}
    template <class U>
    KeptMemory(const KeptMemory<U>& other) noexcept : memory_{other.memory_}, room_{other.room_} {}

    T* allocate(std::size_t n) {
        if (n * sizeof(T) <= room_.size) {
            return static_cast<T*>(memory_);
        }
        room_.free(memory_); // not foreseen, and no harm
        return static_cast<T*>(Room{n * sizeof(T), room_.alignment}.make());
    }
    void deallocate(T* memory, std::size_t) noexcept { room_.free(memory); }

    template <class U>
    friend bool operator==(const KeptMemory& a, const KeptMemory<U>& b) noexcept {
        return a.memory_ == b.memory_;
    }

private:
    template <class>
    friend class KeptMemory;

    void* memory_;
    Room room_;
};

/// Whether `other` runs its work on `loop`, as a handler that runs there already may know.
template <class Executor>
bool is_on(const Executor& other, const executor& loop) noexcept {
    if constexpr (std::same_as<Executor, executor>) {
        return other == loop;
    } else if constexpr (requires { other.template target<executor>(); }) {
        const executor* const target = other.template target<executor>();
        return target != nullptr && *target == loop;
    } else {
        return false;
    }
}

/// Calls `call` within the loop, or passes it on to the executor that it wants.
template <class Call, class Executor>
void call_on(Call& call, const Executor& wanted, const executor& loop) {
    if (is_on(wanted, loop)) {
        std::move(call)();
    } else {
        asio::dispatch(wanted, std::move(call));
    }
}

/// A call on its way to the executor that it wants, in kept memory.
template <class Call, class Executor>
class Delivery {
public:
    using allocator_type = KeptMemory<void>;

    Delivery(Call&& call, const Executor& wanted, const executor& loop, allocator_type memory)
        : call_{std::move(call)}, work_{wanted}, wanted_{wanted}, loop_{loop}, memory_{memory} {}

    allocator_type get_allocator() const noexcept { return memory_; }
    void operator()() { call_on(call_, wanted_, loop_); }

private:
    Call call_;
    asio::executor_work_guard<Executor> work_;
    Executor wanted_;
    executor loop_;
    allocator_type memory_;
};

/// What an operation of type `Operation` asks for, so that `deliver` finds room enough.
template <class Operation, class Call, class Executor>
constexpr Room room_to_keep() noexcept {
    using Posted = Delivery<Call, Executor>;
    // What Asio puts around a posted function.
    constexpr std::size_t around_it = std::max<std::size_t>(128, 2 * alignof(Posted));
    return {
        std::max(sizeof(Operation), sizeof(Posted) + around_it),
        std::max(alignof(Operation), alignof(Posted))
    };
}

/// Posts `call` to `loop`, on its way to `wanted`, in `memory`, which `room` made and which now
/// belongs to the call.
template <class Call, class Executor>
void deliver(const executor& loop, Call call, const Executor& wanted, void* memory, Room room) {
    asio::post(
        loop,
        Delivery<Call, Executor>{std::move(call), wanted, loop, KeptMemory<void>{memory, room}}
    );
}

} // namespace gust::detail

#endif // GUST_CORE_KEPT_MEMORY_HPP
