// SPDX-License-Identifier: MIT
// KnownHost: the last Host of a loop that was found valid.
#ifndef GUST_HTTP1_KNOWN_HOST_HPP
#define GUST_HTTP1_KNOWN_HOST_HPP

#include <gust/http/target.hpp>

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace gust {

/// `is_valid_host` with a memory of one: most requests to a server name the same host, and whether
/// that is valid depends on its text alone.
class KnownHost {
public:
    bool is_valid(std::string_view host) noexcept {
        const bool is_known = host.size() == size_
                              && (size_ == 0 || std::memcmp(host.data(), text_.data(), size_) == 0);
        if (is_known) {
            return true;
        }
        if (!is_valid_host(host)) {
            return false;
        }
        if (host.size() <= text_.size()) {
            size_ = host.copy(text_.data(), text_.size());
        }
        return true;
    }

private:
    std::array<char, 64> text_{};
    std::size_t size_ = 0; // an empty host is valid
};

} // namespace gust

#endif // GUST_HTTP1_KNOWN_HOST_HPP
