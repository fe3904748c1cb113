#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs one example and looks whether it does what it is for. Usage: examples.sh NAME PROGRAM RAW_CLIENT
set -u
. "$(dirname "$0")/../clients/lib.sh"
name=$1
program=$2
raw_client=$3

raw() { timeout 20 "$raw_client" "$port" "$1" | tr -d '\r'; }
said() { grep -q "$1" "$work/err"; }
# An example without an end of its own is killed by the signal: 128 + 15.
stop_example() { stop_server TERM; check "$name: ends by SIGTERM" "$1" $?; }

case $name in
hello_world)
    start_server "$program" 0
    fetch "$url"
    check "GET" "200|Hello, World!" "$status|$body"
    fetch -d x "$url/anything"
    check "POST" "200|Hello, World!" "$status|$body"
    stop_example 143
    ;;
callable)
    start_server "$program" 0
    fetch "$url/?name=J%C3%BCrgen+X"
    check "GET" $'200|Hello, Jürgen X!\n' "$status|$body"
    listening() { [ "$(grep -c '^listening on ' "$work/err")" = 2 ]; }
    wait_until listening
    slow_url=$(sed -n 's/^listening on //p' "$work/err" | tail -n 1)
    fetch "$slow_url/"
    check "GET, from the coroutine" $'200|Hello, World!\n' "$status|$body"
    head -c 2000000 /dev/zero >"$work/big"
    fetch -T "$work/big" "$url/"
    check "a body that does not fit" 413 "$status"
    stop_example 143
    ;;
echo_stream)
    start_server "$program" --port 0
    answer=$(timeout 20 "$raw_client" --half-close "$port" 'one\ntwo\nno end')
    check "lines" $'one\ntwo' "$answer"
    answer=$(timeout 20 "$raw_client" --half-close "$port" "$(printf 'x%.0s' $(seq 5000))" 2>/dev/null)
    check "a line that is too long" "" "$answer"
    stop_example 143
    ;;
router)
    start_server "$program" 0
    fetch "$url/"
    check "GET /" $'200|home\n' "$status|$body"
    fetch "$url/users/42"
    check "GET /users/42" $'200|{"id":42}\n' "$status|$body"
    fetch "$url/users/x"
    check "GET /users/x" 404 "$status"
    fetch -X PUT -d 12345 "$url/files/a%20b"
    check "PUT /files" $'200|a b: 5 bytes\n' "$status|$body"
    fetch "$url/files/a"
    check "GET /files" "405|PUT" "$status|$(field allow | sed 's/, OPTIONS//;s/OPTIONS, //')"
    stop_example 143
    ;;
middleware)
    start_server "$program" 0
    fetch -H 'X-Request-Id: r-1' "$url/"
    check "GET /" $'200|home\n|example|r-1' "$status|$body|$(field x-served-by)|$(field x-request-id)"
    fetch "$url/nowhere"
    check "GET /nowhere" "404|example|32" "$status|$(field x-served-by)|$(field x-request-id | tr -d '\n' | wc -c)"
    fetch "$url/secret/door"
    check "GET /secret" "401|Bearer" "$status|$(field www-authenticate)"
    fetch -H 'Authorization: Bearer secret' "$url/secret/door"
    check "GET /secret, with the word" $'200|door is secret\n' "$status|$body"
    head -c 1024 /dev/zero >"$work/small"
    fetch --data-binary "@$work/small" "$url/small"
    check "POST /small, as much as it takes" $'200|1024 bytes\n' "$status|$body"
    echo >>"$work/small"
    fetch --data-binary "@$work/small" "$url/small"
    check "POST /small, too much" 413 "$status"
    fetch "$url/slow"
    check "GET /slow" 503 "$status"
    stop_example 143
    check_contains "the access log" '"GET /nowhere HTTP/1.1" 404 ' "$(cat "$work/err")"
    check_contains "the access log of what was late" '"GET /slow HTTP/1.1" 503 ' "$(cat "$work/err")"
    ;;
