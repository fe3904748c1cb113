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

/// In the place of a server's connection where no application is: a name that is short, and the
/// same in every server, so that the compiler has less to write down.
struct NoServerConn {};
inline NoServerConn no_server_conn;

/// What a slot may look at while it is built.
template <class ServerConn, class Conn>
struct Dispatch {
    ServerConn& server_conn;
    Conn& conn;
    std::span<const std::string_view> texts;
};

/// A request for a callable that takes one, as long as the call.
struct LateRequest {
    HTTPServerRequest& operator()() { return request.emplace(conn); }
    HTTPConnection& conn;
    std::optional<HTTPServerRequest> request;
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
            "of the same type, or by value of one that can be made of it without loss"
        );
        static_assert(
            fit != handler_fit::not_callable,
            "gust: the target of a rule is an application, a Response, redirect_to<...>, or "
            "callable with the captures of its pattern, behind an optional HTTPServerRequest&"
        );
        static_assert(
            fit != handler_fit::fits,
            "gust: a callable target returns a Response, an awaitable of one, a message delegate "
            "or an optional message delegate"
        );
    }
    return true;
}

/// A delegate that a target has made, or its refusal to make one. What a slot is built from is not
/// part of its type, so that rules with the same kind of delegate share one.
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

template <class Result>
struct ApplicationSlot : Made<Result> {
    template <class RulePattern, class T, class Values, class Dispatch>
    ApplicationSlot(std::type_identity<RulePattern>, T& app, Values&&, Dispatch& dispatch)
        : Made<Result>{app.start_request(dispatch.server_conn, dispatch.conn)} {}
};

template <class Values>
struct KeptValues {
    Values values;
};

template <class Values, class Result>
struct FactorySlot : KeptValues<Values>, Made<Result> {
    template <class RulePattern, class T, class Dispatch>
    FactorySlot(std::type_identity<RulePattern>, T& factory, Values&& captured, Dispatch& dispatch)
        : KeptValues<Values>{std::move(captured)},
          Made<Result>{
              call_handler(factory, std::as_const(this->values), LateRequest{dispatch.conn, {}})
          } {}
};

template <class T, class Values>
struct CallableSlot {
    using Bound = BoundHandler<T, Values>;
    using delegate_type = CallableDelegate<Bound>;
    static constexpr bool may_decline = false;

    template <class RulePattern, class Dispatch>
    CallableSlot(std::type_identity<RulePattern>, T& callable, Values&& captured, Dispatch&)
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

struct ResponseSlot : Made<ResponseDelegate> {
    template <class RulePattern, class Values, class Dispatch>
    ResponseSlot(std::type_identity<RulePattern>, const Response& response, Values&&, Dispatch&)
        : Made<ResponseDelegate>{ResponseDelegate{response}} {}
};

template <FixedString Location, class RulePattern>
inline constexpr auto redirect_parts_of = redirect_parts<Location>(RulePattern::array);

struct RedirectSlot : Made<RedirectDelegate> {
    template <class RulePattern, FixedString Location, status Code, class Values, class Dispatch>
    RedirectSlot(
        std::type_identity<RulePattern>,
        const RedirectTo<Location, Code>&,
        Values&&,
        Dispatch& dispatch
    )
        : Made<RedirectDelegate>{RedirectDelegate{
              Code,
              redirect_location(
                  redirect_parts_of<Location, RulePattern>, dispatch.texts, dispatch.conn.target()
              )
          }} {}
};

/// After `check_target` has said what is wrong, nothing else has to be said.
struct MisfitSlot : Made<ResponseDelegate> {
    template <class RulePattern, class T, class Values, class Dispatch>
    MisfitSlot(std::type_identity<RulePattern>, T&, Values&&, Dispatch&);
};

template <class T>
T& object_of(T& target) noexcept {
    return target;
}
template <class T>
T& object_of(std::reference_wrapper<T>& target) noexcept {
    return target.get();
}

template <class T, class Values, class ServerConn, class Conn>
consteval auto choose_slot();

/// What a target is built in.
template <class T, class Values, class ServerConn, class Conn>
using slot_of = typename decltype(choose_slot<T, Values, ServerConn, Conn>())::type;

/// What is inside a wrapper, made when the wrapper asks for it.
template <class Inner, class T, class Values, class ServerConn, class Conn>
struct LateSource {
    LateSource(T& inside, Values&& captured, Dispatch<ServerConn, Conn>& dispatch)
        : target{&inside}, values{std::move(captured)}, server_conn{&dispatch.server_conn} {}

