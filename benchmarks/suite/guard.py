# SPDX-License-Identifier: MIT
"""Asserts what ../bounds.txt states, so that no change slows the path of a request unseen.

guard.py BUILD            measures, prints, and fails if a bound is crossed
guard.py BUILD --propose  prints bounds 3 % above what it measures, where they are not goals
"""

import pathlib
import sys

import counts
from load import Client
from servers import SOURCES, Server, raise_descriptor_limit

SLACK = 1.03


def read_bounds(path):
    """Lines of `kind program scenario connections bound`; `#` begins a comment."""
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split("#")[0].split()
        if words:
            kind, program, scenario, connections, bound = words
            yield kind, program, scenario, int(connections), float(bound)


def measure(build, client, kind, program, scenario, connections):
    path = str(pathlib.Path(build) / "benchmarks" / program)
    server = Server(program, program, lambda port, _: [path, "--port", str(port)])
    match kind:
        case "instructions":
            return counts.instructions(client, server, scenario, connections)
        case "allocations":
            return counts.allocations(client, server, scenario, build, connections)
        case "system_calls":
            return counts.system_calls(client, server, scenario, connections)[0]
        case "idle_bytes":
            return counts.idle_memory(client, server, connections)[0]
    raise ValueError(f"no such kind of bound: {kind}")


def main():
    if len(sys.argv) not in (2, 3) or sys.argv[2:] not in ([], ["--propose"]):
        sys.exit(__doc__)
    build = sys.argv[1]
    raise_descriptor_limit()
    client = Client(build)
    crossed = 0
    for kind, program, scenario, connections, bound in read_bounds(SOURCES / "bounds.txt"):
        measured = measure(build, client, kind, program, scenario, connections)
        if sys.argv[2:]:
            proposed = round(measured * SLACK) if kind == "instructions" else bound
            print(f"{kind:13} {program:23} {scenario:9} {connections:6} {proposed:g}")
            continue
        # One block in a thousand requests is a pool that grows; tests/allocations asserts none at all.
        verdict = "ok" if round(measured, 2) <= bound else "CROSSED"
        crossed += verdict != "ok"
        print(
            f"{kind:13} {program:23} {scenario:9} {connections:6}"
            f"  measured {measured:9.2f}  bound {bound:8g}  {verdict}",
            flush=True,
        )
    sys.exit(1 if crossed else 0)


if __name__ == "__main__":
    main()
