#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A thousand honest, slow, broken and vanishing clients at once on contract_server: no wrong byte, and nothing is left behind.
# Takes half a minute; arguments go to faults (--seconds 300).
set -u
cd "$(dirname "$0")/../.."
. tests/clients/lib.sh

cmake --preset release && cmake --build --preset release --target contract_server faults || exit 1
ulimit -n "$(ulimit -Hn)"
start_server build/release/examples/contract_server --port 0 \
    --head-timeout 4000 --body-timeout 4000 --idle-timeout 4000 --write-timeout 4000
build/release/tests/load/faults --port "$port" --pid "$server_pid" "$@"
check "faults" 0 $?
stop_server
check "the server ends well" 0 $?
check "it logs nothing" "" "$(grep -v '^stopped:' "$work/err")"
report faults
