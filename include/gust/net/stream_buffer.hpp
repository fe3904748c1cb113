// SPDX-License-Identifier: MIT
// The two buffers of a stream: bytes that came and were not taken, bytes that were written and did
// not go.
#ifndef GUST_NET_STREAM_BUFFER_HPP
#define GUST_NET_STREAM_BUFFER_HPP

#include <gust/config.hpp>
#include <gust/core/chunk.hpp>
#include <gust/net/block_pool.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <sys/uio.h>
#include <utility>

namespace gust {

/// Bytes that arrived, in one block at a time. An empty buffer holds no block.
///
/// Views of the bytes stay valid as long as somebody holds the block (`pin`): the buffer then only
/// appends behind them, and goes on in another block when that one is full.
class InputBuffer {
public:
    explicit InputBuffer(BlockPool& pool) noexcept : pool_{&pool} {}
    InputBuffer(InputBuffer&& other) noexcept
        : pool_{other.pool_},
          block_{std::move(other.block_)},
          begin_{std::exchange(other.begin_, 0)},
          end_{std::exchange(other.end_, 0)} {}
    InputBuffer& operator=(InputBuffer&&) = delete;

    /// The bytes not yet consumed.
    std::string_view unread() const noexcept {
        return block_ ? std::string_view{block_->data() + begin_, end_ - begin_}
                      : std::string_view{};
    }
    /// Where the next bytes go: at least `wanted` bytes. Unread bytes may move when nobody pins
    /// them.
    std::span<char> space(std::size_t wanted) {
        if (block_ && block_->capacity() - end_ >= wanted) {
            return {block_->data() + end_, block_->capacity() - end_};
        }
        return make_space(wanted);
    }
    /// Counts `n` bytes that were put where `space` pointed.
    void commit(std::size_t n) noexcept { end_ += n; }
    /// Takes `n` bytes from the front; their views stay valid until the next `space` or `settle`.
    void consume(std::size_t n) noexcept {
        GUST_ASSERT(n <= end_ - begin_);
        begin_ += n;
    }
    /// Keeps every view into the present block valid until the reference goes.
    BlockRef pin() const noexcept { return block_; }
    /// Gives the block back if nothing in it is unread.
    void settle() noexcept {
        if (begin_ == end_) {
            block_.reset();
            begin_ = end_ = 0;
        }
    }
    void clear() noexcept {
        begin_ = end_;
        settle();
    }
    /// Takes over `n` bytes that were put into `block` from `begin` on. Copies only what does not
    /// continue the present block.
    GUST_DECL void append(const BlockRef& block, const char* begin, std::size_t n);
    /// Whether the last read left no room: there may be more where it came from.
    bool is_full() const noexcept { return block_ && end_ == block_->capacity(); }
    BlockPool& pool() const noexcept { return *pool_; }

private:
    GUST_DECL std::span<char> make_space(std::size_t wanted);

    BlockPool* pool_;
    BlockRef block_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

namespace detail {

/// One run of queued bytes, and what keeps it alive.
struct Segment {
    Segment* next = nullptr;
    const char* data = nullptr; // nullptr: a file
    std::uint64_t size = 0;
    BlockRef block;
    std::shared_ptr<const void> owner;
    std::uint64_t offset = 0;
    int descriptor = -1;
    std::uint32_t holders = 1; // the queue, and a write under way
};

} // namespace detail

/// The segments of a loop's output queues, recycled.
class SegmentPool {
public:
    SegmentPool() noexcept = default;
    SegmentPool(const SegmentPool&) = delete;
    SegmentPool& operator=(const SegmentPool&) = delete;
    GUST_DECL ~SegmentPool();

    detail::Segment* acquire() {
        if (free_ == nullptr) {
            return new detail::Segment;
        }
        --kept_;
        free_->holders = 1;
        return std::exchange(free_, std::exchange(free_->next, nullptr));
    }
    /// Lets go of a segment; the last holder gives back what it kept alive.
    void release(detail::Segment* segment) noexcept {
        if (--segment->holders == 0) {
            recycle(segment);
        }
    }

private:
    GUST_DECL void recycle(detail::Segment* segment) noexcept;

