#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks every option and every route of contract_server. Usage: contract_server.sh SERVER RAW_CLIENT
set -u
. "$(dirname "$0")/lib.sh"
server=$1
raw_client=$2

# raw TEXT [OPTION]: the answer to raw bytes, without CR.
raw() { timeout 20 "$raw_client" ${2:+"$2"} "$port" "$1" | tr -d '\r'; }
counter() { curl -sS -m 10 "$url/counters" | sed -n "s/.*\"$1\":\([0-9]*\).*/\1/p"; }
# busy N: that many requests are being answered, besides the question.
busy() {
    local json
    json=$(curl -sS -m 10 "$url/counters")
    [ $(($(sed 's/.*"requests":\([0-9]*\).*/\1/' <<<"$json") - $(sed 's/.*"ended":\([0-9]*\).*/\1/' <<<"$json"))) = $(($1 + 1)) ]
}
counts() { [ "$(counter "$1")" = "$2" ]; }

# The command line --------------------------------------------------------------------------------
# refused NAME ARGUMENTS...: exit 2, something on stderr and nothing on stdout.
refused() {
    local name=$1 result=0
    shift
    timeout 10 "$server" "$@" >"$work/out" 2>"$work/err" || result=$?
    check "$name: exit" 2 "$result"
    check "$name: stdout" "" "$(cat "$work/out")"
    check "$name: stderr" 1 "$(wc -l <"$work/err")"
}
refused "unknown option" --bogus 1
refused "unknown option without a value" --bogus
refused "missing value" --port
refused "not an option" 8080
for bad in "--port 65536" "--port -1" "--port x" "--port " "--threads 0" "--max-head 1k" "--idle-timeout 0" \
    "--max-connections 0" "--drain-timeout soon" "--max-body 99999999999999999999"; do
    refused "bad value $bad" "${bad%% *}" "${bad#* }"
done
refused "TLS" --tls-cert cert.pem --tls-key key.pem
result=0
"$server" --help >"$work/out" 2>"$work/err" || result=$?
check "help" "0 0" "$result $(wc -c <"$work/err")"
for option in host port unix threads tls-cert tls-key max-target max-head max-fields max-body head-timeout body-timeout \
    idle-timeout write-timeout max-connections drain-timeout; do
    check_contains "help: $option" "--$option " "$(cat "$work/out")"
done

# The front page ----------------------------------------------------------------------------------
start_server "$server" --port 0
check_contains "listening line" "listening on http://127.0.0.1:" "$(cat "$work/out")"
taken=0
timeout 10 "$server" --port "$port" >"$work/taken" 2>&1 || taken=$?
check "a port that is taken" 1 "$taken"
check_contains "a port that is taken: message" "Address already in use" "$(cat "$work/taken")"

