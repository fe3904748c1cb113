// SPDX-License-Identifier: MIT
// When a read is satisfied: what the functions of the read family differ in.
#ifndef GUST_NET_DETAIL_READ_CONDITION_HPP
#define GUST_NET_DETAIL_READ_CONDITION_HPP

#include <gust/config.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace gust::detail {

/// Looks at the unread bytes each time that there are more of them.
class ReadCondition {
public:
    enum class verdict : std::uint8_t { more, done, unsatisfiable };
    struct judgement {
        verdict is = verdict::more;
        /// Bytes to take from the front: the result when done, bytes put elsewhere when more are
        /// wanted.
        std::size_t taken = 0;
    };

    /// `unread` begins where it began the last time, less what was taken then.
    virtual judgement judge(std::string_view unread) = 0;
    /// Room worth offering when `buffered` bytes do not suffice.
    virtual std::size_t wanted(std::size_t buffered) const noexcept = 0;
    /// Whether the end of the stream satisfies it.
    virtual bool is_satisfied_by_end() const noexcept { return false; }
    /// Where bytes may go instead of the buffer, and how many went there. A read of this kind
    /// returns their number.
    virtual std::span<char> target() noexcept { return {}; }
    virtual void put(std::size_t) noexcept {}

protected:
    ReadCondition() = default;
    ReadCondition(const ReadCondition&) = default;
    ReadCondition& operator=(const ReadCondition&) = default;
    ~ReadCondition() = default;
};

/// From one byte to `most`.
class ReadSome final : public ReadCondition {
public:
    using result = std::string_view;

    explicit ReadSome(std::size_t most) noexcept : most_{most} {}
    judgement judge(std::string_view unread) override {
        if (unread.empty() && most_ != 0) {
            return {};
        }
        return {verdict::done, std::min(most_, unread.size())};
    }
    std::size_t wanted(std::size_t) const noexcept override { return most_; }

private:
    std::size_t most_;
};

class ReadExactly final : public ReadCondition {
public:
    using result = std::string_view;

    explicit ReadExactly(std::size_t size) noexcept : size_{size} {}
    judgement judge(std::string_view unread) override {
        return unread.size() < size_ ? judgement{} : judgement{verdict::done, size_};
    }
    std::size_t wanted(std::size_t buffered) const noexcept override { return size_ - buffered; }

private:
    std::size_t size_;
};

/// Up to a delimiter, which is searched for once in each byte.
class ReadUntilDelimiter final : public ReadCondition {
public:
    using result = std::string_view;

    ReadUntilDelimiter(std::string_view delimiter, std::size_t most)
        : delimiter_{delimiter}, most_{most} {}
    GUST_DECL judgement judge(std::string_view unread) override;
    std::size_t wanted(std::size_t) const noexcept override { return 1; }

private:
    std::string delimiter_;
    std::size_t most_;
    std::size_t searched_ = 0;
};

/// Until `Predicate` knows how long the message at the front is, and all of it is there.
template <class Predicate>
class ReadUntilPredicate final : public ReadCondition {
public:
    using result = std::string_view;

    ReadUntilPredicate(Predicate predicate, std::size_t most)
        : predicate_{std::move(predicate)}, most_{most} {}
    judgement judge(std::string_view unread) override {
        const std::optional<std::size_t> size = ask(unread);
        if (size.value_or(unread.size() + 1) > most_) {
            return {verdict::unsatisfiable, 0};
        }
        if (!size || *size > unread.size()) {
            return {};
        }
        return {verdict::done, *size};
    }
    std::size_t wanted(std::size_t) const noexcept override { return 1; }

private:
    std::optional<std::size_t> ask(std::string_view unread) noexcept {
        try {
            return predicate_(unread);
        } catch (...) {
            return std::numeric_limits<std::size_t>::max(); // nothing it will ever be content with
        }
    }

    Predicate predicate_;
    std::size_t most_;
};

class ReadUntilClose final : public ReadCondition {
public:
    using result = std::string_view;

    judgement judge(std::string_view) override { return {}; }
    std::size_t wanted(std::size_t) const noexcept override { return 1; }
    bool is_satisfied_by_end() const noexcept override { return true; }
};

/// Into memory of the caller: all of it, or what there is.
class ReadInto final : public ReadCondition {
public:
    using result = std::size_t;
    enum class amount : std::uint8_t { all, some };

    ReadInto(std::span<std::byte> target, amount wanted) noexcept
        : target_{reinterpret_cast<char*>(target.data()), target.size()}, amount_{wanted} {}
    GUST_DECL judgement judge(std::string_view unread) override;
    std::size_t wanted(std::size_t) const noexcept override { return target_.size() - filled_; }
    std::span<char> target() noexcept override { return target_.subspan(filled_); }
    void put(std::size_t n) noexcept override { filled_ += n; }

    std::size_t filled() const noexcept { return filled_; }

private:
    std::span<char> target_;
    std::size_t filled_ = 0;
    amount amount_;
};

} // namespace gust::detail

#if defined(GUST_HEADER_ONLY)
#include <gust/net/impl/read_condition.ipp>
#endif

#endif // GUST_NET_DETAIL_READ_CONDITION_HPP
