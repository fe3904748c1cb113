// SPDX-License-Identifier: MIT
// HTTP1Connection: an exchange on a stream.
#ifndef GUST_HTTP1_CONNECTION_HPP
#define GUST_HTTP1_CONNECTION_HPP

#include <gust/core/reserved_memory.hpp>
#include <gust/http/connection.hpp>
#include <gust/http1/exchange.hpp>
#include <gust/http1/exchange_service.hpp>
#include <gust/http1/incoming_request.hpp>
#include <gust/http1/parameters.hpp>
#include <gust/net/io_stream.hpp>
#include <gust/net/loop.hpp>
#include <gust/net/peer_address.hpp>

#include <asio/cancellation_signal.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace gust {

/// One HTTP/1 connection: fills, flushes and waits for an exchange. Does not know the delegate's
/// type.
///
/// The part that does drives it: `transfer` moves bytes until nothing moves, `settle` arms what has
/// to be waited for. Every completion handler holds a reference and calls the pump, which may be
/// called once too often.
///
///     read_interest    unarmed ─was just accepted─► ready
///                      unarmed ─► later ─the others had their turn─► ready
///                      later ─they had it, a hook still runs─► even_later ─once more─► ready
///                      unarmed, dry ─► armed ─fires─► ready
///                      ready ─took what was there─► unarmed, ─nothing was there─► dry
///
/// `later` is for a busy loop: there the next request has often come by then, and nobody has to
/// wait for it.
///
///     write_interest   unarmed ─the next answer is being made─► later ─the others had their turn─►
///                      even_later ─once more─► due ─is sent─► unarmed, armed
///                      later, even_later ─that answer is complete─► unarmed, ─late─► due
///                      armed ─fires─► unarmed
///
/// Here `later` is for pipelined requests: answers that are made within a turn of the loop each
/// leave in one send. A whole answer waits for the next one while that takes no more than two turns
/// and the first of them has waited for less than `longest_put_off`. What is not an answer, or not
/// the whole of one, does not wait.
template <class Stream>
class HTTP1Connection : public HTTPConnection {
public:
    using stream_type = Stream;

    /// As HTTPConnection has them, but called directly.
    /// @{
    const RequestStartLine& start_line() const noexcept { return exchange_.start_line(); }
    const TargetParts& target() const noexcept { return exchange_.target(); }
    /// @}

    Stream& stream() noexcept { return stream_; }
    const HTTP1ConnectionParameters& parameters() const noexcept { return exchange_.parameters(); }
    const PeerAddress& peer() const noexcept { return peer_; }
    std::string remote_address() const override { return peer_.is_ip() ? peer_.text() : ""; }
    std::string_view protocol() const noexcept override;
    void report_failure(const std::exception_ptr& error) noexcept override;

    /// Hands the stream over: queued output goes out first, unread bytes are in its input buffer.
    ///
    /// Called in a hook. HTTP ends here; `response_ended(outcome::detached)` follows when the hook
    /// completes.
    Stream detach()
        requires direct_transport<typename Stream::transport_type>;

protected:
    HTTP1Connection(
        Stream&& stream, const HTTP1ConnectionParameters& parameters, const PeerAddress& peer
    );
    ~HTTP1Connection() override;

    /// The pump of the part that knows the delegate.
    virtual void pump() noexcept = 0;

    /// Moves bytes once. False when nothing moved and nothing will before a wait completes.
    bool transfer();
    void receive_first();
    /// Reads what may have come with the connection, where it often has.
    void read_early();
    /// Ends the connection, or only our side of it.
    void part();
    /// Sets the clocks and arms the waits.
    void settle();
    /// A response has ended. A whole one may wait for the next, and so may those before it.
    void response_has_ended() noexcept {
        if (exchange_.result() != outcome::sent) {
            return;
        }
        answered_ = stream_.output().pushed();
        if (write_ == write_interest::later || write_ == write_interest::even_later) {
            const bool is_late = steady_clock::now() - put_off_since_ > longest_put_off;
            write_ = is_late ? write_interest::due : write_interest::unarmed;
        }
    }
    /// A hook's coroutine has ended.
    void hook_ended(const std::exception_ptr& error);
    /// A hook has thrown. What it says of a mistake of the peer is the answer, else it is 500.
    void hook_failed(const std::exception_ptr& error);
    asio::cancellation_slot hook_slot() noexcept { return hook_cancellation_.slot(); }

    void wake() noexcept final;
    void cancel_hook() noexcept final;

    Stream stream_;
    Exchange exchange_;

private:
    using steady_clock = std::chrono::steady_clock;
    enum class read_interest : std::uint8_t {
        unarmed,
        dry,
        later,
        even_later,
        armed,
        ready,
    };
    enum class write_interest : std::uint8_t { unarmed, later, even_later, due, armed };

    struct ReadHandler;
    struct WriteHandler;

    bool look_once_more();
    bool receive();
    bool may_send() noexcept;
    void put_off() noexcept;
    bool send();
    void send_answers();
    void close_stream();
    void on_readable();
    void expect_input();
    void arm_read();
    void read_late();
    void try_read(detail::Odds& odds);
    static void on_call(detail::DeferredCall& call) noexcept;
    static void on_deadline(Deadline& deadline) noexcept;

    loop_time clock_start() const noexcept { return loop_->due_in({}); }

    /// Reads in a row before other connections get their turn.
    static constexpr std::uint8_t reads_in_a_row = 16;
    /// How long a whole answer may wait for those behind it.
    static constexpr std::chrono::milliseconds longest_put_off{5};

    struct OwnDeadline : Deadline {
        OwnDeadline(HTTP1Connection& owner) noexcept : Deadline{on_deadline}, connection{owner} {}
        HTTP1Connection& connection;
    };
    struct OwnCall : detail::DeferredCall {
        OwnCall(HTTP1Connection& owner) noexcept : DeferredCall{on_call}, connection{owner} {}
        HTTP1Connection& connection;
    };
    struct OwnWaiters final : detail::HandlerOwner {
        OwnWaiters(HTTP1Connection& owner) noexcept : connection{owner} {}
        void destroy_handlers() noexcept override {
            const ConnectionRef keeps_alive{connection};
            connection.kept_for_call_.reset();
            connection.delete_waiters();
        }
        HTTP1Connection& connection;
    };

    Loop* loop_;
    OwnWaiters own_waiters_{*this};
    OwnDeadline deadline_{*this};
    OwnCall call_{*this};
    ConnectionRef kept_for_call_; // while it is deferred
    detail::ReservedMemory<112> memory_for_read_wait_;
    asio::cancellation_signal hook_cancellation_;
    PeerAddress peer_;
    read_interest read_ = read_interest::unarmed;
    write_interest write_ = write_interest::unarmed;
    std::uint8_t reads_ = 0;
    std::uint64_t answered_ = 0;               // where the last whole answer ends in the output
    steady_clock::time_point put_off_since_{}; // time_point{}: nothing is
};

} // namespace gust

#include <gust/http1/impl/connection.hpp>

#endif // GUST_HTTP1_CONNECTION_HPP