for path in / /hello; do
    fetch "$url$path"
    check "GET $path" "200|Hello, World!|text/plain|13" "$status|$body|$(field content-type)|$(field content-length)"
    etag=$(field etag)
    modified=$(field last-modified)
    check_contains "GET $path: a strong tag" '|"' "|$etag"
    check "GET $path: a date" 29 "${#modified}"
    fetch -I "$url$path"
    check "HEAD $path" "200|text/plain|13" "$status|$(field content-type)|$(field content-length)"
    answer=$(raw "HEAD $path HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    check "HEAD $path: no body" "Connection: close" "$(tail -n 1 <<<"$answer")"
    for method in POST PUT PATCH; do
        fetch -X $method --data-binary 'some bytes' "$url$path"
        check "$method $path" "200|some bytes|application/octet-stream|10" \
            "$status|$body|$(field content-type)|$(field content-length)"
    done
done
fetch -H 'Transfer-Encoding: chunked' --data-binary 'some bytes' "$url/"
check "POST / in chunks" "200|some bytes|10" "$status|$body|$(field content-length)"
fetch -X POST -H 'Content-Length: 0' "$url/"
check "POST / without a body" "200||0" "$status|$body|$(field content-length)"
head -c 3000000 /dev/urandom >"$work/big"
fetch --data-binary @"$work/big" "$url/"
check "POST / with 3 MB" "200|3000000" "$status|$(field content-length)"
check "POST / with 3 MB: the same bytes" "" "$(cmp "$work/big" "$work/body" 2>&1)"

# conditional EXPECTED FIELDS...: for GET and for HEAD.
conditional() {
    local expected=$1 fields=() value
    shift
    for value in "$@"; do fields+=(-H "$value"); done
    fetch "${fields[@]}" "$url/"
    check "GET with $*" "$expected" "$status"
    if [ "$expected" = 304 ]; then
        check "304 with $*" "|$etag|$modified|" "$body|$(field etag)|$(field last-modified)|$(field content-length)"
    fi
    fetch -I "${fields[@]}" "$url/"
    check "HEAD with $*" "$expected" "$status"
}
earlier='Sat, 01 Jan 2000 00:00:00 GMT'
conditional 304 "If-None-Match: $etag"
conditional 304 "If-None-Match: W/$etag"
conditional 304 "If-None-Match: *"
conditional 304 "If-None-Match: \"x\", W/\"a,b\" ,$etag"
conditional 304 'If-None-Match: "x"' "If-None-Match: $etag"
conditional 304 "If-None-Match: \"back\\\\\", $etag"
conditional 200 'If-None-Match: "x"'
conditional 200 'If-None-Match: "x", *'
conditional 200 "If-None-Match: ${etag%?}"
conditional 200 "If-None-Match: \"x, ${etag#?}"
conditional 304 "If-Modified-Since: $modified"
conditional 304 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'
conditional 200 "If-Modified-Since: $earlier"
conditional 200 'If-Modified-Since: yesterday'
conditional 200 "If-Modified-Since: $modified" "If-Modified-Since: $modified"
conditional 200 'If-None-Match: "x"' "If-Modified-Since: $modified"
conditional 304 "If-None-Match: $etag" "If-Modified-Since: $earlier"

allow='GET, HEAD, POST, PUT, PATCH, OPTIONS'
fetch -X OPTIONS "$url/"
check "OPTIONS /" "204||$allow|" "$status|$body|$(field allow)|$(field content-length)"
fetch -X OPTIONS --request-target '*' "$url/"
check "OPTIONS *" "204||$allow" "$status|$body|$(field allow)"
for method in DELETE TRACE PROPFIND PURGE; do
    fetch -X $method "$url/"
    check "$method /" "405|$allow" "$status|$(field allow)"
done
fetch -X CONNECT --request-target example.org:443 "$url/"
check "CONNECT" "405" "$status"
fetch -X FROBNICATE "$url/"
check "a method nobody knows" 501 "$status"

# What was received -------------------------------------------------------------------------------
answer=$(raw 'GET /echo HTTP/1.1\r\nHost: h\r\nB: 1\r\na:  2 \r\nB: 3\r\nEmpty:\r\nConnection: close\r\n\r\n')
check "GET /echo" $'Host: h\nB: 1\na: 2\nB: 3\nEmpty: \nConnection: close' "${answer#*$'\n\n'}"
fetch -X DELETE -H 'User-Agent:' -H 'Accept:' -H 'Host: h' "$url/echo"
check "DELETE /echo" $'200|Host: h\n' "$status|$body"
answer=$(raw 'GET /headers HTTP/1.1\r\nHost: h\r\nX-B: 1\r\nA: "q\\"\r\nx-b: \t2,3\r\nL: v\r\nConnection: close\r\n\r\n')
check "GET /headers" '{"host":["h"],"x-b":["1","2,3"],"a":["\"q\\\\\""],"l":["v"],"connection":["close"]}' \
    "${answer#*$'\n\n'}"
fetch -H $'L: caf\xe9\t\x80' "$url/headers"
check_contains "GET /headers: bytes beyond ASCII" '"l":["caf\u00e9\u0009\u0080"]' "$body"
check "GET /headers: type" application/json "$(field content-type)"
fetch -H 'Cookie: a=1; b="x y"; c==' "$url/cookie"
check "GET /cookie" $'200|a=1\nb=x y\nc==\n' "$status|$body"
fetch "$url/cookie"
check "GET /cookie without one" '200|' "$status|$body"

# Bodies ------------------------------------------------------------------------------------------
fetch -T "$work/big" "$url/body"
check "PUT /body" "200|3000000|" "$status|$(field content-length)|$(field transfer-encoding)"
check "PUT /body: the same bytes" "" "$(cmp "$work/big" "$work/body" 2>&1)"
fetch -X POST -H 'Transfer-Encoding: chunked' -T "$work/big" "$url/body"
check "POST /body in chunks" "200||chunked" "$status|$(field content-length)|$(field transfer-encoding)"
check "POST /body in chunks: the same bytes" "" "$(cmp "$work/big" "$work/body" 2>&1)"
fetch -X POST -H 'Content-Length: 0' "$url/body"
check "POST /body without a body" "200|0|" "$status|$(field content-length)|$body"
fetch -d 123456789 "$url/sink"
check "POST /sink" '200|{"bytes":9,"crc32":"cbf43926"}|application/json' "$status|$body|$(field content-type)"
fetch -X PUT -H 'Content-Length: 0' "$url/sink"
check "PUT /sink without a body" '{"bytes":0,"crc32":"00000000"}' "$body"
answer=$(raw 'POST /sink HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n0\r\nX-A: 1\r\nx-a: 2\r\nB: 3\r\n\r\n')
check "POST /sink with trailers" '{"bytes":9,"crc32":"cbf43926","trailers":{"x-a":["1","2"],"b":["3"]}}' \
    "${answer#*$'\n\n'}"
fetch "$url/body"
check "GET /body" "405|POST, PUT" "$status|$(field allow)"

# Kinds of answers --------------------------------------------------------------------------------
chunks=$(seq -f 'chunk-%g' 0 9)
fetch "$url/chunked"
check "GET /chunked" "200|chunked||$chunks"$'\n' "$status|$(field transfer-encoding)|$(field content-length)|$body"
fetch --raw "$url/chunked"
check_contains "GET /chunked: ten chunks" $'8\r\nchunk-0\n\r\n8\r\nchunk-1\n\r\n' "$body"
fetch -0 "$url/chunked"
check "GET /chunked, HTTP/1.0" "200|||close|$chunks"$'\n' \
    "$status|$(field transfer-encoding)|$(field content-length)|$(field connection)|$body"
answer=$(raw 'GET /trailers HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
check "GET /trailers" $'7\ntrailed\n0\nX-Checksum: 42' "${answer#*$'\n\n'}"
for number in 200 201 299 302 404 418 500 599; do
    fetch "$url/status/$number"
    check "GET /status/$number" "$number|$number|3" "$status|$body|$(field content-length)"
done
for number in 204 205 304; do
    fetch "$url/status/$number"
    check "GET /status/$number" "$number||" "$status|$body|"
done
for wrong in 199 600 20 0200 x ''; do
    fetch "$url/status/$wrong"
    [ "$wrong" = 0200 ] || check "GET /status/$wrong" 404 "$status"
done
fetch -X DELETE "$url/status/200"
check "DELETE /status/200" "200|200" "$status|$body"
for size in 0 1 20; do
    fetch "$url/large/$size"
    expected=0123456789abcdef0123456789abcdef
    check "GET /large/$size" "200|$size|${expected:0:size}" "$status|$(field content-length)|$body"
done
fetch "$url/large/50000001"
check "GET /large/50000001" "200|50000001|0" "$status|$(field content-length)|$(tail -c 1 "$work/body")"
check "GET /large/50000001: bytes" 50000001 "$(wc -c <"$work/body")"
check "GET /large/50000001: pattern" "$(yes 0123456789abcdef | tr -d '\n' | head -c 50000001 | cksum)" \
    "$(cksum <"$work/body")"
fetch -I "$url/large/1000000000000"
check "HEAD /large" "200|1000000000000" "$status|$(field content-length)"

# Time, and what goes wrong -----------------------------------------------------------------------
started=$(date +%s%N)
fetch "$url/slow/200"
check "GET /slow" "200|slow" "$status|$body"
fetch "$url/later/200"
check "GET /later" "200|later" "$status|$body"
check "they took their time" yes "$([ $(($(date +%s%N) - started)) -ge 400000000 ] && echo yes)"
answer=$(raw 'GET /slow/300 HTTP/1.1\r\nHost: h\r\n\r\n' --half-close)
check "GET /slow, half-closed" slow "${answer#*$'\n\n'}"
answer=$(raw 'GET /later/300 HTTP/1.1\r\nHost: h\r\n\r\n' --half-close)
check "GET /later, half-closed" later "${answer#*$'\n\n'}"

mkfifo "$work/hold"
"$raw_client" --reset "$port" 'GET /slow/60000 HTTP/1.1\r\nHost: h\r\n\r\n' <"$work/hold" &
client=$!
exec 4>"$work/hold"
wait_until busy 1
exec 4>&-
wait "$client"
wait_until counts cancelled 1
check "GET /slow, reset: cancelled" 1 "$(counter cancelled)"

fetch "$url/abandon"
check "GET /abandon" "500|close" "$status|$(field connection)"
fetch -d x "$url/early"
check "POST /early" "200|early" "$status|$body"
answer=$(raw 'POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nbegin' --half-close)
check "POST /early before the body" early "${answer#*$'\n\n'}"
for hook in headers data finish; do
    fetch -d x "$url/throw/$hook"
    check "POST /throw/$hook" "500|close" "$status|$(field connection)"
done
fetch -d x "$url/throw/up"
check "POST /throw/up" 404 "$status"
for path in /nothing /hello/ /large/ /large/x /slow/ '/headers%20' //; do
    fetch "$url$path"
    check "GET $path" 404 "$status"
done
fetch "$url/hello?x=1"
check "GET /hello?x=1" 200 "$status"
check "the log goes to stderr" 1 "$(wc -l <"$work/out")"
check_contains "the log names the failure" "thrown because it was asked for" "$(cat "$work/err")"

stop_server TERM
check "SIGTERM" 0 $?

# Counters, in a process that has done nothing else --------------------------------------------------
start_server "$server" --port 0
fetch "$url/" "$url/" # one connection, two requests
fetch -d x "$url/early"
raw 'broken\r\n\r\n' >"$work/broken"
fetch "$url/counters"
check "counters" '{"connections":4,"requests":4,"finished":3,"closed_early":1,"ended":3,"cancelled":0}' "$body"

# A drain answers what has begun.
curl -sS -m 20 "$url/slow/500" >"$work/late" &
client=$!
wait_until busy 1
stop_server INT
check "SIGINT" 0 $?
wait "$client"
check "an answer while draining" slow "$(cat "$work/late")"

# Options -----------------------------------------------------------------------------------------
start_server "$server" --port 0 --max-target 20 --max-head 400 --max-fields 8 --max-body 10 --drain-timeout 5000
fetch "$url/$(printf 'x%.0s' $(seq 30))"
check "--max-target" 414 "$status"
fetch -H "X: $(printf 'x%.0s' $(seq 400))" "$url/"
check "--max-head" 431 "$status"
fetch -H a:1 -H b:1 -H c:1 -H d:1 -H e:1 -H f:1 -H g:1 -H h:1 -H i:1 "$url/"
check "--max-fields" 431 "$status"
fetch -d 1234567890 "$url/sink"
check "--max-body: as much" 200 "$status"
fetch -d 12345678901 "$url/sink"
check "--max-body: more" 413 "$status"
fetch -H 'Transfer-Encoding: chunked' -d 12345678901 "$url/sink"
check "--max-body: more, in chunks" 413 "$status"
stop_server || check "limits: exit" 0 $?

start_server "$server" --port 0 --head-timeout 200 --body-timeout 200 --idle-timeout 200 --write-timeout 200
check_contains "--head-timeout" "HTTP/1.1 408 " "$(raw 'GET / HT')"
check_contains "--body-timeout" "HTTP/1.1 408 " "$(raw 'POST /sink HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx')"
answer=$(raw 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
check_contains "--idle-timeout" "Hello, World!" "$answer"
mkfifo "$work/hold2"
"$raw_client" --reset "$port" 'GET /large/1000000000 HTTP/1.1\r\nHost: h\r\n\r\n' <"$work/hold2" &
client=$!
exec 4>"$work/hold2"
wait_until counts cancelled 1
check "--write-timeout" 1 "$(counter cancelled)"
exec 4>&-
wait "$client"
stop_server || check "deadlines: exit" 0 $?

start_server "$server" --port 0 --max-connections 1 --idle-timeout 300
raw 'GET / HTTP/1.1\r\nHost: h\r\n\r\n' >"$work/first" &
fetch "$url/"
check "--max-connections: they take turns" "200|Hello, World!" "$status|$body"
wait $!
check_contains "--max-connections: the other one" "Hello, World!" "$(cat "$work/first")"
stop_server || check "connections: exit" 0 $?

start_server "$server" --port 0 --drain-timeout 300
curl -sS -m 20 "$url/slow/60000" >"$work/late" 2>&1 &
client=$!
wait_until busy 1
stop_server
check "--drain-timeout: exit" 0 $?
cut=0
wait "$client" || cut=$?
check "--drain-timeout: cut" "no answer" "$([ $cut -ne 0 ] && echo no answer)"

start_server "$server" --port 0 --threads 3
for _ in $(seq 20); do
    fetch "$url/"
    check "--threads" 200 "$status"
done
fetch "$url/counters"
check_contains "--threads: all counted" '{"connections":21,"requests":21,' "$body"
stop_server
check "--threads: exit" 0 $?

start_server "$server" --unix "$work/socket" --threads 2
check "--unix: line" "unix:$work/socket" "$url"
fetch --unix-socket "$work/socket" http://localhost/
check "--unix" "200|Hello, World!" "$status|$body"
stop_server
check "--unix: exit" 0 $?
check "--unix: gone" "" "$(ls "$work/socket" 2>/dev/null)"

start_server "$server" --host localhost --port 0
fetch "http://localhost:$port/"
check "--host" 200 "$status"
stop_server || check "host: exit" 0 $?

report contract_server
