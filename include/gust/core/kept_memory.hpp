// SPDX-License-Identifier: MIT
// Completions that need no memory when their time comes: an operation leaves them its own.
#ifndef GUST_CORE_KEPT_MEMORY_HPP
#define GUST_CORE_KEPT_MEMORY_HPP

#include <gust/core/awaitable.hpp>

#include <asio/dispatch.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <concepts>
#include <cstddef>
#include <new>
#include <utility>

namespace gust::detail {

/// An allocator that gives memory which is there already to the one allocation that posting makes.
template <class T>
class KeptMemory {
public:
    using value_type = T;

    KeptMemory(void* memory, std::size_t size) noexcept : memory_{memory}, size_{size} {}
    template <class U>
    KeptMemory(const KeptMemory<U>& other) noexcept : memory_{other.memory_}, size_{other.size_} {}

    T* allocate(std::size_t n) {
        if (n * sizeof(T) <= size_) {
            return static_cast<T*>(memory_);
        }
        ::operator delete(memory_); // not foreseen, and no harm
        return static_cast<T*>(::operator new(n * sizeof(T)));
    }
    void deallocate(T* memory, std::size_t) noexcept { ::operator delete(memory); }

    template <class U>
    friend bool operator==(const KeptMemory& a, const KeptMemory<U>& b) noexcept {
        return a.memory_ == b.memory_;
    }

private:
    template <class>
    friend class KeptMemory;

    void* memory_;
    std::size_t size_;
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

/// The memory that an operation of type `Operation` asks for, so that `deliver` finds enough of it.
template <class Operation, class Call, class Executor>
constexpr std::size_t memory_to_keep() noexcept {
    constexpr std::size_t around_it = 128; // what Asio puts around a posted function
    constexpr std::size_t delivery = sizeof(Delivery<Call, Executor>) + around_it;
    return delivery > sizeof(Operation) ? delivery : sizeof(Operation);
}

/// Posts `call` to `loop`, on its way to `wanted`, in `memory` of `size` bytes, which came from
/// operator new and now belongs to the call.
template <class Call, class Executor>
void deliver(
    const executor& loop, Call call, const Executor& wanted, void* memory, std::size_t size
) {
    asio::post(
        loop,
        Delivery<Call, Executor>{std::move(call), wanted, loop, KeptMemory<void>{memory, size}}
    );
}

} // namespace gust::detail

#endif // GUST_CORE_KEPT_MEMORY_HPP
