// SPDX-License-Identifier: MIT
// A transport that cannot be tried, and what it has under way.
#ifndef GUST_NET_DETAIL_COMPLETION_TRANSPORT_HPP
#define GUST_NET_DETAIL_COMPLETION_TRANSPORT_HPP

#include <gust/config.hpp>
#include <gust/core/counted.hpp>
#include <gust/core/error.hpp>
#include <gust/net/detail/completion.hpp>
#include <gust/net/detail/socket_io.hpp>
#include <gust/net/loop.hpp>
#include <gust/net/stream_buffer.hpp>
#include <gust/net/transport.hpp>

#include <asio/associator.hpp>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/socket_base.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <utility>

namespace gust::detail {

/// The bytes that a write under way points to. They stay where they are until it ends, whatever
/// becomes of the queue.
class LentOutput {
public:
    static constexpr std::size_t most_parts = 16;

    explicit LentOutput(Loop& loop) noexcept : loop_{&loop} {}
    LentOutput(const LentOutput&) = delete;
    LentOutput& operator=(const LentOutput&) = delete;
    ~LentOutput() { release(); }

    /// Takes the front of the queue. An error is that of reading a file.
    GUST_DECL std::error_code lend_from(OutputQueue& queue);
    std::span<const asio::const_buffer> buffers() const noexcept { return {parts_.data(), size_}; }
    /// Counts what was sent, unless the queue was cleared meanwhile.
    GUST_DECL void return_to(OutputQueue& queue, std::size_t sent) noexcept;
    /// Lets go of the bytes: no write is under way.
    GUST_DECL void release() noexcept;

private:
    GUST_DECL std::error_code lend_file(const Segment& segment);

    Loop* loop_;
    std::array<asio::const_buffer, most_parts> parts_;
    std::array<Segment*, most_parts> segments_;
    std::size_t size_ = 0;
    BlockRef piece_; // of a file
    std::uint64_t mark_ = 0;
};

/// The same error in the standard's category, so that it compares with `std::errc`.
inline std::error_code as_system_error(std::error_code ec) noexcept {
    const bool is_system = ec.category() == asio::error::get_system_category();
    return is_system ? std::error_code{ec.value(), std::system_category()} : ec;
}

/// Ends a transfer, then calls the handler of the wait that started it.
///
/// The wait itself fails only when the transport was closed; how the transfer ended is told by the
/// next attempt.
template <class Handler, class Owner>
struct TransferCall {
    Handler handler;
    CountedPtr<Owner> owner;
    io_want which;

    void operator()(std::error_code ec, std::size_t n) {
        owner->transferred(which, ec, n);
        std::move(handler)(ec == asio::error::operation_aborted ? ec : std::error_code{});
    }
};

/// Keeps the transport, and what its operations point to, until they have completed: the stream
/// itself may move, close or go.
template <class Transport>
class CompletionTransport : public Counted {
public:
    enum class transfer : std::uint8_t { none, under_way, done };

    CompletionTransport(Loop& loop, Transport owned) : transport{std::move(owned)}, lent_{loop} {}

    Transport transport;

    io_result fill(InputBuffer& input) {
        if (reading_ != transfer::done) {
            return {.status = io_status::want_read, .n = 0, .error = {}};
        }
        const std::size_t n = std::exchange(received_, 0);
        if (n != 0) {
            input.append(into_, room_.data(), n);
        }
        into_.reset();
        if (!read_error_ || n != 0) {
            reading_ = read_error_ ? transfer::done : transfer::none;
            return {.status = io_status::ok, .n = n, .error = {}};
        }
        return ended(); // for good: no further read is started
    }

    io_result peek() const noexcept {
        if (reading_ != transfer::done) {
            return {.status = io_status::want_read, .n = 0, .error = {}};
        }
        return received_ != 0 || !read_error_
                   ? io_result{.status = io_status::ok, .n = 1, .error = {}}
                   : ended();
    }

