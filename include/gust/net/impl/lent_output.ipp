// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_LENT_OUTPUT_IPP
#define GUST_NET_IMPL_LENT_OUTPUT_IPP

#include <gust/net/detail/completion_transport.hpp>

#include <algorithm>

namespace gust::detail {

GUST_DECL std::error_code LentOutput::lend_from(OutputQueue& queue) {
    mark_ = queue.sent();
    if (const Segment* part = queue.front_file()) {
        const std::error_code ec = lend_file(*part);
        queue.lend(asio::buffer_size(buffers()));
        return ec;
    }
    for (Segment* segment = queue.front();
         segment != nullptr && segment->data != nullptr && size_ != most_parts;
         segment = segment->next) {
        ++segment->holders;
        segments_[size_] = segment;
        parts_[size_] = {segment->data, static_cast<std::size_t>(segment->size)};
        ++size_;
    }
    queue.lend(asio::buffer_size(buffers()));
    return {};
}

GUST_DECL std::error_code LentOutput::lend_file(const Segment& segment) {
    piece_ = loop_->blocks().acquire(BlockPool::large_capacity);
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(segment.size, piece_->capacity()));
    const io_result got = read_file(segment.descriptor, segment.offset, {piece_->data(), wanted});
    if (got.status != io_status::ok) {
        piece_.reset();
        return got.error;
    }
    segments_[0] = nullptr;
    parts_[0] = {piece_->data(), got.n};
    size_ = 1;
    return {};
}

GUST_DECL void LentOutput::return_to(OutputQueue& queue, std::size_t sent) noexcept {
    if (queue.sent() == mark_) {
        queue.consume(sent);
    }
    release();
}

GUST_DECL void LentOutput::release() noexcept {
    for (std::size_t i = 0; i != size_; ++i) {
        if (segments_[i] != nullptr) {
            loop_->segments().release(segments_[i]);
        }
    }
    size_ = 0;
    piece_.reset();
}

} // namespace gust::detail

#endif // GUST_NET_IMPL_LENT_OUTPUT_IPP
