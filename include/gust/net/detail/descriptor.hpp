// SPDX-License-Identifier: MIT
// Descriptors that somebody owns.
#ifndef GUST_NET_DETAIL_DESCRIPTOR_HPP
#define GUST_NET_DETAIL_DESCRIPTOR_HPP

#include <unistd.h>
#include <utility>

namespace gust::detail {

/// Closes its descriptor when destroyed, or when another takes its place.
class Descriptor {
public:
    Descriptor() noexcept = default;
    explicit Descriptor(int number) noexcept : number_{number} {}
    Descriptor(Descriptor&& other) noexcept : number_{other.release()} {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        Descriptor taken{std::move(other)}; // and closes what was here
        std::swap(number_, taken.number_);
        return *this;
    }
    ~Descriptor() { close(); }

    int number() const noexcept { return number_; }
    bool is_open() const noexcept { return number_ != -1; }
    /// Gives it away.
    int release() noexcept { return std::exchange(number_, -1); }
    void close() noexcept {
        if (is_open()) {
            ::close(release());
        }
    }

private:
    int number_ = -1;
};

/// What `accept` returned: it does not block, and has the options of its listener.
struct AcceptedSocket {
    Descriptor descriptor;
    /// AF_INET, AF_INET6 or AF_UNIX.
    int family = 0;
};

} // namespace gust::detail

#endif // GUST_NET_DETAIL_DESCRIPTOR_HPP
