// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_BLOCK_POOL_IPP
#define GUST_NET_IMPL_BLOCK_POOL_IPP

#include <gust/net/block_pool.hpp>

#include <new>

namespace gust {

GUST_DECL BlockPool::~BlockPool() {
    for (Block::List* list : {&small_, &large_}) {
        while (list->head != nullptr) {
            Block* block = std::exchange(list->head, list->head->next_);
            block->~Block();
            ::operator delete(block);
        }
    }
}

GUST_DECL BlockRef BlockPool::allocate(std::size_t capacity) {
    Block::List* home = nullptr;
    if (capacity <= small_capacity) {
        capacity = small_capacity;
        home = &small_;
    } else if (capacity <= large_capacity) {
        capacity = large_capacity;
        home = &large_;
    }
    void* memory = ::operator new(sizeof(Block) + capacity);
    ++allocated_;
    return BlockRef{::new (memory) Block{*this, home, capacity}};
}

GUST_DECL void BlockPool::release(Block* block) noexcept {
    Block::List* const home = block->home_;
    if (home == nullptr || home->size == home->limit) {
        block->~Block();
        ::operator delete(block);
        --allocated_;
        return;
    }
    block->next_ = std::exchange(home->head, block);
    ++home->size;
}

} // namespace gust

#endif // GUST_NET_IMPL_BLOCK_POOL_IPP
