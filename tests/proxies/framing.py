#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Differential framing: do nginx, HAProxy and gust agree on where a request ends?

Sends generated requests, legal and illegal, each with plain ones behind it, through the proxies to
contract_server. What a proxy logs is its view of what was on a connection; gust has to share it:

* each answer belongs to the request at the same place of the proxy's log, and shows its id;
* gust runs as many requests as the proxies forwarded, so nothing hidden in a body is ever run;
* a legal request that reaches gust gets exactly the right answer, and none goes without one.
"""

import argparse
import asyncio
import collections
import dataclasses
import itertools
import json
import random
import re
import socket
import sys
import tempfile
import time
import urllib.request

import fronts
import messages

# What gust itself answers to a message that it refuses; the application never does.
REFUSALS = {400, 408, 413, 414, 417, 431, 501, 505}


@dataclasses.dataclass
class Case:
    """What one client connection sent and got."""

    number: int
    front: str
    sent: list
    pieces: int
    source: random.Random
    port: int = 0
    received: bytes = b""
    has_ended: bool = False
    was_reset: bool = False


class Wrong(Exception):
    """What a connection must not show."""


@dataclasses.dataclass
class Answer:
    """One answer. Of one that is not whole the connection showed a part, or nothing."""

    status: int
    body: bytes
    is_whole: bool = True


def parse_answers(data, requests):
    """The answers in `data` to those requests. The last ones may be missing, or not whole."""
    answers = []
    for request in requests:
        while True:
            if not data:
                return answers
            if request.version in ("HTTP/0.9", "-") and not data.startswith(b"HTTP/"):
                data = b"HTTP/0.9 %d\r\n\r\n" % request.status + data  # such an answer has no head
            head, end, rest = data.partition(b"\r\n\r\n")
            if not end or not re.match(rb"HTTP/(0\.9|1\.[01]) \d{3}", head):
                raise Wrong(f"no answer: {data[:200]!r}")
            status = int(head[9:12])
            fields = [line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:]]
            values = {name: value.strip() for name, value in fields}
            data = rest
            if status >= 200:
                break
        is_whole = True
        if request.method == "HEAD" or status in (204, 304):
            body = b""
        elif values.get(b"transfer-encoding") == b"chunked":
            body, data, is_whole = parse_chunks(data)
        elif b"content-length" in values:
            length = int(values[b"content-length"])
            body, data = data[:length], data[length:]
            is_whole = len(body) == length
        else:
            body, data = data, b""
        answers.append(Answer(status, body, is_whole))
    if data:
        raise Wrong(f"an answer that nobody asked for: {data[:200]!r}")
    return answers


def parse_chunks(data):
    """A body in chunks, what follows it, and whether the body is whole."""
    body = b""
    while True:
        line, end, data = data.partition(b"\r\n")
        if not end:
            return body, b"", False
        size = int(line.partition(b";")[0], 16)
        if size == 0:
            while line:
                line, end, data = data.partition(b"\r\n")
                if not end:
                    return body, b"", False
            return body, data, True
        body += data[:size]
        data = data[size:]
        if not b"\r\n".startswith(data[:2]):
            raise Wrong(f"a chunk that ends with {data[:2]!r}")
        if len(data) < 2:
            return body, b"", False
        data = data[2:]


class Judge:
    """Compares what a client got with what the proxy logged.

    Counts what came of each kind of request.
    """

    def __init__(self, case, log):
        self.case = case
        self.log = log
        self.sent = {message.id: message for message in case.sent}
        self.results = collections.Counter()

    def judge(self):
        """Raises Wrong."""
        if not self.case.has_ended:
            raise Wrong("the connection was left open")
        answers = parse_answers(self.case.received, self.log)
        silent = self.log[len(answers) :]
        if self._may_lack_the_end():
            answers += [Answer(line.status, b"", is_whole=False) for line in silent]
        else:
            # A proxy that gives up on a client's silence may do so without a word.
            is_fine = all(not line.upstream and line.status in (400, 408, 499) for line in silent)
            if len(silent) > 1 or not is_fine:
                raise Wrong(f"{len(answers)} answers to {len(self.log)} requests")
            for line, answer in zip(self.log, answers):
                if not answer.is_whole:
                    raise Wrong(f"{len(answer.body)} bytes and no more of the answer to {line}")
        for line, answer in zip(self.log, answers):
            self._judge_answer(line, answer)
        if not any(message.fault for message in self.case.sent):
            self._judge_order()

    def _may_lack_the_end(self):
        """Whether answers that the proxy logged may have been lost on their way from it.

        HAProxy closes behind some illegal requests with bytes unread. The kernel makes a reset of
        that, and drops what has not arrived.
        """
        has_fault = any(message.fault for message in self.case.sent)
        return self.case.was_reset and has_fault and self.case.front.startswith("haproxy")

    def _judge_answer(self, line, answer):
        status = answer.status
        message = self.sent.get(line.id)
        # The rest of a body that was cut short may begin in the middle of a legal request.
        is_legal = message is not None and not message.fault and message.method == line.method
        if line.is_blamed:
            raise Wrong(f"gust did not answer {line}")
        if status != line.status:
            raise Wrong(f"{status} in the place of {line}")
        if line.upstream == 0:
            result = "cut by the proxy" if line.is_forwarded else "refused by the proxy"
            self._count(message, line, result)
        elif status in REFUSALS:
            if is_legal:
                raise Wrong(f"gust refuses what is legal: {line}")
            self._count(message, line, "refused by gust")
        else:
            self._count(message, line, "answered")
            has_body = status == 200 and line.method != "HEAD"
            if has_body and answer.is_whole:
                if not messages.body_shows(line.path, line.id, answer.body):
                    raise Wrong(f"the answer to something else than {line}: {answer.body[:200]!r}")
            if is_legal:
                self._judge_exactly(message, answer)

    def _judge_exactly(self, message, answer):
        if message.status != answer.status:
            raise Wrong(f"{answer.status} where {message.status} is right, for id {message.id}")
        if message.body is None:
            return
        rights = [message.body]
        if message.body.startswith(b'{"bytes"'):
            rights.append(message.body[:-1] + b',"trailers":{"x-trailer":["%d"]}}' % message.id)
        body = answer.body
        if not any(
            right == body or (right.startswith(body) and not answer.is_whole) for right in rights
        ):
            raise Wrong(
                f"a wrong body for id {message.id}: {body[:100]!r}, not {rights[0][:100]!r}"
            )

    def _judge_order(self):
        """Without anything illegal the log has all requests, up to one that the proxy refuses, or
        one that is answered before its body: proxies may end the connection behind it."""
        last = None
        for message, line in itertools.zip_longest(self.case.sent, self.log):
            if line and message and line.status >= 400 and line.upstream == 0:
                return
            if not line and last and last.path == "/early":
                return
            last = line
            if not line or not message or line.id != message.id:
                raise Wrong(f"the proxy's log has {line} for id {message and message.id}")

    def _count(self, message, line, result):
        if message:
            name = message.fault or "nothing: legal"
        else:
            name = (
                "hidden, and a request to the proxy" if line.id else "not understood by the proxy"
            )
        self.results[name, result] += 1


def judge_counters(before, after, log):
    """Raises Wrong unless gust ran what the proxies forwarded, and nothing else.

    Returns how much that was.
    """
    forwarded = [line for line in log if line.is_forwarded]
    unclear = sum(line.upstream == 0 for line in forwarded)
    refused = sum(line.upstream in REFUSALS for line in forwarded)
    early = sum(line.path == "/early" and line.upstream == 200 for line in forwarded)
    answered = len(forwarded) - unclear - refused
    # One of them is the question for `after`.
    requests, finished = (after[name] - before[name] - 1 for name in ("requests", "finished"))
    if not answered - early <= finished <= answered - early + unclear:
        known = answered - early
        raise Wrong(f"gust ran {finished} requests to their end, the proxies know of {known}")
    if not answered <= requests <= answered + refused + unclear:
        raise Wrong(f"gust began {requests} requests, the proxies know of {answered}")
    return collections.Counter(
        {"forwarded": len(forwarded), "run to the end by gust": finished, "cut on the way": unclear}
    )


class Run:
    """Plays batches of cases."""

    def __init__(self, proxies, seed, at_once):
        self.proxies = proxies
        self.seed = seed
        self.at_once = at_once
        self.ports = set()
        self.totals = collections.Counter()
        self.results = collections.Counter()

    def make_case(self, number):
        """Case `number`: its seed and its number say all of it."""
        source = random.Random(f"{self.seed}:{number}")
        ids = itertools.count(number * 1000 + 1)
        front = fronts.FRONTS[number % len(fronts.FRONTS)]
        maker = messages.Maker(source, lambda: next(ids), self.proxies.ports[front])
        sent = [maker.legal() for _ in range(source.choice((0, 0, 1, 3)))]
        if source.random() < 0.7:
            sent.append(maker.illegal())
        else:
            sent += [maker.legal() for _ in range(source.choice((1, 2, 8)))]
        sent += [maker.marker(is_last=False) for _ in range(source.choice((0, 1)))]
        sent.append(maker.marker(is_last=True))
        return Case(number, front, sent, source.choice((1, 1, 2, 5, 40)), source)

    async def connect(self, case):
        """A socket with a port that this batch has not used at that front: the logs go by it."""
        while True:
            client = socket.socket()
            client.setblocking(False)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            address = ("127.0.0.1", self.proxies.ports[case.front])
            await asyncio.get_running_loop().sock_connect(client, address)
            case.port = client.getsockname()[1]
            if (case.front, case.port) not in self.ports:
                self.ports.add((case.front, case.port))
                return client
            client.close()

    async def talk(self, case):
        """Sends the case in its pieces while it reads to the end of the connection.

        What a proxy said before a reset counts: hence no asyncio stream, which would drop it.
        """
        with await self.connect(case) as client:
            await asyncio.gather(self.send_all(case, client), self.read_all(case, client))

    async def send_all(self, case, client):
        data = b"".join(message.data for message in case.sent)
        cuts = {0, len(data)}
        cuts |= {case.source.randrange(len(data)) for _ in range(case.pieces - 1)}
        try:
            for begin, end in itertools.pairwise(sorted(cuts)):
                await asyncio.get_running_loop().sock_sendall(client, data[begin:end])
                await asyncio.sleep(0)
        except ConnectionError:
            pass  # refused in the middle

    async def read_all(self, case, client):
        try:
            while piece := await asyncio.get_running_loop().sock_recv(client, 65536):
                case.received += piece
        except ConnectionError:
            case.was_reset = True

    async def play(self, cases):
        slots = asyncio.Semaphore(self.at_once)

        async def one(case):
            async with slots:
                try:
                    async with asyncio.timeout(30):
                        await self.talk(case)
                        case.has_ended = True
                except TimeoutError:
                    pass

        await asyncio.gather(*(one(case) for case in cases))

    def counters(self):
        url = f"http://127.0.0.1:{self.proxies.port}/counters"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)

    def batch(self, numbers):
        """Plays these cases and judges them, again and again for a while: a proxy may log a little
        later than it answers."""
        self.ports.clear()
        before = self.counters()
        cases = [self.make_case(number) for number in numbers]
        asyncio.run(self.play(cases))
        after = self.counters()
        logs = collections.defaultdict(list)
        end = time.monotonic() + 5 * fronts.PATIENCE
        while True:
            for front, line in self.proxies.new_lines():
                logs[front, line.port].append(line)
            try:
                return self.judge(cases, logs, before, after)
            except Wrong:
                if time.monotonic() > end:
                    raise
            time.sleep(0.02)

    def judge(self, cases, logs, before, after):
        results = collections.Counter()
        for case in cases:
            judge = Judge(case, logs[case.front, case.port])
            try:
                judge.judge()
            except (Wrong, ValueError) as wrong:
                raise Wrong(f"{wrong}\n{self.story(case, judge.log)}") from wrong
            results += judge.results
        totals = judge_counters(before, after, [line for log in logs.values() for line in log])
        self.results += results
        self.totals += totals
        self.totals["connections"] += len(cases)
        self.totals["requests sent"] += sum(len(case.sent) for case in cases)

    def story(self, case, log):
        """All about a case, and how to play it again."""
        lines = [f"case {case.number} through {case.front}"]
        lines += [f"again:    --seed {self.seed} --case {case.number}"]
        lines += [
            f"sent:     {message.fault or 'legal'}: {message.data!r}" for message in case.sent
        ]
        lines += [f"received: {case.received!r}"]
        lines += [f"logged:   {line}" for line in log]
        return "\n".join(text[:700] for text in lines)


def print_results(run):
    print("what came of them:")
    for name in sorted({name for name, _ in run.results}):
        counts = [f"{n} {result}" for (of, result), n in sorted(run.results.items()) if of == name]
        print(f"  {name}: {', '.join(counts)}")
    print("; ".join(f"{count} {name}" for name, count in run.totals.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--server", default="build/release/examples/contract_server")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--case", type=int, help="play only this one")
    parser.add_argument("--at-once", type=int, default=16, help="connections at a time")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, fronts.Fronts(
        arguments.server, folder
    ) as proxies:
        run = Run(proxies, arguments.seed, arguments.at_once)
        first = 0
        try:
            if arguments.case is not None:
                run.batch([arguments.case])
            while arguments.case is None and time.monotonic() - begin < arguments.seconds:
                run.batch(range(first, first + 200))
                first += 200
            if not proxies.still_run():
                raise Wrong("a program has ended")
        except Wrong as wrong:
            print(f"FAILED: {wrong}")
            return 1
    print_results(run)
    print(f"framing: no disagreement in {time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
