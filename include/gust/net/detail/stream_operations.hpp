// SPDX-License-Identifier: MIT
// What somebody has outstanding on one stream: a read, writes, and waits for its end.
#ifndef GUST_NET_DETAIL_STREAM_OPERATIONS_HPP
#define GUST_NET_DETAIL_STREAM_OPERATIONS_HPP

#include <gust/config.hpp>
#include <gust/core/awaitable.hpp>
#include <gust/core/counted.hpp>
#include <gust/core/error.hpp>
#include <gust/core/kept_memory.hpp>
#include <gust/core/list_link.hpp>
#include <gust/net/block_pool.hpp>
#include <gust/net/detail/completion.hpp>
#include <gust/net/detail/read_condition.hpp>
#include <gust/net/loop.hpp>

#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace gust {

/// The bounds of the read family and of `write`.
struct StreamOptions {
    /// Bytes that one read may collect. Default: 100 MiB.
    std::size_t max_buffer_size = std::size_t{100} << 20U;
    /// Bytes taken from the transport at a time. Default: 64 KiB.
    std::size_t read_chunk_size = std::size_t{64} << 10U;
    /// Bytes in memory that may wait to be sent. Default: 64 MiB.
    std::size_t max_write_buffer_size = std::size_t{64} << 20U;
};

namespace detail {

/// What an operation ended with.
struct StreamOutcome {
    std::error_code error;
    std::string_view view;
    BlockRef pin; // keeps the view valid until the handler has run
};

/// Whether a handler may run inside the completion that is running now.
enum class delivery : std::uint8_t { post, dispatch };

/// An operation that waits, with the type of its handler forgotten.
class StreamOperation : public ListLink {
public:
    virtual ~StreamOperation() = default;

    /// Hands the outcome to the handler, and deletes this.
    virtual void complete(StreamOutcome outcome, delivery how) = 0;
    /// What a read waits for.
    virtual ReadCondition* condition() noexcept { return nullptr; }

    std::uint64_t id = 0;
    std::uint64_t until = 0; // a write: where in the bytes of the stream it ends
};

/// Made when the read family or `write` is first used on a stream; outlives the stream while
/// handlers are on their way.
///
///     Reading   idle ─not yet─► waiting ─satisfied, ended, cancelled─► delivering
///               idle ─satisfied at once─► delivering ─handler called─► idle
class StreamOperations final : public Counted, public HandlerOwner {
public:
    enum class reading : std::uint8_t { idle, waiting, delivering };
    enum class wait : std::uint8_t { none, armed };

    explicit StreamOperations(Loop& loop) noexcept : loop_{&loop} { loop.own_handlers(*this); }

    StreamOptions options;
    void* stream = nullptr; // the IOStream, wherever it is now; nullptr when it is gone
    void (*interrupt)(void*) noexcept = nullptr; // completes what it cannot go on with: `closed`
    std::error_code ended_by;  // why nothing more can be read; errc::closed for FIN and `close`
    std::error_code failed_by; // why nothing more can be written
    reading read_state = reading::idle;
    wait read_wait = wait::none;
    wait write_wait = wait::none;

    std::uint64_t next_id() noexcept { return ++last_id_; }
    bool is_reading() const noexcept { return reader_ != nullptr; }
    executor get_executor() const noexcept { return loop_->context().get_executor(); }
    StreamOperation& reader() noexcept { return *reader_; }
    bool is_watched() const noexcept { return watchers_.is_linked(); }

    GUST_DECL void add_reader(StreamOperation& operation) noexcept;
    GUST_DECL void add_writer(StreamOperation& operation, std::uint64_t until) noexcept;
    GUST_DECL void add_watcher(StreamOperation& operation) noexcept;

    /// Completes the read that waits.
    GUST_DECL void finish_reader(StreamOutcome outcome, delivery how);
    /// Completes the writes that end within the first `sent` bytes.
    GUST_DECL void finish_writers(std::uint64_t sent);
    GUST_DECL void fail_writers();
    /// Completes the waits for the end.
    GUST_DECL void tell_watchers();
    /// Remembers why the input ended, the first time.
    void end(std::error_code error) noexcept { ended_by = ended_by ? ended_by : error; }
    /// Remembers why the stream failed, the first time.
    void fail(std::error_code error) noexcept {
        end(error);
        failed_by = failed_by ? failed_by : error;
    }
    /// Completes an operation early, if it still waits.
    GUST_DECL void cancel(std::uint64_t id);
    GUST_DECL void destroy_handlers() noexcept override;

private:
    Loop* loop_;
    StreamOperation* reader_ = nullptr;
    ListLink writers_;
    ListLink watchers_;
    std::uint64_t last_id_ = 0;
};

/// What each kind of operation adds to its handler; reads add their condition.
struct WriteKind {};
struct WatchKind {};

/// The call of a read's handler: the next read may begin in it.
template <class Handler, class Result>
struct ReadCall {
    Handler handler;
    CountedPtr<StreamOperations> operations;
    std::error_code error;
    Result result;
    BlockRef pin;

