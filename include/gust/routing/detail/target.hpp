// SPDX-License-Identifier: MIT
// Targets: what answers a request, and the place where one is built for it.
#ifndef GUST_ROUTING_DETAIL_TARGET_HPP
#define GUST_ROUTING_DETAIL_TARGET_HPP

#include <gust/http/callable.hpp>
#include <gust/http/connection.hpp>
#include <gust/http/delegate.hpp>
#include <gust/http/response.hpp>
#include <gust/routing/detail/handler.hpp>
#include <gust/routing/detail/redirect.hpp>
#include <gust/routing/rule.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace gust::detail {

/// What a slot may look at while it is built.
template <class ServerConn, class Conn>
struct Dispatch {
    HTTPServerRequest& request() {
        if (!request_)
            request_.emplace(conn);
        return *request_;
    }

    ServerConn& server_conn;
    Conn& conn;
    std::span<const std::string_view> texts;
    std::optional<HTTPServerRequest> request_;
};

enum class target_kind : std::uint8_t {
    application,
    response,
    redirect,
    callable,
    factory,
    wrapper,
    misfit
};

/// A target around another one, as middleware makes it. It has `wrapper()`, `wrapped()` and
/// `wrapping_delegate<Source, Conn>`, which is made of the wrapper, of a source of what is inside,
/// and of the connection; it may ask for what is inside once, by `source.make(conn)`, or never.
template <class T>
concept wrapping_target = requires { typename T::wrapped_target; };

/// The innermost target.
template <class T>
struct innermost_target {
    using type = T;
};
template <wrapping_target T>
struct innermost_target<T> : innermost_target<object_type<typename T::wrapped_target>> {};

template <class T>
struct is_redirect : std::false_type {};
template <FixedString Location, status Code>
struct is_redirect<RedirectTo<Location, Code>> : std::true_type {};

template <class T, class Values, class ServerConn, class Conn>
consteval target_kind kind_of_target() {
    if constexpr (wrapping_target<T>) {
        using Inner = object_type<typename T::wrapped_target>;
        return kind_of_target<Inner, Values, ServerConn, Conn>() == target_kind::misfit
                   ? target_kind::misfit
                   : target_kind::wrapper;
    } else if constexpr (requires(T& app, ServerConn& s, Conn& c) { app.start_request(s, c); }) {
        return target_kind::application;
    } else if constexpr (std::same_as<T, Response>) {
        return target_kind::response;
    } else if constexpr (is_redirect<T>::value) {
        return target_kind::redirect;
    } else if constexpr (handler_call_of<T, Values>::fit() == handler_fit::fits) {
        using Result = handler_result<T, Values>;
        if constexpr (delegate_result<Result>)
            return target_kind::factory;
        else if constexpr (callable_result<Result>::value)
            return target_kind::callable;
        else
            return target_kind::misfit;
    } else {
        return target_kind::misfit;
    }
}

/// Says what is wrong with a target. `RulePattern` is there to be printed.
template <class RulePattern, class T, class Values, class ServerConn, class Conn>
consteval bool check_target() {
    if constexpr (kind_of_target<T, Values, ServerConn, Conn>() == target_kind::misfit) {
        using Innermost = typename innermost_target<T>::type;
        constexpr handler_fit fit = handler_call_of<Innermost, Values>::fit();
        static_assert(
            fit != handler_fit::wrong_count,
            "gust: the target of a rule takes as many parameters as its pattern has captures, "
            "behind an optional HTTPServerRequest&"
        );
        static_assert(
            fit != handler_fit::wrong_type,
            "gust: a parameter of a rule's target cannot hold the capture at its position: it is "
            "of "
            "the same type, or by value of one that can be made of it without loss"
        );
        static_assert(
            fit != handler_fit::not_callable,
            "gust: the target of a rule is an application, a Response, redirect_to<...>, or "
            "callable with the captures of its pattern, behind an optional HTTPServerRequest&"
        );
        static_assert(
            fit != handler_fit::fits,
            "gust: a callable target returns a Response, an awaitable of one, a message delegate "
            "or "
            "an optional message delegate"
        );
    }
    return true;
}

/// A delegate that a target has made, or its refusal to make one.
template <class Result>
struct Made {
    using delegate_type = typename optional_value<Result>::type;
    static constexpr bool may_decline = optional_value<Result>::may_decline;

    delegate_type& delegate() noexcept {
        if constexpr (may_decline)
            return *result;
        else
            return result;
    }
    bool has_declined() const noexcept {
        if constexpr (may_decline)
            return !result.has_value();
        else
            return false;
    }

    Result result;
};

template <target_kind Kind, class RulePattern, class T, class Values, class ServerConn, class Conn>
struct Slot;

template <class RulePattern, class T, class Values, class ServerConn, class Conn>
struct Slot<target_kind::application, RulePattern, T, Values, ServerConn, Conn>
    : Made<decltype(std::declval<T&>()
                        .start_request(std::declval<ServerConn&>(), std::declval<Conn&>()))> {
    using Base =
        Made<decltype(std::declval<T&>()
                          .start_request(std::declval<ServerConn&>(), std::declval<Conn&>()))>;
    Slot(T& app, Values&&, Dispatch<ServerConn, Conn>& dispatch)
        : Base{app.start_request(dispatch.server_conn, dispatch.conn)} {}
};

template <class Values>
struct KeptValues {
    Values values;
};

template <class RulePattern, class T, class Values, class ServerConn, class Conn>
struct Slot<target_kind::factory, RulePattern, T, Values, ServerConn, Conn>
    : KeptValues<Values>, Made<handler_result<T, Values>> {
    Slot(T& factory, Values&& captured, Dispatch<ServerConn, Conn>& dispatch)
        : KeptValues<Values>{std::move(captured)},
          Made<handler_result<T, Values>>{call_handler(
              factory,
              std::as_const(this->values),
              [&dispatch]() -> HTTPServerRequest& { return dispatch.request(); }
          )} {}
};

