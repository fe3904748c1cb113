#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Instructions, allocations, system calls and idle memory per request against benchmarks/bounds.txt.
set -eu
cd "$(dirname "$0")/../.."

missing=()
for pair in valgrind:valgrind strace:strace python3:python3 taskset:util-linux; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update && apt-get -q install -y --no-install-recommends "${missing[@]}"
fi

cmake --preset release
cmake --build --preset release --target \
    load_client count_allocations \
    hello_server hello_server_callable hello_server_coroutine hello_server_routed
python3 benchmarks/suite/guard.py build/release
