// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_BLOCK_POOL_IPP
#define GUST_NET_IMPL_BLOCK_POOL_IPP

#include <gust/net/block_pool.hpp>

#include <new>

namespace gust {

GUST_DECL BlockPool::~BlockPool() {
    for (List* list : {&small_, &large_}) {
        while (list->head != nullptr) {
            Block* block = std::exchange(list->head, list->head->next_);
            block->~Block();
            ::operator delete(block);
        }
    }
}

GUST_DECL BlockRef BlockPool::allocate(std::size_t capacity) {
    if (capacity <= small_capacity) {
        capacity = small_capacity;
    } else if (capacity <= large_capacity) {
        capacity = large_capacity;
    }
    void* memory = ::operator new(sizeof(Block) + capacity);
    ++allocated_;
    return BlockRef{::new (memory) Block{*this, capacity}};
}

GUST_DECL void BlockPool::release(Block* block) noexcept {
    List* list = nullptr;
    if (block->capacity_ == small_capacity && small_.size < small_kept) {
        list = &small_;
    } else if (block->capacity_ == large_capacity && large_.size < large_kept) {
        list = &large_;
    }
    if (list == nullptr) {
        block->~Block();
        ::operator delete(block);
        --allocated_;
        return;
    }
    block->next_ = std::exchange(list->head, block);
    ++list->size;
}

} // namespace gust

#endif // GUST_NET_IMPL_BLOCK_POOL_IPP
