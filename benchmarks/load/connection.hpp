// SPDX-License-Identifier: MIT
// One connection of the load client: sends a batch of requests, checks the answers.
#ifndef GUST_BENCHMARKS_LOAD_CONNECTION_HPP
#define GUST_BENCHMARKS_LOAD_CONNECTION_HPP

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <strings.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include "scenario.hpp"

namespace load {

/// What the server did wrong.
struct WrongAnswer : std::runtime_error {
    using runtime_error::runtime_error;
};

/// Whether a long body is compared byte by byte, or only counted (and thrown away by the kernel).
enum class checking { everything, lengths };

/// The bytes to send and to expect, shared by all connections.
struct Exchange {
    explicit Exchange(const Scenario& s) : scenario{s} {
        for (std::size_t i = 0; i != s.depth; ++i) {
            batch += s.request;
        }
    }
    const Scenario& scenario;
    std::string batch;
    std::string known_head; // of the last answer: an equally long one has the same length field
    checking level = checking::everything;
};

///     closed ─open─► done ─send─► sending ─► waiting ─all answers─► done
///                              one request per connection: waiting ─end of stream─► closed
class Connection {
public:
    enum class state : std::uint8_t { closed, sending, waiting, done };

    Connection(Exchange& exchange, std::uint16_t port, std::size_t number)
        : exchange_{&exchange}, port_{port}, number_{number} {}
    Connection(Connection&& other) noexcept
        : exchange_{other.exchange_},
          port_{other.port_},
          number_{other.number_},
          descriptor_{std::exchange(other.descriptor_, -1)} {}
    Connection& operator=(Connection&&) = delete;
    ~Connection() { close(); }

    std::uint64_t begun = 0; // when the batch was sent; for its user

    int descriptor() const noexcept { return descriptor_; }
    state where() const noexcept { return state_; }
    bool wants_to_send() const noexcept { return sent_ != exchange_->batch.size(); }

