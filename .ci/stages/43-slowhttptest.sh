#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# slowhttptest against contract_server, with curl beside it: slow connections are cut, curl is served, and nothing is left.
# Needs Debian and root for what is missing. Takes half a minute.
set -u
cd "$(dirname "$0")/../.."
. tests/clients/lib.sh
verbose=yes

missing=()
for tool in curl slowhttptest; do
    command -v $tool >/dev/null || missing+=($tool)
done
if [ ${#missing[@]} -gt 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update && apt-get -q install -y --no-install-recommends "${missing[@]}" || exit 1
fi
cmake --preset release && cmake --build --preset release --target contract_server || exit 1
ulimit -n "$(ulimit -Hn)"
start_server build/release/examples/contract_server --port 0 \
    --head-timeout 4000 --body-timeout 4000 --idle-timeout 4000 --write-timeout 4000

connections=1000
size=200000
expected="$(yes 0123456789abcdef | tr -d '\n' | head -c $size | cksum)"
descriptors() { find "/proc/$server_pid/fd" -mindepth 1 | wc -l; }
memory() { sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$server_pid/status"; }
accepted() { curl -sS -m 10 "$url/counters" | sed -n 's/.*"connections":\([0-9]*\).*/\1/p'; }
is_back() { [ "$(descriptors)" = "$descriptors_before" ]; }

# slow NAME OPTIONS...: until slowhttptest has no connection left, which has to be soon, curl asks again and again.
slow() {
    local name=$1 tool answer served=0 wrong=0 before
    shift
    before=$(accepted)
    slowhttptest -c $connections -r $connections -l 30 -p 5 "$@" >"$work/slow" 2>&1 &
    tool=$!
    while kill -0 $tool 2>/dev/null; do
        answer=$(curl -sS -m 5 "$url/large/$size" | cksum)
        if [ "$answer" = "$expected" ]; then served=$((served + 1)); else wrong=$((wrong + 1)); fi
    done
    wait $tool
    check "$name: they are cut" 1 "$(grep -ac 'No open connections left' "$work/slow")"
    check "$name: they were all there" yes "$([ $(($(accepted) - before)) -gt $connections ] && echo yes)"
    check "$name: the service is available" 0 "$(grep -ac 'service available:.*NO' "$work/slow")"
    check "$name: wrong answers to curl" 0 $wrong
    check "$name: curl was served" yes "$([ $served -gt 10 ] && echo yes || echo "$served times")"
    check "$name: descriptors" "" "$(wait_until is_back 2>&1)"
}

fetch "$url/hello"
descriptors_before=$(descriptors)
slow "slow heads" -H -i 1 -x 10 -u "$url/hello"
memory_before=$(memory)
slow "slow bodies" -B -i 1 -x 10 -s 8192 -u "$url/sink"
slow "slow readers" -X -n 1 -z 400 -w 512 -y 1024 -u "$url/large/50000000"
memory=$(memory)
# The pools keep 4 MiB of blocks for the next connections, and the allocator does not give everything back.
check "memory: at most 8 MiB more" yes "$([ "$memory" -le $((memory_before + 8192)) ] && echo yes || echo "$memory_before -> $memory KiB")"
echo "memory: $memory_before KiB after the first attack, $memory KiB after the last one"
stop_server
check "the server ends well" 0 $?
report slowhttptest
