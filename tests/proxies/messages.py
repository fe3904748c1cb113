# SPDX-License-Identifier: MIT
"""Requests, legal ones in odd spellings and illegal ones, made from a random source.

Every request has an id of its own, in its target (`?id=N`) and in what its answer has to show.
"""

import dataclasses
import json
import re
import zlib

LARGE = b"0123456789abcdef" * 2048


@dataclasses.dataclass
class Message:
    """One request: its bytes and, when it is legal, the only right answer."""

    id: int
    data: bytes
    method: str
    # What is wrong with it; empty: nothing.
    fault: str = ""
    # The status and the body that a server has to answer with; None: not known before.
    status: int | None = None
    body: bytes | None = None


def body_shows(path, id_, body):
    """Whether the body of a 200 can be the answer to that target, as far as the target tells."""
    if path == "/echo":
        return [int(n) for n in re.findall(rb"(?im)^x-id: (\d+)$", body)] == [id_]
    if path == "/sink":
        return set(json.loads(body)) <= {"bytes", "crc32", "trailers"}
    if path in ("/", "/body"):
        return body == b"" or body == b"Hello, World!" or body.startswith(b"%d:" % id_)
    if path.startswith("/large/"):
        return body == LARGE[: int(path.removeprefix("/large/"))]
    return True


