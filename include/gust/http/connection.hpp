// SPDX-License-Identifier: MIT
// HTTPConnection: how a delegate answers; ResponseHandle: how it answers later.
#ifndef GUST_HTTP_CONNECTION_HPP
#define GUST_HTTP_CONNECTION_HPP

#include <gust/core/awaitable.hpp>
#include <gust/core/bytes.hpp>
#include <gust/core/chunk.hpp>
#include <gust/core/error.hpp>
#include <gust/core/waiter.hpp>
#include <gust/http/error_page.hpp>
#include <gust/http/field.hpp>
#include <gust/http/field_lines.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/message_exchange.hpp>
#include <gust/http/outcome.hpp>
#include <gust/http/start_line.hpp>
#include <gust/http/target.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace gust {

class ResponseHandle;

/// One request and its response, as a delegate sees them. Lent to a hook until that hook completes.
///
/// The verbs record output and never block: it leaves in one send when the hook lets go. They throw
/// `std::system_error` for the caller's mistake only (errc::wrong_order, body_not_allowed,
/// body_too_long, body_too_short, forbidden_field, invalid_field), and then nothing of that call is
/// queued. When the peer has gone they do nothing; `drained` and `response_ended` tell. Belongs to
/// one loop: not thread-safe.
class HTTPConnection {
public:
    HTTPConnection(const HTTPConnection&) = delete;
    HTTPConnection& operator=(const HTTPConnection&) = delete;

    executor get_executor() const noexcept { return executor_; }

    /// The request: lent until the response has ended.
    /// @{
    const RequestStartLine& start_line() const noexcept { return exchange_->start_line(); }
    const HTTPHeaders& headers() const noexcept { return exchange_->headers(); }
    const TargetParts& target() const noexcept { return exchange_->target(); }
    /// Complete in `finish`; never merged into the headers (RFC 9110 §6.5.1).
    const HTTPHeaders& trailers() const noexcept { return exchange_->trailers(); }
    /// The peer's address in text: "192.0.2.1:49152", or "" for a Unix socket.
    virtual std::string remote_address() const = 0;
    /// "https" over TLS, else "http".
    virtual std::string_view protocol() const noexcept = 0;
    /// @}

    /// Sends the head of the final response, and the first piece of its body.
    ///
    /// The length is that of a Content-Length among `fields`, else the body is chunked to an
    /// HTTP/1.1 client and ends with the connection for an HTTP/1.0 client (RFC 9112 §6). Date and
    /// Connection are added; Transfer-Encoding is refused. HEAD, 204, 205 and 304 have no body:
    /// bytes for HEAD are counted and dropped.
    /// @{
    void write_headers(
        const ResponseStartLine& start, std::initializer_list<Field> fields, Chunk chunk = {}
    ) {
        write_headers(start, lines(fields), std::move(chunk));
    }
    void write_headers(const ResponseStartLine& start, const FieldLines& fields, Chunk chunk = {}) {
        exchange_->write_headers(start, fields, std::move(chunk));
        touch();
    }
    /// @}

    /// Sends an interim response, such as 103 (RFC 9110 §15.2). Dropped for an HTTP/1.0 client.
    void write_interim(status code, std::initializer_list<Field> fields = {}) {
        exchange_->write_interim(code, lines(fields));
        touch();
    }

    /// Sends a piece of the body. An empty piece is nothing.
    void write(Chunk chunk) {
        exchange_->write(std::move(chunk));
        touch();
    }

    /// Ends the response. `trailers` go out behind a chunked body, and nowhere else.
    void finish(std::initializer_list<Field> trailers = {}) {
        exchange_->finish(lines(trailers));
        touch();
    }

    /// Sends a whole response: head with Content-Length, body, end.
    /// @{
    void respond(const ResponseStartLine& start, std::initializer_list<Field> fields, Chunk body) {
        respond(start, lines(fields), std::move(body));
    }
    void respond(const ResponseStartLine& start, const FieldLines& fields, Chunk body) {
        exchange_->respond(start, fields, std::move(body));
        touch();
    }
    /// @}

    /// Sends a whole error response, with the body that the error page in force makes, or a line of
    /// text. What `detail` says is shown by a page that shows such things, and by no other.
    void respond_error(
        status code, std::initializer_list<Field> fields = {}, std::string_view detail = {}
    ) {
        exchange_->respond_error(code, lines(fields), detail);
        touch();
    }

    /// Completes when no more bytes are unsent than the low-water mark. Errors: errc::closed when
    /// the peer has gone. Cancellation of any type ends the wait, not the connection.
    template <class Token = asio::use_awaitable_t<>>
    auto drained(Token&& token = {}) {
        return asio::async_initiate<Token, void(std::error_code)>(
            [this](auto handler) {
                wait_drained(detail::make_waiter<std::error_code>(
                    std::move(handler), executor_, detail::cancelled()
                ));
            },
            token
        );
    }

