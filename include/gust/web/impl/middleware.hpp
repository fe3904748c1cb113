// SPDX-License-Identifier: MIT
#ifndef GUST_WEB_IMPL_MIDDLEWARE_HPP
#define GUST_WEB_IMPL_MIDDLEWARE_HPP

#include <gust/core/awaitable.hpp>
#include <gust/web/middleware.hpp>

#include <asio/co_spawn.hpp>

#include <memory>
#include <new>
#include <optional>

namespace gust::detail {

/// What a request gets of a middleware: a copy, or what its `start_request` returns.
template <class M, class Conn>
decltype(auto) start_middleware(M& layer, Conn& conn) {
    if constexpr (requires { layer.start_request(conn); }) {
        return layer.start_request(conn);
    } else {
        return M{std::as_const(layer)};
    }
}
template <class M, class Conn>
using started_middleware =
    std::remove_cvref_t<decltype(start_middleware(std::declval<M&>(), std::declval<Conn&>()))>;

/// Where the delegate of an application comes from, once it is wanted.
template <class T, class ServerConn>
class ApplicationSource {
public:
    ApplicationSource(T& app, ServerConn& server_conn) noexcept
        : app_{&app}, server_conn_{&server_conn} {}

    auto make(auto& conn) {
        if constexpr (request_callable<T>) {
            return CallableDelegate<T>{*app_};
        } else {
            object_type<T>& app = *app_;
            static_assert(
                requires { app.start_request(*server_conn_, conn); },
                "gust: what stands right of `|` is an application: it has "
                "`start_request(auto& server_conn, auto& conn)`, or is a callable from "
                "`HTTPServerRequest&` to `Response`; a target with captures belongs into a rule"
            );
            return app.start_request(*server_conn_, conn);
        }
    }
    template <class Delegate>
    static Delegate& delegate_of(Delegate& made) noexcept {
        return made;
    }

private:
    T* app_;
    ServerConn* server_conn_;
};

template <class R>
inline constexpr bool is_step = std::same_as<R, step>;
template <class E>
inline constexpr bool is_step<asio::awaitable<step, E>> = true;

/// Names the first hook of a middleware that does not fit.
template <class M, class Conn>
consteval bool check_middleware() {
    static_assert(
        requires(M& m, Conn& conn, const RequestStartLine& start, const HTTPHeaders& headers) {
            m.headers_received(conn, start, headers);
        },
        "gust: `headers_received` of a middleware must be callable with (conn, const "
        "RequestStartLine&, const HTTPHeaders&)"
    );
    if constexpr (requires(
                      M& m, Conn& conn, const RequestStartLine& start, const HTTPHeaders& headers
                  ) { m.headers_received(conn, start, headers); }) {
        using R = decltype(std::declval<M&>().headers_received(
            std::declval<Conn&>(),
            std::declval<const RequestStartLine&>(),
            std::declval<const HTTPHeaders&>()
        ));
        static_assert(
            hook_result<R> || is_step<R>,
            "gust: `headers_received` of a middleware returns void, gust::step, or an awaitable of "
            "either"
        );
    }
    static_assert(
        receives_data<M, Conn>,
        "gust: `data_received` of a middleware must be callable with (conn, gust::bytes), "
        "returning "
        "void or an awaitable of void"
    );
    static_assert(
        finishes<M, Conn>,
        "gust: `finish` of a middleware must be callable with (conn), returning void or an "
        "awaitable of void"
    );
    static_assert(
        notices_close<M>,
        "gust: `on_connection_close()` of a middleware takes nothing, returns void and is noexcept"
    );
    static_assert(
        notices_end<M>,
        "gust: `response_ended(gust::outcome)` of a middleware returns void and is noexcept"
    );
    return true;
}

/// Awaits a coroutine of whatever executor inside one of `Executor`. One that is empty is over.
template <class Executor, class Other>
asio::awaitable<void, Executor> await_hook(asio::awaitable<void, Other> pending, executor loop) {
    if (!pending.valid()) {
        co_return;
    }
    if constexpr (std::same_as<Executor, Other>) {
        co_await std::move(pending);
    } else {
        co_await asio::co_spawn(Other{loop}, std::move(pending), asio::use_awaitable_t<Executor>{});
    }
}

/// The delegate of a request that passes through a middleware.
template <class M, class Source, class Conn>
class MiddlewareDelegate : public HTTPMessageDelegate {
    using Layer = started_middleware<M, Conn>;
    static_assert(check_middleware<Layer, Conn>());
    using Made = decltype(std::declval<Source&>().make(std::declval<Conn&>()));
    using Inner = std::remove_reference_t<decltype(Source::delegate_of(std::declval<Made&>()))>;
    static_assert(check_delegate<Inner, Conn>());

public:
    MiddlewareDelegate(M& layer, Source source, Conn& conn)
        : layer_(start_middleware(layer, conn)), source_{std::move(source)} {}
    MiddlewareDelegate(const MiddlewareDelegate&) = delete;
    MiddlewareDelegate& operator=(const MiddlewareDelegate&) = delete;
    ~MiddlewareDelegate() {
        if (made_ != nullptr) {
            std::destroy_at(made_);
        }
    }

