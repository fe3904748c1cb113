# SPDX-License-Identifier: MIT
"""The servers that are measured, and how they are started and stopped."""

import contextlib
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import tempfile
import time

SOURCES = pathlib.Path(__file__).resolve().parent.parent
SERVER_CORE = "0"
CLIENT_CORE = "1"


class Server:
    """A program that serves the answers of hello_server.

    `is_native`: written in C or C++, so that its instructions and allocations can be counted.
    """

    def __init__(self, key, label, command, is_native=True, cannot=()):
        self.key = key
        self.label = label
        self.command = command
        self.is_native = is_native
        self.cannot = frozenset(cannot)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Running:
    """A server that runs: `pid` and `port`. Stops it when the context ends."""

    def __init__(self, server, prefix=(), environment=None, cores=SERVER_CORE, patience=60):
        self.server = server
        self.folder = tempfile.TemporaryDirectory(prefix="bench-")
        self.port = free_port()
        pin = ["taskset", "-c", cores] if cores else []
        self.errors = open(os.path.join(self.folder.name, "stderr"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [*pin, *prefix, *server.command(self.port, self.folder.name)],
            stdout=subprocess.DEVNULL,
            stderr=self.errors,
            env={**os.environ, **(environment or {})},
        )
        self.pid = self.process.pid
        until = time.monotonic() + patience
        while not accepts(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                self.stop()
                raise RuntimeError(f"{server.label} does not start: {self.error_text()}")
            time.sleep(0.02)

    def error_text(self):
        self.errors.seek(0)
        return self.errors.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """SIGTERM, and SIGKILL for a server that does not go."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def pids(self):
        """The process and all its descendants."""
        found = [self.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{pid}/task"):
                    text = pathlib.Path(f"/proc/{pid}/task/{task}/children").read_text()
                    found += [int(child) for child in text.split()]
        return found

    def resident_bytes(self):
        total = 0
        for pid in self.pids():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    total += int(line.split()[1]) * 1024
        return total


def nginx_command(port, folder):
    for name in ("body", "proxy", "fastcgi", "uwsgi", "scgi"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
    os.chmod(folder, 0o755)  # its worker may be another user
    with open(os.path.join(folder, "big"), "wb") as big:
        big.write(b"x" * (1 << 20))
    text = (SOURCES / "peers" / "nginx.conf.in").read_text()
    text = text.replace("@PORT@", str(port)).replace("@FOLDER@", folder)
    configuration = os.path.join(folder, "nginx.conf")
    pathlib.Path(configuration).write_text(text)
    return ["nginx", "-c", configuration]


def all_servers(build):
    """Every server that is built or installed here; the limit, "1.00", is the first."""
    programs = pathlib.Path(build) / "benchmarks"

    def program(path):
        return lambda port, _: [str(programs / path), "--port", str(port)]

    def script(*words):
        return lambda port, _: [*words, "--port", str(port)]

    get_only = ("download", "upload")
    # A thread for each connection; and to Accept-Encoding it answers compressed.
    no_threads_for = ("thousand", "idle", "headers")
    candidates = [
        Server("limit", "limit: epoll + llhttp", program("limit_llhttp")),
        Server("limit_raw", "limit: epoll, canned", program("limit_epoll"), cannot=get_only),
        Server("gust", "**gust**, delegate", program("hello_server")),
        Server("gust_callable", "gust, callable", program("hello_server_callable")),
        Server("gust_routed", "gust, 20 routes", program("hello_server_routed")),
        Server("gust_coroutine", "gust, coroutine", program("hello_server_coroutine")),
        Server("gust_uring", "gust, io_uring", program("hello_server_uring"), is_native=False),
        Server("nginx", "nginx", nginx_command, is_native=False, cannot=("upload",)),
        Server("restinio", "RESTinio", program("peers/peer_restinio")),
        Server("beast", "Boost.Beast", program("peers/peer_beast")),
        Server("httplib", "cpp-httplib", program("peers/peer_httplib"), cannot=no_threads_for),
        Server("pistache", "Pistache", program("peers/peer_pistache")),
        Server("go", "Go net/http", program("peers/peer_net_http"), is_native=False),
        Server(
            "node", "Node.js", script("node", str(SOURCES / "peers" / "node.js")), is_native=False
        ),
        Server(
            "tornado",
            "Tornado",
            script("/usr/bin/python3", str(SOURCES / "peers" / "tornado_server.py")),
            is_native=False,
        ),
    ]
    return [server for server in candidates if is_there(server)]


def is_there(server):
    if server.key == "nginx":
        return shutil.which("nginx") is not None
    words = server.command(1, "")
    if server.key == "tornado":
        probe = subprocess.run([words[0], "-c", "import tornado"], capture_output=True, check=False)
        return probe.returncode == 0
    return shutil.which(words[0]) is not None


def raise_descriptor_limit():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def take_priority():
    """A session of its own, before the others: alone `nice` does nothing across sessions."""
    with contextlib.suppress(OSError):
        os.setsid()
    with contextlib.suppress(OSError):
        pathlib.Path("/proc/self/autogroup").write_text("-20")
