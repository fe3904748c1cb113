// SPDX-License-Identifier: MIT
// Middleware: layers around an application or a rule, put together with `|` and resolved by the
// compiler.
#ifndef GUST_WEB_MIDDLEWARE_HPP
#define GUST_WEB_MIDDLEWARE_HPP

#include <gust/core/bytes.hpp>
#include <gust/http/callable.hpp>
#include <gust/http/delegate.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/outcome.hpp>
#include <gust/http/start_line.hpp>
#include <gust/routing/router.hpp>
#include <gust/routing/rule.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace gust {

/// What `headers_received` of a middleware may return, or an awaitable of it.
enum class step : std::uint8_t {
    /// On to what is inside.
    next,
    /// It has answered, or will through `conn.keep()`; what is inside never hears of the request.
    stop,
};

namespace detail {
struct MiddlewareTag {};
} // namespace detail

/// A middleware: a layer around an application.
///
///     struct ServedBy : gust::Middleware {
///         std::string_view name;
///         explicit ServedBy(std::string_view n) : name{n} {}
///         void headers_received(auto& conn, const auto& /*start*/, const auto& /*headers*/) {
///             conn.add_response_field("X-Served-By", name);
///         }
///     };
///     gust::HTTPServer server{io, ServedBy{"me"} | router};
///
/// A subclass hides the hooks it needs; they are those of a delegate. Each request gets a copy of
/// the middleware, whose members may keep what they like between the hooks. One that is expensive
/// to copy has `start_request(conn)` instead, which returns a middleware for this request; it may
/// refer to the one that made it, which outlives the request.
///
/// The first three hooks are called before those inside, and may return awaitables, which are
/// waited for; the last two are called after those inside. What is inside is made when
/// `headers_received` has let the request pass, so that nothing of it runs for a request that is
/// turned away. Where every hook is plain no coroutine is made, and where a hook is not hidden it
/// costs nothing.
struct Middleware : detail::MiddlewareTag {
    void headers_received(auto& /*conn*/, const RequestStartLine&, const HTTPHeaders&) {}
    void data_received(auto& /*conn*/, bytes) {}
    void finish(auto& /*conn*/) {}
    void on_connection_close() noexcept {}
    void response_ended(outcome) noexcept {}
};

/// One middleware, or several that were put together.
template <class M>
concept middleware = std::derived_from<M, detail::MiddlewareTag> && std::copy_constructible<M>;

/// `Inner` inside `Outer`. Made by `|`.
template <middleware Outer, middleware Inner>
struct MiddlewareStack : detail::MiddlewareTag {
    MiddlewareStack(Outer o, Inner i) : outer{std::move(o)}, inner{std::move(i)} {}
    Outer outer;
    Inner inner;
};

namespace detail {
template <class M, class Source, class Conn>
class MiddlewareDelegate;
template <class T, class ServerConn>
class ApplicationSource;
} // namespace detail

/// `Inner`, which is an application or the target of a rule, with a middleware around it. Made by
/// `|`. An application itself, and a target.
template <middleware M, class Inner>
class Layered {
public:
    Layered(M layer, Inner inside) : layer_{std::move(layer)}, inner_{std::move(inside)} {}

    template <class ServerConn, class Conn>
    auto start_request(ServerConn& server_conn, Conn& conn) {
        using Source = detail::ApplicationSource<Inner, ServerConn>;
        return detail::MiddlewareDelegate<M, Source, Conn>{
            layer_, Source{inner_, server_conn}, conn
        };
    }
    void on_close(auto& server_conn) noexcept {
        auto& app = static_cast<detail::object_type<Inner>&>(inner_);
        if constexpr (requires { app.on_close(server_conn); }) {
            app.on_close(server_conn);
        }
    }

    M& layer() noexcept { return layer_; }
    Inner& inner() noexcept { return inner_; }

    /// How a rule that has captures makes it: for the router.
    /// @{
    using wrapped_target = Inner;
    template <class Source, class Conn>
    using wrapping_delegate = detail::MiddlewareDelegate<M, Source, Conn>;
    M& wrapper() noexcept { return layer_; }
    Inner& wrapped() noexcept { return inner_; }
    /// @}

private:
    [[no_unique_address]] M layer_;
    Inner inner_;
};

/// Puts middleware together, or around something. What stands left is outermost: it sees a request
/// first and its end last.
///
/// The right side is an application, a callable, `std::ref` of either, a rule, or the target of a
/// rule: `access_log(sink) | router`, `on<"PUT /files/{name}">(body_limit(1_GiB) | upload)`.
/// @{
template <middleware Outer, middleware Inner>
auto operator|(Outer outer, Inner inner) {
    return MiddlewareStack<Outer, Inner>{std::move(outer), std::move(inner)};
}
template <middleware M, class Inner>
    requires(!middleware<Inner>)
auto operator|(M layer, Inner inner) {
    return Layered<M, Inner>{std::move(layer), std::move(inner)};
}
template <middleware Outer, middleware Inner, class App>
    requires(!middleware<App>)
auto operator|(MiddlewareStack<Outer, Inner> stack, App app) {
    return std::move(stack.outer) | (std::move(stack.inner) | std::move(app));
}
template <middleware M, class RulePattern, class Matcher, class Target, FixedString Name>
auto operator|(M layer, Rule<RulePattern, Matcher, Target, Name> rule) {
    using Wrapped = Layered<M, Target>;
    return Rule<RulePattern, Matcher, Wrapped, Name>{
        Wrapped{std::move(layer), std::move(rule.target)}, std::move(rule.matcher)
    };
}
/// @}

namespace detail {

template <middleware M, class... Items, std::size_t... Is, std::size_t... Fs>
auto layer_rules(const M& layer, Router<Items...>& router, std::index_sequence<Is...>, std::index_sequence<Fs...>) {
    using R = Router<Items...>;
    const auto wrap_rule = [&layer]<class P, FixedString Name>(auto& rule) {
        using Leaf = std::remove_reference_t<decltype(rule)>;
        using Wrapped = Layered<M, typename Leaf::target_type>;
        return Rule<P, typename Leaf::matcher_type, Wrapped, Name>{
            Wrapped{layer, rule.target}, rule.matcher
        };
    };
    const auto wrap_fallback = [&layer](auto& fallback) {
        using Leaf = std::remove_reference_t<decltype(fallback)>;
        using Wrapped = Layered<M, typename Leaf::target_type>;
        return Fallback<Leaf::kind, Wrapped>{Wrapped{layer, fallback.target}};
    };
    return Router {
        wrap_rule.template operator(
        )<typename R::template pattern<Is>, R::template name<Is>>(router.template get<Is>())...,
        wrap_fallback(router.template get_fallback<Fs>())...
    };
}

} // namespace detail

/// A router with middleware around it, below a prefix. Its rules become rules of the router that it
/// is mounted in, each with the middleware around it; what no rule takes is not the mounted
/// router's business, nor its middleware's.
template <FixedString Prefix, FixedString Name = "", middleware M, class... Items>
auto mount(Layered<M, Router<Items...>> app) {
    using R = Router<Items...>;
    return mount<Prefix, Name>(detail::layer_rules(
        app.layer(),
        app.inner(),
        std::make_index_sequence<R::rule_count>{},
        std::make_index_sequence<R::fallback_count>{}
    ));
}

} // namespace gust

#include <gust/web/impl/middleware.hpp>

#endif // GUST_WEB_MIDDLEWARE_HPP
