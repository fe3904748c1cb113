// SPDX-License-Identifier: MIT
#ifndef GUST_WEB_IMPL_REQUEST_HANDLER_HPP
#define GUST_WEB_IMPL_REQUEST_HANDLER_HPP

#include <gust/core/adopt.hpp>
#include <gust/core/bytes.hpp>
#include <gust/http/delegate.hpp>
#include <gust/http/outcome.hpp>
#include <gust/routing/pattern.hpp>
#include <gust/web/detail/verb.hpp>
#include <gust/web/request_handler.hpp>

#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>

namespace gust::detail {

/// Reaches the part of a handler that is not for users.
struct HandlerAccess {
    template <class H>
    static constexpr RequestHandler::Hooks hooks{
        .write_error = [](RequestHandler& handler, status code, std::string_view detail
                       ) { static_cast<H&>(handler).write_error(code, detail); },
        .compute_etag = [](RequestHandler& handler) -> std::string {
            return static_cast<H&>(handler).compute_etag();
        },
        .has_head = HeadVerb::is_in<H>,
    };
    template <class H>
    static void begin(H& handler, HTTPConnection& conn, std::string_view body) {
        static_cast<RequestHandler&>(handler).begin(conn, body, hooks<H>);
    }
    static void fail(RequestHandler& handler, const std::exception_ptr& error) {
        handler.fail(error);
    }
    static void end(RequestHandler& handler) { handler.end(); }
};

/// Runs what may be a coroutine of any executor.
template <class R>
awaitable<> as_awaitable(executor loop, R pending) {
    if constexpr (std::same_as<R, awaitable<>>) {
        return pending;
    } else {
        return adopt(loop, std::move(pending));
    }
}

/// The delegate of a request that goes to a handler.
template <class H, class Captures>
class HandlerDelegate : public HTTPMessageDelegate {
    static constexpr bool streams = DataMember::is_in<H>;
    template <class Verb>
    static consteval bool waits() {
        if constexpr (Verb::template is_in<H>) {
            return any_awaitable<decltype(VerbCall<Verb, H, Captures>::call(
                std::declval<H&>(), std::declval<const Captures&>()
            ))>;
        } else {
            return false;
        }
    }
    static constexpr bool has_waiting_verb =
        waits<GetVerb>() || waits<HeadVerb>() || waits<PostVerb>() || waits<PutVerb>()
        || waits<PatchVerb>() || waits<DeleteVerb>() || waits<OptionsVerb>();
    static constexpr bool has_waiting_prepare =
        any_awaitable<decltype(std::declval<H&>().prepare())>;

public:
    template <class Args>
    HandlerDelegate(const Args& args, const Captures& captures)
        : handler_(std::make_from_tuple<H>(args)), captures_{captures} {}
    HandlerDelegate(const HandlerDelegate&) = delete;
    HandlerDelegate& operator=(const HandlerDelegate&) = delete;

    auto headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
        if constexpr (!streams) {
            conn.limit_buffered_body();
        } else {
            begin(conn);
            if constexpr (has_waiting_prepare) {
                return prepare_later();
            } else {
                guard([this] { handler_.prepare(); });
            }
        }
    }

    auto data_received(HTTPConnection& conn, bytes chunk) {
        if constexpr (!streams) {
            body_ += as_text(chunk);
            static_cast<void>(conn);
        } else if constexpr (any_awaitable<decltype(handler_.data_received(chunk))>) {
            return take_later(conn, chunk);
        } else {
            guard([this, chunk] {
                if (!handler_.is_finished()) {
                    handler_.data_received(chunk);
                }
            });
        }
    }

    auto finish(HTTPConnection& conn) {
        if constexpr (!streams) {
            begin(conn);
        }
        if constexpr (has_waiting_verb || (has_waiting_prepare && !streams)) {
            return run_later(conn);
        } else {
            guard([this] {
                if constexpr (!streams) {
                    handler_.prepare();
                }
                if (!handler_.is_finished()) {
                    call_verb();
                }
                HandlerAccess::end(handler_);
            });
        }
    }

    void on_connection_close() noexcept {
        if (connection_ != nullptr) {
            quietly([this] { handler_.on_connection_close(); });
        }
    }
    void response_ended(outcome) noexcept {
        if (connection_ != nullptr) {
            quietly([this] { handler_.on_finish(); });
        }
    }

private:
    void begin(HTTPConnection& conn) {
        connection_ = &conn;
        HandlerAccess::begin(handler_, conn, body_);
    }

    template <class F>
    void guard(F f) {
        try {
            f();
        } catch (...) {
            HandlerAccess::fail(handler_, std::current_exception());
        }
    }
    template <class F>
    void quietly(F f) noexcept {
        try {
            f();
        } catch (...) {
            connection_->report_failure(std::current_exception());
        }
    }

