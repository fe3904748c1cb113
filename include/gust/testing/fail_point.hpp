// SPDX-License-Identifier: MIT
// A transport that fails on its n-th operation, to try every n until nothing fails any more.
#ifndef GUST_TESTING_FAIL_POINT_HPP
#define GUST_TESTING_FAIL_POINT_HPP

#include <gust/core/awaitable.hpp>
#include <gust/net/detail/completion.hpp>
#include <gust/net/transport.hpp>

#include <asio/async_result.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace gust::testing {

/// Counts operations; from the n-th on, every one fails.
class FailPoint {
public:
    /// Lets the n-th operation fail, counted from 1; 0 lets none fail.
    explicit FailPoint(
        std::size_t n, std::error_code error = std::make_error_code(std::errc::connection_reset)
    ) noexcept
        : fails_at_{n}, error_{error} {}
    FailPoint(const FailPoint&) = delete;
    FailPoint& operator=(const FailPoint&) = delete;

    /// Counts one operation, and tells whether it has to fail.
    bool fails() noexcept {
        ++count_;
        return has_fired();
    }
    /// Whether an operation has failed.
    bool has_fired() const noexcept { return fails_at_ != 0 && count_ >= fails_at_; }
    std::size_t count() const noexcept { return count_; }
    std::error_code error() const noexcept { return error_; }

private:
    std::size_t fails_at_;
    std::size_t count_ = 0;
    std::error_code error_;
};

/// Runs `body(FailPoint&)` with the first operation failing, then the second, and so on, until a
/// run in which nothing failed. Returns how many runs that took.
template <class Body>
std::size_t for_each_fail_point(Body&& body, std::size_t most_runs = 100'000) {
    for (std::size_t n = 1; n <= most_runs; ++n) {
        FailPoint point{n};
        body(point);
        if (!point.has_fired()) {
            return n;
        }
    }
    throw std::runtime_error{"for_each_fail_point: no run ended without a failure"};
}

/// Passes everything on to `Next`, until its fail point says otherwise. The point outlives the
/// transport.
template <transport Next>
class FailingTransport {
public:
    using executor_type = executor;
    using lowest_layer_type = typename Next::lowest_layer_type;

    FailingTransport(Next next, FailPoint& point) noexcept(noexcept(Next{std::move(next)}))
        : next_{std::move(next)}, point_{&point} {}

    executor_type get_executor() noexcept { return next_.get_executor(); }
    lowest_layer_type& lowest_layer() noexcept { return next_.lowest_layer(); }
    Next& next() noexcept { return next_; }

    io_result try_read(std::span<char> into) noexcept
        requires direct_transport<Next>
    {
        return point_->fails() ? failed() : next_.try_read(into);
    }
    io_result try_write(std::span<const iovec> parts) noexcept
        requires direct_transport<Next>
    {
        return point_->fails() ? failed() : next_.try_write(parts);
    }
    io_result try_peek() noexcept
        requires direct_transport<Next>
    {
        return point_->fails() ? failed() : next_.try_peek();
    }
    bool is_reset() noexcept
        requires direct_transport<Next>
    {
        return point_->has_fired() || next_.is_reset();
    }
    bool is_quiet() noexcept
        requires direct_transport<Next> && requires(Next& next) { next.is_quiet(); }
    {
        return !point_->has_fired() && next_.is_quiet();
    }
    void shutdown_send() noexcept
        requires direct_transport<Next>
    {
        next_.shutdown_send();
    }
    void close() noexcept
        requires direct_transport<Next>
    {
        next_.close();
    }
    void abort() noexcept
        requires direct_transport<Next> && requires(Next& next) { next.abort(); }
    {
        next_.abort();
    }
    bool is_open() noexcept
        requires direct_transport<Next>
    {
        return next_.is_open();
    }

    template <class Token>
        requires direct_transport<Next>
    auto async_wait(io_want want, Token&& token) {
        return asio::async_initiate<Token, void(std::error_code)>(
            [this](auto handler, io_want wanted) {
                if (point_->fails()) {
                    gust::detail::post_completion(
                        get_executor(), std::move(handler), point_->error()
                    );
                } else {
                    next_.async_wait(wanted, std::move(handler));
                }
            },
            token,
            want
        );
    }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
            [this](auto handler, const Buffers& into) {
                if (point_->fails()) {
                    gust::detail::post_completion(
                        get_executor(), std::move(handler), point_->error(), std::size_t{0}
                    );
                } else {
                    next_.async_read_some(into, std::move(handler));
                }
            },
            token,
            buffers
        );
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
            [this](auto handler, const Buffers& from) {
                if (point_->fails()) {
                    gust::detail::post_completion(
                        get_executor(), std::move(handler), point_->error(), std::size_t{0}
                    );
                } else {
                    next_.async_write_some(from, std::move(handler));
                }
            },
            token,
            buffers
        );
    }

private:
    io_result failed() const noexcept {
        return {.status = io_status::error, .n = 0, .error = point_->error()};
    }

    Next next_;
    FailPoint* point_;
};

} // namespace gust::testing

#endif // GUST_TESTING_FAIL_POINT_HPP