    /// Keeps this exchange open behind `finish`, for an answer that comes later.
    ResponseHandle keep();

    /// Cuts the connection: what is unsent is lost, and no hook but the ending ones follows.
    void close() {
        exchange_->abort(outcome::failed);
        touch();
    }
    /// Ends the connection behind this response.
    void close_after_response() noexcept { exchange_->close_after_response(); }

    /// What middleware does to a response that somebody else makes.
    /// @{
    /// Adds a field to the final response, whoever sends it, the library's own error answer
    /// included. Before the head only. Errors: errc::forbidden_field for Connection,
    /// Content-Length, Date and Transfer-Encoding.
    void add_response_field(FieldName name, FieldValue value, field_rule rule = field_rule::add) {
        exchange_->add_response_field(name, value, rule);
    }
    /// The first value of such a field, or nothing.
    std::string_view added_response_field(std::string_view name) const noexcept {
        return exchange_->added_response_field(name);
    }
    /// Lets `page`, which outlives the response, make the bodies of errors. None: a line of text.
    void set_error_page(const ErrorPage* page) noexcept { exchange_->set_error_page(page); }
    /// The page in force, or nothing.
    const ErrorPage* error_page() const noexcept { return exchange_->error_page(); }
    /// Answers with an error in the delegate's place, or cuts a response that has begun; the
    /// outcome is `timed_out` either way. From then on the delegate's verbs do nothing, and its
    /// pending hook is cancelled. For deadlines; does nothing once the response is complete.
    void give_up(status code) {
        if (exchange_->give_up(code)) {
            cancel_hook();
            touch();
        }
    }
    /// Writes to the log that a hook has failed.
    virtual void report_failure(const std::exception_ptr& error) noexcept = 0;
    /// The response so far, until the end of `response_ended`: the status of its final head, or
    /// nothing before there is one; and its bytes, head and framing included.
    /// @{
    std::optional<status> response_status() const noexcept {
        const unsigned code = exchange_->response_status();
        return code != 0 ? std::optional{static_cast<status>(code)} : std::nullopt;
    }
    std::uint64_t response_size() const noexcept { return exchange_->response_size(); }
    /// @}
    /// @}

    /// Settings of this exchange, to be called in `headers_received`.
    /// @{
    /// `gust::unlimited` is allowed.
    void set_max_body_size(std::uint64_t size) { exchange_->set_max_body_size(size); }
    /// Limits the body to what an adapter may hold in memory (`max_buffered_body_size`).
    void limit_buffered_body() { exchange_->limit_buffered_body(); }
    /// How long the body may be silent. `gust::forever` is allowed.
    void set_body_timeout(std::chrono::milliseconds timeout) {
        exchange_->set_body_timeout(timeout);
    }
    /// Default: `half_close::answer`.
    void set_half_close(half_close policy) {
        exchange_->set_half_close(policy);
        touch();
    }
    /// @}

protected:
    friend class ResponseHandle;
    friend class ConnectionRef;

    /// Who is working on this connection. Verbs outside a pump schedule one.
    ///
    ///     resting ─verb, handle gone─► scheduled ─► running ─► resting
    enum class pump_state : std::uint8_t { resting, scheduled, running };

    HTTPConnection(detail::MessageExchange& exchange, executor ex) noexcept
        : executor_{ex}, exchange_{&exchange} {}
    virtual ~HTTPConnection() = default;

    /// Schedules a pump.
    virtual void wake() noexcept = 0;
    /// Asks the hook that is pending, if there is one, to end.
    virtual void cancel_hook() noexcept = 0;

    void touch() noexcept {
        if (pump_ == pump_state::resting) {
            pump_ = pump_state::scheduled;
            wake();
        }
    }
    bool has_waiters() const noexcept { return !waiters_.empty(); }
    /// Completes those who wait in `drained`, later, on their executors.
    void complete_waiters(std::error_code ec) { waiters_.complete_all(ec); }
    /// Deletes them: who waits in a coroutine that keeps this connection is kept by it.
    void delete_waiters() noexcept { waiters_.clear(); }

    executor executor_;
    pump_state pump_ = pump_state::resting;
    std::uint32_t references_ = 0;

private:
    static FieldLines lines(std::initializer_list<Field> fields) noexcept {
        return std::span{fields.begin(), fields.size()};
    }
    void wait_drained(detail::Waiter<std::error_code>& waiter) {
        if (exchange_->is_closed()) {
            waiter.complete(errc::closed);
        } else if (exchange_->is_drained()) {
            waiter.complete({});
        } else {
            waiters_.add(waiter);
        }
    }

    detail::MessageExchange* exchange_;
    detail::WaiterList<std::error_code> waiters_;
};