    static constexpr std::size_t limit = 256;
    detail::Segment* free_ = nullptr;
    std::size_t kept_ = 0;
};

/// Bytes waiting to be sent, in order. Small pieces are copied together; large ones are kept where
/// they lie.
///
/// Copies are put behind each other into a block. The run of them that ends the queue needs no
/// segment: it becomes one when something else follows.
///
///     first_ ─► … ─► last_ │ block_: … [run_, used_)
class OutputQueue {
public:
    OutputQueue(BlockPool& blocks, SegmentPool& segments) noexcept
        : blocks_{&blocks}, segments_{&segments} {}
    OutputQueue(OutputQueue&& other) noexcept
        : blocks_{other.blocks_},
          segments_{other.segments_},
          first_{std::exchange(other.first_, nullptr)},
          last_{std::exchange(other.last_, nullptr)},
          block_{std::move(other.block_)},
          run_{std::exchange(other.run_, 0)},
          used_{std::exchange(other.used_, 0)},
          pushed_{other.pushed_},
          sent_{std::exchange(other.sent_, other.pushed_)},
          lent_until_{std::exchange(other.lent_until_, 0)},
          in_files_{std::exchange(other.in_files_, 0)} {}
    OutputQueue& operator=(OutputQueue&&) = delete;
    ~OutputQueue() { clear(); }

    /// Room for `n` contiguous bytes at the end of the queue; `commit` says how many were used.
    GUST_ALWAYS_INLINE char* reserve(std::size_t n) {
        if (block_ && block_->capacity() - used_ >= n) {
            return block_->data() + used_;
        }
        return reserve_block(n);
    }
    void commit(std::size_t n) noexcept {
        used_ += n;
        pushed_ += n;
    }

    /// Copies.
    GUST_DECL void push(std::string_view text);
    /// Queues a chunk the way its source asks for; a small one is copied when that is cheaper.
    GUST_DECL void push(Chunk&& chunk);

    /// Bytes not yet sent.
    std::uint64_t size() const noexcept { return pushed_ - sent_; }
    bool empty() const noexcept { return pushed_ == sent_; }
    /// Bytes of them that lie in memory, not in files: what a bound is for.
    std::uint64_t size_in_memory() const noexcept { return size() - in_files_; }
    /// Bytes pushed and sent since the stream began.
    std::uint64_t pushed() const noexcept { return pushed_; }
    std::uint64_t sent() const noexcept { return sent_; }
    /// Bytes since the stream began that cannot be taken back: sent, or lent to a write under way.
    std::uint64_t committed() const noexcept { return lent_until_ > sent_ ? lent_until_ : sent_; }

    /// Describes the front of the queue for one gathering send: `most` bytes, up to the first file.
    /// Returns the number of parts; `gathered` says how many bytes those have.
    GUST_DECL std::size_t
    gather(std::span<iovec> parts, std::size_t most, std::size_t& gathered) const noexcept;
    /// The segment at the front, or nullptr. All that is queued now is in segments then.
    detail::Segment* front() {
        seal();
        return first_;
    }
    /// The file at the front of the queue, or nullptr if memory is there.
    const detail::Segment* front_file() const noexcept {
        return first_ != nullptr && first_->data == nullptr ? first_ : nullptr;
    }
    /// Says that a write is under way on the first `n` bytes, until `consume` tells what it sent.
    void lend(std::uint64_t n) noexcept { lent_until_ = sent_ + n; }
    /// Counts `n` bytes from the front as sent and lets go of what they lay in.
    GUST_DECL void consume(std::uint64_t n) noexcept;
    /// Takes back everything pushed after `mark` (a value of `pushed()`, not below `committed()`).
    GUST_DECL void take_back(std::uint64_t mark) noexcept;
    /// Drops everything that is unsent.
    GUST_DECL void clear() noexcept;

private:
    GUST_HOT_DECL char* reserve_block(std::size_t n);
    /// Makes a segment of the run.
    GUST_DECL void seal();
    GUST_DECL detail::Segment* push_segment();
    GUST_DECL void pop_segment() noexcept;
    GUST_DECL void consume_segments(std::uint64_t& n) noexcept;
    void release_block() noexcept {
        block_.reset();
        run_ = used_ = 0;
    }

    BlockPool* blocks_;
    SegmentPool* segments_;
    detail::Segment* first_ = nullptr;
    detail::Segment* last_ = nullptr;
    BlockRef block_; // where copies go
    std::size_t run_ = 0;
    std::size_t used_ = 0;
    std::uint64_t pushed_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t lent_until_ = 0;
    std::uint64_t in_files_ = 0;
};

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/stream_buffer.ipp>
#endif

#endif // GUST_NET_STREAM_BUFFER_HPP
