// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_ACCEPTOR_IPP
#define GUST_NET_IMPL_ACCEPTOR_IPP

#include <gust/core/error.hpp>
#include <gust/core/log.hpp>
#include <gust/net/detail/acceptor.hpp>

#include <asio/error.hpp>

#include <cerrno>
#include <fcntl.h>
#include <new>
#include <sys/socket.h>
#include <utility>

namespace gust::detail {

/// A connected descriptor that does not block and is closed on exec, or none and errno.
inline Descriptor accept_descriptor(int listener, PeerAddress& peer) noexcept {
    union {
        sockaddr any;
        sockaddr_in6 v6;
        sockaddr_storage largest;
    } address{};
    socklen_t size = sizeof address;
#if defined(SOCK_CLOEXEC) && defined(SOCK_NONBLOCK)
    const int descriptor = ::accept4(listener, &address.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    const int descriptor = ::accept(listener, &address.any, &size);
    if (descriptor != -1) {
        ::fcntl(descriptor, F_SETFL, ::fcntl(descriptor, F_GETFL) | O_NONBLOCK);
        ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    }
#endif
    if (descriptor != -1) {
        peer = PeerAddress{&address.any, size};
    }
    return Descriptor{descriptor};
}

/// Whether `accept` failed for the sake of one connection only, so that the next one may be asked
/// for.
inline bool is_about_one_connection(int error) noexcept {
    switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM: // a firewall rule
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
        return true;
#if defined(ENONET)
    case ENONET:
        return true;
#endif
    default:
        return false;
    }
}

/// Whether an exception says no more than that the peer, or this side, has closed.
inline bool is_departure(const std::exception_ptr& error) noexcept {
    try {
        std::rethrow_exception(error);
    } catch (const std::system_error& e) {
        return e.code() == errc::closed || e.code() == std::errc::connection_reset
               || e.code() == std::errc::broken_pipe || e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

GUST_DECL
Acceptor::Listener::Listener(const executor& loop, ListeningSocket taken, accept_function* function)
    : socket{loop}, accept{function}, family{taken.family()} {
    socket.assign(asio::ip::tcp::v4(), taken.descriptor());
    taken.release();
}

GUST_DECL Acceptor::Acceptor(asio::io_context& io, void* server, room_function* room)
    : loop_{Loop::of(io)}, server_{server}, room_{room}, timer_{io.get_executor()} {}

GUST_DECL void Acceptor::add(ListeningSocket socket, accept_function* accept) {
    if (is_stopped()) {
        throw_error(errc::closed);
    }
    listeners_.reserve(listeners_.size() + 1);
    const listener_ptr listener{
        new Listener{loop_.context().get_executor(), std::move(socket), accept}
    };
    if (listeners_.empty()) {
        loop_.expect_streams();
    }
    listeners_.push_back(listener);
    if (state_ == state::accepting) {
        wait(listener);
    }
}

GUST_DECL void Acceptor::wait(const listener_ptr& listener) noexcept {
    if (listener->is_waiting || !listener->socket.is_open()) {
        return;
    }
    listener->is_waiting = true;
    const auto wake = [self = CountedPtr<Acceptor>{this}, listener](std::error_code ec) {
        listener->is_waiting = false;
        self->ready(listener, ec);
    };
    listener->socket.async_wait(
        asio::socket_base::wait_read, in_memory(listener->memory_for_wait, wake)
    );
}

GUST_DECL void Acceptor::wait_all() noexcept {
    for (const listener_ptr& listener : listeners_) {
        wait(listener);
    }
}

GUST_DECL void Acceptor::ready(const listener_ptr& listener, std::error_code ec) {
    if (state_ != state::accepting || ec == asio::error::operation_aborted) {
        return;
    }
    accept_batch(*listener);
    if (state_ == state::accepting) {
        wait(listener);
    } else if (state_ == state::stopping) {
        finish_stop();
    }
}

GUST_DECL void Acceptor::accept_batch(Listener& listener) {
    is_in_batch_ = true;
    for (int n = 0; n != batch && state_ == state::accepting; ++n) {
        const outcome result = accept_one(listener);
        if (result == outcome::drained || result == outcome::exhausted) {
            break;
        }
    }
    is_in_batch_ = false;
}

GUST_DECL Acceptor::outcome Acceptor::accept_one(Listener& listener) {
    if (!room_(server_)) {
        if (state_ == state::accepting) {
            state_ = state::full;
        }
        return outcome::exhausted;
    }
    PeerAddress peer;
    Descriptor accepted = accept_descriptor(listener.socket.native_handle(), peer);
    if (!accepted.is_open()) {
        const int error = errno;
        if (error == EAGAIN || error == EWOULDBLOCK) {
            is_shortage_logged_ = false;
            return outcome::drained;
        }
        if (is_about_one_connection(error)) {
            return outcome::again;
        }
        back_off(error);
        return outcome::exhausted;
    }
    if (!has_right_thread()) {
        return outcome::again;
    }
    try {
        listener.accept(server_, {std::move(accepted), listener.family}, peer);
    } catch (...) {
        connection_failed(std::current_exception());
    }
    return outcome::accepted;
}

GUST_DECL bool Acceptor::has_right_thread() noexcept {
    if (running_ == 0 ? loop_.claim_thread() : loop_.is_current_thread()) {
        return true;
    }
    loop_.log().write(
        log_level::error,
        log_kind::accept,
        "a connection was refused: the io_context is run by more than one thread; run one "
        "io_context with a "
        "server in each thread instead"
    );
    return false;
}

GUST_DECL void Acceptor::back_off(int error) {
    if (!is_shortage_logged_) {
        is_shortage_logged_ = true;
        loop_.log().write(
            log_level::error,
            log_kind::accept,
            {"cannot accept connections for now: ", std::system_category().message(error)}
        );
    }
    if (state_ != state::accepting) {
        return;
    }
    const auto go_on = [self = CountedPtr<Acceptor>{this}](std::error_code) {
        if (self->state_ == state::backing_off) {
            self->state_ = state::accepting;
            self->wait_all();
        }
    };
    try {
        timer_.expires_after(back_off_time);
        timer_.async_wait(in_memory(memory_for_timer_, go_on));
        state_ = state::backing_off;
    } catch (const std::bad_alloc&) { // Asio's list of timers did not grow: try again at once
    }
}

GUST_DECL void Acceptor::pause() noexcept {
    if (!is_stopped()) {
        state_ = state::paused;
    }
}

GUST_DECL void Acceptor::resume() noexcept {
    if (state_ == state::paused || state_ == state::full) {
        state_ = state::accepting;
        wait_all();
    }
}

GUST_DECL void Acceptor::connection_ended(const std::exception_ptr& error) noexcept {
    --running_;
    if (error) {
        connection_failed(error);
    }
    if (state_ == state::full) {
        resume();
    }
}

GUST_DECL void Acceptor::connection_failed(const std::exception_ptr& error) noexcept {
    loop_.log().write(
        is_departure(error) ? log_level::debug : log_level::error,
        log_kind::stream,
        "handle_stream failed",
        error
    );
}

GUST_DECL void Acceptor::stop() {
    if (is_stopped()) {
        return;
    }
    state_ = state::stopping;
    timer_.cancel();
    if (!is_in_batch_) { // else the batch finishes it
        finish_stop();
    }
}

GUST_DECL void Acceptor::finish_stop() {
    const CountedPtr<Acceptor> alive{this};
    // What waits in a queue would be reset by closing it.
    for (std::size_t i = 0; i < listeners_.size(); ++i) {
        const listener_ptr listener = listeners_[i];
        for (int n = 0; n != most_drained && state_ == state::stopping; ++n) {
            const outcome result = accept_one(*listener);
            if (result == outcome::drained || result == outcome::exhausted) {
                break;
            }
        }
    }
    state_ = state::stopped;
    close_all();
}

GUST_DECL void Acceptor::abandon() noexcept {
    state_ = state::stopped;
    server_ = nullptr;
    timer_.cancel();
    close_all();
}

GUST_DECL void Acceptor::close_all() noexcept {
    if (listeners_.empty()) {
        return;
    }
    for (const listener_ptr& listener : listeners_) {
        std::error_code ignored;
        listener->socket.close(ignored);
    }
    listeners_.clear();
    loop_.expect_no_streams();
}

GUST_DECL std::vector<std::uint16_t> Acceptor::ports() const {
    std::vector<std::uint16_t> ports;
    for (const listener_ptr& listener : listeners_) {
        if (listener->family != AF_UNIX) {
            ports.push_back(port_of(listener->socket.native_handle()));
        }
    }
    return ports;
}

GUST_DECL std::vector<std::string> Acceptor::local_endpoints() const {
    std::vector<std::string> endpoints;
    endpoints.reserve(listeners_.size());
    for (const listener_ptr& listener : listeners_) {
        endpoints.push_back(local_endpoint_of(listener->socket.native_handle()));
    }
    return endpoints;
}

} // namespace gust::detail

#endif // GUST_NET_IMPL_ACCEPTOR_IPP