request_handler)
    start_server "$program" 0
    fetch -X PUT -d 'buy milk' "$url/notes/to%20do"
    check "PUT" 201 "$status"
    fetch -X PUT -d 'buy bread' "$url/notes/to%20do"
    check "PUT again" 204 "$status"
    fetch "$url/notes/to%20do"
    check "GET" "200|buy bread|no-store" "$status|$body|$(field cache-control)"
    tag=$(field etag)
    fetch -H "If-None-Match: $tag" "$url/notes/to%20do"
    check "GET what is there already" "304|$tag" "$status|$(field etag)"
    fetch -I "$url/notes/to%20do"
    check "HEAD" "200|9" "$status|$(field content-length)"
    fetch "$url/notes/other"
    check_contains "GET what is not there" "<h1>404: Not Found</h1>" "$body"
    fetch -X DELETE "$url/notes/other"
    check "DELETE" "405|GET, HEAD, PUT, OPTIONS" "$status|$(field allow)"
    head -c 3000000 /dev/zero >"$work/big"
    fetch --data-binary "@$work/big" -H 'Transfer-Encoding: chunked' "$url/count"
    check "POST" $'200|3000000 bytes, and that is all\n' "$status|$body"
    stop_example 143
    ;;
rest_api)
    start_server "$program" 0
    fetch "$url/tasks"
    check "GET" "200|[]|application/json" "$status|$body|$(field content-type)"
    fetch -d '{"title":"write"}' "$url/tasks"
    check "POST" '201|/tasks/1|{"done":false,"id":1,"title":"write"}' "$status|$(field location)|$body"
    fetch -X PUT -d '{"title":"write","done":true}' "$url/tasks/1"
    check "PUT" '200|{"done":true,"id":1,"title":"write"}' "$status|$body"
    fetch "$url/tasks/1"
    check "GET one" '200|{"done":true,"id":1,"title":"write"}' "$status|$body"
    for json in 'no JSON' '[]' '{"done":true}' '{"title":1}'; do
        fetch -d "$json" "$url/tasks"
        check "POST $json" $'422|{"error":"a task has a title"}\n' "$status|$body"
    done
    fetch "$url/tasks/2"
    check "GET what is not there" $'404|{"error":"no task 2"}\n|application/json' "$status|$body|$(field content-type)"
    fetch "$url/tasks/x"
    check "GET what no rule takes" $'404|{"error":"Not Found"}\n' "$status|$body"
    fetch -X PATCH -d x "$url/tasks/1"
    check "PATCH" $'405|{"error":"Method Not Allowed"}\n' "$status|$body"
    fetch -X DELETE "$url/tasks/1"
    check "DELETE" 204 "$status"
    fetch -X DELETE "$url/tasks/1"
    check "DELETE again" 404 "$status"
    stop_example 143
    ;;
mounted_apps)
    start_server "$program" 0
    fetch "$url/v1/users"
    check "GET /v1/users" $'200|all users\n' "$status|$body"
    fetch "$url/v2/users/7"
    check "GET /v2/users/7" $'200|user 7\n' "$status|$body"
    check "reverse" yes "$(said 'user 7 is at /v2/users/7' && echo yes)"
    fetch "$url/v1/users/x"
    check "GET /v1/users/x" $'404|no such user\n' "$status|$body"
    fetch "$url/other"
    check "GET /other" $'404|Not Found\n' "$status|$body"
    fetch "$url/legacy/a/b"
    check "GET /legacy/a/b" $'200|old /legacy/a/b\n' "$status|$body"
    fetch "$url/legacy-requests"
    check "GET /legacy-requests" $'200|1\n' "$status|$body"
    fetch -H 'Host: acme.example.com' "$url/"
    check "GET / of acme" $'200|welcome, acme\n' "$status|$body"
    fetch "$url/old/7?x=1"
    check "GET /old/7" "308|/v2/users/7?x=1" "$status|$(field location)"
    stop_example 143
    ;;
upload)
    mkdir "$work/files"
    head -c 3000000 /dev/urandom >"$work/data.bin"
    start_server "$program" "$work/files" 0
    fetch -T "$work/data.bin" "$url/"
    check "PUT" 201 "$status"
    check "PUT: the same bytes" "" "$(cmp "$work/data.bin" "$work/files/data.bin" 2>&1)"
    fetch -T - "$url/piped" <"$work/data.bin"
    check "PUT in chunks: the same bytes" "" "$(cmp "$work/data.bin" "$work/files/piped" 2>&1)"
    for path in /.hidden /a%2fb /sub/file; do
        fetch -X PUT -d x "$url$path"
        check "PUT $path" 400 "$status"
    done
    fetch "$url/data.bin"
    check "GET" 400 "$status"
    "$raw_client" "$port" 'PUT /cut HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf' >"$work/answer" &
    client=$!
    begun() { ls "$work/files"/.upload-* >/dev/null 2>&1; }
    wait_until begun
    check "a part is there meanwhile" yes "$(begun && echo yes)"
    kill "$client"
    rested() { ! begun; }
    wait_until rested
    check "nothing is left of an upload that was cut" "data.bin piped" "$(ls -A "$work/files" | xargs)"
    stop_example 143
    ;;