/// Keeps a connection in memory. Not atomic: belongs to the connection's loop.
class ConnectionRef {
public:
    ConnectionRef() noexcept = default;
    explicit ConnectionRef(HTTPConnection& connection) noexcept : connection_{&connection} {
        ++connection_->references_;
    }
    ConnectionRef(ConnectionRef&& other) noexcept
        : connection_{std::exchange(other.connection_, nullptr)} {}
    ConnectionRef(const ConnectionRef& other) noexcept : connection_{other.connection_} {
        if (connection_ != nullptr) {
            ++connection_->references_;
        }
    }
    ConnectionRef& operator=(ConnectionRef other) noexcept {
        std::swap(connection_, other.connection_);
        return *this;
    }
    ~ConnectionRef() {
        if (connection_ != nullptr && --connection_->references_ == 0) {
            delete connection_;
        }
    }
    // Not by assigning `{}`: clang 14 forgets to destroy what that takes the place of.
    void reset() noexcept { const ConnectionRef old{std::move(*this)}; }
    HTTPConnection* get() const noexcept { return connection_; }
    /// Sees to it that the connection does not go when this does, but later.
    void postpone_end() const noexcept {
        if (connection_->references_ == 1) {
            connection_->wake();
        }
    }

private:
    HTTPConnection* connection_ = nullptr;
};

/// Names one exchange of one connection, to answer it later. Move-only.
///
/// While one lives, the request counts as being worked on. After the exchange it tests false and
/// its verbs do nothing, so it can never write into the next response. The last one to go without
/// an answer makes it a 500. It may be moved through another thread, but is used, tested and
/// destroyed on the connection's loop only, and does not outlive the `io_context`.
class ResponseHandle {
public:
    ResponseHandle() noexcept = default;
    ResponseHandle(ResponseHandle&& other) noexcept = default;
    ResponseHandle& operator=(ResponseHandle&& other) noexcept {
        ResponseHandle old{std::move(*this)};
        connection_ = std::move(other.connection_);
        serial_ = std::exchange(other.serial_, 0);
        return *this;
    }
    ~ResponseHandle() {
        HTTPConnection* const connection = connection_.get();
        if (connection != nullptr && connection->exchange_->release(serial_)) {
            connection->touch();
        }
    }

    /// Whether the exchange still goes on.
    explicit operator bool() const noexcept {
        return connection_.get() != nullptr && connection_.get()->exchange_->is_current(serial_);
    }
    executor get_executor() const noexcept { return connection_.get()->get_executor(); }

    /// The verbs of HTTPConnection.
    /// @{
    void write_headers(
        const ResponseStartLine& start, std::initializer_list<Field> fields, Chunk chunk = {}
    ) {
        if (*this) {
            connection_.get()->write_headers(start, fields, std::move(chunk));
        }
    }
    void write_headers(const ResponseStartLine& start, const FieldLines& fields, Chunk chunk = {}) {
        if (*this) {
            connection_.get()->write_headers(start, fields, std::move(chunk));
        }
    }
    void write_interim(status code, std::initializer_list<Field> fields = {}) {
        if (*this) {
            connection_.get()->write_interim(code, fields);
        }
    }
    void write(Chunk chunk) {
        if (*this) {
            connection_.get()->write(std::move(chunk));
        }
    }
    void finish(std::initializer_list<Field> trailers = {}) {
        if (*this) {
            connection_.get()->finish(trailers);
        }
    }
    void respond(const ResponseStartLine& start, std::initializer_list<Field> fields, Chunk body) {
        if (*this) {
            connection_.get()->respond(start, fields, std::move(body));
        }
    }
    void respond(const ResponseStartLine& start, const FieldLines& fields, Chunk body) {
        if (*this) {
            connection_.get()->respond(start, fields, std::move(body));
        }
    }
    /// Errors: errc::closed, also when the exchange is over.
    template <class Token = asio::use_awaitable_t<>>
    auto drained(Token&& token = {}) {
        return asio::async_initiate<Token, void(std::error_code)>(
            [this](auto handler) {
                auto& waiter = detail::make_waiter<std::error_code>(
                    std::move(handler), get_executor(), detail::cancelled()
                );
                if (*this) {
                    connection_.get()->wait_drained(waiter);
                } else {
                    waiter.complete(errc::closed);
                }
            },
            token
        );
    }
    /// Cuts the connection if the exchange still goes on.
    void close() {
        if (*this) {
            connection_.get()->close();
        }
    }
    /// @}

private:
    friend class HTTPConnection;
    ResponseHandle(HTTPConnection& connection, std::uint64_t serial) noexcept
        : connection_{connection}, serial_{serial} {}

    ConnectionRef connection_;
    std::uint64_t serial_ = 0;
};

inline ResponseHandle HTTPConnection::keep() {
    return ResponseHandle{*this, exchange_->keep()};
}

} // namespace gust

#endif // GUST_HTTP_CONNECTION_HPP
