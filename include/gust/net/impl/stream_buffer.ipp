// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_STREAM_BUFFER_IPP
#define GUST_NET_IMPL_STREAM_BUFFER_IPP

#include <gust/net/stream_buffer.hpp>

#include <algorithm>
#include <cstring>

namespace gust {

GUST_DECL std::span<char> InputBuffer::make_space(std::size_t wanted) {
    const std::size_t size = end_ - begin_;
    if (block_ && block_->is_unshared() && block_->capacity() - size >= wanted) {
        std::memmove(block_->data(), block_->data() + begin_, size);
    } else {
        // Doubling keeps the copying of a head that grows byte by byte linear.
        const std::size_t doubled = size == 0 ? 0 : 2 * block_->capacity();
        BlockRef larger = pool_->acquire(std::max(size + wanted, size < wanted ? 0 : doubled));
        if (size != 0) {
            std::memcpy(larger->data(), block_->data() + begin_, size);
        }
        block_ = std::move(larger);
    }
    begin_ = 0;
    end_ = size;
    return {block_->data() + end_, block_->capacity() - end_};
}

GUST_DECL void InputBuffer::append(const BlockRef& block, const char* begin, std::size_t n) {
    const auto offset = static_cast<std::size_t>(begin - block->data());
    if (begin_ == end_) {
        block_ = block;
        begin_ = end_ = offset;
    } else if (block_.get() != block.get() || end_ != offset) {
        std::memcpy(space(n).data(), begin, n);
    }
    end_ += n;
}

GUST_DECL SegmentPool::~SegmentPool() {
    while (free_ != nullptr) {
        delete std::exchange(free_, free_->next);
    }
}

GUST_DECL void SegmentPool::recycle(detail::Segment* segment) noexcept {
    if (kept_ == limit) {
        delete segment;
        return;
    }
    segment->data = nullptr;
    segment->size = 0;
    segment->block.reset();
    segment->owner.reset();
    segment->next = std::exchange(free_, segment);
    ++kept_;
}

GUST_HOT_DECL char* OutputQueue::reserve_block(std::size_t n) {
    seal();
    block_ = blocks_->acquire(std::max(n, BlockPool::small_capacity));
    run_ = used_ = 0;
    return block_->data();
}

GUST_DECL detail::Segment* OutputQueue::push_segment() {
    detail::Segment* segment = segments_->acquire();
    if (last_ == nullptr) {
        first_ = segment;
    } else {
        last_->next = segment;
    }
    last_ = segment;
    return segment;
}

GUST_DECL void OutputQueue::pop_segment() noexcept {
    detail::Segment* segment = std::exchange(first_, first_->next);
    if (first_ == nullptr) {
        last_ = nullptr;
    }
    segments_->release(segment);
}

GUST_DECL void OutputQueue::seal() {
    if (run_ == used_) {
        return;
    }
    detail::Segment* segment = push_segment();
    segment->data = block_->data() + run_;
    segment->size = used_ - run_;
    segment->block = block_;
    run_ = used_;
}

GUST_DECL void OutputQueue::push(std::string_view text) {
    const std::uint64_t mark = pushed_;
    try {
        while (!text.empty()) {
            // Fill what is left of the block before a new one is taken.
            char* room = reserve(1);
            const std::size_t n = std::min(text.size(), block_->capacity() - used_);
            std::memcpy(room, text.data(), n);
            commit(n);
            text.remove_prefix(n);
        }
    } catch (...) { // out of memory: all of it or nothing
        take_back(mark);
        throw;
    }
}

GUST_DECL void OutputQueue::push(Chunk&& chunk) {
    constexpr std::size_t cheaper_to_copy = 1024;
    const std::uint64_t size = chunk.size();
    const bool is_file = chunk.from() == Chunk::source::file;
    if (chunk.from() == Chunk::source::view || (!is_file && size <= cheaper_to_copy)) {
        push(chunk.view());
        return;
    }
    if (size == 0) {
        return;
    }
    // What takes memory comes first: nothing is queued without it.
    std::shared_ptr<const std::string> text;
    if (chunk.from() == Chunk::source::text) {
        text = std::make_shared<const std::string>(std::move(chunk.text()));
    }
    seal();
    detail::Segment* segment = push_segment();
    segment->size = size;
    pushed_ += size;
    if (is_file) {
        segment->descriptor = chunk.part().descriptor;
        segment->offset = chunk.part().offset;
        segment->owner = chunk.part().owner;
        in_files_ += size;
        return;
    }
    segment->data = chunk.view().data();
    if (text != nullptr) {
        segment->data = text->data(); // a short text has moved
        segment->owner = std::move(text);
    } else if (chunk.from() == Chunk::source::shared) {
        segment->owner = std::move(chunk.owner());
    }
}

GUST_DECL std::size_t OutputQueue::gather(
    std::span<iovec> parts, std::size_t most, std::size_t& gathered
) const noexcept {
    std::size_t n = 0;
    gathered = 0;
    const auto add = [&](const char* data, std::uint64_t size) {
        const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(size, most - gathered));
        parts[n++] = {const_cast<char*>(data), taken};
        gathered += taken;
    };
    const detail::Segment* segment = first_;
    while (segment != nullptr && segment->data != nullptr && n != parts.size() && gathered != most
    ) {
        add(segment->data, segment->size);
        segment = segment->next;
    }
    if (segment == nullptr && run_ != used_ && n != parts.size() && gathered != most) {
        add(block_->data() + run_, used_ - run_);
    }
    return n;
}

