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
        if (host.size() == size_ && is_same(host.data(), text_.data(), size_)) {
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
    /// Eight to 16 bytes are two words, which may overlap: they cost less than a call.
    static bool is_same(const char* a, const char* b, std::size_t size) noexcept {
        if (size < 8 || size > 16) {
            return size == 0 || std::memcmp(a, b, size) == 0;
        }
        return std::memcmp(a, b, 8) == 0 && std::memcmp(a + size - 8, b + size - 8, 8) == 0;
    }

    std::array<char, 64> text_{};
    std::size_t size_ = 0; // an empty host is valid
};

} // namespace gust

#endif // GUST_HTTP1_KNOWN_HOST_HPP
