# SPDX-License-Identifier: MIT
"""The server, the proxies in front of it, and what their logs say."""

import dataclasses
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

# How long a proxy waits for a client that sends no more; short, since some never do.
PATIENCE = 1

NGINX = """
daemon off;
worker_processes 1;
user {user};
pid {folder}/nginx.pid;
error_log {folder}/nginx.err error;
events {{ worker_connections 1024; }}
http {{
    log_format gust '$remote_port\t$request_method\t$server_protocol\t$status\t'
                    '$upstream_addr\t$upstream_status\t$request_uri';
    client_max_body_size 0;
    client_header_timeout {patience}s;
    client_body_timeout {patience}s;
    keepalive_timeout {patience}s;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    proxy_next_upstream off;
    proxy_ignore_client_abort on;
    upstream gust {{ server 127.0.0.1:{server}; keepalive 32; }}
    server {{
        listen 127.0.0.1:{ports[nginx]};
        access_log {folder}/nginx.log gust;
        location / {{ proxy_pass http://gust; }}
    }}
    server {{
        listen 127.0.0.1:{ports[nginx-streaming]};
        access_log {folder}/nginx-streaming.log gust;
        ignore_invalid_headers off;
        underscores_in_headers on;
        merge_slashes off;
        location / {{
            proxy_pass http://gust;
            proxy_request_buffering off;
            proxy_buffering off;
        }}
    }}
}}
"""

HAPROXY = """
global
    log stdout format raw local0
    nbthread 1
    maxconn 1024
defaults
    mode http
    log global
    log-format "%f %cp %HM %HV %ST %s %tsc %HU"
    retries 0
    timeout connect 5s
    timeout server 30s
    timeout client {patience}s
    timeout http-request {patience}s
    timeout http-keep-alive {patience}s
    http-reuse always
    option dontlognull
frontend haproxy
    bind 127.0.0.1:{ports[haproxy]}
    default_backend behind
frontend haproxy-lenient
    bind 127.0.0.1:{ports[haproxy-lenient]}
    option accept-invalid-http-request
    default_backend behind-lenient
backend behind
    server gust 127.0.0.1:{server}
backend behind-lenient
    server gust 127.0.0.1:{server}
"""

FRONTS = ("nginx", "nginx-streaming", "haproxy", "haproxy-lenient")


@dataclasses.dataclass
class Logged:
    """A request as a proxy saw it."""

    port: int
    method: str
    version: str
    status: int
    # The status that gust answered with; 0: no answer of gust's came through.
    upstream: int
    # Whether gust was sent at least a part of it.
    is_forwarded: bool
    # Whether the proxy blames gust for the end.
    is_blamed: bool
    target: str

    @property
    def path(self):
        return re.sub(r"^http://[^/]*", "", self.target).partition("?")[0]

    @property
    def id(self):
        """The id in the target; 0: none."""
        found = re.search(r"[?&]id=(\d+)", self.target)
        return int(found.group(1)) if found else 0


def from_nginx(line):
    """A line of nginx's log, which escapes what a client put into it.

    Of the upstream's status 502 and 504 are nginx's own words.
    """
    port, method, version, status, address, upstream, target = line.split("\t")
    is_blamed = upstream in ("502", "504")
    answered = upstream.isdigit() and not is_blamed and upstream != "499"
    came = int(upstream) if answered else 0
    return Logged(int(port), method, version, int(status), came, address != "-", is_blamed, target)


def from_haproxy(line):
    """A line of HAProxy's log. What ended without a cause has gust's status."""
    port, method, version, status, server, ended, target = line.split(" ", 6)
    is_forwarded = server != "<NOSRV>"
    answered = is_forwarded and ended.startswith("--")
    is_blamed = ended[0] in "Ss" or (is_forwarded and status == "502")
    came = int(status) if answered else 0
    return Logged(int(port), method, version, int(status), came, is_forwarded, is_blamed, target)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, seconds=10):
    """Asks until it holds; raises when it does not."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("a program did not start")
        time.sleep(0.01)


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Fronts:
    """gust and the proxies, while the context lasts."""

    def __init__(self, server, folder):
        self.server = server
        self.folder = pathlib.Path(folder)
        self.ports = {front: free_port() for front in FRONTS}
        self.processes = {}
        self.offsets = {}

    def __enter__(self):
        try:
            self._start_server()
            self._start_nginx()
            self._start_haproxy()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_):
        self._stop()

    def _start_server(self):
        out = self.folder / "server.out"
        with open(out, "wb") as stdout, open(self.folder / "server.err", "wb") as stderr:
            self.processes["gust"] = subprocess.Popen(
                [self.server, "--port", "0"], stdout=stdout, stderr=stderr
            )
        wait_until(lambda: b"\n" in out.read_bytes())
        self.port = int(out.read_text().strip().rpartition(":")[2])

    def _fill(self, text):
        user = "root" if os.getuid() == 0 else os.environ.get("USER", "nobody")
        return text.format(
            user=user, folder=self.folder, patience=PATIENCE, server=self.port, ports=self.ports
        )

    def _start_nginx(self):
        config = self.folder / "nginx.conf"
        config.write_text(self._fill(NGINX))
        self._start("nginx", ["-e", str(self.folder / "nginx.err"), "-c", str(config)])

    def _start_haproxy(self):
        config = self.folder / "haproxy.cfg"
        config.write_text(self._fill(HAPROXY))
        self._start("haproxy", ["-db", "-f", str(config)])

    def _start(self, name, arguments):
        path = os.environ["PATH"] + ":/usr/sbin"
        program = shutil.which(name, path=path)
        if program is None:
            raise FileNotFoundError(f"{name} is not installed")
        with open(self.folder / f"{name}.out", "wb") as out:
            self.processes[name] = subprocess.Popen(
                [program, *arguments], stdout=out, stderr=subprocess.STDOUT
            )
        for front in FRONTS:
            if front.startswith(name):
                wait_until(lambda port=self.ports[front]: listens(port))

    def _stop(self):
        for process in reversed(self.processes.values()):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes.values()):
            process.wait(10)

    def still_run(self):
        return all(process.poll() is None for process in self.processes.values())

    def new_lines(self):
        """What the fronts have logged since the last call: pairs of a front and a `Logged`."""
        lines = []
        for front in ("nginx", "nginx-streaming"):
            lines += [
                (front, from_nginx(line)) for line in self._read(self.folder / f"{front}.log")
            ]
        for line in self._read(self.folder / "haproxy.out"):
            front, _, rest = line.partition(" ")
            if front in FRONTS:
                lines.append((front, from_haproxy(rest)))
        return lines

    def _read(self, path):
        """The complete lines behind those read before."""
        with open(path, "rb") as log:
            log.seek(self.offsets.get(path, 0))
            text = log.read()
        text = text[: text.rfind(b"\n") + 1]
        self.offsets[path] = self.offsets.get(path, 0) + len(text)
        return text.decode("latin-1").splitlines()
