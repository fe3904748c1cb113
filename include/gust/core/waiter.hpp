// SPDX-License-Identifier: MIT
// Somebody who waits for one event, with the type of the handler forgotten.
#ifndef GUST_CORE_WAITER_HPP
#define GUST_CORE_WAITER_HPP

#include <gust/core/awaitable.hpp>
#include <gust/core/kept_memory.hpp>
#include <gust/core/list_link.hpp>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>

#include <cstddef>
#include <new>
#include <system_error>
#include <utility>

namespace gust::detail {

/// What a wait ends with when it was cancelled.
inline std::error_code cancelled() noexcept {
    return asio::error::operation_aborted;
}

/// A handler of `void(Result)`. Completes once, or is deleted with what it waits for.
template <class Result>
class Waiter : public ListLink {
public:
    /// Posts the handler to its executor and deletes this. Needs no memory.
    virtual void complete(Result result) = 0;
    virtual ~Waiter() = default;
};

/// Members of a list of waiters; those that are left are deleted with it.
template <class Result>
class WaiterList {
public:
    WaiterList() noexcept = default;
    ~WaiterList() { clear(); }
    /// Deletes those who wait, with their handlers.
    void clear() noexcept {
        while (waiters_.is_linked()) {
            delete static_cast<Waiter<Result>*>(waiters_.next);
        }
    }
    bool empty() const noexcept { return !waiters_.is_linked(); }
    void add(Waiter<Result>& waiter) noexcept { waiters_.insert(waiter); }
    /// Takes over those who wait in another list.
    void add_all(WaiterList& others) noexcept { waiters_.splice(others.waiters_); }
    /// Completes those who wait now; who joins meanwhile waits for the next time.
    void complete_all(const Result& result) {
        ListLink taken;
        taken.splice(waiters_);
        while (taken.is_linked()) {
            static_cast<Waiter<Result>*>(taken.next)->complete(result);
        }
    }

private:
    ListLink waiters_;
};

template <class Result, class Handler>
class WaiterFor final : public Waiter<Result> {
public:
    WaiterFor(Handler handler, executor loop, Result cancelled)
        : handler_{std::move(handler)},
          loop_{loop},
          work_{asio::get_associated_executor(handler_, loop)} {
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected()) {
            slot.assign([this, cancelled](asio::cancellation_type) { complete(cancelled); });
        }
    }
    void complete(Result result) override {
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected()) {
            slot.clear();
        }
        const executor loop = loop_;
        const auto work = std::move(work_);
        Call call{std::move(handler_), result};
        const auto wanted = asio::get_associated_executor(call.handler, loop);
        this->~WaiterFor();
        deliver(loop, std::move(call), wanted, static_cast<void*>(this), room());
    }

    static void* operator new(std::size_t) { return room().make(); }
    static void operator delete(void* waiter) noexcept { room().free(waiter); }

private:
    using handler_executor = asio::associated_executor_t<Handler, executor>;
    struct Call {
        Handler handler;
        Result result;
        void operator()() { std::move(handler)(result); }
    };
    static constexpr Room room() noexcept {
        return room_to_keep<WaiterFor, Call, handler_executor>();
    }

    Handler handler_;
    executor loop_;
    asio::executor_work_guard<handler_executor> work_;
};

/// A waiter on `loop` that completes with `cancelled` when its cancellation slot is asked to.
template <class Result, class Handler>
Waiter<Result>& make_waiter(Handler handler, executor loop, Result cancelled) {
    return *new WaiterFor<Result, Handler>{std::move(handler), loop, cancelled};
}

} // namespace gust::detail

#endif // GUST_CORE_WAITER_HPP