GUST_DECL void OutputQueue::consume(std::uint64_t n) noexcept {
    sent_ += n;
    lent_until_ = 0;
    if (first_ != nullptr) {
        consume_segments(n);
    }
    run_ += static_cast<std::size_t>(n);
    if (empty()) {
        release_block();
    }
}

/// Takes from `n` what lay in segments.
GUST_DECL void OutputQueue::consume_segments(std::uint64_t& n) noexcept {
    while (n != 0 && first_ != nullptr) {
        const std::uint64_t taken = std::min(n, first_->size);
        first_->size -= taken;
        first_->offset += taken;
        if (first_->data != nullptr) {
            first_->data += taken;
        } else {
            in_files_ -= taken;
        }
        n -= taken;
        if (first_->size == 0) {
            pop_segment();
        }
    }
}

GUST_DECL void OutputQueue::take_back(std::uint64_t mark) noexcept {
    GUST_ASSERT(mark >= committed() && mark <= pushed_);
    const std::uint64_t in_run = std::min<std::uint64_t>(pushed_ - mark, used_ - run_);
    const std::uint64_t in_segments = pushed_ - mark - in_run;
    used_ -= static_cast<std::size_t>(in_run);
    pushed_ = mark;
    if (empty()) {
        clear();
        return;
    }
    if (in_segments == 0) {
        return;
    }
    std::uint64_t kept = mark - sent_;
    detail::Segment* segment = first_;
    while (kept > segment->size) {
        kept -= segment->size;
        segment = segment->next;
    }
    if (segment->data == nullptr) {
        in_files_ -= segment->size - kept;
    }
    segment->size = kept;
    detail::Segment* dropped = std::exchange(segment->next, nullptr);
    last_ = segment;
    while (dropped != nullptr) {
        if (dropped->data == nullptr) {
            in_files_ -= dropped->size;
        }
        segments_->release(std::exchange(dropped, dropped->next));
    }
}

GUST_DECL void OutputQueue::clear() noexcept {
    while (first_ != nullptr) {
        pop_segment();
    }
    release_block();
    sent_ = pushed_;
    in_files_ = 0;
}

} // namespace gust

#endif // GUST_NET_IMPL_STREAM_BUFFER_IPP
