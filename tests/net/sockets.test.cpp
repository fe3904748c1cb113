// SPDX-License-Identifier: MIT
#include <gust/net/peer_address.hpp>
#include <gust/net/sockets.hpp>

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

#include "support/catch.hpp"

using namespace gust;
using Catch::Matchers::ContainsSubstring;

namespace {

int option(int descriptor, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(descriptor, level, name, &value, &size);
    return value;
}

bool has_ipv6() {
    const int descriptor = ::socket(AF_INET6, SOCK_STREAM, 0);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    const bool is_there =
        descriptor != -1
        && ::bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(descriptor);
    return is_there;
}

/// A folder of its own for each test.
struct Folder {
    std::string path = "/tmp/gust-test-XXXXXX";
    Folder() { REQUIRE(::mkdtemp(path.data()) != nullptr); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        ::unlink((path + "/socket").c_str());
        ::rmdir(path.c_str());
    }
    std::string socket() const { return path + "/socket"; }
};

int connect_unix(std::string_view path) {
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    const int result = ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), size);
    ::close(descriptor);
    return result;
}

template <class F>
std::error_code error_of(F f) {
    try {
        f();
    } catch (const std::system_error& e) {
        return e.code();
    }
    return {};
}

} // namespace

TEST_CASE("all interfaces share one free port over both versions of IP", "[net][sockets]") {
    const auto sockets = bind_sockets(0);
    REQUIRE(!sockets.empty());
    CHECK(sockets.front().family() == AF_INET); // sorted
    CHECK(sockets.size() == (has_ipv6() ? 2 : 1));
    for (const ListeningSocket& socket : sockets) {
        CHECK(socket.port() == sockets.front().port());
        CHECK(socket.port() != 0);
    }
    if (sockets.size() == 2) {
        CHECK(option(sockets[1].descriptor(), IPPROTO_IPV6, IPV6_V6ONLY) == 1);
        CHECK(sockets[1].local_endpoint() == "[::]:" + std::to_string(sockets[1].port()));
    }
    CHECK(sockets[0].local_endpoint() == "0.0.0.0:" + std::to_string(sockets[0].port()));
}

