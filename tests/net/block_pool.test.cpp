// SPDX-License-Identifier: MIT
#include <gust/net/block_pool.hpp>

#include <vector>

#include "support/catch.hpp"

using namespace gust;

TEST_CASE("a block has at least the room that was asked for", "[net][block_pool]") {
    BlockPool pool;
    for (const std::size_t wanted :
         {std::size_t{0},
          std::size_t{1},
          BlockPool::small_capacity,
          BlockPool::small_capacity + 1,
          BlockPool::large_capacity,
          BlockPool::large_capacity + 1,
          std::size_t{1'000'000}}) {
        const BlockRef block = pool.acquire(wanted);
        CHECK(block->capacity() >= wanted);
        block->data()[0] = 'a';
        block->data()[block->capacity() - 1] = 'z';
    }
    CHECK(pool.blocks_in_use() == 0);
}

TEST_CASE("a block goes back when its last holder lets go", "[net][block_pool]") {
    BlockPool pool;
    BlockRef first = pool.acquire(1);
    CHECK(first->is_unshared());
    BlockRef second = first;
    CHECK_FALSE(first->is_unshared());
    first.reset();
    CHECK(pool.blocks_in_use() == 1);
    const BlockRef third = std::move(second);
    CHECK_FALSE(second); // NOLINT(bugprone-use-after-move): it says what moving leaves
    CHECK(third->is_unshared());
    CHECK(pool.blocks_in_use() == 1);
}

TEST_CASE("a returned block is handed out again", "[net][block_pool]") {
    BlockPool pool;
    for (const std::size_t size : {BlockPool::small_capacity, BlockPool::large_capacity}) {
        BlockRef block = pool.acquire(size);
        const Block* address = block.get();
        block.reset();
        block = pool.acquire(size);
        CHECK(block.get() == address);
        CHECK(block->is_unshared());
    }
}

TEST_CASE("what a pool keeps is bounded", "[net][block_pool]") {
    BlockPool pool;
    std::vector<BlockRef> blocks;
    for (int i = 0; i != 1000; ++i) {
        blocks.push_back(pool.acquire(BlockPool::small_capacity));
        blocks.push_back(pool.acquire(BlockPool::large_capacity));
        blocks.push_back(pool.acquire(BlockPool::large_capacity * 2));
    }
    CHECK(pool.blocks_in_use() == 3000);
    blocks.clear();
    CHECK(pool.blocks_in_use() == 0);
    CHECK(pool.cached_bytes() > 0);
    CHECK(pool.cached_bytes() <= 5U << 20U);
}
