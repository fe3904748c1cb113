// SPDX-License-Identifier: MIT
// Sends the bytes of its last argument to a port of 127.0.0.1 or to a path, and prints what comes
// back until the end of the connection. The escapes \r, \n, \t and \0 of the argument are undone.
//
//     raw_client [--half-close | --reset] PORT|PATH TEXT
//
// --half-close sends FIN behind the text. --reset reads nothing: when its own input ends, it resets
// the connection.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

int connect_to(const std::string& where) {
    if (where.find('/') != std::string::npos) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        where.copy(address.sun_path, sizeof address.sun_path - 1);
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        const auto* const any = reinterpret_cast<const sockaddr*>(&address);
        return ::connect(fd, any, sizeof address) == 0 ? fd : -1;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(where)));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const auto* const any = reinterpret_cast<const sockaddr*>(&address);
    return ::connect(fd, any, sizeof address) == 0 ? fd : -1;
}

std::string undo_escapes(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        constexpr std::string_view names = "rnt0";
        constexpr std::string_view bytes{"\r\n\t\0", 4};
        const auto known = text[i] == '\\' && i + 1 < text.size() ? names.find(text[i + 1])
                                                                  : std::string_view::npos;
        out += known == std::string_view::npos ? text[i] : bytes[known];
        i += known == std::string_view::npos ? 0 : 1;
    }
    return out;
}

int fail(const char* what) {
    std::perror(what);
    return 1;
}

} // namespace

int main(int argc, char** argv) {
    const std::string_view mode = argc == 4 ? argv[1] : "";
    if (argc < 3 || argc > 4 || (argc == 4 && mode != "--half-close" && mode != "--reset")) {
        std::fputs("usage: raw_client [--half-close | --reset] PORT|PATH TEXT\n", stderr);
        return 2;
    }
    const int fd = connect_to(argv[argc - 2]);
    if (fd == -1) {
        return fail("connect");
    }
    const std::string request = undo_escapes(argv[argc - 1]);
    for (std::string_view left = request; !left.empty();) {
        const ssize_t n = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
        if (n <= 0) {
            return fail("send");
        }
        left.remove_prefix(static_cast<std::size_t>(n));
    }
    char block[65536];
    if (mode == "--reset") {
        while (::read(STDIN_FILENO, block, sizeof block) > 0) {
        }
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::close(fd);
        return 0;
    }
    if (mode == "--half-close") {
        ::shutdown(fd, SHUT_WR);
    }
    for (;;) {
        const ssize_t n = ::recv(fd, block, sizeof block, 0);
        if (n == 0) {
            return 0;
        }
        if (n < 0) {
            return fail("recv");
        }
        std::fwrite(block, 1, static_cast<std::size_t>(n), stdout);
        std::fflush(stdout);
    }
}