template <class RulePattern, class T, class Values, class ServerConn, class Conn>
struct Slot<target_kind::callable, RulePattern, T, Values, ServerConn, Conn> {
    using Bound = BoundHandler<T, Values>;
    using delegate_type = CallableDelegate<Bound>;
    static constexpr bool may_decline = false;

    Slot(T& callable, Values&& captured, Dispatch<ServerConn, Conn>&)
        : values{std::move(captured)}, bound{&callable, &values}, adapter{bound} {}
    delegate_type& delegate() noexcept { return adapter; }

    Values values;
    Bound bound;
    delegate_type adapter;
};

/// Answers without a look at the body.
struct ResponseDelegate : HTTPMessageDelegate {
    explicit ResponseDelegate(const Response& answer) noexcept : response{&answer} {}
    void headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
        response->send(conn);
    }
    void finish(HTTPConnection&) {}

    const Response* response;
};

template <class RulePattern, class T, class Values, class ServerConn, class Conn>
struct Slot<target_kind::response, RulePattern, T, Values, ServerConn, Conn>
    : Made<ResponseDelegate> {
    Slot(const Response& response, Values&&, Dispatch<ServerConn, Conn>&)
        : Made<ResponseDelegate>{ResponseDelegate{response}} {}
};

template <
    class RulePattern,
    FixedString Location,
    status Code,
    class Values,
    class ServerConn,
    class Conn>
struct Slot<
    target_kind::redirect,
    RulePattern,
    RedirectTo<Location, Code>,
    Values,
    ServerConn,
    Conn> : Made<RedirectDelegate> {
    static constexpr auto parts = redirect_parts<Location>(RulePattern::array);
    Slot(const RedirectTo<Location, Code>&, Values&&, Dispatch<ServerConn, Conn>& dispatch)
        : Made<RedirectDelegate>{RedirectDelegate{
              Code, redirect_location(parts, dispatch.texts, dispatch.conn.target())
          }} {}
};

/// After `check_target` has said what is wrong, nothing else has to be said.
template <class RulePattern, class T, class Values, class ServerConn, class Conn>
struct Slot<target_kind::misfit, RulePattern, T, Values, ServerConn, Conn>
    : Made<ResponseDelegate> {
    Slot(T&, Values&&, Dispatch<ServerConn, Conn>&);
};

template <class T>
T& object_of(T& target) noexcept {
    return target;
}
template <class T>
T& object_of(std::reference_wrapper<T>& target) noexcept {
    return target.get();
}

/// What is inside a wrapper, made when the wrapper asks for it.
template <class Inner, class T, class Values, class ServerConn, class Conn>
struct LateSource {
    LateSource(T& inside, Values&& captured, Dispatch<ServerConn, Conn>& dispatch)
        : target{&inside}, values{std::move(captured)}, server_conn{&dispatch.server_conn} {}

    Inner make(Conn& conn) {
        Dispatch<ServerConn, Conn> dispatch{*server_conn, conn, {}, {}};
        return Inner(*target, std::move(values), dispatch);
    }
    static auto& delegate_of(Inner& made) noexcept { return made.delegate(); }

    T* target;
    Values values;
    ServerConn* server_conn;
};

/// The same, made at once: whether it declines has to be known, or it needs the texts of captures.
template <class Inner, class T, class Values, class ServerConn, class Conn>
struct EarlySource {
    explicit EarlySource(Inner& made) noexcept : inner{&made} {}

    Inner* make(Conn&) noexcept { return inner; }
    static auto& delegate_of(Inner* made) noexcept { return made->delegate(); }

    Inner* inner;
};

template <class RulePattern, class T, class Values, class ServerConn, class Conn>
struct Slot<target_kind::wrapper, RulePattern, T, Values, ServerConn, Conn> {
    using Wrapped = object_type<typename T::wrapped_target>;
    static constexpr target_kind kind = kind_of_target<Wrapped, Values, ServerConn, Conn>();
    using Inner = Slot<kind, RulePattern, Wrapped, Values, ServerConn, Conn>;
    static constexpr bool may_decline = Inner::may_decline;
    static constexpr bool is_early = may_decline || kind == target_kind::redirect;
    using Source = std::conditional_t<
        is_early,
        EarlySource<Inner, Wrapped, Values, ServerConn, Conn>,
        LateSource<Inner, Wrapped, Values, ServerConn, Conn>>;
    using delegate_type = typename T::template wrapping_delegate<Source, Conn>;

    Slot(T& wrapper, Values&& captured, Dispatch<ServerConn, Conn>& dispatch)
        requires is_early
        : early(object_of(wrapper.wrapped()), std::move(captured), dispatch),
          wrapping(wrapper.wrapper(), Source{early}, dispatch.conn) {}
    Slot(T& wrapper, Values&& captured, Dispatch<ServerConn, Conn>& dispatch)
        requires(!is_early)
        : wrapping(
              wrapper.wrapper(),
              Source{object_of(wrapper.wrapped()), std::move(captured), dispatch},
              dispatch.conn
          ) {}

    delegate_type& delegate() noexcept { return wrapping; }
    bool has_declined() const noexcept {
        if constexpr (may_decline)
            return early.has_declined();
        else
            return false;
    }

    struct Nothing {};
    [[no_unique_address]] std::conditional_t<is_early, Inner, Nothing> early;
    delegate_type wrapping;
};

} // namespace gust::detail

#endif // GUST_ROUTING_DETAIL_TARGET_HPP
