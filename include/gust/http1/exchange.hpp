// SPDX-License-Identifier: MIT
// Exchange: the whole of HTTP/1 on a server's side, without I/O.
#ifndef GUST_HTTP1_EXCHANGE_HPP
#define GUST_HTTP1_EXCHANGE_HPP

#include <gust/config.hpp>
#include <gust/core/bytes.hpp>
#include <gust/core/chunk.hpp>
#include <gust/core/error.hpp>
#include <gust/http/error_page.hpp>
#include <gust/http/field.hpp>
#include <gust/http/field_lines.hpp>
#include <gust/http/headers.hpp>
#include <gust/http/message_exchange.hpp>
#include <gust/http/outcome.hpp>
#include <gust/http/start_line.hpp>
#include <gust/http1/incoming_request.hpp>
#include <gust/http1/parameters.hpp>
#include <gust/http1/writer.hpp>
#include <gust/net/deadline_wheel.hpp>
#include <gust/net/stream_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gust {

/// The requests and responses of one connection: bytes and ticks go in, events and queued bytes
/// come out.
///
/// It knows no socket, no Asio and no delegate. Whoever drives it puts what was read into the input
/// buffer, asks `next` for events until there is `none`, calls the hook that each event names
/// between `begin_hook` and `end_hook`, sends what lies in the output queue, and tells what became
/// of it. Verbs record output and never block.
///
/// Four state machines, and what moves them:
///
///     Reading   idle ─first byte─► head ─complete─► body ─all of it─► complete ─both done─► idle
///               head ─malformed, late─► linger
///               body ─answered early─► discard ─read away─► complete
///               body, discard, complete ─answer queued, connection not kept─► linger
///               linger ─FIN, budget, or the peer need not be waited for─► closed
///     Writing   none ─head queued─► open ─last byte queued─► complete ─► none
///               complete ─FIN sent─► shut
///     Turn      peer ◄─► hook
///               peer ◄─► answer: `finish` is done, and somebody holds a handle
///     Side      absent ─headers─► owed ─finish or on_connection_close─► told
///               told ─response_ended─► over ─► absent
///
/// `abort` takes Reading to closed and Writing to shut from anywhere.
class Exchange final : public detail::MessageExchange {
public:
    enum class reading : std::uint8_t { idle, head, body, complete, discard, linger, closed };
    enum class writing : std::uint8_t { none, open, complete, shut };
    enum class turn : std::uint8_t { peer, hook, answer };
    enum class side : std::uint8_t { absent, owed, told, over };

    enum class event : std::uint8_t {
        /// Nothing to do before bytes, a tick, or the end of a hook.
        none,
        /// A head is complete: a delegate is made and gets `headers_received`.
        request,
        /// `piece()` goes to `data_received`.
        data,
        /// The request is complete: `finish`.
        finish,
        /// The request will not be, or was answered before it was: `on_connection_close`.
        connection_closed,
        /// `response_ended`, and the delegate goes.
        ended,
        /// Everything is sent: FIN.
        shutdown,
    };

    GUST_DECL Exchange(
        InputBuffer& input,
        OutputQueue& output,
        const HTTP1ConnectionParameters& parameters,
        ExchangePool& pool
    ) noexcept;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    GUST_DECL ~Exchange();

    /// The next thing to do.
    GUST_DECL event next();

    /// What the driver of the connection reports.
    /// @{
    /// Whether bytes from the peer are of use now.
    GUST_DECL bool wants_input() const noexcept;
    /// The room to offer to the next read.
    GUST_DECL std::size_t wanted_room() const noexcept;
    /// `n` bytes were committed to the input buffer.
    GUST_DECL void received(std::size_t n, loop_time now) noexcept;
    /// The peer ended its side.
    GUST_DECL void input_ended() noexcept;
    /// The connection broke.
    GUST_DECL void connection_lost() noexcept;
    /// Everything is sent, and the connection is over without a FIN of the peer's.
    GUST_DECL void part() noexcept;
    /// `n` bytes left the output queue.
    GUST_DECL void sent(std::uint64_t n, loop_time now) noexcept;
    /// Cuts everything.
    GUST_DECL void abort(outcome why) noexcept override;
    /// No further request is wanted: idle peers are told to go, busy ones get their answer.
    GUST_DECL void drain() noexcept;
    /// @}

    /// Around each hook. `hook_failed` is the throw: `e` is answered while nothing is sent, else
    /// the connection is cut.
    /// @{
    void begin_hook() noexcept { turn_ = turn::hook; }
    void end_hook() noexcept { turn_ = turn::peer; }
    GUST_DECL void hook_failed(errc e = errc::no_answer);
    /// @}

    /// Sets the clocks for the wait that follows. Called when `next` has nothing more.
    GUST_HOT_DECL void rest(loop_time now) noexcept;
    /// The output waits, but not for the peer: until the next `rest` no clock runs for it.
    void hold_output() noexcept { write_due_ = no_deadline; }
    /// When `tick` has something to do.
    loop_time deadline() const noexcept { return read_due_ < write_due_ ? read_due_ : write_due_; }
    GUST_DECL void tick(loop_time now);

