// SPDX-License-Identifier: MIT
// The memory that bytes are read into and queued in: blocks, recycled per loop.
#ifndef GUST_NET_BLOCK_POOL_HPP
#define GUST_NET_BLOCK_POOL_HPP

#include <gust/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace gust {

class BlockPool;

/// A piece of memory with a count of those who look into it.
class Block {
public:
    char* data() noexcept { return reinterpret_cast<char*>(this + 1); }
    const char* data() const noexcept { return reinterpret_cast<const char*>(this + 1); }
    std::size_t capacity() const noexcept { return capacity_; }
    /// Whether nobody but one holder looks into it, so that its bytes may move.
    bool is_unshared() const noexcept { return references_ == 1; }

private:
    friend class BlockPool;
    friend class BlockRef;

    /// Blocks of one size that nobody uses.
    struct List {
        Block* head = nullptr;
        std::size_t size = 0;
        std::size_t limit = 0;
    };

    Block(BlockPool& pool, List* home, std::size_t capacity) noexcept
        : pool_{&pool}, home_{home}, capacity_{capacity} {}

    BlockPool* pool_;
    List* home_; // nullptr: of a size that is not kept
    Block* next_ = nullptr;
    std::size_t capacity_;
    std::uint32_t references_ = 1;
};

/// Keeps a block alive. Belongs to the loop of its pool: the count is not atomic.
class BlockRef {
public:
    BlockRef() noexcept = default;
    explicit BlockRef(Block* adopted) noexcept : block_{adopted} {}
    BlockRef(const BlockRef& other) noexcept : block_{other.block_} {
        if (block_ != nullptr) {
            ++block_->references_;
        }
    }
    BlockRef(BlockRef&& other) noexcept : block_{std::exchange(other.block_, nullptr)} {}
    BlockRef& operator=(BlockRef other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    GUST_ALWAYS_INLINE ~BlockRef() { reset(); }

    void reset() noexcept;
    explicit operator bool() const noexcept { return block_ != nullptr; }
    Block* operator->() const noexcept { return block_; }
    Block* get() const noexcept { return block_; }

private:
    Block* block_ = nullptr;
};

/// Hands out blocks of two sizes from free lists, and larger ones from the heap.
///
/// The lists are bounded, so an idle loop holds a few MiB at most. Not thread-safe: one pool a
/// loop.
class BlockPool {
public:
    /// What a head is read into, and what small output is copied to.
    static constexpr std::size_t small_capacity = 16 * 1024 - sizeof(Block);
    /// What bodies are read into.
    static constexpr std::size_t large_capacity = 64 * 1024;

    BlockPool() noexcept = default;
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;
    GUST_DECL ~BlockPool();

    /// A block of at least `capacity` bytes. Throws std::bad_alloc.
    GUST_ALWAYS_INLINE BlockRef acquire(std::size_t capacity) {
        Block::List& list = capacity <= small_capacity ? small_ : large_;
        if (list.head != nullptr && capacity <= large_capacity) {
            Block* block = std::exchange(list.head, list.head->next_);
            --list.size;
            block->references_ = 1;
            return BlockRef{block};
        }
        return allocate(capacity);
    }

    /// Bytes held by blocks that nobody uses.
    std::size_t cached_bytes() const noexcept {
        return small_.size * small_capacity + large_.size * large_capacity;
    }
    /// Blocks handed out and not yet back.
    std::size_t blocks_in_use() const noexcept { return allocated_ - small_.size - large_.size; }

private:
    friend class BlockRef;
    static constexpr std::size_t small_kept = 128;
    static constexpr std::size_t large_kept = 32;

    GUST_DECL BlockRef allocate(std::size_t capacity);
    GUST_DECL void release(Block* block) noexcept;

    Block::List small_{nullptr, 0, small_kept};
    Block::List large_{nullptr, 0, large_kept};
    std::size_t allocated_ = 0;
};

GUST_ALWAYS_INLINE void BlockRef::reset() noexcept {
    Block* const block = std::exchange(block_, nullptr);
    if (block != nullptr && --block->references_ == 0) {
        block->pool_->release(block);
    }
}

} // namespace gust

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/block_pool.ipp>
#endif

#endif // GUST_NET_BLOCK_POOL_HPP
