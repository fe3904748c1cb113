// SPDX-License-Identifier: MIT
// From a descriptor that `accept` returned to a stream.
#ifndef GUST_NET_DETAIL_ACCEPTED_STREAM_HPP
#define GUST_NET_DETAIL_ACCEPTED_STREAM_HPP

#include <gust/core/awaitable.hpp>
#include <gust/net/detail/socket_transport.hpp>
#include <gust/net/io_stream.hpp>
#include <gust/net/loop.hpp>

#include <sys/socket.h>
#include <unistd.h>

namespace gust::detail {

/// Closes a descriptor unless somebody has taken it over.
class AcceptedDescriptor {
public:
    explicit AcceptedDescriptor(int descriptor) noexcept : descriptor_{descriptor} {}
    AcceptedDescriptor(const AcceptedDescriptor&) = delete;
    AcceptedDescriptor& operator=(const AcceptedDescriptor&) = delete;
    ~AcceptedDescriptor() {
        if (descriptor_ != -1) {
            ::close(descriptor_);
        }
    }

    /// Throws std::system_error when the loop cannot take it.
    template <class Transport>
    Transport into(const executor& loop, int family) {
        Transport transport = make<Transport>(loop, family);
        descriptor_ = -1;
        return transport;
    }

private:
    template <class Transport>
    Transport make(const executor& loop, [[maybe_unused]] int family) {
        using protocol = typename Transport::protocol_type;
        if constexpr (requires { protocol::v6(); }) {
            return Transport{
                loop,
                family == AF_INET6 ? protocol::v6() : protocol::v4(),
                descriptor_,
                accepted_t{}
            };
        } else {
            return Transport{loop, protocol{}, descriptor_};
        }
    }

    int descriptor_;
};

/// Takes the descriptor over in any case. Throws std::system_error, std::bad_alloc.
template <class Transport>
IOStream<Transport> make_stream(Loop& loop, int descriptor, int family) {
    AcceptedDescriptor accepted{descriptor};
    return IOStream<Transport>{
        loop, accepted.into<Transport>(loop.context().get_executor(), family)
    };
}

} // namespace gust::detail

#endif // GUST_NET_DETAIL_ACCEPTED_STREAM_HPP