    void open() {
        descriptor_ = check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
        const int on = 1;
        setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        // An address for every 20,000 connections, since each has only that many ports.
        sockaddr_in self = loopback(0);
        self.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<in_addr_t>(number_ / 20'000));
        check(bind(descriptor_, reinterpret_cast<sockaddr*>(&self), sizeof self), "bind");
        sockaddr_in peer = loopback(port_);
        check(connect(descriptor_, reinterpret_cast<sockaddr*>(&peer), sizeof peer), "connect");
        state_ = state::done;
    }
    void close() noexcept {
        if (descriptor_ != -1) {
            ::close(std::exchange(descriptor_, -1));
        }
        state_ = state::closed;
    }

    /// Begins the next batch.
    void send() {
        sent_ = 0;
        answers_left_ = exchange_->scenario.depth;
        state_ = state::sending;
        continue_sending();
    }
    void continue_sending() {
        const std::string& batch = exchange_->batch;
        const ssize_t n = ::send(
            descriptor_, batch.data() + sent_, batch.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL
        );
        if (n < 0 && errno != EAGAIN) {
            throw std::system_error{errno, std::generic_category(), "send"};
        }
        sent_ += static_cast<std::size_t>(std::max<ssize_t>(n, 0));
        if (!wants_to_send() && state_ == state::sending) {
            state_ = state::waiting;
        }
    }

    /// Reads what is there, and returns how many answers it completed.
    std::size_t receive(std::vector<char>& buffer) {
        if (body_left_ != 0 && exchange_->level == checking::lengths) {
            return skip(body_left_);
        }
        const std::size_t kept = leftover_.size();
        std::memcpy(buffer.data(), leftover_.data(), kept);
        leftover_.clear();
        const ssize_t n =
            ::recv(descriptor_, buffer.data() + kept, buffer.size() - kept, MSG_DONTWAIT);
        if (n < 0) {
            leftover_.assign(buffer.data(), kept);
            if (errno == EAGAIN) {
                return 0;
            }
            throw std::system_error{errno, std::generic_category(), "recv"};
        }
        if (n == 0) {
            return end_of_stream(kept);
        }
        return consume({buffer.data(), kept + static_cast<std::size_t>(n)});
    }

private:
    static int check(int result, const char* what) {
        if (result < 0) {
            throw std::system_error{errno, std::generic_category(), what};
        }
        return result;
    }
    static sockaddr_in loopback(std::uint16_t port) noexcept {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }

    std::size_t end_of_stream(std::size_t kept) {
        if (kept != 0 || body_left_ != 0) {
            throw WrongAnswer{"the connection ended inside an answer"};
        }
        if (!exchange_->scenario.is_one_per_connection || answers_left_ != 0) {
            throw WrongAnswer{"the connection ended before its answer"};
        }
        close();
        return 1;
    }

    /// Lets the kernel throw away a part of a body.
    std::size_t skip(std::size_t most) {
        const ssize_t n = ::recv(descriptor_, nullptr, most, MSG_DONTWAIT | MSG_TRUNC);
        if (n == 0) {
            throw WrongAnswer{"the connection ended inside a body"};
        }
        if (n < 0) {
            if (errno == EAGAIN) {
                return 0;
            }
            throw std::system_error{errno, std::generic_category(), "recv"};
        }
        body_left_ -= static_cast<std::size_t>(n);
        return body_left_ == 0 ? answered() : 0;
    }

    std::size_t consume(std::string_view data) {
        std::size_t answers = 0;
        while (!data.empty()) {
            if (body_left_ == 0) {
                if (answers_left_ == 0) {
                    throw WrongAnswer{"more bytes came than were asked for"};
                }
                const std::size_t end = data.find("\r\n\r\n");
                if (end == std::string_view::npos) {
                    leftover_ = data;
                    return answers;
                }
                take_head(data.substr(0, end + 4));
                data.remove_prefix(end + 4);
            }
            const std::string_view part = data.substr(0, body_left_);
            const std::string& expected = exchange_->scenario.expected;
            if (part
                != std::string_view{expected}.substr(expected.size() - body_left_, part.size())) {
                throw WrongAnswer{"the body is not what was expected"};
            }
            body_left_ -= part.size();
            data.remove_prefix(part.size());
            if (body_left_ == 0) {
                answers += answered();
            }
        }
        return answers;
    }

    /// One answer is complete; one that ends its connection counts when that has ended.
    std::size_t answered() noexcept {
        --answers_left_;
        if (exchange_->scenario.is_one_per_connection) {
            return 0;
        }
        if (answers_left_ == 0) {
            state_ = state::done;
        }
        return 1;
    }

    void take_head(std::string_view head) {
        const std::size_t size = exchange_->scenario.expected.size();
        std::string& known = exchange_->known_head;
        if (head.size() != known.size()
            || std::memcmp(head.data(), known.data(), std::min<std::size_t>(12, head.size())) != 0
            || exchange_->level == checking::everything) {
            if (head.substr(0, 12) != "HTTP/1.1 200") {
                throw WrongAnswer{"not a 200: " + std::string{head}};
            }
            if (content_length(head) != size) {
                throw WrongAnswer{"not the length of the answer: " + std::string{head}};
            }
            known = head;
        }
        body_left_ = size;
    }

    static std::size_t content_length(std::string_view head) {
        constexpr std::string_view name = "content-length:";
        for (std::size_t line = 0; line < head.size(); line = head.find("\r\n", line) + 2) {
            std::string_view rest = head.substr(line);
            if (rest.size() < name.size()
                || strncasecmp(rest.data(), name.data(), name.size()) != 0) {
                continue;
            }
            rest.remove_prefix(name.size());
            rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
            std::size_t length = 0;
            std::from_chars(rest.data(), rest.data() + rest.size(), length);
            return length;
        }
        throw WrongAnswer{"no Content-Length: " + std::string{head}};
    }

    Exchange* exchange_;
    std::uint16_t port_;
    std::size_t number_;
    int descriptor_ = -1;
    state state_ = state::closed;
    std::size_t sent_ = 0;
    std::size_t answers_left_ = 0;
    std::size_t body_left_ = 0;
    std::string leftover_; // a head that is not complete yet
};

} // namespace load

#endif // GUST_BENCHMARKS_LOAD_CONNECTION_HPP