TEST_CASE(
    "a listening socket does not block, is closed on exec and may be bound again", "[net][sockets]"
) {
    const auto sockets = bind_sockets(0, {.address = "127.0.0.1"});
    REQUIRE(sockets.size() == 1);
    const int descriptor = sockets[0].descriptor();
    CHECK((::fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(option(descriptor, SOL_SOCKET, SO_REUSEADDR) == 1);
    CHECK(option(descriptor, SOL_SOCKET, SO_REUSEPORT) == 0);
    CHECK(option(descriptor, IPPROTO_TCP, TCP_NODELAY) != 0);
    CHECK(::accept(descriptor, nullptr, nullptr) == -1);
    CHECK((errno == EAGAIN || errno == EWOULDBLOCK));
}

TEST_CASE("only the versions of IP that are asked for are bound", "[net][sockets]") {
    const auto v4 = bind_sockets(0, {.family = ip_family::v4});
    REQUIRE(v4.size() == 1);
    CHECK(v4[0].family() == AF_INET);
    if (has_ipv6()) {
        const auto v6 = bind_sockets(0, {.family = ip_family::v6});
        REQUIRE(v6.size() == 1);
        CHECK(v6[0].family() == AF_INET6);
    }
}

TEST_CASE("localhost is bound wherever it has an address", "[net][sockets]") {
    const auto sockets = bind_sockets(0, {.address = "localhost"});
    REQUIRE(!sockets.empty());
    CHECK(sockets[0].local_endpoint().starts_with("127.0.0.1:"));
}

TEST_CASE("a port in use is an error that names address and port", "[net][sockets]") {
    const auto first = bind_sockets(0, {.address = "127.0.0.1"});
    const std::uint16_t port = first[0].port();
    const auto again = [&] { bind_sockets(port, {.address = "127.0.0.1"}); };
    CHECK(error_of(again) == std::errc::address_in_use);
    CHECK_THROWS_WITH(again(), ContainsSubstring("127.0.0.1:" + std::to_string(port)));
    // The failure of one address closes what was opened for the others.
    if (has_ipv6()) {
        CHECK(error_of([&] { bind_sockets(port); }) == std::errc::address_in_use);
        const auto v6 = bind_sockets(port, {.address = "::1"});
        CHECK(v6.size() == 1);
    }
}

TEST_CASE("an address that this machine lacks, or that is none, is an error", "[net][sockets]") {
    CHECK(
        error_of([] { bind_sockets(0, {.address = "192.0.2.1"}); })
        == std::errc::address_not_available
    );
    CHECK_THROWS_WITH(
        bind_sockets(0, {.address = "no.such.host.invalid"}),
        ContainsSubstring("no.such.host.invalid")
    );
}

TEST_CASE("sockets share a port when both say so", "[net][sockets]") {
    const ListenOptions shared{.address = "127.0.0.1", .reuse_port = true};
    const auto first = bind_sockets(0, shared);
    CHECK(option(first[0].descriptor(), SOL_SOCKET, SO_REUSEPORT) == 1);
    const auto second = bind_sockets(first[0].port(), shared);
    CHECK(second[0].port() == first[0].port());
    CHECK(
        error_of([&] { bind_sockets(first[0].port(), {.address = "127.0.0.1"}); })
        == std::errc::address_in_use
    );
}

TEST_CASE("a listening socket closes itself, moves, and can be given away", "[net][sockets]") {
    auto sockets = bind_sockets(0, {.address = "127.0.0.1"});
    const int descriptor = sockets[0].descriptor();
    ListeningSocket moved{std::move(sockets[0])};
    CHECK_FALSE(sockets[0].is_open()
    ); // NOLINT(bugprone-use-after-move): it says what moving leaves
    CHECK(moved.descriptor() == descriptor);
    CHECK(moved.release() == descriptor);
    CHECK_FALSE(moved.is_open());
    CHECK(moved.family() == AF_UNSPEC);
    CHECK(moved.port() == 0);
    {
        const ListeningSocket owner{descriptor};
        CHECK(::fcntl(descriptor, F_GETFD) != -1);
    }
    CHECK(::fcntl(descriptor, F_GETFD) == -1);
}

TEST_CASE("a path is bound with its mode before anybody can connect", "[net][sockets]") {
    const Folder folder;
    const mode_t before = ::umask(0);
    for (const mode_t mode : {0600U, 0660U, 0666U}) {
        const ListeningSocket socket = bind_unix_socket(folder.socket(), {.mode = mode});
        struct stat status{};
        REQUIRE(::stat(folder.socket().c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == mode);
        CHECK(socket.family() == AF_UNIX);
        CHECK(socket.port() == 0);
        CHECK(socket.local_endpoint() == "unix:" + folder.socket());
        CHECK((::fcntl(socket.descriptor(), F_GETFL) & O_NONBLOCK) != 0);
        CHECK((::fcntl(socket.descriptor(), F_GETFD) & FD_CLOEXEC) != 0);
        CHECK(connect_unix(folder.socket()) == 0);
    } // the next one finds the file that this one leaves
    ::umask(0777);
    const ListeningSocket masked = bind_unix_socket(folder.socket(), {.mode = 0666});
    ::umask(before);
    struct stat status{};
    REQUIRE(::stat(folder.socket().c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0666);
}

TEST_CASE("a file that is no socket is never removed", "[net][sockets]") {
    const Folder folder;
    std::ofstream{folder.socket()} << "precious";
    CHECK(error_of([&] { bind_unix_socket(folder.socket()); }) == std::errc::file_exists);
    CHECK_THROWS_WITH(bind_unix_socket(folder.socket()), ContainsSubstring(folder.socket()));
    std::string text;
    std::ifstream{folder.socket()} >> text;
    CHECK(text == "precious");
}

TEST_CASE("a path that cannot be is an error", "[net][sockets]") {
    CHECK(error_of([] { bind_unix_socket(""); }) == std::errc::invalid_argument);
    CHECK(
        error_of([] { bind_unix_socket(std::string(200, 'x')); }) == std::errc::filename_too_long
    );
    CHECK(
        error_of([] { bind_unix_socket("/no/such/folder/socket"); })
        == std::errc::no_such_file_or_directory
    );
}

#if defined(__linux__)
TEST_CASE("an abstract name is no file", "[net][sockets]") {
    const std::string name = std::string{'\0'} + "gust-test-" + std::to_string(::getpid());
    const ListeningSocket socket = bind_unix_socket(name);
    CHECK(socket.local_endpoint() == "unix:@" + name.substr(1));
    CHECK(connect_unix(name) == 0);
    CHECK(error_of([&] { bind_unix_socket(name); }) == std::errc::address_in_use);
}
#endif

TEST_CASE("sockets that listen already are taken over", "[net][sockets]") {
    auto bound = bind_sockets(0, {.address = "127.0.0.1"});
    const std::uint16_t port = bound[0].port();
    const int descriptor = bound[0].release();
    ::fcntl(descriptor, F_SETFL, 0);
    ::fcntl(descriptor, F_SETFD, 0);
    const auto adopted = adopt_sockets({{descriptor}});
    REQUIRE(adopted.size() == 1);
    CHECK(adopted[0].port() == port);
    CHECK((::fcntl(descriptor, F_GETFL) & O_NONBLOCK) != 0);
    CHECK((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
}

TEST_CASE("what does not listen is not taken over, nor is anything beside it", "[net][sockets]") {
    const auto good = bind_sockets(0, {.address = "127.0.0.1"});
    const int plain = ::socket(AF_INET, SOCK_STREAM, 0);
    const int datagram = ::socket(AF_INET, SOCK_DGRAM, 0);
    const int other = ::open("/dev/null", O_RDONLY);
    for (const int bad : {plain, datagram, other, -1}) {
        const std::array<int, 2> descriptors{good[0].descriptor(), bad};
        CHECK(error_of([&] { adopt_sockets(descriptors); }) == std::errc::not_a_socket);
        CHECK(::fcntl(good[0].descriptor(), F_GETFD) != -1);
    }
    for (const int descriptor : {plain, datagram, other}) {
        ::close(descriptor);
    }
}

TEST_CASE("systemd hands sockets to the process that it names", "[net][sockets]") {
    ::unsetenv("LISTEN_PID");
    ::unsetenv("LISTEN_FDS");
    CHECK(sockets_from_systemd().empty());
    ::setenv("LISTEN_PID", "1", 1);
    ::setenv("LISTEN_FDS", "1", 1);
    CHECK(sockets_from_systemd().empty());
    // As systemd does it: descriptors from 3 on. Whatever is there now is put back.
    const int saved = ::fcntl(3, F_DUPFD_CLOEXEC, 100);
    auto bound = bind_sockets(0, {.address = "127.0.0.1"});
    const std::uint16_t port = bound[0].port();
    const int descriptor = bound[0].release();
    if (descriptor != 3) {
        REQUIRE(::dup2(descriptor, 3) == 3);
        ::close(descriptor);
    }
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    {
        const auto sockets = sockets_from_systemd();
        REQUIRE(sockets.size() == 1);
        CHECK(sockets[0].port() == port);
    }
    if (saved != -1) {
        ::dup2(saved, 3);
        ::close(saved);
    }
    ::unsetenv("LISTEN_PID");
    ::unsetenv("LISTEN_FDS");
}

TEST_CASE("the descriptor limit leaves something to the application", "[net][sockets]") {
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    for (const rlim_t n : {10U, 100U, 1024U}) {
        const rlimit limit{n, before.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
        CHECK(connections_by_descriptor_limit() >= 1);
        CHECK(connections_by_descriptor_limit() < n);
    }
    ::setrlimit(RLIMIT_NOFILE, &before);
}

TEST_CASE("a peer's address is text when somebody asks", "[net][peer_address]") {
    const PeerAddress unknown;
    CHECK(unknown.text() == "unknown");
    CHECK(unknown.ip().empty());
    CHECK_FALSE(unknown.is_ip());

    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(8080);
    ::inet_pton(AF_INET, "192.0.2.7", &v4.sin_addr);
    const PeerAddress four{reinterpret_cast<const sockaddr*>(&v4), sizeof v4};
    CHECK(four.ip() == "192.0.2.7");
    CHECK(four.port() == 8080);
    CHECK(four.text() == "192.0.2.7:8080");
    CHECK(four.family() == AF_INET);

    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(443);
    ::inet_pton(AF_INET6, "2001:db8::1", &v6.sin6_addr);
    const PeerAddress six{reinterpret_cast<const sockaddr*>(&v6), sizeof v6};
    CHECK(six.ip() == "2001:db8::1");
    CHECK(six.text() == "[2001:db8::1]:443");

    ::inet_pton(AF_INET6, "::ffff:192.0.2.7", &v6.sin6_addr);
    const PeerAddress mapped{reinterpret_cast<const sockaddr*>(&v6), sizeof v6};
    CHECK(mapped.ip() == "192.0.2.7");
    CHECK(mapped.text() == "192.0.2.7:443");

    sockaddr_un local{};
    local.sun_family = AF_UNIX;
    const PeerAddress unix_peer{reinterpret_cast<const sockaddr*>(&local), sizeof(sa_family_t)};
    CHECK(unix_peer.is_unix());
    CHECK(unix_peer.text() == "unix");
    CHECK(unix_peer.port() == 0);
    CHECK(sizeof(PeerAddress) <= 32);
}