    auto headers_received(Conn& conn, const RequestStartLine& start, const HTTPHeaders& headers) {
        using Own = decltype(layer_.headers_received(conn, start, headers));
        using Result = decltype(begin(conn).headers_received(conn, start, headers));
        if constexpr (any_awaitable<Own>) {
            return begin_later(conn, start, headers, layer_.headers_received(conn, start, headers));
        } else if constexpr (is_step<Own>) {
            if (layer_.headers_received(conn, start, headers) == step::stop) {
                return Result();
            }
            return begin(conn).headers_received(conn, start, headers);
        } else {
            layer_.headers_received(conn, start, headers);
            return begin(conn).headers_received(conn, start, headers);
        }
    }
    auto data_received(Conn& conn, bytes chunk) {
        return pass_on(
            conn,
            [this, &conn, chunk] { return layer_.data_received(conn, chunk); },
            [&conn, chunk](Inner& inner) { return inner.data_received(conn, chunk); }
        );
    }
    auto finish(Conn& conn) {
        return pass_on(
            conn,
            [this, &conn] { return layer_.finish(conn); },
            [&conn](Inner& inner) { return inner.finish(conn); }
        );
    }
    void on_connection_close() noexcept {
        if (made_ != nullptr) {
            inner().on_connection_close();
        }
        layer_.on_connection_close();
    }
    void response_ended(outcome result) noexcept {
        if (made_ != nullptr) {
            inner().response_ended(result);
        }
        layer_.response_ended(result);
    }

private:
    Inner& begin(Conn& conn) {
        made_ = ::new (static_cast<void*>(place_)) Made(source_.make(conn));
        return inner();
    }
    Inner& inner() noexcept { return Source::delegate_of(*made_); }

    template <class T, class E>
    asio::awaitable<void, E> begin_later(
        Conn& conn,
        const RequestStartLine& start,
        const HTTPHeaders& headers,
        asio::awaitable<T, E> own
    ) {
        if constexpr (is_step<T>) {
            const step decision = co_await std::move(own);
            if (decision == step::stop) {
                co_return;
            }
        } else {
            co_await await_hook<E>(std::move(own), conn.get_executor());
        }
        if constexpr (std::is_void_v<decltype(inner().headers_received(conn, start, headers))>) {
            begin(conn).headers_received(conn, start, headers);
        } else {
            co_await await_hook<E>(
                begin(conn).headers_received(conn, start, headers), conn.get_executor()
            );
        }
    }

    template <class OwnHook, class InnerHook>
    auto pass_on(Conn& conn, OwnHook own, InnerHook rest) {
        using Own = std::invoke_result_t<OwnHook>;
        using Result = std::invoke_result_t<InnerHook, Inner&>;
        if constexpr (any_awaitable<Own>) {
            return pass_on_later(conn, own(), rest);
        } else {
            own();
            return made_ != nullptr ? rest(inner()) : Result();
        }
    }
    template <class E, class InnerHook>
    asio::awaitable<void, E>
    pass_on_later(Conn& conn, asio::awaitable<void, E> own, InnerHook rest) {
        co_await await_hook<E>(std::move(own), conn.get_executor());
        if (made_ == nullptr) {
            co_return;
        }
        if constexpr (std::is_void_v<std::invoke_result_t<InnerHook, Inner&>>) {
            rest(inner());
        } else {
            co_await await_hook<E>(rest(inner()), conn.get_executor());
        }
    }

    [[no_unique_address]] Layer layer_;
    Source source_;
    Made* made_ = nullptr; // in `place_`, once the request has passed
    alignas(Made) std::byte place_[sizeof(Made)];
};

} // namespace gust::detail

#endif // GUST_WEB_IMPL_MIDDLEWARE_HPP
