// SPDX-License-Identifier: MIT
// The callable adapter: a function from request to response is an application.
#ifndef GUST_HTTP_CALLABLE_HPP
#define GUST_HTTP_CALLABLE_HPP

#include <gust/core/awaitable.hpp>
#include <gust/core/error.hpp>
#include <gust/http/delegate.hpp>
#include <gust/http/request.hpp>
#include <gust/http/response.hpp>

#include <concepts>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>

namespace gust {

namespace detail {

template <class R>
struct callable_result : std::bool_constant<std::convertible_to<R, Response>> {};

template <class T, class E>
struct callable_result<asio::awaitable<T, E>>
    : std::bool_constant<std::convertible_to<T, Response>> {};

/// Answers 400 when the client is to blame for what was thrown; else throws it again.
inline void answer_mistake(HTTPConnection& conn, const std::system_error& error) {
    if (error.code() != errc::bad_request || conn.response_status())
        throw;
    conn.respond_error(status::bad_request);
}

} // namespace detail

/// A function of a request that returns a `Response`, or an awaitable of one.
template <class F>
concept request_callable =
    std::invocable<F&, HTTPServerRequest&>
    && detail::callable_result<std::invoke_result_t<F&, HTTPServerRequest&>>::value;

/// Buffers the body, within `max_buffered_body_size`, and sends what the callable returns. An
/// errc::bad_request that it throws, such as that of too many arguments, is answered with 400.
template <request_callable F>
class CallableDelegate : public HTTPMessageDelegate {
    using Result = std::invoke_result_t<F&, HTTPServerRequest&>;

public:
    explicit CallableDelegate(F& callable) noexcept : callable_{&callable} {}

    void headers_received(HTTPConnection& conn, const RequestStartLine&, const HTTPHeaders&) {
        conn.limit_buffered_body();
    }
    void data_received(HTTPConnection&, bytes chunk) { body_ += as_text(chunk); }
    auto finish(HTTPConnection& conn) {
        request_.emplace(conn, body_);
        if constexpr (any_awaitable<Result>) {
            return answer(conn, (*callable_)(*request_));
        } else {
            try {
                Response{(*callable_)(*request_)}.send(conn);
            } catch (const std::system_error& error) {
                detail::answer_mistake(conn, error);
            }
        }
    }

private:
    template <class T, class E>
    static asio::awaitable<void, E> answer(HTTPConnection& conn, asio::awaitable<T, E> pending) {
        try {
            Response response{co_await std::move(pending)};
            std::move(response).send(conn);
        } catch (const std::system_error& error) {
            detail::answer_mistake(conn, error);
        }
    }

    F* callable_;
    std::string body_;
    std::optional<HTTPServerRequest> request_;
};

/// A callable as an application.
template <request_callable F>
class CallableApplication {
public:
    explicit CallableApplication(F callable) : callable_{std::move(callable)} {}
    CallableDelegate<F> start_request(auto& /*server_conn*/, auto& /*conn*/) noexcept {
        return CallableDelegate<F>{callable_};
    }

private:
    F callable_;
};

/// An application that belongs to somebody else: what `std::ref` makes of one.
template <class App>
class SharedApplication {
public:
    explicit SharedApplication(App& app) noexcept : app_{&app} {}
    decltype(auto) start_request(auto& server_conn, auto& conn) {
        return app_->start_request(server_conn, conn);
    }
    void on_close(auto& server_conn) noexcept {
        if constexpr (requires { app_->on_close(server_conn); }) {
            app_->on_close(server_conn);
        }
    }

private:
    App* app_;
};

namespace detail {

template <class T>
struct application {
    using type = T;
};
template <request_callable F>
struct application<F> {
    using type = CallableApplication<F>;
};
template <class T>
struct application<std::reference_wrapper<T>> {
    using type = SharedApplication<T>;
};
template <request_callable F>
struct application<std::reference_wrapper<F>> {
    using type = CallableApplication<std::reference_wrapper<F>>;
};

} // namespace detail

/// The application that `T` is taken for: itself, a callable, or a `std::reference_wrapper` of
/// either.
template <class T>
using application_of = typename detail::application<T>::type;

} // namespace gust

#endif // GUST_HTTP_CALLABLE_HPP
