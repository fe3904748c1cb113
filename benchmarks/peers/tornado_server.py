# SPDX-License-Identifier: MIT
"""Tornado: its HTTPServer with a plain message delegate, no web framework."""
import sys

from tornado import httputil
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop

HELLO = b"Hello, World!"
BIG = b"x" * (1 << 20)


class Hello(httputil.HTTPMessageDelegate):
    def __init__(self, connection):
        self.connection = connection

    def begin(self, length):
        return self.connection.write_headers(
            httputil.ResponseStartLine("HTTP/1.1", 200, "OK"),
            httputil.HTTPHeaders(
                {
                    "Content-Type": "text/plain",
                    "Server": "tornado",
                    "Date": httputil.format_timestamp(IOLoop.current().time()),
                    "Content-Length": str(length),
                }
            ),
        )

    def headers_received(self, start_line, headers):
        self.start_line = start_line
        if start_line.method == "POST":
            self.begin(headers["Content-Length"])

    def data_received(self, chunk):
        return self.connection.write(chunk)

    def finish(self):
        if self.start_line.method != "POST":
            body = BIG if self.start_line.path == "/big" else HELLO
            self.begin(len(body))
            self.connection.write(body)
        self.connection.finish()


class App(httputil.HTTPServerConnectionDelegate):
    def start_request(self, server_conn, request_conn):
        return Hello(request_conn)


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "--port":
        sys.exit("usage: --port P")
    HTTPServer(App()).listen(int(sys.argv[2]), "127.0.0.1", backlog=4096)
    IOLoop.current().start()


if __name__ == "__main__":
    main()