    awaitable<> prepare_later() {
        try {
            co_await as_awaitable(connection_->get_executor(), handler_.prepare());
        } catch (...) {
            HandlerAccess::fail(handler_, std::current_exception());
        }
    }
    awaitable<> take_later(HTTPConnection& conn, bytes chunk) {
        try {
            if (!handler_.is_finished()) {
                co_await as_awaitable(conn.get_executor(), handler_.data_received(chunk));
            }
        } catch (...) {
            HandlerAccess::fail(handler_, std::current_exception());
        }
    }
    awaitable<> run_later(HTTPConnection& conn) {
        try {
            if constexpr (streams) {
            } else if constexpr (has_waiting_prepare) {
                co_await as_awaitable(conn.get_executor(), handler_.prepare());
            } else {
                handler_.prepare();
            }
            if (!handler_.is_finished()) {
                awaitable<> verb = start_verb(conn.get_executor());
                if (verb.valid()) {
                    co_await std::move(verb);
                }
            }
            HandlerAccess::end(handler_);
        } catch (...) {
            HandlerAccess::fail(handler_, std::current_exception());
        }
    }

    /// Calls `f` with the verb of the request. A HEAD is a GET unless it has one of its own.
    template <class F>
    void with_verb(F f) {
        method verb = connection_->start_line().method;
        if (verb == method::head && !HeadVerb::is_in<H>) {
            verb = method::get;
        }
        for_each_verb([&f, verb]<class Verb>(Verb) {
            if constexpr (Verb::template is_in<H>) {
                if (verb == Verb::name) {
                    f(VerbCall<Verb, H, Captures>{});
                }
            }
        });
    }
    void call_verb() {
        with_verb([this]<class Call>(Call) { Call::call(handler_, captures_); });
    }
    awaitable<> start_verb(executor loop) {
        awaitable<> pending;
        with_verb([this, &pending, loop]<class Call>(Call) {
            if constexpr (std::is_void_v<decltype(Call::call(handler_, captures_))>) {
                Call::call(handler_, captures_);
            } else {
                pending = as_awaitable(loop, Call::call(handler_, captures_));
            }
        });
        return pending;
    }

    H handler_;
    [[no_unique_address]] Captures captures_;
    std::string body_;
    HTTPConnection* connection_ = nullptr; // once the handler has begun
};

/// The target of a rule: makes a handler for each request.
template <class H, class... Args>
struct HandlerTarget {
    template <class... Vs>
        requires(!std::same_as<Vs, HTTPServerRequest> && ...)
    auto operator()(const Vs&... captures) {
        return HandlerDelegate<H, std::tuple<Vs...>>{args, std::tuple<Vs...>{captures...}};
    }

    std::tuple<Args...> args;
};

/// Says what is wrong with a handler.
template <class H, class Captures>
consteval bool check_handler() {
    static_assert(
        std::derived_from<H, RequestHandler>,
        "gust: what `handle` is given is a subclass of gust::RequestHandler"
    );
    static_assert(!std::is_final_v<H>, "gust: a RequestHandler cannot be final");
    if constexpr (std::derived_from<H, RequestHandler> && !std::is_final_v<H>) {
        static_assert(
            count_verbs<H>() != 0,
            "gust: a RequestHandler has a verb: get, head, post, put, patch, delete_ or options"
        );
        static_assert(
            hook_result<decltype(std::declval<H&>().prepare())>,
            "gust: `prepare` of a RequestHandler returns void or an awaitable of void"
        );
        if constexpr (DataMember::is_in<H>) {
            static_assert(
                requires(H& h, bytes chunk) {
                    { h.data_received(chunk) } -> hook_result;
                },
                "gust: `data_received` of a RequestHandler must be callable with (gust::bytes), "
                "returning void or an awaitable of void"
            );
        }
        return check_verb<GetVerb, H, Captures>() && check_verb<HeadVerb, H, Captures>()
               && check_verb<PostVerb, H, Captures>() && check_verb<PutVerb, H, Captures>()
               && check_verb<PatchVerb, H, Captures>() && check_verb<DeleteVerb, H, Captures>()
               && check_verb<OptionsVerb, H, Captures>();
    }
    return false;
}

} // namespace gust::detail

namespace gust {

template <FixedString Text, class Handler, FixedString Name, class... Args>
auto handle(Args... args) {
    static_assert(
        std::is_constructible_v<Handler, const Args&...>,
        "gust: the arguments of `handle` are those of the handler's constructor; what is to be "
        "shared is passed by std::ref"
    );
    constexpr bool names_no_method = Pattern<Text>::methods == MethodSet::all();
    static_assert(
        names_no_method,
        "gust: the pattern of `handle` names no method: it has those that are verbs of the handler"
    );
    static_assert(detail::check_handler<Handler, captures_of<Pattern<Text>>>());
    if constexpr (names_no_method) {
        return on<detail::verb_pattern<Handler, Text>(), Name>(
            detail::HandlerTarget<Handler, Args...>{std::tuple<Args...>{std::move(args)...}}
        );
    }
}

} // namespace gust

#endif // GUST_WEB_IMPL_REQUEST_HANDLER_HPP