download)
    head -c 3000000 /dev/urandom >"$work/data.bin"
    start_server "$program" "$work/data.bin" 0
    fetch "$url/file"
    check "GET /file" "200|3000000" "$status|$(field content-length)"
    check "GET /file: the same bytes" "" "$(cmp "$work/data.bin" "$work/body" 2>&1)"
    fetch "$url/numbers"
    check "GET /numbers" "200|chunked" "$status|$(field transfer-encoding)"
    check "GET /numbers: all of them" "$(seq 0 999999 | cksum)" "$(cksum <"$work/body")"
    fetch "$url/other"
    check "GET /other" 404 "$status"
    curl -sS "$url/numbers" 2>/dev/null | head -c 1000 >"$work/some" # a client that goes away
    fetch -I "$url/file"
    check "HEAD /file" "200|3000000" "$status|$(field content-length)"
    memory=$(sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$server_pid/status")
    if [ "${GUST_IS_SANITIZED:-OFF}" = OFF ]; then
        check "little memory: $memory KiB" yes "$([ "$memory" -lt 32768 ] && echo yes)"
    fi
    none_open() { ! ls -l "/proc/$server_pid/fd" | grep -q data.bin; }
    wait_until none_open
    check "the file is closed" yes "$(none_open && echo yes)"
    stop_example 143
    ;;
unix_socket)
    start_server "$program" "$work/socket"
    check "the mode of the path" 660 "$(stat -c %a "$work/socket")"
    fetch --unix-socket "$work/socket" http://localhost/
    check "GET" $'200|Hello through a path\n' "$status|$body"
    stop_example 0
    check "the path is gone" "" "$(ls "$work/socket" 2>/dev/null)"
    ;;
custom_layer)
    start_server "$program" 0
    raw 'GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n' >"$work/first"
    fetch "$url"
    received=${body%% *}
    check "bytes were counted: $body" yes "$([ "$received" -gt 46 ] && echo yes)"
    check_contains "those that were sent too" " received, $(($(wc -c <"$work/first") + 6)) sent" "$body"
    stop_example 143
    ;;
on_your_own_io_context)
    start_server "$program" 0
    fetch "$url"
    check "GET" 200 "$status"
    before=${body%$'\n'}
    ticks() { [ "$(curl -sS -m 10 "$url")" -gt "$before" ]; }
    wait_until ticks
    check "the timer goes on" yes "$(ticks && echo yes)"
    stop_example 143
    ;;
server_sent_events)
    start_server "$program" 0
    curl -sSN -m 20 -D "$work/head" "$url" 2>/dev/null | head -n 6 >"$work/events"
    check "events" $'id: 0\ndata: tick\n\nid: 1\ndata: tick' "$(cat "$work/events")"
    check_contains "the type" "text/event-stream" "$(cat "$work/head")"
    wait_until said "a stream ended: peer_gone"
    check "the end was noticed" yes "$(said 'a stream ended: peer_gone' && echo yes)"
    stop_example 143
    ;;
upgrade_detach)
    start_server "$program" 0
    fetch "$url"
    check "without Upgrade" "426|echo" "$status|$(field upgrade)"
    answer=$(timeout 20 "$raw_client" --half-close "$port" \
        'GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\nnot HTTP' | tr -d '\r')
    check_contains "with Upgrade" "HTTP/1.1 101 Switching Protocols" "$answer"
    check "what came behind the request" "not HTTP" "${answer#*$'\n\n'}"
    stop_example 143
    ;;
graceful_stop)
    start_server "$program" 0
    curl -sS -m 20 "$url" >"$work/late" &
    client=$!
    wait_until said "a request has begun"
    stop_example 0
    wait "$client"
    check "the answer" done "$(cat "$work/late")"
    check "the report" "stopped: 1 finished, 0 cut" "$(tail -n 1 "$work/err")"
    ;;
loop_per_core)
    start_server "$program" 0
    for _ in $(seq 20); do
        fetch "$url"
        check_contains "GET" "served by loop " "$body"
    done
    stop_example 0
    ;;
testing_a_delegate)
    "$program" >"$work/out" 2>&1
    check "testing_a_delegate: $(cat "$work/out")" 0 $?
    ;;
*)
    echo "no check for the example $name: add one to $0"
    exit 1
    ;;
esac

report "$name"
