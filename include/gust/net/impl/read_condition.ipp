// SPDX-License-Identifier: MIT
#ifndef GUST_NET_IMPL_READ_CONDITION_IPP
#define GUST_NET_IMPL_READ_CONDITION_IPP

#include <gust/net/detail/read_condition.hpp>

namespace gust::detail {

GUST_DECL ReadCondition::judgement ReadUntilDelimiter::judge(std::string_view unread) {
    // One may begin in the last bytes that were searched.
    const std::size_t overlap = delimiter_.empty() ? 0 : delimiter_.size() - 1;
    const std::size_t from = searched_ > overlap ? searched_ - overlap : 0;
    const std::size_t at = unread.substr(0, most_).find(delimiter_, from);
    if (at != std::string_view::npos) {
        return {verdict::done, at + delimiter_.size()};
    }
    searched_ = unread.size();
    return {unread.size() >= most_ ? verdict::unsatisfiable : verdict::more, 0};
}

GUST_DECL ReadCondition::judgement ReadInto::judge(std::string_view unread) {
    const std::size_t taken = unread.copy(target_.data() + filled_, target_.size() - filled_);
    filled_ += taken;
    const bool is_done = filled_ == target_.size() || (amount_ == amount::some && filled_ != 0);
    return {is_done ? verdict::done : verdict::more, taken};
}

} // namespace gust::detail

#endif // GUST_NET_IMPL_READ_CONDITION_IPP
