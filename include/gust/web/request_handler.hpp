// SPDX-License-Identifier: MIT
// RequestHandler: one request as an object with a member function for each method.
#ifndef GUST_WEB_REQUEST_HANDLER_HPP
#define GUST_WEB_REQUEST_HANDLER_HPP

#include <gust/config.hpp>
#include <gust/core/awaitable.hpp>
#include <gust/http/connection.hpp>
#include <gust/http/cookie.hpp>
#include <gust/http/field.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/request.hpp>
#include <gust/http/status.hpp>
#include <gust/routing/fixed_string.hpp>
#include <gust/routing/rule.hpp>
#include <gust/web/http_error.hpp>

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gust {

namespace detail {
struct HandlerAccess;
} // namespace detail

/// Answers the requests of a rule: a subclass has a verb for each method that it serves.
///
///     struct User : gust::RequestHandler {
///         explicit User(Users& all) : users{&all} {}
///         Users* users;
///         void get(int id) { write(users->at(id)); }
///         gust::awaitable<> delete_(int id) { co_await users->remove(id); set_status(…); }
///     };
///     gust::Application app{gust::handle<"/users/{id:int}", User>(std::ref(users))};
///
/// Verbs are `get head post put patch delete_ options`, plain or coroutines, and take the captures
/// of the rule's pattern by position. GET answers HEAD as well, without its body; a method that has
/// no verb is 405 with Allow, and OPTIONS is answered by itself. The handler is made for each
/// request, with the arguments that were given to `handle`, and never moved.
///
///     made ─► body, up to max_buffered_body_size ─► prepare ─► verb ─► finish ─► on_finish
///     made ─► prepare ─► data_received … ─► verb ─► finish ─► on_finish
///
/// The second line is that of a handler that has `data_received(gust::bytes)`, void or an
/// awaitable, which is waited for before more is read; `prepare` sets the limits of the body.
/// Either may answer by itself (`finish`, `redirect`, `send_error`), and then the verb is not
/// called. When the verb has ended, what it wrote is sent, unless it has taken `keep()`.
///
/// What is written is held until `finish` or `flush`. An answer that was never flushed has a
/// Content-Length and, with status 200 for GET and HEAD, a strong ETag; a client that has it
/// already gets 304. Text is `text/plain; charset=utf-8` unless Content-Type is set.
///
/// An exception is answered by `write_error`: `HTTPError` with its status, an `errc` that stands
/// for a mistake of the peer with that of the mistake, every other one with 500, which is logged.
/// Once something was flushed the connection answers with 500 if nothing of that has left yet, and
/// is cut otherwise.
class RequestHandler {
public:
    RequestHandler() noexcept = default;
    RequestHandler(const RequestHandler&) = delete;
    RequestHandler& operator=(const RequestHandler&) = delete;

    /// The request, from `prepare` on.
    /// @{
    HTTPServerRequest& request() noexcept { return *request_; }
    HTTPConnection& connection() noexcept { return request_->connection(); }
    executor get_executor() noexcept { return connection().get_executor(); }

    /// The first value of an argument. Throws HTTPError 400 if there is none, and no `fallback`.
    /// @{
    GUST_DECL std::string query_argument(std::string_view name) const;
    GUST_DECL std::string query_argument(std::string_view name, std::string_view fallback) const;
    GUST_DECL std::string body_argument(std::string_view name) const;
    GUST_DECL std::string body_argument(std::string_view name, std::string_view fallback) const;
    /// @}
    /// All of them, in order.
    /// @{
    QueryPairs query_arguments() const { return request_->query_arguments(); }
    QueryPairs body_arguments() const { return request_->body_arguments(); }
    /// @}
    std::optional<std::string> cookie(std::string_view name) const {
        return request_->cookie(name);
    }
    /// @}

    /// The answer. Errors: errc::wrong_order once its head was sent, or it is finished.
    /// @{
    /// Default: 200, with the phrase of the status.
    GUST_DECL void set_status(status code, std::string_view reason = {});
    status get_status() const noexcept { return status_; }
    GUST_DECL void set_header(FieldName name, FieldValue value);
    GUST_DECL void add_header(FieldName name, FieldValue value);
    GUST_DECL void clear_header(std::string_view name);
    /// Errors: errc::invalid_field, see `to_string(const SetCookie&)`.
    GUST_DECL void set_cookie(const SetCookie& cookie);
    /// Makes the browser forget a cookie that was set with this path and domain.
    GUST_DECL void
    clear_cookie(std::string_view name, std::string_view path = "/", std::string_view domain = {});

    /// Adds to the body.
    GUST_DECL void write(std::string_view text);
    /// Adds JSON text, which a library of your choice has made.
    GUST_DECL void write_json(std::string_view json);
    /// Sends what is there so far; the length of the body is then not known. Does not block: wait
    /// for `drained`.
    GUST_DECL void flush();
    /// Completes when the client has taken most of what was flushed. Errors: errc::closed.
    template <class Token = asio::use_awaitable_t<>>
    auto drained(Token&& token = {}) {
        return connection().drained(std::forward<Token>(token));
    }
    /// Sends the rest, and ends the response.
    GUST_DECL void finish(std::string_view text = {});
    /// Ends it with nothing but a Location, which is checked and not encoded.
    GUST_DECL void redirect(FieldValue location, status code = status::found);
    /// Forgets what was set and written, and ends it with `write_error`; cuts what was flushed.
    GUST_DECL void send_error(status code, std::string_view detail = {});
    /// Leaves the answer to whoever holds the handle; nothing is sent by itself any more.
    GUST_DECL ResponseHandle keep();
    bool is_finished() const noexcept { return stage_ == stage::finished || stage_ == stage::kept; }
    /// @}

    /// What a subclass may hide. `prepare` may be a coroutine.
    /// @{
    void prepare() {}
    /// The response has ended, however it did.
    void on_finish() {}
    /// The client has gone, or was answered before it had sent its body.
    void on_connection_close() {}
    /// Makes the body of an error. Status and fields are those of the error already. The default
    /// sends the application's error page, or a line of text.
    GUST_DECL void write_error(status code, std::string_view detail);
    /// The entity tag of what was written, in quotes; "" for none.
    GUST_DECL std::string compute_etag() const;
    /// @}

protected:
    ~RequestHandler() = default;

private:
    friend struct detail::HandlerAccess;

    ///     open ─flush─► flushed ─finish─► finished; open ─finish─► finished; open ─keep─► kept
    enum class stage : std::uint8_t { open, flushed, finished, kept };

    /// What of the subclass is called from here.
    struct Hooks {
        void (*write_error)(RequestHandler&, status, std::string_view);
        std::string (*compute_etag)(RequestHandler&);
        /// Whether a HEAD has a verb of its own, which need not write what GET does.
        bool has_head = false;
    };

    GUST_DECL void begin(HTTPConnection& conn, std::string_view body, const Hooks& hooks);
    GUST_DECL void fail(const std::exception_ptr& error);
    GUST_DECL void end();
    GUST_DECL void demand_open() const;
    GUST_DECL void check_condition();
    GUST_DECL void add_type();

    std::optional<HTTPServerRequest> request_;
    const Hooks* hooks_ = nullptr;
    HTTPHeaders headers_;
    std::string body_;
    std::string reason_;
    status status_ = status::ok;
    stage stage_ = stage::open;
};

/// A rule for every verb that `Handler` has. `args` are those of its constructor, kept by value;
/// `std::ref` shares what outlives the application.
///
/// `Text` is a pattern without a method, `Name` the name for `reverse`.
template <FixedString Text, class Handler, FixedString Name = "", class... Args>
auto handle(Args... args);

} // namespace gust

#include <gust/web/impl/request_handler.hpp>
#if defined(GUST_HEADER_ONLY)
#include <gust/web/impl/request_handler.ipp>
#endif

#endif // GUST_WEB_REQUEST_HANDLER_HPP
