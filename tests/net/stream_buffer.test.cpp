// SPDX-License-Identifier: MIT
#include <gust/net/stream_buffer.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace gust;

namespace {

std::string pattern(std::size_t size, std::size_t from = 0) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i != size; ++i) {
        text[i] = static_cast<char>('a' + (from + i) % 23);
    }
    return text;
}

void append(InputBuffer& buffer, std::string_view text) {
    const std::span<char> space = buffer.space(text.size());
    REQUIRE(space.size() >= text.size());
    text.copy(space.data(), text.size());
    buffer.commit(text.size());
}

std::size_t gather(const OutputQueue& queue, std::span<iovec> parts) {
    std::size_t bytes = 0;
    return queue.gather(parts, std::numeric_limits<std::size_t>::max(), bytes);
}

/// The first `most` bytes that are queued, as one string.
std::string
contents(const OutputQueue& queue, std::size_t most = std::numeric_limits<std::size_t>::max()) {
    std::array<iovec, 1024> parts;
    std::string text;
    std::size_t bytes = 0;
    for (std::size_t i = 0, n = queue.gather(parts, most, bytes); i != n; ++i) {
        text.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
    }
    CHECK(text.size() == bytes);
    return text;
}

struct Queue {
    BlockPool blocks;
    SegmentPool segments;
    OutputQueue queue{blocks, segments};
};

} // namespace

TEST_CASE("an input buffer that is empty holds no block", "[net][input_buffer]") {
    BlockPool pool;
    InputBuffer buffer{pool};
    CHECK(buffer.unread().empty());
    append(buffer, "hello");
    CHECK(pool.blocks_in_use() == 1);
    buffer.settle();
    CHECK(buffer.unread() == "hello");
    buffer.consume(5);
    CHECK(pool.blocks_in_use() == 1);
    buffer.settle();
    CHECK(pool.blocks_in_use() == 0);
    append(buffer, "again");
    buffer.clear();
    CHECK(buffer.unread().empty());
    CHECK(pool.blocks_in_use() == 0);
}

