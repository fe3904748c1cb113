// SPDX-License-Identifier: MIT
#ifndef GUST_SERVER_IMPL_SERVER_CORE_IPP
#define GUST_SERVER_IMPL_SERVER_CORE_IPP

#include <gust/server/detail/server_core.hpp>

#include <new>

namespace gust::detail {

GUST_DECL ServedConnections::~ServedConnections() = default;

GUST_DECL void ServedConnections::begun(ServedConnection& connection) {
    connections_.insert(connection);
    ++size_;
    if (state_ == state::draining) {
        connection.drain();
    }
}

GUST_DECL void ServedConnections::remove(ServedConnection& connection) noexcept {
    connection.ListLink::unlink();
    --size_;
}

GUST_DECL void ServedConnections::count_end() {
    ++(cut_ == cut::not_yet ? report_.finished : report_.aborted);
    complete_if_done();
}

GUST_DECL void
ServedConnections::drain(std::chrono::milliseconds deadline, WaiterList<StopReport>& waiting) {
    waiters_.add_all(waiting);
    if (state_ == state::serving) {
        state_ = state::draining;
        for (ListLink* link = connections_.next; link != &connections_; link = link->next) {
            static_cast<ServedConnection*>(link)->drain();
        }
    }
    const auto due = std::chrono::steady_clock::now() + deadline;
    if (cut_ == cut::not_yet && (timer_.expiry() == time_point{} || due < timer_.expiry())) {
        timer_.expires_at(due);
        wait(&ServedConnections::cut_all);
    }
    complete_if_done();
}

GUST_DECL void ServedConnections::abandon() noexcept {
    state_ = state::abandoned;
    timer_.cancel();
    close_all();
}

GUST_DECL void ServedConnections::wait(void (ServedConnections::*then)()) {
    try {
        timer_.async_wait([self = CountedPtr<ServedConnections>{this}, then](std::error_code ec) {
            if (!ec && self->state_ == state::draining) {
                (self.get()->*then)();
            }
        });
    } catch (const std::bad_alloc&) {
        (this->*then)();
    }
}

GUST_DECL void ServedConnections::close_all() noexcept {
    for (ListLink* link = connections_.next; link != &connections_; link = link->next) {
        static_cast<ServedConnection*>(link)->close();
    }
}

GUST_DECL void ServedConnections::cut_all() {
    constexpr std::chrono::milliseconds grace{100};
    cut_ = cut::done;
    close_all();
    timer_.expires_after(grace); // what is cancelled and yet there after this ignores it
    wait(&ServedConnections::count_late);
}

GUST_DECL void ServedConnections::complete_if_done() {
    if (size_ == 0) {
        timer_.cancel();
        waiters_.complete_all(report_);
    }
}

} // namespace gust::detail

#endif // GUST_SERVER_IMPL_SERVER_CORE_IPP
