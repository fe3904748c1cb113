// SPDX-License-Identifier: MIT
// The least that a server on epoll can do: edge-triggered, one recv and one send for whatever is
// there, no limits, no deadlines, nothing to configure. What a library is measured against.
#ifndef GUST_BENCHMARKS_LIMIT_EPOLL_SERVER_HPP
#define GUST_BENCHMARKS_LIMIT_EPOLL_SERVER_HPP

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

namespace limit {

/// The head of the answers, with a date that is made once per second.
class Head {
public:
    explicit Head(std::string_view length) : length_{length} {}
    std::string_view text(std::time_t now) {
        if (now != made_) {
            made_ = now;
            std::array<char, 32> date{};
            std::tm parts{};
            gmtime_r(&now, &parts);
            std::strftime(date.data(), date.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
            text_ =
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nServer: gust\r\nContent-Length: "
                + length_ + "\r\nDate: " + date.data() + "\r\n\r\n";
        }
        return text_;
    }

private:
    std::string length_;
    std::time_t made_ = 0;
    std::string text_;
};

enum class keep { open, close };

/// `Protocol` has `keep take(std::string_view input, std::time_t now, std::string& output)`.
template <class Protocol>
class EpollServer {
public:
    explicit EpollServer(std::uint16_t port)
        : epoll_{check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")},
          listener_{check(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")
          } {
        const int on = 1;
        setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* const generic = reinterpret_cast<sockaddr*>(&address);
        check(bind(listener_, generic, sizeof address), "bind");
        check(listen(listener_, 4096), "listen");
        socklen_t size = sizeof address;
        check(getsockname(listener_, generic, &size), "getsockname");
        std::printf("listening on http://127.0.0.1:%u\n", unsigned{ntohs(address.sin_port)});
        std::fflush(stdout);
        watch(listener_, EPOLLIN, nullptr);
    }

    [[noreturn]] void run() {
        std::array<epoll_event, 512> events;
        for (;;) {
            const int n = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
            now_ = std::time(nullptr);
            for (int i = 0; i < n; ++i) {
                const epoll_event& event = events[static_cast<std::size_t>(i)];
                if (event.data.ptr == nullptr) {
                    accept_all();
                } else {
                    ready(*static_cast<Connection*>(event.data.ptr), event.events);
                }
            }
        }
    }

private:
    struct Connection {
        int descriptor;
        keep wish = keep::open;
        std::size_t sent = 0;
        std::string unsent; // of a send that took only a part
        Protocol protocol;
    };

    static int check(int result, const char* what) {
        if (result < 0) {
            throw std::system_error{errno, std::generic_category(), what};
        }
        return result;
    }
    void watch(int descriptor, std::uint32_t events, void* data) {
        epoll_event event{};
        event.events = events;
        event.data.ptr = data;
        check(epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
    }

    void accept_all() {
        for (;;) {
            const int descriptor =
                accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (descriptor < 0) {
                return;
            }
            watch(
                descriptor,
                EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                new Connection{.descriptor = descriptor}
            );
        }
    }

    void ready(Connection& connection, std::uint32_t events) {
        if (!connection.unsent.empty()) {
            if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) {
                return;
            }
            if (!flush(connection, connection.unsent)) {
                return;
            }
            connection.unsent.clear();
        } else if ((events & ~std::uint32_t{EPOLLOUT}) == 0) {
            return;
        }
        receive(connection);
    }

    /// Until nothing is left to read, or the peer has to read first.
    void receive(Connection& connection) {
        for (;;) {
            const ssize_t n = ::recv(connection.descriptor, input_.data(), input_.size(), 0);
            if (n <= 0) {
                if (n == 0 || errno != EAGAIN) {
                    close(connection);
                }
                return;
            }
            output_.clear();
            connection.wish = connection.protocol.take(
                {input_.data(), static_cast<std::size_t>(n)}, now_, output_
            );
            if (!output_.empty() && !flush(connection, output_)) {
                return;
            }
            if (connection.wish == keep::close) {
                close(connection);
                return;
            }
            if (static_cast<std::size_t>(n) < input_.size()) {
                return;
            }
        }
    }

    /// Returns whether all was sent. If not, the rest waits in `unsent`; or the connection is gone.
    bool flush(Connection& connection, std::string& output) {
        while (connection.sent != output.size()) {
            const ssize_t n = ::send(
                connection.descriptor,
                output.data() + connection.sent,
                output.size() - connection.sent,
                MSG_NOSIGNAL
            );
            if (n < 0) {
                if (errno != EAGAIN) {
                    close(connection);
                } else if (&output != &connection.unsent) {
                    std::swap(output, connection.unsent); // not a byte is moved
                }
                return false;
            }
            connection.sent += static_cast<std::size_t>(n);
        }
        connection.sent = 0;
        return true;
    }

    void close(Connection& connection) {
        ::close(connection.descriptor);
        delete &connection;
    }

    int epoll_;
    int listener_;
    std::time_t now_ = 0;
    std::vector<char> input_ = std::vector<char>(std::size_t{64} << 10U);
    std::string output_;
};

/// The whole program: `--port P`.
template <class Protocol>
int serve(int argc, char** argv) {
    const bool is_good = argc == 3 && std::string_view{argv[1]} == "--port";
    if (!is_good) {
        std::fputs("usage: --port P\n", stderr);
        return 2;
    }
    try {
        EpollServer<Protocol>{static_cast<std::uint16_t>(std::atoi(argv[2]))}.run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}

} // namespace limit

#endif // GUST_BENCHMARKS_LIMIT_EPOLL_SERVER_HPP