    /// The verbs; `HTTPConnection` documents them.
    /// @{
    GUST_DECL void
    write_headers(const ResponseStartLine& start, const FieldLines& fields, Chunk&& chunk) override;
    GUST_DECL void
    respond(const ResponseStartLine& start, const FieldLines& fields, Chunk&& body) override;
    GUST_DECL void write_interim(status code, const FieldLines& fields) override;
    GUST_DECL void write(Chunk&& chunk) override;
    GUST_DECL void finish(const FieldLines& trailers) override;
    GUST_DECL void
    respond_error(status code, const FieldLines& fields, std::string_view detail) override;
    GUST_DECL void add_response_field(FieldName name, FieldValue value, field_rule rule) override;
    std::string_view added_response_field(std::string_view name) const noexcept override {
        return is_extended() ? request_->extras.fields[name] : std::string_view{};
    }
    const ErrorPage* error_page() const noexcept override {
        return is_extended() ? request_->extras.page : nullptr;
    }
    GUST_DECL void set_error_page(const ErrorPage* page) noexcept override;
    GUST_DECL bool give_up(status code) override;
    unsigned response_status() const noexcept override { return static_cast<unsigned>(status_); }
    GUST_DECL std::uint64_t response_size() const noexcept override;
    void close_after_response() noexcept override { keep_ = persistence::close; }
    GUST_DECL void set_max_body_size(std::uint64_t size) override;
    GUST_DECL void limit_buffered_body() override;
    GUST_DECL void set_body_timeout(std::chrono::milliseconds timeout) override;
    GUST_DECL void set_half_close(half_close policy) noexcept override;
    /// Ends HTTP here: the stream belongs to somebody else now.
    GUST_DECL void detach() noexcept;
    /// @}

    /// Those who may still answer after `finish`.
    /// @{
    std::uint64_t keep() noexcept override {
        ++handles_;
        return serial_;
    }
    /// Returns whether that was the last handle of the present exchange.
    bool release(std::uint64_t serial) noexcept override {
        return serial == serial_ && --handles_ == 0;
    }
    bool is_current(std::uint64_t serial) const noexcept override {
        return serial == serial_ && reading_ != reading::closed && side_ != side::over
               && side_ != side::absent;
    }
    /// @}

    const HTTP1ConnectionParameters& parameters() const noexcept { return *parameters_; }
    const IncomingRequest& request() const noexcept { return *request_; }
    const RequestStartLine& start_line() const noexcept override { return request_->start_line; }
    const HTTPHeaders& headers() const noexcept override { return request_->headers; }
    const HTTPHeaders& trailers() const noexcept override { return request_->trailers; }
    const TargetParts& target() const noexcept override { return request_->target; }
    bytes piece() const noexcept { return as_bytes(piece_); }
    outcome result() const noexcept { return outcome_; }
    /// The mistake that was answered, if there was one.
    errc error() const noexcept { return error_; }
    OutputQueue& output() noexcept { return *output_; }

    reading reading_state() const noexcept { return reading_; }
    writing writing_state() const noexcept { return writing_; }
    turn turn_state() const noexcept { return turn_; }
    side side_state() const noexcept { return side_; }
    persistence keep_state() const noexcept { return keep_; }
    bool is_closed() const noexcept override { return reading_ == reading::closed; }
    /// Whether the peer itself made this the last request, and kept to it: nothing of it need be
    /// waited for once it has the answer (RFC 9112 §9.6).
    bool parts_by_agreement() const noexcept {
        return parting_ == parting::agreed && discarded_ == 0;
    }
    /// Whether a FIN would be taken for the end of a body that was cut, or would wait in the kernel
    /// behind bytes that the peer does not take.
    bool parts_with_reset() const noexcept { return parting_ == parting::reset; }
    /// Whether the peer's departure matters now although nothing is read.
    bool awaits_answer() const noexcept { return turn_ != turn::peer; }
    /// Whether bytes that leave the output queue may bring the next event.
    bool awaits_output() const noexcept {
        return flow_ == flow::paused || reading_ == reading::linger;
    }
    /// Whether it has served a request, and waits for another one.
    bool is_kept() const noexcept { return reading_ == reading::idle && life_ == life::serving; }
    bool has_ended_input() const noexcept { return peer_ == peer::half_closed; }
    /// Whether `drained` would complete at once.
    bool is_drained() const noexcept override {
        return output_->size() <= parameters_->output_low_water || reading_ == reading::closed;
    }
    /// States that exist together, as the class comment draws them.
    GUST_DECL bool is_consistent() const noexcept;

private:
    friend struct ExchangeProbe; // tests look at every state