TEST_CASE("views into a pinned block stay valid while the buffer grows", "[net][input_buffer]") {
    BlockPool pool;
    InputBuffer buffer{pool};
    append(buffer, "head");
    const std::string_view view = buffer.unread();
    const BlockRef pin = buffer.pin();
    buffer.consume(2);
    append(buffer, pattern(100'000));
    CHECK(view == "head");
    CHECK(buffer.unread() == "ad" + pattern(100'000));
    buffer.clear();
    CHECK(view == "head");
}

TEST_CASE("an input buffer that is moved takes its bytes along", "[net][input_buffer]") {
    BlockPool pool;
    InputBuffer buffer{pool};
    append(buffer, "hello");
    InputBuffer other{std::move(buffer)};
    CHECK(other.unread() == "hello");
    CHECK(buffer.unread().empty()); // NOLINT(bugprone-use-after-move): it says what moving leaves
    append(buffer, "new");
    CHECK(buffer.unread() == "new");
}

TEST_CASE(
    "an input buffer takes over bytes of another block, or continues its own", "[net][input_buffer]"
) {
    BlockPool pool;
    InputBuffer buffer{pool};
    const BlockRef block = pool.acquire(100);
    pattern(100).copy(block->data(), 100);
    buffer.append(block, block->data(), 10);
    CHECK(buffer.unread() == pattern(10));
    buffer.append(block, block->data() + 10, 10);
    CHECK(buffer.unread() == pattern(20));
    CHECK(pool.blocks_in_use() == 1);
    buffer.append(block, block->data() + 50, 10); // a gap: copied
    CHECK(buffer.unread() == pattern(20) + pattern(10, 50));
    const BlockRef other = pool.acquire(100);
    std::string{"xyz"}.copy(other->data(), 3);
    buffer.append(other, other->data(), 3);
    CHECK(buffer.unread() == pattern(20) + pattern(10, 50) + "xyz");
}

TEST_CASE(
    "an input buffer agrees with a string under any sequence of calls", "[net][input_buffer]"
) {
    for (unsigned seed = 0; seed != 50; ++seed) {
        std::mt19937 random{seed};
        BlockPool pool;
        InputBuffer buffer{pool};
        std::string expected;
        std::vector<std::pair<BlockRef, std::pair<std::string_view, std::string>>> pinned;
        std::size_t total = 0;
        for (int step = 0; step != 500; ++step) {
            switch (random() % 5) {
            case 0:
            case 1: {
                const std::size_t size = random() % (random() % 10 == 0 ? 40'000 : 300);
                append(buffer, pattern(size, total));
                expected += pattern(size, total);
                total += size;
                break;
            }
            case 2: {
                const std::size_t n = expected.empty() ? 0 : random() % (expected.size() + 1);
                buffer.consume(n);
                expected.erase(0, n);
                break;
            }
            case 3:
                buffer.settle();
                break;
            default:
                if (random() % 3 != 0) {
                    pinned.clear();
                } else if (buffer.pin()) {
                    pinned.push_back({buffer.pin(), {buffer.unread(), expected}});
                }
            }
            REQUIRE(buffer.unread() == expected);
            for (const auto& [pin, pair] : pinned) {
                REQUIRE(pair.first == pair.second);
            }
        }
        pinned.clear();
        buffer.clear();
        CHECK(pool.blocks_in_use() == 0);
    }
}

TEST_CASE("a head that grows byte by byte is copied in linear time", "[net][input_buffer]") {
    BlockPool pool;
    InputBuffer buffer{pool};
    const char* last = nullptr;
    int moves = 0;
    for (int i = 0; i != 1'000'000; ++i) {
        append(buffer, "x");
        moves += buffer.unread().data() != last ? 1 : 0;
        last = buffer.unread().data();
    }
    CHECK(moves < 20);
}

TEST_CASE("small pieces of output lie together, large ones where they are", "[net][output_queue]") {
    Queue q;
    std::array<iovec, 16> parts;
    for (int i = 0; i != 100; ++i) {
        q.queue.push(std::string_view{"small "});
    }
    CHECK(gather(q.queue, parts) == 1);
    std::string large = pattern(100'000);
    const char* address = large.data();
    q.queue.push(Chunk{std::move(large)});
    q.queue.push(std::string_view{"tail"});
    REQUIRE(gather(q.queue, parts) == 3);
    CHECK(parts[1].iov_base == address);
    const std::string data = pattern(50'000);
    q.queue.push(Chunk{unowned(data)});
    const auto owner = std::make_shared<std::string>(pattern(60'000));
    q.queue.push(Chunk{shared(owner, *owner)});
    CHECK(owner.use_count() == 2);
    REQUIRE(gather(q.queue, parts) == 5);
    CHECK(parts[3].iov_base == data.data());
    CHECK(parts[4].iov_base == owner->data());
    CHECK(q.queue.size() == 600 + 100'000 + 4 + 50'000 + 60'000);
    q.queue.consume(q.queue.size());
    CHECK(q.queue.empty());
    CHECK(owner.use_count() == 1);
    CHECK(q.blocks.blocks_in_use() == 0);
}

TEST_CASE("a gathering send has a limit", "[net][output_queue]") {
    Queue q;
    const std::string large = pattern(100'000);
    q.queue.push(std::string_view{"head"});
    q.queue.push(Chunk{unowned(large)});
    q.queue.push(std::string_view{"tail"});
    const std::string all = "head" + large + "tail";
    for (const std::size_t most :
         {0UL, 3UL, 4UL, 5UL, 100'003UL, 100'004UL, 100'005UL, 100'008UL, 200'000UL}) {
        CAPTURE(most);
        CHECK(contents(q.queue, most) == all.substr(0, most));
    }
}

TEST_CASE("empty pieces of output leave no trace", "[net][output_queue]") {
    Queue q;
    std::array<iovec, 4> parts;
    q.queue.push(std::string_view{});
    q.queue.push(Chunk{});
    q.queue.push(Chunk{std::string{}});
    q.queue.push(Chunk{unowned({})});
    q.queue.push(Chunk{shared(nullptr, {})});
    q.queue.push(Chunk{file{0, 0, 0}});
    CHECK(q.queue.empty());
    CHECK(gather(q.queue, parts) == 0);
}

TEST_CASE("reserved output counts when it is committed", "[net][output_queue]") {
    Queue q;
    char* room = q.queue.reserve(10);
    std::copy_n("0123456789", 10, room);
    CHECK(q.queue.empty());
    q.queue.commit(4);
    CHECK(contents(q.queue) == "0123");
    room = q.queue.reserve(BlockPool::small_capacity); // does not fit behind it
    std::fill_n(room, BlockPool::small_capacity, 'x');
    q.queue.commit(BlockPool::small_capacity);
    CHECK(contents(q.queue) == "0123" + std::string(BlockPool::small_capacity, 'x'));
}

TEST_CASE("a file stands in the queue by its size and is not gathered", "[net][output_queue]") {
    Queue q;
    std::array<iovec, 4> parts;
    q.queue.push(std::string_view{"head"});
    q.queue.push(Chunk{file{7, 100, 1000}});
    q.queue.push(std::string_view{"tail"});
    CHECK(q.queue.size() == 1008);
    CHECK(q.queue.size_in_memory() == 8);
    CHECK(gather(q.queue, parts) == 1);
    CHECK(q.queue.front_file() == nullptr);
    q.queue.consume(4);
    REQUIRE(q.queue.front_file() != nullptr);
    CHECK(gather(q.queue, parts) == 0);
    q.queue.consume(300);
    CHECK(q.queue.front_file()->offset == 400);
    CHECK(q.queue.front_file()->size == 700);
    CHECK(q.queue.size_in_memory() == 4);
    q.queue.consume(700);
    CHECK(contents(q.queue) == "tail");
    CHECK(q.queue.size_in_memory() == q.queue.size());
}

TEST_CASE("what owns a file is held until the file is sent", "[net][output_queue]") {
    Queue q;
    auto owner = std::make_shared<int>(7);
    const std::weak_ptr<int> watched = owner;
    q.queue.push(Chunk{file{7, 0, 1000, std::move(owner)}});
    q.queue.consume(999);
    CHECK_FALSE(watched.expired());
    q.queue.consume(1);
    CHECK(watched.expired());
}

TEST_CASE("output that was not sent can be taken back", "[net][output_queue]") {
    Queue q;
    q.queue.push(std::string_view{"keep"});
    const std::uint64_t mark = q.queue.pushed();
    q.queue.push(std::string_view{"drop"});
    q.queue.push(Chunk{pattern(5000)});
    q.queue.push(Chunk{file{7, 0, 1000}});
    q.queue.take_back(mark);
    CHECK(contents(q.queue) == "keep");
    CHECK(q.queue.size_in_memory() == 4);
    q.queue.push(std::string_view{"more"});
    CHECK(contents(q.queue) == "keepmore");
    q.queue.take_back(0);
    CHECK(q.queue.empty());
    CHECK(q.blocks.blocks_in_use() == 0);
}

TEST_CASE("a segment under a write outlives a queue that is cleared", "[net][output_queue]") {
    Queue q;
    q.queue.push(Chunk{pattern(5000)});
    detail::Segment* lent = q.queue.front();
    ++lent->holders;
    q.queue.lend(5000);
    CHECK(q.queue.sent() == 0);
    CHECK(q.queue.committed() == 5000);
    const std::string_view view{lent->data, static_cast<std::size_t>(lent->size)};
    q.queue.clear();
    q.queue.push(Chunk{std::string(5000, 'x')});
    CHECK(view == pattern(5000));
    q.segments.release(lent);
    CHECK(contents(q.queue) == std::string(5000, 'x'));
}

TEST_CASE("an output queue that is moved takes its bytes along", "[net][output_queue]") {
    Queue q;
    q.queue.push(std::string_view{"one"});
    q.queue.consume(1);
    OutputQueue other{std::move(q.queue)};
    CHECK(contents(other) == "ne");
    CHECK(other.sent() == 1);
    CHECK(other.pushed() == 3);
    CHECK(q.queue.empty()); // NOLINT(bugprone-use-after-move): it says what moving leaves
    q.queue.push(std::string_view{"two"});
    CHECK(contents(q.queue) == "two");
}

TEST_CASE(
    "an output queue agrees with a string under any sequence of calls", "[net][output_queue]"
) {
    const std::string forever = pattern(3000);
    for (unsigned seed = 0; seed != 50; ++seed) {
        std::mt19937 random{seed};
        Queue q;
        std::string expected;
        std::uint64_t pushed = 0;
        std::uint64_t sent = 0;
        std::weak_ptr<std::string> watched;
        for (int step = 0; step != 1000; ++step) {
            const std::size_t size = random() % (random() % 10 == 0 ? 40'000 : 200);
            std::string text = pattern(size, static_cast<std::size_t>(pushed));
            switch (random() % 9) {
            case 0:
            case 1:
                q.queue.push(std::string_view{text});
                break;
            case 2:
                q.queue.push(Chunk{std::string{text}});
                break;
            case 3: {
                const auto owner = std::make_shared<std::string>(text);
                watched = owner;
                q.queue.push(Chunk{shared(owner, *owner)});
                break;
            }
            case 4:
                text = forever.substr(0, size);
                q.queue.push(Chunk{unowned(std::string_view{forever}.substr(0, size))});
                break;
            case 5: {
                char* room = q.queue.reserve(size + 10);
                text.copy(room, size);
                q.queue.commit(size);
                break;
            }
            case 6: {
                const std::size_t kept = expected.empty() ? 0 : random() % expected.size();
                q.queue.take_back(sent + kept);
                expected.resize(kept);
                pushed = sent + kept;
                text.clear();
                break;
            }
            case 7:
                text.clear();
                if (random() % 10 == 0) {
                    q.queue.clear();
                    expected.clear();
                    sent = pushed;
                }
                break;
            default: {
                text.clear();
                const std::size_t n = expected.empty() ? 0 : random() % (expected.size() + 1);
                q.queue.consume(n);
                expected.erase(0, n);
                sent += n;
            }
            }
            expected += text;
            pushed += text.size();
            REQUIRE(q.queue.size() == expected.size());
            REQUIRE(q.queue.size_in_memory() == expected.size());
            REQUIRE(q.queue.empty() == expected.empty());
            REQUIRE(q.queue.pushed() == pushed);
            REQUIRE(q.queue.sent() == sent);
            REQUIRE(contents(q.queue) == expected);
        }
        q.queue.clear();
        CHECK(watched.expired());
        CHECK(q.blocks.blocks_in_use() == 0);
    }
}
