// SPDX-License-Identifier: MIT
#include <gust/net/layer.hpp>

#include <asio/detached.hpp>

#include <algorithm>
#include <string>

#include "net/streams.hpp"
#include "support/catch.hpp"

using namespace gust;
using namespace gust::testing;

namespace {

/// Turns letters round as they pass, in both directions.
template <transport Next>
class Scramble : public DirectLayer<Next, Scramble<Next>> {
public:
    using DirectLayer<Next, Scramble<Next>>::DirectLayer;

    io_result try_read(std::span<char> into) noexcept {
        const io_result result = this->next().try_read(into);
        for (char& c : into.first(result.n)) {
            c = static_cast<char>(c ^ 1);
        }
        return result;
    }
    io_result try_write(std::span<const iovec> parts) noexcept {
        std::array<char, 1000> copy;
        const std::size_t size = std::min(parts[0].iov_len, copy.size());
        std::transform(
            static_cast<const char*>(parts[0].iov_base),
            static_cast<const char*>(parts[0].iov_base) + size,
            copy.begin(),
            [](char c) { return static_cast<char>(c ^ 1); }
        );
        const iovec part{copy.data(), size};
        return this->next().try_write({&part, 1});
    }
};

/// Counts what is read, by a parameter of its own.
template <transport Next>
class Counted : public TransportLayer<Next> {
public:
    Counted(Next next, int& reads) : TransportLayer<Next>{std::move(next)}, reads_{&reads} {}

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        ++*reads_;
        return this->next().async_read_some(buffers, std::forward<Token>(token));
    }
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return this->next().async_write_some(buffers, std::forward<Token>(token));
    }

private:
    int* reads_;
};

struct Counting : StreamLayer {
    int* reads;
    explicit Counting(int& counter) : reads{&counter} {}
    template <transport Next>
    Counted<Next> operator()(Next next) const {
        return Counted<Next>{std::move(next), *reads};
    }
};

} // namespace

// Every member can be instantiated, not only those that are used.
template class gust::IOStream<TCPTransport>;
template class gust::IOStream<Forward<TCPTransport>>;
template class gust::IOStream<MemoryTransport>;

static_assert(stream_layers<Plain>);
static_assert(!stream_layers<int>);
static_assert(std::same_as<layered<Plain, TCPTransport>, TCPTransport>);
static_assert(std::same_as<
              layered<decltype(Plain{} | layer<Scramble> | layer<Forward>), MemoryTransport>,
              Forward<Scramble<MemoryTransport>>>);
static_assert(direct_transport<Scramble<TCPTransport>>);
static_assert(direct_transport<Scramble<Scramble<MemoryTransport>>>);
static_assert(!direct_transport<Forward<Scramble<MemoryTransport>>>);

TEST_CASE("a layer sees every byte of a stream", "[net][layer]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    MemoryPair pair = make_memory_pair(loop);
    MemoryPeer peer{std::move(pair.far)};
    const auto layers = layer<Scramble>;
    using transport_type = layered<decltype(layers), MemoryTransport>;
    IOStream<transport_type> stream{loop, layers(std::move(pair.near))};
    Result got;
    stream.read_exactly(4, into(got));
    stream.write("abcd", asio::detached);
    peer.write("`cbe");
    settle(io);
    CHECK(got.text == "abcd");
    CHECK(peer.read_all() == "`cbe");
    CHECK(&stream.transport().lowest_layer() == &stream.transport().next().lowest_layer());
    stream.abort();
    CHECK(peer.is_reset());
}

TEST_CASE("layers stack, and one may have parameters", "[net][layer]") {
    asio::io_context io;
    Loop& loop = Loop::of(io);
    MemoryPair pair = make_memory_pair(loop);
    MemoryPeer peer{std::move(pair.far)};
    int reads = 0;
    const auto layers = layer<Scramble> | Counting{reads} | Plain{};
    IOStream stream{loop, layers(std::move(pair.near))};
    Result got;
    stream.read_exactly(4, into(got));
    peer.write("abcd");
    settle(io);
    // The layer below the counting one is asked to complete, and its own completion is the
    // socket's.
    CHECK(got.calls == 1);
    CHECK(reads == 1);
}