    enum class peer : std::uint8_t { sending, half_closed };
    enum class flow : std::uint8_t { open, paused };
    enum class life : std::uint8_t { fresh, serving, draining };
    enum class body_stage : std::uint8_t { announced, wanted };
    enum class clock : std::uint8_t { none, idle, head, body, discard, linger };
    enum class payload : std::uint8_t { none, length, chunked, until_close };
    enum class known_length : std::uint8_t { no, yes };
    enum class parting : std::uint8_t { fin, agreed, reset };

    GUST_DECL event next_without_request();
    GUST_DECL event next_owed();
    GUST_DECL event next_told();
    GUST_DECL event take_body();
    GUST_DECL void admit_body();
    GUST_DECL void begin_head();
    GUST_DECL bool skip_empty_lines();
    GUST_HOT_DECL bool complete_head();
    GUST_DECL event drop_input();
    GUST_DECL void end_request() noexcept;
    GUST_DECL void release_request() noexcept;
    GUST_DECL bool is_paused() noexcept;
    GUST_DECL void peer_left() noexcept;
    GUST_DECL void refuse(errc e);
    GUST_DECL bool withdraw_response() noexcept;
    GUST_DECL void answer_error(errc e);
    GUST_DECL void queue_error(status code, std::string_view detail);
    GUST_DECL FieldValue write_error_body(
        status code, std::string_view detail, std::string_view line, std::string& body
    );
    bool answers_head() const noexcept {
        return side_ != side::absent && request_->start_line.method == method::head;
    }
    bool answers_1_0() const noexcept {
        return side_ != side::absent && request_->start_line.version == version::http_1_0;
    }
    bool is_extended() const noexcept {
        return side_ != side::absent && request_->response == IncomingRequest::extent::extended;
    }
    bool makes_body_of(status code) const noexcept {
        return is_extended() && static_cast<unsigned>(code) >= 400
               && request_->extras.page != nullptr
               && request_->extras.page->covers == ErrorPage::scope::every;
    }
    GUST_DECL void respond_with_page(
        const ResponseStartLine& start, const FieldLines& fields, std::string_view detail
    );
    GUST_DECL void start_linger() noexcept;
    GUST_DECL clock wanted_clock() const noexcept;
    void stop_clock() noexcept {
        clock_ = clock::none;
        read_due_ = no_deadline;
    }
    GUST_DECL ChunkedDecoder::Limits chunk_limits() const noexcept;
    /// A piece of no byte would be given again and again.
    std::size_t largest_piece() const noexcept {
        return parameters_->chunk_size == 0 ? 1 : parameters_->chunk_size;
    }

    GUST_DECL Writer write_head(
        const ResponseStartLine& start,
        const FieldLines& fields,
        known_length is_known,
        std::uint64_t length,
        std::size_t extra
    );
    GUST_DECL void answer(const ResponseStartLine& start, const FieldLines& fields, Chunk&& body);
    GUST_DECL void begin_response(
        const ResponseStartLine& start,
        const FieldLines& fields,
        Chunk&& chunk,
        known_length is_known
    );
    GUST_DECL void queue(Chunk&& chunk);
    GUST_DECL void end_response() noexcept;
    GUST_DECL bool must_close() noexcept;
    /// Whether nobody listens to the delegate any more: the peer has gone, or got another answer.
    bool is_given_up() const noexcept {
        return reading_ == reading::closed || outcome_ != outcome::sent;
    }

    InputBuffer* input_;
    OutputQueue* output_;
    const HTTP1ConnectionParameters* parameters_;
    ExchangePool* pool_;
    IncomingRequest* request_ = nullptr;

    reading reading_ = reading::idle;
    writing writing_ = writing::none;
    turn turn_ = turn::peer;
    side side_ = side::absent;
    persistence keep_ = persistence::keep;
    peer peer_ = peer::sending;
    flow flow_ = flow::open;
    life life_ = life::fresh;
    body_stage body_stage_ = body_stage::announced;
    half_close half_close_ = half_close::answer;
    outcome outcome_ = outcome::sent;
    payload payload_ = payload::none;
    parting parting_ = parting::fin;
    clock clock_ = clock::none;
    std::uint8_t empty_lines_ = 0;
    errc error_ = errc{};
    status status_ = status{}; // of the final head, once there is one

    std::uint32_t handles_ = 0;
    std::uint64_t serial_ = 0;
    std::string_view piece_;
    std::uint64_t body_left_ = 0;     // request body framed by length
    std::uint64_t payload_left_ = 0;  // response body framed by length
    std::uint64_t discarded_ = 0;     // bytes read away, in discard and in linger
    std::uint64_t response_mark_ = 0; // output position where this response begins

    loop_time read_due_ = no_deadline;
    loop_time read_left_ = 0; // of a body's clock while it is stopped
    loop_time write_due_ = no_deadline;
    std::uint64_t read_credit_ = 0; // thousandths of bytes that have not yet earned time
    std::uint64_t write_credit_ = 0;
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/http1/impl/exchange.ipp>
#include <gust/http1/impl/exchange_response.ipp>
#endif

#endif // GUST_HTTP1_EXCHANGE_HPP