    void operator()() {
        operations->read_state = StreamOperations::reading::idle;
        std::move(handler)(error, result);
    }
};

template <class Handler, class Kind>
auto make_call(
    const CountedPtr<StreamOperations>& operations,
    Handler& handler,
    const Kind& kind,
    StreamOutcome outcome
) {
    if constexpr (std::is_same_v<Kind, WriteKind>) {
        return Completion<Handler, std::error_code>{std::move(handler), {outcome.error}};
    } else if constexpr (std::is_same_v<Kind, WatchKind>) {
        const bool is_cancelled = outcome.error == asio::error::operation_aborted;
        return Completion<Handler, std::error_code, std::error_code>{
            std::move(handler), {is_cancelled ? outcome.error : std::error_code{}, outcome.error}
        };
    } else {
        typename Kind::result result{};
        if constexpr (std::is_same_v<typename Kind::result, std::size_t>) {
            result = kind.filled();
        } else {
            result = outcome.view;
        }
        operations->read_state = StreamOperations::reading::delivering;
        return ReadCall<Handler, typename Kind::result>{
            std::move(handler), operations, outcome.error, result, std::move(outcome.pin)
        };
    }
}

template <class Handler, class Kind>
using call_of = decltype(make_call(
    std::declval<const CountedPtr<StreamOperations>&>(),
    std::declval<Handler&>(),
    std::declval<const Kind&>(),
    StreamOutcome{}
));

/// Completes an operation that never had to wait.
template <class Handler, class Kind>
void complete_now(
    const CountedPtr<StreamOperations>& operations,
    Handler& handler,
    const Kind& kind,
    StreamOutcome outcome
) {
    asio::post(
        operations->get_executor(), make_call(operations, handler, kind, std::move(outcome))
    );
}

template <class Handler, class Kind>
class WaitingOperation final : public StreamOperation {
public:
    WaitingOperation(CountedPtr<StreamOperations> operations, Handler& handler, Kind kind)
        : operations_{std::move(operations)},
          handler_{std::move(handler)},
          kind_{std::move(kind)},
          work_{asio::get_associated_executor(handler_, operations_->get_executor())} {
        id = operations_->next_id();
    }

    ReadCondition* condition() noexcept override {
        if constexpr (std::is_base_of_v<ReadCondition, Kind>) {
            return &kind_;
        } else {
            return nullptr;
        }
    }

    void complete(StreamOutcome outcome, delivery how) override {
        const CountedPtr<StreamOperations> operations = operations_;
        const executor loop = operations->get_executor();
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected()) {
            slot.clear();
        }
        const auto work = std::move(work_);
        auto call = make_call(operations, handler_, kind_, std::move(outcome));
        const auto wanted = asio::get_associated_executor(call, loop);
        this->~WaitingOperation();
        if (how == delivery::dispatch) {
            room().free(static_cast<void*>(this));
            call_on(call, wanted, loop);
        } else {
            deliver(loop, std::move(call), wanted, static_cast<void*>(this), room());
        }
    }

    static void* operator new(std::size_t) { return room().make(); }
    static void operator delete(void* operation) noexcept { room().free(operation); }

    void set_cancellation() {
        if (auto slot = asio::get_associated_cancellation_slot(handler_); slot.is_connected()) {
            slot.assign([operations = operations_, id = this->id](asio::cancellation_type) {
                operations->cancel(id);
            });
        }
    }

private:
    using handler_executor = asio::associated_executor_t<Handler, executor>;
    static constexpr Room room() noexcept {
        return room_to_keep<WaitingOperation, call_of<Handler, Kind>, handler_executor>();
    }

    CountedPtr<StreamOperations> operations_;
    Handler handler_;
    Kind kind_;
    asio::executor_work_guard<handler_executor> work_;
};

} // namespace detail
} // namespace gust

template <template <class, class> class Associator, class Handler, class Result, class Default>
struct asio::associator<Associator, gust::detail::ReadCall<Handler, Result>, Default>
    : Associator<Handler, Default> {
    static decltype(auto) get(const gust::detail::ReadCall<Handler, Result>& self) noexcept {
        return Associator<Handler, Default>::get(self.handler);
    }
    static decltype(auto)
    get(const gust::detail::ReadCall<Handler, Result>& self, const Default& fallback) noexcept {
        return Associator<Handler, Default>::get(self.handler, fallback);
    }
};

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/stream_operations.ipp>
#endif

#endif // GUST_NET_DETAIL_STREAM_OPERATIONS_HPP
