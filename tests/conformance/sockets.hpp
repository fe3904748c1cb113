// SPDX-License-Identifier: MIT
// The cases over TCP, against a contract_server that runs, or that is started here.
#ifndef GUST_TESTS_CONFORMANCE_SOCKETS_HPP
#define GUST_TESTS_CONFORMANCE_SOCKETS_HPP

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "conformance/judge.hpp"

namespace conformance {

struct Address {
    std::string host;
    std::uint16_t port = 0;
};

/// A client's socket. Nothing waits longer than ten seconds.
class Socket {
public:
    explicit Socket(const Address& address) : fd_{::socket(AF_INET, SOCK_STREAM, 0)} {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(address.port);
        const timeval limit{.tv_sec = 10, .tv_usec = 0};
        const int on = 1;
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::inet_pton(AF_INET, address.host.c_str(), &to.sin_addr) != 1
            || ::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
            ::close(fd_);
            throw std::runtime_error{"cannot connect to " + address.host};
        }
    }
    Socket(Socket&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Socket& operator=(Socket&&) = delete;
    ~Socket() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    /// False when the other end does not take it all.
    bool send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t n = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (n <= 0) {
                return false;
            }
            text.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    void shutdown() { ::shutdown(fd_, SHUT_WR); }
    /// Reads to the end, and says which one it was.
    Observed::ending read_all(std::string& into) {
        std::array<char, 65536> piece;
        for (;;) {
            const ssize_t n = ::recv(fd_, piece.data(), piece.size(), 0);
            if (n == 0) {
                return Observed::ending::fin;
            }
            if (n < 0) {
                const bool is_late = errno == EAGAIN || errno == EWOULDBLOCK;
                return is_late ? Observed::ending::open : Observed::ending::reset;
            }
            into.append(piece.data(), static_cast<std::size_t>(n));
        }
    }

private:
    int fd_;
};

/// A contract_server of our own, with deadlines that a test can wait for. Ended, and its exit
/// looked at, by `stop`.
class ServerProcess {
public:
    explicit ServerProcess(const std::string& program) {
        std::array<int, 2> out{};
        if (::pipe(out.data()) != 0) {
            throw std::runtime_error{"pipe"};
        }
        pid_ = ::fork();
        if (pid_ == 0) {
            ::dup2(out[1], STDOUT_FILENO);
            ::close(out[0]);
            ::close(out[1]);
            ::execl(
                program.c_str(),
                program.c_str(),
                "--port",
                "0",
                "--head-timeout",
                "3000",
                "--body-timeout",
                "3000",
                static_cast<char*>(nullptr)
            );
            ::_exit(127);
        }
        ::close(out[1]);
        std::string line;
        for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) {
            line += c;
        }
        ::close(out[0]);
        const std::size_t colon = line.rfind(':');
        if (!line.starts_with("listening on http://127.0.0.1:")) {
            stop();
            throw std::runtime_error{"no server: " + program};
        }
        address_ = {"127.0.0.1", static_cast<std::uint16_t>(std::stoul(line.substr(colon + 1)))};
    }
    ServerProcess(const ServerProcess&) = delete;
    ServerProcess& operator=(const ServerProcess&) = delete;
    ~ServerProcess() { stop(); }

    const Address& address() const { return address_; }
    /// Whether it went when it was asked to, without a complaint.
    bool stop() {
        if (pid_ <= 0) {
            return true;
        }
        int status = 0;
        ::kill(pid_, SIGTERM);
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }

private:
    pid_t pid_ = -1;
    Address address_;
};

class SocketRun {
public:
    explicit SocketRun(Address address) : address_{std::move(address)} {}

    std::size_t most_single_bytes() const { return 300; }

    /// A conversation that has begun; `finish` ends it.
    struct Conversation {
        Socket socket;
        bool was_taken = true;
    };

    Conversation begin(const Case& c, const Cut& cut) {
        Conversation conversation{Socket{address_}};
        for (const std::string_view piece : cut.pieces) {
            conversation.was_taken = conversation.was_taken && conversation.socket.send(piece);
        }
        if (c.sends_fin) {
            conversation.socket.shutdown();
        }
        if (c.end == Case::ending::open) {
            conversation.was_taken = conversation.was_taken && conversation.socket.send(probe);
        }
        return conversation;
    }
    Observed finish(Conversation& conversation) {
        Observed observed;
        observed.end = conversation.socket.read_all(observed.bytes);
        if (!conversation.was_taken) {
            observed.end = Observed::ending::reset;
        }
        return observed;
    }

    Observed observe(const Case& c, const Cut& cut) {
        const std::size_t before = requests();
        Conversation conversation = begin(c, cut);
        Observed observed = finish(conversation);
        observed.requests = requests() - before - 1; // this question counts too
        return observed;
    }

private:
    /// What the server has counted, this question included.
    std::size_t requests() {
        Socket socket{address_};
        std::string bytes;
        socket.send("GET /counters HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        socket.read_all(bytes);
        const std::string_view key = "\"requests\":";
        const std::size_t at = bytes.find(key);
        if (at == bytes.npos) {
            throw std::runtime_error{"no /counters: " + bytes};
        }
        return std::stoul(bytes.substr(at + key.size()));
    }

    Address address_;
};

} // namespace conformance

#endif // GUST_TESTS_CONFORMANCE_SOCKETS_HPP