    Inner make(Conn& conn) {
        Dispatch<ServerConn, Conn> dispatch{*server_conn, conn, {}};
        return Inner(std::type_identity<void>{}, *target, std::move(values), dispatch);
    }
    static auto& delegate_of(Inner& made) noexcept { return made.delegate(); }

    T* target;
    Values values;
    ServerConn* server_conn;
};

/// The same, made at once: whether it declines has to be known, or it needs the texts of captures.
template <class Inner, class Conn>
struct EarlySource {
    explicit EarlySource(Inner& made) noexcept : inner{&made} {}

    Inner* make(Conn&) noexcept { return inner; }
    static auto& delegate_of(Inner* made) noexcept { return made->delegate(); }

    Inner* inner;
};

template <class Slot>
inline constexpr bool is_made_early = Slot::may_decline || std::same_as<Slot, RedirectSlot>;

template <class T, class Values, class ServerConn, class Conn>
struct WrapperSlot {
    using Wrapped = object_type<typename T::wrapped_target>;
    using Inner = slot_of<Wrapped, Values, ServerConn, Conn>;
    static constexpr bool may_decline = Inner::may_decline;
    static constexpr bool is_early = is_made_early<Inner>;
    using Source = std::conditional_t<
        is_early,
        EarlySource<Inner, Conn>,
        LateSource<Inner, Wrapped, Values, ServerConn, Conn>>;
    using delegate_type = typename T::template wrapping_delegate<Source, Conn>;

    template <class RulePattern, class Dispatch>
        requires is_early
    WrapperSlot(
        std::type_identity<RulePattern> pattern, T& wrapper, Values&& captured, Dispatch& dispatch
    )
        : early(pattern, object_of(wrapper.wrapped()), std::move(captured), dispatch),
          wrapping(wrapper.wrapper(), Source{early}, dispatch.conn) {}
    template <class RulePattern, class Dispatch>
        requires(!is_early)
    WrapperSlot(std::type_identity<RulePattern>, T& wrapper, Values&& captured, Dispatch& dispatch)
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
template <class T, class Values, class ServerConn, class Conn>
inline constexpr bool is_made_early<WrapperSlot<T, Values, ServerConn, Conn>> =
    WrapperSlot<T, Values, ServerConn, Conn>::is_early;

template <class T, class ServerConn, class Conn>
concept application_target =
    requires(T& app, ServerConn& server_conn, Conn& conn) { app.start_request(server_conn, conn); };

/// What a slot of this target is built with.
template <class T, class ServerConn, class Conn>
using server_conn_for = std::conditional_t<
    application_target<typename innermost_target<T>::type, ServerConn, Conn>,
    ServerConn,
    NoServerConn>;

template <class T, class Values, class ServerConn, class Conn>
consteval auto choose_slot() {
    constexpr target_kind kind = kind_of_target<T, Values, ServerConn, Conn>();
    if constexpr (kind == target_kind::application)
        return std::type_identity<ApplicationSlot<decltype(std::declval<T&>().start_request(
            std::declval<ServerConn&>(), std::declval<Conn&>()
        ))>>{};
    else if constexpr (kind == target_kind::response)
        return std::type_identity<ResponseSlot>{};
    else if constexpr (kind == target_kind::redirect)
        return std::type_identity<RedirectSlot>{};
    else if constexpr (kind == target_kind::factory)
        return std::type_identity<FactorySlot<Values, handler_result<T, Values>>>{};
    else if constexpr (kind == target_kind::callable)
        return std::type_identity<CallableSlot<T, Values>>{};
    else if constexpr (kind == target_kind::wrapper)
        return std::type_identity<WrapperSlot<T, Values, ServerConn, Conn>>{};
    else
        return std::type_identity<MisfitSlot>{};
}

} // namespace gust::detail

#endif // GUST_ROUTING_DETAIL_TARGET_HPP
