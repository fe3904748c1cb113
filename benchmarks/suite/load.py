# SPDX-License-Identifier: MIT
"""The load client, and slices of load in turn."""

import json
import pathlib
import statistics
import subprocess

from servers import CLIENT_CORE, Running


class Failure(Exception):
    """The server did not do what was asked of it."""


# What is sent, how many connections send it, and what the row of a table says.
SCENARIOS = {
    "hello": ("hello", 64, "hello, 64 connections"),
    "headers": ("headers", 64, "ten browser fields, 64 connections"),
    "pipeline": ("pipeline", 64, "pipelined 16 deep, 64 connections"),
    "one": ("hello", 1, "hello, one connection"),
    "thousand": ("hello", 1000, "hello, 1,000 connections"),
    "download": ("download", 16, "1 MiB download, 16 connections"),
    "upload": ("upload", 16, "64 KiB upload sent back, 16 connections"),
    "close": ("close", 64, "one request per connection, 64 at a time"),
}


class Client:
    def __init__(self, build):
        self.program = str(pathlib.Path(build) / "benchmarks" / "load_client")

    def command(self, port, scenario, connections, *options):
        return [
            "taskset", "-c", CLIENT_CORE, self.program, "--port", str(port),
            "--scenario", scenario, "--connections", str(connections), *map(str, options),
        ]

    def run(self, port, scenario, connections, *options, patience=30):
        """What the client reports. Raises Failure if an answer is wrong or does not come."""
        command = self.command(port, scenario, connections, *options)
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=patience, check=False
            )
        except subprocess.TimeoutExpired:
            raise Failure("hangs") from None
        if done.returncode != 0:
            raise Failure(done.stderr.strip().splitlines()[0])
        return json.loads(done.stdout)


class Slices:
    """Slices of one scenario: all servers stay up and take turns, the limit between them.

    A ratio compares a slice's processor time per request with that of the limit's slices just
    before and just after it, so that a machine whose speed drifts does not matter much.
    """

    group = 3  # servers between two slices of the limit
    most_of_others = 0.15  # of a core; above this a slice is repeated
    attempts = 4

    def __init__(self, client, scenario, milliseconds, takes_any=False):
        """`takes_any`: keeps slices whatever others do, to try the machinery out."""
        self.client = client
        self.takes_any = takes_any
        self.kind, self.connections, _ = SCENARIOS[scenario]
        self.milliseconds = milliseconds
        self.dropped = 0

    def once(self, running):
        return self.client.run(
            running.port, self.kind, self.connections,
            "--pid", running.pid, "--duration", self.milliseconds,
            patience=15,
        )

    def slice(self, running):
        """One clean slice, or None if others took the machine each time."""
        for _ in range(self.attempts):
            result = self.once(running)
            is_clean = self.takes_any or result["others_busy"] <= self.most_of_others
            if is_clean and result["requests"] > 0:
                return result
            self.dropped += 1
        return None

    def run(self, limit, others, rounds):
        """A dict of server key to its slices, each with its `ratio`; or to the text of a failure."""
        found = {running.server.key: [] for running in (limit, *others)}
        failed = {}
        for running in others:  # a compiler that works while the program runs has to warm up
            try:
                self.once(running)
            except Failure as failure:
                failed[running.server.key] = str(failure)
        for number in range(rounds):
            order = [r for r in others if r.server.key not in failed]
            if number % 2 == 1:
                order.reverse()
            before = self.slice(limit)
            for first in range(0, len(order), self.group):
                group = []
                for running in order[first : first + self.group]:
                    try:
                        group.append((running.server.key, self.slice(running)))
                    except Failure as failure:
                        failed[running.server.key] = str(failure)
                after = self.slice(limit)
                self.keep(found, group, before, after)
                before = after
        return {**found, **failed}

    def keep(self, found, group, before, after):
        neighbours = [slice_["server_us"] for slice_ in (before, after) if slice_]
        if not neighbours:
            return
        base = statistics.fmean(neighbours)
        if before:
            found["limit"].append({**before, "ratio": before["server_us"] / base})
        for key, slice_ in group:
            if slice_:
                found[key].append({**slice_, "ratio": slice_["server_us"] / base})


def measure(client, scenario, servers, rounds, milliseconds, takes_any=False):
    """Starts what can serve the scenario, and returns its slices and how many were dropped."""
    chosen = [server for server in servers if scenario not in server.cannot]
    started = []
    failed = {}
    try:
        for server in chosen:
            try:
                started.append(Running(server))
            except RuntimeError as failure:
                failed[server.key] = str(failure)
        limit = next(r for r in started if r.server.key == "limit")
        slices = Slices(client, scenario, milliseconds, takes_any)
        found = slices.run(limit, [r for r in started if r is not limit], rounds)
        return {**found, **failed}, slices.dropped
    finally:
        for running in started:
            running.stop()