    io_result flush(OutputQueue& output) {
        if (writing_ == transfer::done) {
            writing_ = transfer::none;
            lent_.return_to(output, std::exchange(sent_, 0));
        }
        if (write_error_) {
            return {.status = io_status::error, .n = 0, .error = write_error_};
        }
        const bool is_done = output.empty() && writing_ == transfer::none;
        return {.status = is_done ? io_status::ok : io_status::want_write, .n = 0, .error = {}};
    }

    template <class Handler>
    void read(InputBuffer& input, std::size_t wanted, Handler handler) {
        GUST_ASSERT(reading_ != transfer::under_way);
        if (reading_ == transfer::done) {
            post_completion(transport.get_executor(), std::move(handler), std::error_code{});
            return;
        }
        room_ = input.space(wanted);
        into_ = input.pin();
        input.settle(); // the block is kept here meanwhile
        reading_ = transfer::under_way;
        transport.async_read_some(
            asio::mutable_buffer{room_.data(), room_.size()},
            TransferCall<Handler, CompletionTransport>{
                std::move(handler), CountedPtr<CompletionTransport>{this}, io_want::read
            }
        );
    }

    template <class Handler>
    void write(OutputQueue& output, Handler handler) {
        GUST_ASSERT(writing_ == transfer::none && !output.empty());
        write_error_ = write_error_ ? write_error_ : lent_.lend_from(output);
        if (write_error_) {
            post_completion(transport.get_executor(), std::move(handler), std::error_code{});
            return;
        }
        writing_ = transfer::under_way;
        transport.async_write_some(
            lent_.buffers(),
            TransferCall<Handler, CompletionTransport>{
                std::move(handler), CountedPtr<CompletionTransport>{this}, io_want::write
            }
        );
    }

    bool is_reset() noexcept {
        if constexpr (requires { static_cast<int>(transport.lowest_layer().native_handle()); }) {
            return detail::is_reset(static_cast<int>(transport.lowest_layer().native_handle()));
        } else {
            return false;
        }
    }
    void shutdown_send() noexcept {
        std::error_code ignored;
        transport.lowest_layer().shutdown(asio::socket_base::shutdown_send, ignored);
    }
    void close() noexcept {
        std::error_code ignored;
        transport.lowest_layer().close(ignored);
    }
    bool is_open() noexcept { return transport.lowest_layer().is_open(); }

private:
    template <class, class>
    friend struct TransferCall;

    void transferred(io_want which, std::error_code ec, std::size_t n) noexcept {
        if (which == io_want::read) {
            reading_ = transfer::done;
            read_error_ = as_system_error(ec);
            received_ = n;
        } else {
            writing_ = transfer::done;
            write_error_ = as_system_error(ec);
            sent_ = n;
            if (!is_open()) { // nobody will ask
                lent_.release();
            }
        }
    }

    io_result ended() const noexcept {
        const bool is_eof = read_error_ == asio::error::eof;
        return {
            .status = is_eof ? io_status::eof : io_status::error,
            .n = 0,
            .error = is_eof ? std::error_code{} : read_error_
        };
    }

    LentOutput lent_;
    transfer reading_ = transfer::none;
    transfer writing_ = transfer::none;
    BlockRef into_;
    std::span<char> room_;
    std::size_t received_ = 0;
    std::size_t sent_ = 0;
    std::error_code read_error_;
    std::error_code write_error_;
};

} // namespace gust::detail

template <template <class, class> class Associator, class Handler, class Owner, class Default>
struct asio::associator<Associator, gust::detail::TransferCall<Handler, Owner>, Default>
    : Associator<Handler, Default> {
    static decltype(auto) get(const gust::detail::TransferCall<Handler, Owner>& self) noexcept {
        return Associator<Handler, Default>::get(self.handler);
    }
    static decltype(auto)
    get(const gust::detail::TransferCall<Handler, Owner>& self, const Default& fallback) noexcept {
        return Associator<Handler, Default>::get(self.handler, fallback);
    }
};

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/lent_output.ipp>
#endif

#endif // GUST_NET_DETAIL_COMPLETION_TRANSPORT_HPP
