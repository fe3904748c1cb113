// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_STREAM_OPERATIONS_IPP
#define GUST_NET_IMPL_STREAM_OPERATIONS_IPP

#include <gust/net/detail/stream_operations.hpp>

namespace gust::detail {

inline StreamOperation& operation_in(ListLink& link) noexcept {
    return static_cast<StreamOperation&>(link);
}

GUST_DECL void StreamOperations::add_reader(StreamOperation& operation) noexcept {
    reader_ = &operation;
    read_state = reading::waiting;
}

GUST_DECL void
StreamOperations::add_writer(StreamOperation& operation, std::uint64_t until) noexcept {
    operation.until = until;
    writers_.insert(operation);
}

GUST_DECL void StreamOperations::add_watcher(StreamOperation& operation) noexcept {
    watchers_.insert(operation);
}

GUST_DECL void StreamOperations::finish_reader(StreamOutcome outcome, delivery how) {
    std::exchange(reader_, nullptr)->complete(std::move(outcome), how);
}

GUST_DECL void StreamOperations::finish_writers(std::uint64_t sent) {
    while (writers_.is_linked() && operation_in(*writers_.next).until <= sent) {
        StreamOperation& operation = operation_in(*writers_.next);
        operation.unlink();
        operation.complete({}, delivery::post);
    }
}

GUST_DECL void StreamOperations::fail_writers() {
    while (writers_.is_linked()) {
        StreamOperation& operation = operation_in(*writers_.next);
        operation.unlink();
        operation.complete({failed_by, {}, {}}, delivery::post);
    }
}

GUST_DECL void StreamOperations::tell_watchers() {
    while (watchers_.is_linked()) {
        StreamOperation& operation = operation_in(*watchers_.next);
        operation.unlink();
        operation.complete({ended_by, {}, {}}, delivery::post);
    }
}

GUST_DECL void StreamOperations::cancel(std::uint64_t id) {
    const StreamOutcome cancelled{asio::error::operation_aborted, {}, {}};
    if (reader_ != nullptr && reader_->id == id) {
        finish_reader(cancelled, delivery::post);
        return;
    }
    for (ListLink* list : {&writers_, &watchers_}) {
        for (ListLink* link = list->next; link != list; link = link->next) {
            if (operation_in(*link).id == id) {
                link->unlink();
                operation_in(*link).complete(cancelled, delivery::post);
                return;
            }
        }
    }
}

GUST_DECL void StreamOperations::destroy_handlers() noexcept {
    // A handler may own what owns this: nothing here is touched after the last one went.
    const StreamOperation* reader = std::exchange(reader_, nullptr);
    ListLink rest;
    rest.splice(writers_);
    rest.splice(watchers_);
    delete reader;
    while (rest.is_linked()) {
        StreamOperation& operation = operation_in(*rest.next);
        operation.unlink();
        delete &operation;
    }
}

} // namespace gust::detail

#endif // GUST_NET_IMPL_STREAM_OPERATIONS_IPP
