// SPDX-License-Identifier: MIT
// The two calls of an Asio stream, for a transport that can be tried.
#ifndef GUST_NET_DETAIL_TRIED_TRANSFER_HPP
#define GUST_NET_DETAIL_TRIED_TRANSFER_HPP

#include <gust/net/detail/completion.hpp>
#include <gust/net/transport.hpp>

#include <asio/associator.hpp>
#include <asio/async_result.hpp>
#include <asio/buffer.hpp>
#include <asio/error.hpp>

#include <cstddef>
#include <span>
#include <sys/uio.h>
#include <system_error>
#include <type_traits>
#include <utility>

namespace gust::detail {

template <class T>
io_result try_part(T& transport, const asio::mutable_buffer& part) noexcept {
    return transport.try_read({static_cast<char*>(part.data()), part.size()});
}
template <class T>
io_result try_part(T& transport, const asio::const_buffer& part) noexcept {
    const iovec piece{const_cast<void*>(part.data()), part.size()};
    return part.size() == 0 ? io_result{} : transport.try_write({&piece, 1});
}

/// Moves what can be moved now. `Part` is asio::mutable_buffer to read, asio::const_buffer to
/// write.
template <class Part, class T, class Buffers>
io_result try_parts(T& transport, const Buffers& buffers) noexcept {
    io_result total;
    const auto end = asio::buffer_sequence_end(buffers);
    for (auto at = asio::buffer_sequence_begin(buffers); at != end; ++at) {
        const Part part{*at};
        const io_result moved = try_part(transport, part);
        if (moved.status != io_status::ok) {
            return total.n != 0 ? total : moved;
        }
        total.n += moved.n;
        if (moved.n < part.size()) {
            break;
        }
    }
    return total;
}

/// Tries, waits, and tries again until something has moved. The transport stays where it is
/// meanwhile.
template <class Part, class T, class Handler, class Buffers>
struct TriedTransfer {
    T* transport;
    Handler handler;
    Buffers buffers;

    void operator()(std::error_code ec) {
        io_result result{.status = io_status::error, .n = 0, .error = ec};
        if (!ec) {
            result = try_parts<Part>(*transport, buffers);
        }
        if (!wait(result)) {
            std::move(handler)(error_of(result), result.n);
        }
    }
    void start() {
        const io_result result = try_parts<Part>(*transport, buffers);
        if (!wait(result)) {
            post_completion(
                transport->get_executor(),
                std::move(handler),
                error_of(result),
                std::size_t{result.n}
            );
        }
    }

private:
    bool wait(const io_result& result) {
        if (result.status != io_status::want_read && result.status != io_status::want_write) {
            return false;
        }
        T& waiting = *transport;
        waiting.async_wait(
            result.status == io_status::want_read ? io_want::read : io_want::write, std::move(*this)
        );
        return true;
    }
    static std::error_code error_of(const io_result& result) noexcept {
        return result.status == io_status::eof ? std::error_code{asio::error::eof} : result.error;
    }
};

struct InitiateNothing {
    template <class Handler>
    void operator()(Handler&&) const {}
};

/// What an operation of this signature returns for a token.
template <class Token>
using transfer_result = decltype(asio::async_initiate<Token, void(std::error_code, std::size_t)>(
    InitiateNothing{}, std::declval<std::remove_reference_t<Token>&>()
));

/// `async_read_some` (Part = asio::mutable_buffer) or `async_write_some` (asio::const_buffer) by
/// way of attempts.
template <class Part, class T, class Buffers, class Token>
auto transfer_by_trying(T& transport, const Buffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(std::error_code, std::size_t)>(
        [&transport](auto handler, Buffers parts) {
            TriedTransfer<Part, T, decltype(handler), Buffers>{
                &transport, std::move(handler), std::move(parts)
            }
                .start();
        },
        token,
        buffers
    );
}

} // namespace gust::detail

template <
    template <class, class> class Associator,
    class Part,
    class T,
    class Handler,
    class Buffers,
    class Default>
struct asio::associator<Associator, gust::detail::TriedTransfer<Part, T, Handler, Buffers>, Default>
    : Associator<Handler, Default> {
    using self = gust::detail::TriedTransfer<Part, T, Handler, Buffers>;
    static decltype(auto) get(const self& transfer) noexcept {
        return Associator<Handler, Default>::get(transfer.handler);
    }
    static decltype(auto) get(const self& transfer, const Default& fallback) noexcept {
        return Associator<Handler, Default>::get(transfer.handler, fallback);
    }
};

#endif // GUST_NET_DETAIL_TRIED_TRANSFER_HPP
