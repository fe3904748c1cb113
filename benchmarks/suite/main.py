# SPDX-License-Identifier: MIT
"""Measures everything and writes it to build/benchmarks/results.json, README.md and ratios.svg.

main.py BUILD [quick | report]
quick:  few rounds, to see that all of it works: nothing but results-quick.json is written
report: writes the README and the plot anew from the results of the last run
"""

import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

import counts
import load
import report
import servers


def say(text):
    print(text, file=sys.stderr, flush=True)


def text_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else ""


def package_version(name):
    return text_of("dpkg-query", "-W", "-f", "${Version}", name)


def machine():
    cpu = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    release = re.search(r'PRETTY_NAME="(.*)"', pathlib.Path("/etc/os-release").read_text())
    congestion = pathlib.Path("/proc/sys/net/ipv4/tcp_congestion_control").read_text().strip()
    packages = [
        ("Asio", "libasio-dev"), ("llhttp", "node-llhttp"), ("llhttp", "libllhttp-dev"),
        ("fmt", "libfmt-dev"), ("liburing", "liburing-dev"), ("RESTinio", "librestinio-dev"),
        ("Boost", "libboost-dev"), ("cpp-httplib", "libcpp-httplib-dev"),
        ("Pistache", "libpistache-dev"), ("nginx", "nginx-light"), ("Tornado", "python3-tornado"),
    ]
    versions = [f"{label} {package_version(name)}" for label, name in packages if
                package_version(name) and "no packages" not in package_version(name)]
    return {
        "processor": f"{cpu[1].strip() if cpu else platform.machine()}, {os.cpu_count()} of them",
        "memory": f"{int(memory[1]) / 2**20:.0f} GiB",
        "system": f"{release[1]}, Linux {platform.release()}, TCP congestion control {congestion}",
        "compiler": text_of("c++", "--version")
                    + ", release preset (-O3; llhttp with SSE 4.2, optimised as a whole)",
        "packages": ", ".join(versions),
        "others": ", ".join([text_of("go", "version"), "Node " + text_of("node", "--version")]),
    }


def try_count(found, name, count):
    """Keeps a figure; one that cannot be had is said and left out."""
    try:
        found[name] = count()
    except (load.Failure, RuntimeError, subprocess.SubprocessError) as failure:
        say(f"    {name}: {failure}")


def count_all(client, chosen, build, quick):
    found = {}
    tools = set()
    for server in chosen:
        say(f"  counting: {server.key}")
        row = found.setdefault(server.key, {})
        if server.is_native:
            for scenario in ("hello", "headers", "pipeline"):
                if scenario in server.cannot:
                    continue
                try_count(
                    row,
                    f"instructions_{scenario}",
                    lambda s=scenario: counts.instructions(client, server, s),
                )
                if quick:
                    break
            for connections in (1, 64):
                try_count(
                    row,
                    f"allocations_{connections}",
                    lambda n=connections: counts.allocations(client, server, "hello", build, n),
                )
        for connections in (64, 1):
            def calls(n=connections):
                figure, tool = counts.system_calls(client, server, "hello", n)
                tools.add(tool)
                return figure
            try_count(row, f"system_calls_{connections}", calls)
    return found, " and ".join(sorted(tools))


def idle_all(client, chosen, connections):
    found = {}
    for server in (s for s in chosen if "idle" not in s.cannot):
        say(f"  idle connections: {server.key}")
        try:
            found[server.key] = counts.idle_memory(client, server, connections)
        except (load.Failure, RuntimeError, subprocess.SubprocessError) as failure:
            found[server.key] = f"fails: {failure}"
    return found


def scaling(client, chosen, milliseconds, rounds):
    """Medians of one thread on one processor, and of two threads on both."""
    plain = next(server for server in chosen if server.key == "gust")
    threaded = servers.Server(
        "gust_threads", "gust", lambda port, folder: plain.command(port, folder) + ["--threads", "2"]
    )
    both = f"{servers.SERVER_CORE},{servers.CLIENT_CORE}"
    slices = ([], [])
    with servers.Running(plain) as one, servers.Running(threaded, cores=both) as two:
        for _ in range(rounds):
            for running, kept in zip((one, two), slices):
                kept.append(
                    client.run(
                        running.port, "hello", 64,
                        "--pid", running.pid, "--duration", milliseconds,
                    )
                )
    return [
        {name: report.median_of(kept, name) for name in ("server_us", "per_second")}
        for kept in slices
    ]


def run(build, quick, save):
    """All results. `save` is called with what there is after each part."""
    client = load.Client(build)
    chosen = servers.all_servers(build)
    rounds, milliseconds = (2, 200) if quick else (9, 350)
    results = {
        "date": datetime.date.today().isoformat(),
        "command": "sh benchmarks/run.sh" + (" quick" if quick else ""),
        "machine": machine(),
        "load": {},
        "dropped": {},
        "idle_connections": 1000 if quick else 10_000,
    }
    say("servers: " + ", ".join(server.key for server in chosen))
    for scenario in load.SCENARIOS:
        say(f"  load: {scenario}")
        results["load"][scenario], results["dropped"][scenario] = load.measure(
            client, scenario, chosen, rounds, milliseconds, takes_any=quick
        )
        save(results)
    say("  two loops")
    results["scaling"] = scaling(client, chosen, milliseconds, rounds)
    save(results)
    results["counts"], results["system_call_tool"] = count_all(client, chosen, build, quick)
    save(results)
    results["idle"] = idle_all(client, chosen, results["idle_connections"])
    save(results)
    say("  compile time")
    results["compile"] = counts.compile_times(build, servers.SOURCES, 1 if quick else 3)
    say("  the parts one by one")
    results["micro"] = subprocess.run(
        ["taskset", "-c", servers.SERVER_CORE, f"{build}/benchmarks/micro_http"],
        capture_output=True, text=True, check=True,
    ).stdout
    save(results)
    return results


def main():
    mode = sys.argv[2] if len(sys.argv) == 3 else "full"
    if len(sys.argv) not in (2, 3) or mode not in ("full", "quick", "report"):
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1]).resolve()
    labels = {server.key: server.label for server in servers.all_servers(build)}
    file = build / ("results-quick.json" if mode == "quick" else "results.json")
    if mode == "report":
        results = json.loads(file.read_text(encoding="utf-8"))
    else:
        servers.take_priority()
        servers.raise_descriptor_limit()
        results = run(
            build,
            mode == "quick",
            lambda partial: file.write_text(json.dumps(partial, indent=1), encoding="utf-8"),
        )
    print(report.markdown(results, labels))
    if mode != "quick":
        report.write(results, labels, servers.SOURCES / "README.md", servers.SOURCES / "ratios.svg")


if __name__ == "__main__":
    main()