class Maker:
    """Makes the requests of one case. `random` decides, `next_id` numbers them."""

    def __init__(self, random, next_id, port):
        self.random = random
        self.next_id = next_id
        self.host = f"127.0.0.1:{port}"

    def often(self, share):
        return self.random.random() < share

    # Spellings -----------------------------------------------------------------------------------

    def cased(self, text):
        change = self.random.choice((str, str, str.lower, str.upper, self._mixed))
        return change(text)

    def _mixed(self, text):
        return "".join(self.random.choice((c.lower(), c.upper())) for c in text)

    def space(self):
        """Optional white space, as around a field value."""
        return self.random.choice((" ",) * 12 + ("", "  ", "\t", " \t "))

    def field(self, name, value):
        end = self.random.choice(("", "", self.space()))
        return f"{self.cased(name)}:{self.space()}{value}{end}\r\n"

    def idle_fields(self):
        """Fields that change nothing."""
        choices = (
            lambda: self.field("Accept", "*/*"),
            lambda: self.field("X-Empty", ""),
            lambda: self.field("X-Long", "v" * self.random.randrange(1, 3000)),
            lambda: self.field("X-Bytes", "caf\xe9\x80\xff"),
            lambda: self.field("X-Colons", ":: a:b ,;=\"'"),
            lambda: self.field("TE", "trailers"),
            lambda: self.field("Cookie", "a=1; b=2"),
            lambda: self.field("X-Content-Length", "7"),
            lambda: self.field("Content-Length-X", "7"),
            lambda: self.field("X-Transfer-Encoding", "chunked"),
            lambda: self.field("Accept-Encoding", "gzip, chunked"),
            lambda: self.field("!#$%&'*+-.^_`|~", "token"),
            lambda: self.field("Connection", "keep-alive"),
            lambda: "".join(self.field("X-Many", n) for n in range(self.random.randrange(30))),
        )
        return [self.random.choice(choices)() for _ in range(self.random.choice((0, 0, 1, 2, 4)))]

    def payload(self, id_):
        """A body that says whose it is; some look like requests."""
        kind = self.random.randrange(6)
        if kind == 0:
            inner = self.smuggled() + self.smuggled()
        elif kind == 1:
            inner = b"0\r\n\r\n" + self.smuggled()
        elif kind == 2:
            inner = b"\r\n\r\n"
        elif kind == 3:
            inner = bytes(self.random.randrange(256) for _ in range(self.random.randrange(300)))
        elif kind == 4:
            inner = LARGE * self.random.choice((1, 1, 1, 5))
        else:
            inner = b"x" * self.random.randrange(20)
        return b"%d:" % id_ + inner

    def smuggled(self):
        """A whole request that nobody may run unless it is a request to the proxy as well."""
        id_ = self.next_id()
        line = f"GET /status/299?id={id_} HTTP/1.1"
        return f"{line}\r\nHost: {self.host}\r\nX-Id: {id_}\r\n\r\n".encode()

    def chunk_extension(self):
        return self.random.choice(
            (
                "",
                "",
                "",
                ";a",
                ";a=b",
                ' ; a = "q\\"d;"',
                ";name=value;other",
                ';x="0\\"5"',
                ";" + "e" * 60,
            )
        )

    def chunked(self, body, trailers=()):
        """`body` in the chunked coding."""
        out = []
        while body:
            size = self.random.choice((1, 2, 15, 16, 17, 255, 4096, 70000))
            piece, body = body[:size], body[size:]
            digits = self.random.choice(("%x", "%X", "0%x", "%06X")) % len(piece)
            out.append(f"{digits}{self.chunk_extension()}\r\n".encode() + piece + b"\r\n")
        last = self.random.choice(("0", "0", "000"))
        out.append(f"{last}{self.chunk_extension()}\r\n".encode())
        out += [f"{name}: {value}\r\n".encode() for name, value in trailers]
        return b"".join(out) + b"\r\n"

    def target(self, path, id_):
        text = f"{path}?id={id_}"
        if self.often(0.1):
            text += self.random.choice(
                ("&a=%20%41", "&/../..//", "&?&??", "&=;,:@!$'()*+", "&" + "q" * 1500)
            )
        return f"http://{self.host}{text}" if self.often(0.1) else text

    def head(self, method, target, id_, fields, version="HTTP/1.1"):
        # nginx refuses a tab before a host.
        lines = [f"{self.cased('Host')}: {self.host}\r\n", self.field("X-Id", id_), *fields]
        lines += self.idle_fields()
        self.random.shuffle(lines)
        blank = "\r\n" if self.often(0.05) else ""
        return f"{blank}{method} {target} {version}\r\n{''.join(lines)}\r\n".encode("latin-1")

    # Legal requests ------------------------------------------------------------------------------

    def legal(self):
        return self.random.choice((self._bodiless, self._with_body, self._with_body))()

    def _bodiless(self):
        id_ = self.next_id()
        size = self.random.randrange(len(LARGE))
        path, status, body = self.random.choice(
            (
                ("/echo", 200, None),
                ("/hello", 200, b"Hello, World!"),
                ("/status/204", 204, b""),
                ("/status/304", 304, b""),
                ("/status/404", 404, b"404"),
                ("/chunked", 200, b"".join(b"chunk-%d\n" % n for n in range(10))),
                ("/trailers", 200, b"trailed"),
                (f"/large/{size}", 200, LARGE[:size]),
                ("/abandon", 500, None),
                ("/later/1", 200, b"later"),
            )
        )
        method = self.random.choice(("GET", "GET", "HEAD"))
        data = self.head(method, self.target(path, id_), id_, [])
        return Message(id_, data, method, status=status, body=b"" if method == "HEAD" else body)

    def _with_body(self):
        id_ = self.next_id()
        body = self.payload(id_)
        method, path = self.random.choice(
            (
                ("POST", "/"),
                ("POST", "/body"),
                ("PUT", "/body"),
                ("POST", "/sink"),
                ("PUT", "/sink"),
                ("POST", "/echo"),
                ("DELETE", "/echo"),
                ("GET", "/echo"),
                ("POST", "/early"),
            )
        )
        fields = []
        # Small answers only: HAProxy 2.6 loses the end of one that comes together with its 100 and
        # overflows a buffer.
        if path in ("/sink", "/echo", "/early") and self.often(0.2):
            fields.append(self.field("Expect", "100-continue"))
        if self.often(0.5):
            zeros = "0" * self.random.choice((0, 0, 0, 1, 5))
            fields.append(self.field("Content-Length", f"{zeros}{len(body)}"))
            coded = body
        else:
            trailers = [("X-Trailer", id_)] if self.often(0.2) else []
            fields.append(self.field("Transfer-Encoding", self.cased("chunked")))
            if trailers:
                fields.append(self.field("Trailer", "X-Trailer"))
            coded = self.chunked(body, trailers)
        data = self.head(method, self.target(path, id_), id_, fields) + coded
        answer = {"/": body, "/body": body, "/early": b"early", "/sink": sunk(body)}.get(path)
        return Message(id_, data, method, status=200, body=answer)

    def marker(self, is_last):
        """A plain request behind another one; the last one ends the connection."""
        id_ = self.next_id()
        close = "Connection: close\r\n" if is_last else ""
        data = f"GET /echo?id={id_} HTTP/1.1\r\nHost: {self.host}\r\nX-Id: {id_}\r\n{close}\r\n"
        return Message(id_, data.encode(), "GET", status=200)

    # Illegal requests ----------------------------------------------------------------------------

    def illegal(self):
        fault, make = self.random.choice(self._faults())
        id_ = self.next_id()
        return Message(id_, make(id_), "POST", fault=fault)

    def _post(self, id_, fields, rest, line=None, end="\r\n"):
        """A POST with those raw field lines, in a random order among the necessary ones."""
        path = self.random.choice(("/echo", "/echo", "/sink"))
        first = line or f"POST {path}?id={id_} HTTP/1.1"
        lines = [f"Host: {self.host}", f"X-Id: {id_}"]
        for text in fields:
            lines.insert(self.random.randrange(1, len(lines) + 1), text)
        return (end.join([first, *lines]) + end * 2).encode("latin-1") + rest

    def _faults(self):
        """Name and maker of each kind of fault."""
        pick = self.random.choice
        inner = self.smuggled()
        size = len(inner)
        te = "Transfer-Encoding: chunked"

        def fields(*lines, rest=None):
            return lambda id_: self._post(id_, lines, inner if rest is None else rest)

        def line(text):
            return lambda id_: self._post(id_, [], b"", line=text.format(id=id_))

        def chunks(data, *more):
            return lambda id_: self._post(id_, [te, *more], data)

        def raw(*replaced, body=b"5\r\nhello\r\n0\r\n\r\n"):
            def make(id_):
                data = self._post(id_, [te], body)
                return data.replace(*replaced)

            return make

        bad_length = pick(
            (
                f"+{size}",
                f"-{size}",
                f"{size}a",
                f"0x{size:x}",
                "",
                f"{size} {size}",
                f"{size},",
                f"{size}.0",
                str(2**64 + size),
                str(2**63),
                f"\x0b{size}",
                f"{size}\x0c",
                f"\xa0{size}",
                f'"{size}"',
                f"{size};",
            )
        )
        bad_coding = pick(
            (
                "identity",
                "xchunked",
                "chunkedx",
                "chunked, identity",
                "chunked, chunked",
                "gzip",
                "chunked;q=1",
                "\x0bchunked",
                "chunked\x0c",
                "'chunked'",
                '"chunked"',
                "",
                ",chunked",
                "chunked,",
                "chun ked",
                "\xa0chunked",
                "gzip, chunked",
                "identity, chunked",
                "chunked\x00",
            )
        )
        bad_size = pick(
            (
                b"0x5",
                b"-5",
                b"+5",
                b"g",
                b"",
                b"5 5",
                b" 5",
                b"\t5",
                b"5.",
                b"5_",
                b"\xb35",
                b"5,",
                b"5:5",
                b"5\x00",
                b"10000000000000005",
                b"ffffffffffffffff",
                b"8000000000000005",
                b"5 ",
                b"5\t",
                b"0" * 300 + b"5",
            )
        )
        bad_extension = pick(
            (
                b";a\nb",
                b";a\rb",
                b";\x00",
                b' ;a="',
                b";a=\r",
                b";\x7f",
                b";=",
                b";;",
                b"; ",
                b"\x0b;a",
                b";" + b"e" * 5000,
                b";\n5",
            )
        )
        bad_end = pick(
            (
                b"hello\n",
                b"hello\r",
                b"hello",
                b"hello!\r\n",
                b"hello\r\r\n",
                b"hell\r\n",
                b"hello\n\r\n",
            )
        )
        bad_trailer = pick(
            (
                b"Content-Length: 5",
                b"Transfer-Encoding: chunked",
                b"Host: other",
                b"X\x00: 1",
                b" folded: 1",
                b"no colon",
                b"X : 1",
                b": 1",
                b"X: \x01",
                b"X: a\r b",
                b"X: 1\nY: 2",
                b"X: 1\n",
            )
        )
        bad_name = pick(("X Y", "X\t", "", "X(", "X\x00", "X\x7f", "X\xe9", "X,", "X[]", 'X"'))
        bad_value = pick(("a\x00b", "a\rb", "a\x01b", "a\x7fb", "a\n b", "a\n\tb", "\x08"))
        short = inner[: self.random.randrange(size)]
        whole = b"5\r\nhello\r\n0\r\n\r\n"

        return (
            ("two lengths", fields(f"Content-Length: {size}", "Content-Length: 0")),
            ("two lengths", fields("Content-Length: 0", f"Content-Length: {size}")),
            ("the same length twice", fields(f"Content-Length: {size}", f"Content-Length: {size}")),
            ("a list of lengths", fields(f"Content-Length: {size}, {pick((size, 0))}")),
            ("a bad length", fields(f"Content-Length: {bad_length}")),
            (
                "a bad length and a good one",
                fields(f"Content-Length: {bad_length}", "Content-Length: 0"),
            ),
            (
                "a length with a space before the colon",
                fields(f"Content-Length{pick((' ', chr(9)))}: {size}"),
            ),
            ("a length in a folded line", fields(f"Content-Length:{pick((chr(13), ''))}\n {size}")),
            ("a length folded behind another field", fields(f"X-A: 1\r\n Content-Length: {size}")),
            (
                "length and coding",
                fields(f"Content-Length: {size + 5}", te, rest=b"0\r\n\r\n" + inner),
            ),
            ("length and coding", fields("Content-Length: 5", te, rest=b"0\r\n\r\n" + inner)),
            ("length and coding", fields("Content-Length: 0", te, rest=whole + inner)),
            (
                "length and an odd coding",
                fields(f"Content-Length: {size}", f"Transfer-Encoding: {bad_coding}"),
            ),
            ("an odd coding", fields(f"Transfer-Encoding: {bad_coding}", rest=whole + inner)),
            ("two codings", fields(te, f"Transfer-Encoding: {bad_coding}", rest=whole + inner)),
            ("two codings", fields(te, te, rest=whole + inner)),
            (
                "a coding with a space before the colon",
                fields("Transfer-Encoding : chunked", rest=whole + inner),
            ),
            (
                "a coding in a folded line",
                fields("Transfer-Encoding:\r\n chunked", rest=whole + inner),
            ),
            (
                "a coding with an underscore",
                fields("Transfer_Encoding: chunked", rest=whole + inner),
            ),
            ("a coding in HTTP/1.0", raw(b"HTTP/1.1", b"HTTP/1.0")),
            ("a bad chunk size", chunks(bad_size + b"\r\nhello\r\n0\r\n\r\n" + inner)),
            (
                "a bad chunk size behind a good one",
                chunks(b"1\r\na\r\n" + bad_size + b"\r\nhello\r\n0\r\n\r\n" + inner),
            ),
            (
                "a bad chunk extension",
                chunks(b"5" + bad_extension + b"\r\nhello\r\n0\r\n\r\n" + inner),
            ),
            (
                "a bad extension of the last chunk",
                chunks(b"5\r\nhello\r\n0" + bad_extension + b"\r\n\r\n" + inner),
            ),
            ("a bad end of a chunk", chunks(b"5\r\n" + bad_end + b"0\r\n\r\n" + inner)),
            (
                "bare line feeds in chunks",
                chunks(whole.replace(b"\r\n", b"\n", pick((1, 2, 3, 4))) + inner),
            ),
            (
                "bare carriage returns in chunks",
                chunks(whole.replace(b"\r\n", b"\r", pick((1, 2, 3, 4))) + inner),
            ),
            ("a bad trailer", chunks(b"5\r\nhello\r\n0\r\n" + bad_trailer + b"\r\n\r\n" + inner)),
            ("a body cut short", fields(f"Content-Length: {size}", rest=short)),
            ("chunks cut short", chunks(whole[: self.random.randrange(len(whole))])),
            ("bare line feeds", lambda id_: self._post(id_, [], b"", end="\n")),
            ("a bare line feed", raw(b"\r\n", b"\n", pick((1, 2, 3, 4)))),
            ("a bare carriage return", raw(b"\r\n", b"\r", pick((1, 2, 3, 4)))),
            ("two carriage returns", raw(b"\r\n", b"\r\r\n", pick((1, 2, 3, 4)))),
            ("a space before the fields", raw(b"\r\nHost", b"\r\n Host", 1)),
            ("a bad field name", fields(f"{bad_name}: 1", "Content-Length: 0", rest=b"")),
            ("a bad field value", fields(f"X: {bad_value}", "Content-Length: 0", rest=b"")),
            ("a field without a colon", fields("no colon", "Content-Length: 0", rest=b"")),
            ("a folded field", fields("X: a\r\n\tb", f"Content-Length: {size}")),
            ("a blank line that is not blank", raw(b"\r\n\r\n", b"\r\n \r\n", 1)),
            ("no host", raw(f"Host: {self.host}\r\n".encode(), b"")),
            ("two hosts", fields("Host: other", "Content-Length: 0", rest=b"")),
            (
                "a bad host",
                raw(b"Host: ", pick((b"Host: a b", b"Host: a@", b"Host: a/b?", b"Host: ,"))),
            ),
            (
                "a bad request line",
                line(
                    pick(
                        (
                            "POST  /echo?id={id} HTTP/1.1",
                            "POST\t/echo?id={id} HTTP/1.1",
                            "POST /echo?id={id}  HTTP/1.1",
                            "POST /echo?id={id} HTTP/1.1 ",
                            " POST /echo?id={id} HTTP/1.1",
                            "POST /echo?id={id}",
                            "post /echo?id={id} HTTP/1.1",
                            "P(ST /echo?id={id} HTTP/1.1",
                            "POST /echo?id={id} HTTP/1.2",
                            "POST /echo?id={id} HTTP/2.0",
                            "POST /echo?id={id} http/1.1",
                            "POST /echo?id={id} HTTP/1.01",
                            "POST /echo?id={id} HTTP/0.9",
                            "POST /echo?id={id} HTTP/11",
                            "POST /echo?id={id}\x00 HTTP/1.1",
                            "POST /echo?id={id} x HTTP/1.1",
                            "POST /echo?id={id}#f HTTP/1.1",
                            "POST /echo?id={id}\x7f HTTP/1.1",
                            "POST echo?id={id} HTTP/1.1",
                            "POST //echo?id={id} HTTP/1.1",
                            "GET\x00 /echo?id={id} HTTP/1.1",
                            "FROB /echo?id={id} HTTP/1.1",
                            "TRACE /echo?id={id} HTTP/1.1",
                            "CONNECT /echo?id={id} HTTP/1.1",
                        )
                    )
                ),
            ),
            ("a body of 1.0 without a length", raw(b"HTTP/1.1", b"HTTP/1.0", body=inner)),
        )


def sunk(body):
    """The answer of /sink to a body, without trailers."""
    return b'{"bytes":%d,"crc32":"%08x"}' % (len(body), zlib.crc32(body))
