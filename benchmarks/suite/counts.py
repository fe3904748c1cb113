# SPDX-License-Identifier: MIT
"""What can be counted exactly: instructions, allocations, system calls, memory, compile time."""

import json
import os
import pathlib
import re
import shlex
import shutil
import struct
import subprocess
import tempfile

from load import Failure
from servers import Running

FEW, MANY = 512, 3520  # multiples of 16
PAUSE = 500  # microseconds


def instructions(client, server, scenario, connections=1):
    """User-space instructions per request: the slope between two runs under callgrind.

    The client pauses before each batch, which finds an idle loop then: under valgrind the next one would often be
    there before the loop has come to rest, and a loop that is busy takes another path.
    """

    def collected(requests):
        prefix = ["valgrind", "--tool=callgrind", "--fair-sched=try", "--callgrind-out-file=/dev/null"]
        with Running(server, prefix, cores=None, patience=120) as running:
            client.run(
                running.port,
                scenario,
                connections,
                "--requests",
                requests,
                "--pause",
                PAUSE,
                patience=60,
            )
            running.stop()
            found = re.search(r"Collected : (\d+)", running.error_text())
        if found is None:
            raise Failure("callgrind counted nothing")
        return int(found[1])

    return (collected(MANY) - collected(FEW)) / (MANY - FEW)


def allocations(client, server, scenario, build, connections=1):
    """Calls of malloc and its kin per request, in a server that is warm."""
    library = str(pathlib.Path(build) / "benchmarks" / "libcount_allocations.so")
    with tempfile.NamedTemporaryFile() as file:
        file.write(bytes(8))
        file.flush()
        environment = {"LD_PRELOAD": library, "COUNT_ALLOCATIONS": file.name}
        with Running(server, environment=environment) as running:

            def after(requests):
                client.run(running.port, scenario, connections, "--requests", requests)
                return struct.unpack("=Q", pathlib.Path(file.name).read_bytes())[0]

            start = after(FEW)
            few = after(FEW) - start
            many = after(MANY) - start - few
    return (many - few) / (MANY - FEW)


def system_calls(client, server, scenario, connections):
    """System calls per request under load, and the tool that counted them."""
    requests = 32_000
    with Running(server) as running:
        load = client.command(running.port, scenario, connections, "--requests", requests)
        client.run(running.port, scenario, connections, "--requests", FEW)
        pids = ",".join(map(str, running.pids()))
        if shutil.which("perf"):
            command = ["perf", "stat", "-x", ";", "-e", "raw_syscalls:sys_enter", "-p", pids, "--"]
            done = subprocess.run(
                [*command, *load], capture_output=True, text=True, timeout=60, check=False
            )
            found = re.search(r"^(\d+);", done.stderr, re.MULTILINE)
            if done.returncode == 0 and found:
                return int(found[1]) / requests, "perf"
        with tempfile.NamedTemporaryFile() as file:
            tracer = subprocess.Popen(
                ["strace", "-c", "-f", "-o", file.name]
                + [word for pid in pids.split(",") for word in ("-p", pid)],
                stderr=subprocess.PIPE,
                text=True,
            )
            tracer.stderr.readline()  # attached
            subprocess.run(load, check=True, capture_output=True, timeout=120)
            tracer.send_signal(2)
            tracer.communicate()
            total = re.search(r"^100\.00.*?(\d+)\s+\d*\s*total", file_text(file.name), re.MULTILINE)
    if total is None:
        raise Failure("nothing could count system calls")
    return int(total[1]) / requests, "strace"


def file_text(path):
    return pathlib.Path(path).read_text(encoding="utf-8")


def idle_memory(client, server, connections):
    """Bytes per idle connection after each served a request, and what stays when all are gone."""
    with Running(server) as running:
        client.run(running.port, "hello", 1, "--requests", 16)
        before = running.resident_bytes()
        holder = subprocess.Popen(
            client.command(running.port, "hello", connections, "--hold", 1),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        killer = subprocess.Popen(["sleep", "90"])
        try:
            line = read_line(holder, killer)
            if not line:
                raise Failure((holder.stderr.read() or "hangs").strip().splitlines()[0])
            used = running.resident_bytes()
        finally:
            killer.kill()
            killer.wait()
            holder.stdin.close()
            holder.kill()
            holder.wait()
        # The server hears of all ends before it answers another connection.
        client.run(running.port, "hello", 1, "--requests", 16)
        return (used - before) / connections, running.resident_bytes()


def read_line(holder, killer):
    """The holder's first line, or nothing when `killer` ended first."""
    import select  # pylint: disable=import-outside-toplevel

    while killer.poll() is None and holder.poll() is None:
        if select.select([holder.stdout], [], [], 0.2)[0]:
            return holder.stdout.readline()
    return holder.stdout.readline() if holder.poll() is not None else ""


# Compile time ------------------------------------------------------------------------------------


def compiler_command(build):
    """How hello_server.cpp is compiled, without ccache, its output and its optimisation."""
    commands = json.loads(file_text(pathlib.Path(build) / "compile_commands.json"))
    entry = next(
        e for e in commands
        if e["file"].endswith("/hello_server.cpp") and "IO_URING" not in e["command"]
    )
    words = shlex.split(entry["command"])
    while "=" in words[0] or not re.search(r"(g\+\+|clang\+\+|c\+\+)[-\d.]*$", words[0]):
        words.pop(0)
    kept = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-c"):
            skip = True
        elif not re.match(r"-O\d|-g$", word):
            kept.append(word)
    return kept


def compile_once(command):
    """CPU seconds and peak MiB of one compilation."""
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise Failure(f"does not compile: {shlex.join(command)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compile_time(command, rounds):
    """The fastest of some rounds: what others do to the machine only adds."""
    return min(compile_once(command) for _ in range(rounds))


def compile_times(build, sources, rounds):
    """A dict of case to (seconds, MiB): a hello world at -O2."""
    compiler = compiler_command(build)
    bare = [word for word in compiler if not re.match(r"-(isystem|I|D)", word)]
    folder = pathlib.Path(sources) / "compile_time"
    separate = ["-DGUST_SEPARATE_COMPILATION", "-DASIO_SEPARATE_COMPILATION"]
    found = {}
    with tempfile.TemporaryDirectory() as temporary:
        output = ["-O2", "-c", "-o", os.path.join(temporary, "hello.o")]
        header = os.path.join(temporary, "pch.hpp")
        pathlib.Path(header).write_text("#include <gust/gust.hpp>\n")
        subprocess.run(
            [*compiler, *separate, "-O2", "-x", "c++-header", header, "-o", header + ".gch"],
            check=True,
        )
        gust = str(folder / "gust.cpp")
        cases = {
            "gust": [*compiler, *output, gust],
            "gust_compiled": [*compiler, *separate, *output, gust],
            "gust_pch": [*compiler, *separate, "-include", header, *output, gust],
        }
        for name in ("beast", "restinio", "httplib", "pistache"):
            cases[name] = [bare[0], "-std=c++20", "-w", *output, str(folder / f"{name}.cpp")]
        for case, command in cases.items():
            try:
                found[case] = compile_time(command, rounds)
            except Failure:
                continue
    return found


