// SPDX-License-Identifier: MIT
#ifndef GUST_HTTP1_IMPL_SERVER_CONNECTION_HPP
#define GUST_HTTP1_IMPL_SERVER_CONNECTION_HPP

#include <gust/http1/server_connection.hpp>

namespace gust {

template <class Stream, class Core>
void HTTP1ServerConnection<Stream, Core>::pump() noexcept {
    using state = HTTPConnection::pump_state;
    if (this->pump_ == state::running) {
        return; // the one that runs will see whatever this one was called for
    }
    this->pump_ = state::running;
    const ConnectionRef keeps_alive{*this};
    for (bool has_ended = false; !has_ended;) {
        try {
            run();
            has_ended = true;
        } catch (...) { // out of memory, in our own part: this connection pays
            this->report_failure(std::current_exception());
            this->exchange_.abort(outcome::failed);
        }
    }
    this->pump_ = state::resting;
}

template <class Stream, class Core>
void HTTP1ServerConnection<Stream, Core>::run() {
    this->receive_first();
    do {
        for (event e = event::none; (e = this->exchange_.next()) != event::none;) {
            deliver(e);
        }
    } while (this->transfer());
    this->settle();
    if (this->exchange_.is_closed() && delegate_ == nullptr) {
        report_end();
    }
}

template <class Stream, class Core>
void HTTP1ServerConnection<Stream, Core>::deliver(event e) {
    switch (e) {
    case event::none:
        break;
    case event::request:
        begin_request();
        break;
    case event::data:
        call([this] {
            return delegate_->data_received(
                static_cast<Connection&>(*this), this->exchange_.piece()
            );
        });
        break;
    case event::finish:
        call([this] { return delegate_->finish(static_cast<Connection&>(*this)); });
        break;
    case event::connection_closed:
        if (delegate_ != nullptr && core_->is_serving()) {
            delegate_->on_connection_close();
        }
        break;
    case event::ended:
        if (delegate_ != nullptr && core_->is_serving()) {
            delegate_->response_ended(this->exchange_.result());
        }
        destroy_delegate();
        this->response_has_ended();
        break;
    case event::shutdown:
        this->part();
        break;
    }
}

template <class Stream, class Core>
void HTTP1ServerConnection<Stream, Core>::begin_request() {
    static_assert(check_delegate<Delegate, Connection>());
    call([this] {
        auto& connection = static_cast<Connection&>(*this);
        delegate_ = ::new (static_cast<void*>(place_))
            Delegate(core_->app().start_request(*this, connection));
        const IncomingRequest& request = this->exchange_.request();
        return delegate_->headers_received(connection, request.start_line, request.headers);
    });
}

/// Calls a hook: a plain one costs nothing, an awaitable one holds the exchange until it has ended.
template <class Stream, class Core>
template <class Hook>
void HTTP1ServerConnection<Stream, Core>::call(Hook&& hook) {
    this->exchange_.begin_hook();
    try {
        if constexpr (std::is_void_v<std::invoke_result_t<Hook>>) {
            hook();
            this->exchange_.end_hook();
        } else {
            auto pending = hook();
            if (!pending.valid()) { // it was plain for this request
                this->exchange_.end_hook();
                return;
            }
            using Runner = decltype(hooks_);
            hooks_.run(
                *this,
                detail::adapt_hook<typename Runner::executor_type>(
                    std::move(pending), this->executor_
                ),
                this->hook_slot(),
                on_hook_end
            );
        }
    } catch (...) {
        this->hook_failed(std::current_exception());
    }
}

template <class Stream, class Core>
void HTTP1ServerConnection<Stream, Core>::destroy_delegate() noexcept {
    if (Delegate* const ended = std::exchange(delegate_, nullptr)) {
        ended->~Delegate();
    }
}

template <class Stream, class Core>
void HTTP1ServerConnection<Stream, Core>::report_end() noexcept {
    if (presence_ == presence::reported) {
        return;
    }
    presence_ = presence::reported;
    core_->ended(*this);
}

} // namespace gust

#endif // GUST_HTTP1_IMPL_SERVER_CONNECTION_HPP
