// SPDX-License-Identifier: MIT
// Layers between a stream and its socket, stacked at compile time: `tls(context) | layer<Metered>`.
#ifndef GUST_NET_LAYER_HPP
#define GUST_NET_LAYER_HPP

#include <gust/core/awaitable.hpp>
#include <gust/net/detail/tried_transfer.hpp>
#include <gust/net/transport.hpp>

#include <concepts>
#include <span>
#include <type_traits>
#include <utility>

namespace gust {

/// Base of what makes a layer: a copyable object whose `operator()` takes the transport below and
/// returns the one above.
struct StreamLayer {};

template <class L>
concept stream_layers = std::derived_from<L, StreamLayer> && std::copy_constructible<L>;

/// The transport that `Layers` make of `Lowest`.
template <stream_layers Layers, transport Lowest>
using layered = std::invoke_result_t<const Layers&, Lowest>;

/// No layer: the socket itself.
struct Plain : StreamLayer {
    template <transport Next>
    Next operator()(Next next) const {
        return next;
    }
};

namespace detail {

template <template <class> class Layer>
struct LayerOf : StreamLayer {
    template <transport Next>
    Layer<Next> operator()(Next next) const {
        static_assert(
            std::constructible_from<Layer<Next>, Next>,
            "gust: a layer is a class template over the transport below it, and constructed from it"
        );
        static_assert(
            transport<Layer<Next>>, "gust: a layer is a transport: see gust::TransportLayer"
        );
        return Layer<Next>{std::move(next)};
    }
};

template <stream_layers Lower, stream_layers Upper>
struct LayerStack : StreamLayer {
    LayerStack(Lower lower, Upper upper) : lower_{std::move(lower)}, upper_{std::move(upper)} {}

    template <transport Next>
    auto operator()(Next next) const {
        return upper_(lower_(std::move(next)));
    }

private:
    [[no_unique_address]] Lower lower_;
    [[no_unique_address]] Upper upper_;
};

} // namespace detail

/// Makes a layer of a class template over the transport below.
template <template <class> class Layer>
inline constexpr detail::LayerOf<Layer> layer{};

/// Puts `upper` on `lower`: what stands left is nearer to the socket.
template <stream_layers Lower, stream_layers Upper>
detail::LayerStack<Lower, Upper> operator|(Lower lower, Upper upper) {
    return {std::move(lower), std::move(upper)};
}

/// A start for a layer: everything but the transfer. Add `async_read_some` and `async_write_some`,
/// which may forward to `next()`.
template <transport Next>
class TransportLayer {
public:
    using executor_type = executor;
    using next_type = Next;
    using lowest_layer_type = typename Next::lowest_layer_type;

    explicit TransportLayer(Next next) : next_{std::move(next)} {}

    executor_type get_executor() noexcept { return next_.get_executor(); }
    Next& next() noexcept { return next_; }
    lowest_layer_type& lowest_layer() noexcept { return next_.lowest_layer(); }

private:
    Next next_;
};

/// A start for a layer over a transport that can be tried: it forwards everything. Hide `try_read`
/// and `try_write`, which move every byte.
///
/// While it waits no buffer is held, so an idle connection costs nothing. A layer that holds bytes
/// back cannot be made like this: a wait would miss them. Name the layer itself as `Derived` if one
/// that cannot be tried may stand above: `class Metered : public gust::DirectLayer<Next,
/// Metered<Next>>`.
template <direct_transport Next, class Derived = void>
class DirectLayer : public TransportLayer<Next> {
public:
    using TransportLayer<Next>::TransportLayer;

    io_result try_read(std::span<char> into) noexcept { return this->next().try_read(into); }
    io_result try_write(std::span<const iovec> parts) noexcept {
        return this->next().try_write(parts);
    }
    io_result try_peek() noexcept { return this->next().try_peek(); }
    bool is_reset() noexcept { return this->next().is_reset(); }
    bool is_quiet() noexcept {
        if constexpr (requires(Next& next) { next.is_quiet(); }) {
            return this->next().is_quiet();
        } else {
            return false;
        }
    }
    void shutdown_send() noexcept { this->next().shutdown_send(); }
    void close() noexcept { this->next().close(); }
    void abort() noexcept {
        if constexpr (requires(Next& next) { next.abort(); }) {
            this->next().abort();
        } else {
            close();
        }
    }
    bool is_open() noexcept { return this->next().is_open(); }
    void prepare_wait() noexcept {
        if constexpr (requires(Next& next) { next.prepare_wait(); }) {
            this->next().prepare_wait();
        }
    }

    template <class Token>
    auto async_wait(io_want want, Token&& token) {
        return this->next().async_wait(want, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) -> detail::transfer_result<Token> {
        return transfer<asio::mutable_buffer>(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) -> detail::transfer_result<Token> {
        return transfer<asio::const_buffer>(buffers, std::forward<Token>(token));
    }

private:
    template <class Part, class Buffers, class Token>
    auto transfer(const Buffers& buffers, Token&& token) {
        static_assert(
            !std::is_void_v<Derived>,
            "gust: a layer that cannot be tried stands on one that can: derive the lower one from "
            "gust::DirectLayer<Next, Layer<Next>>, so that its own try_read and try_write are used"
        );
        return detail::transfer_by_trying<Part>(
            static_cast<Derived&>(*this), buffers, std::forward<Token>(token)
        );
    }
};

} // namespace gust

#endif // GUST_NET_LAYER_HPP
