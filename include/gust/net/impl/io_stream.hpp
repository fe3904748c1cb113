// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_IO_STREAM_HPP
#define GUST_NET_IMPL_IO_STREAM_HPP

#include <gust/net/io_stream.hpp>

#include <asio/error.hpp>
#include <asio/socket_base.hpp>

#include <algorithm>
#include <span>

namespace gust {

template <transport Transport>
io_result IOStream<Transport>::fill(std::size_t wanted) {
    if constexpr (is_direct) {
        const io_result result = transport_.try_read(input_.space(wanted));
        input_.commit(result.n);
        return result;
    } else {
        if (pending_.reading != detail::PendingTransfer::state::done) {
            return {.status = io_status::want_read};
        }
        pending_.reading = detail::PendingTransfer::state::none;
        if (!pending_.read_error) {
            return {.status = io_status::ok};
        }
        if (pending_.read_error == asio::error::eof) {
            return {.status = io_status::eof};
        }
        return {.status = io_status::error, .error = pending_.read_error};
    }
}

template <transport Transport>
io_result IOStream<Transport>::flush() {
    if constexpr (is_direct) {
        io_result result;
        while (!output_.empty()) {
            if (const detail::Segment* part = output_.front_file()) {
                result = send_file(*part);
            } else {
                std::array<iovec, gather_limit> parts;
                result = transport_.try_write(std::span{parts}.first(output_.gather(parts)));
            }
            if (result.status != io_status::ok) {
                return result;
            }
            output_.consume(result.n);
        }
        return result;
    } else {
        if (pending_.write_error) {
            return {.status = io_status::error, .error = pending_.write_error};
        }
        return {.status = output_.empty() ? io_status::ok : io_status::want_write};
    }
}

template <transport Transport>
io_result IOStream<Transport>::send_file(const detail::Segment& segment) noexcept {
    if constexpr (requires { transport_.try_send_file(0, std::uint64_t{}, std::size_t{}); }) {
        return transport_.try_send_file(segment.descriptor, segment.offset, segment.size);
    } else {
        std::array<char, 16384> piece;
        const auto wanted =
            static_cast<std::size_t>(std::min<std::uint64_t>(segment.size, piece.size()));
        const ssize_t got =
            ::pread(segment.descriptor, piece.data(), wanted, static_cast<off_t>(segment.offset));
        if (got <= 0) { // a file that became shorter cannot keep the promised length
            return {.status = io_status::error, .error = make_error_code(errc::body_too_short)};
        }
        const iovec part{piece.data(), static_cast<std::size_t>(got)};
        return transport_.try_write({&part, 1});
    }
}

template <transport Transport>
io_result IOStream<Transport>::peek() noexcept {
    if constexpr (is_direct) {
        return transport_.try_peek();
    } else {
        using state = detail::PendingTransfer::state;
        if (!input_.unread().empty()) {
            return {.status = io_status::ok, .n = 1};
        }
        if (pending_.reading != state::done) {
            return {.status = io_status::want_read};
        }
        if (!pending_.read_error) {
            return {.status = io_status::ok, .n = 1};
        }
        return {
            .status = pending_.read_error == asio::error::eof ? io_status::eof : io_status::error,
            .error = pending_.read_error
        };
    }
}

template <transport Transport>
bool IOStream<Transport>::is_reset() noexcept {
    if constexpr (is_direct) {
        return transport_.is_reset();
    } else {
        return false;
    }
}

template <transport Transport>
template <class Handler>
void IOStream<Transport>::async_wait_readable(std::size_t wanted, Handler&& handler) {
    if constexpr (is_direct) {
        transport_.async_wait(io_want::read, std::forward<Handler>(handler));
    } else {
        using state = detail::PendingTransfer::state;
        pending_.reading = state::under_way;
        const std::span<char> room = input_.space(wanted);
        transport_.async_read_some(
            asio::buffer(room.data(), room.size()),
            [this, handler = std::forward<Handler>(handler)](
                std::error_code ec, std::size_t n
            ) mutable {
                pending_.reading = state::done;
                pending_.read_error = ec;
                input_.commit(n);
                std::move(handler)(ec);
            }
        );
    }
}

template <transport Transport>
template <class Handler>
void IOStream<Transport>::async_wait_writable(Handler&& handler) {
    if constexpr (is_direct) {
        transport_.async_wait(io_want::write, std::forward<Handler>(handler));
    } else {
        std::array<iovec, gather_limit> parts;
        std::array<asio::const_buffer, gather_limit> buffers;
        const std::size_t n = output_.gather(parts);
        std::transform(parts.begin(), parts.begin() + n, buffers.begin(), [](const iovec& part) {
            return asio::const_buffer{part.iov_base, part.iov_len};
        });
        transport_.async_write_some(
            std::vector<asio::const_buffer>(buffers.begin(), buffers.begin() + n),
            [this, handler = std::forward<Handler>(handler)](
                std::error_code ec, std::size_t sent
            ) mutable {
                pending_.write_error = ec;
                output_.consume(sent);
                std::move(handler)(ec);
            }
        );
    }
}

template <transport Transport>
void IOStream<Transport>::shutdown_send() noexcept {
    if constexpr (is_direct) {
        transport_.shutdown_send();
    } else {
        std::error_code ignored;
        transport_.lowest_layer().shutdown(asio::socket_base::shutdown_send, ignored);
    }
}

template <transport Transport>
void IOStream<Transport>::close() noexcept {
    if constexpr (is_direct) {
        transport_.close();
    } else {
        std::error_code ignored;
        transport_.lowest_layer().close(ignored);
    }
    output_.clear();
}

template <transport Transport>
bool IOStream<Transport>::is_open() noexcept {
    if constexpr (is_direct) {
        return transport_.is_open();
    } else {
        return transport_.lowest_layer().is_open();
    }
}

} // namespace gust

#endif // GUST_NET_IMPL_IO_STREAM_HPP
