# SPDX-License-Identifier: MIT
# Shell functions for checks that start a server and talk to it. Sourced by bash.
checks=0
failures=0
server_pid=
work=$(mktemp -d)

# Ends what is left, whatever happened.
clean_up() {
    [ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT

# wait_until COMMAND...: repeats it for at most ten seconds until it succeeds.
wait_until() {
    local attempt
    for attempt in $(seq 200); do
        "$@" >"$work/attempt" 2>&1 && return
        sleep 0.05
    done
    echo "gave up waiting for: $*" >&2
    return 1
}

# start_server COMMAND...: starts it and waits for its line, on whichever output. Sets server_pid, url and port (or the path
# of a Unix socket).
start_server() {
    : >"$work/out"
    "$@" >"$work/out" 2>"$work/err" &
    server_pid=$!
    if ! wait_until grep -q '^listening on ' "$work/out" "$work/err"; then
        cat "$work/err" >&2
        exit 1
    fi
    url=$(cat "$work/out" "$work/err" | sed -n 's/^listening on //p' | head -n 1)
    port=${url##*:}
}

# stop_server [SIGNAL]: asks it to go and returns how it ended.
stop_server() {
    local status=0
    kill -"${1:-TERM}" "$server_pid"
    wait "$server_pid" || status=$?
    server_pid=
    return "$status"
}

# check NAME EXPECTED ACTUAL: says what differs; with a value in `verbose` also what does not.
check() {
    checks=$((checks + 1))
    if [ "$2" = "$3" ]; then
        [ -z "${verbose:-}" ] || printf 'ok %s\n' "$1"
    else
        failures=$((failures + 1))
        printf 'FAILED %s\n  expected: %s\n  actual:   %s\n' "$1" "$2" "$3"
    fi
}

# check_contains NAME PART TEXT
check_contains() {
    case $3 in
    *"$2"*) check "$1" found found ;;
    *) check "$1" "something with: $2" "$3" ;;
    esac
}

# fetch CURL-ARGUMENTS...: sets status, head (with LF, lower-case names) and body (its first 64 KiB without NUL).
fetch() {
    : >"$work/head"
    : >"$work/body"
    status=$(curl -sS -m 60 -o "$work/body" -D "$work/head" -w '%{http_code}' "$@" 2>"$work/curl.err") || :
    body=$(head -c 65536 "$work/body" | tr -d '\0'; printf x)
    body=${body%x}
    head=$(tr -d '\r' <"$work/head" | sed -E 's/^([A-Za-z-]+):/\L\1:/')
}

# field NAME: the value of a field of the last answer.
field() {
    printf '%s\n' "$head" | sed -n "s/^$1: //p"
}

# report TITLE: the last line, and the result.
report() {
    echo "$1: $checks checks, $failures failures"
    [ "$failures" -eq 0 ]
}
