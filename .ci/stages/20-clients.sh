#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Real clients against the release build of contract_server: curl, ApacheBench, wrk, Node.js, and nginx in front of it.
# Needs Debian and root for what is missing. Takes about a minute; everything is bound to 127.0.0.1.
set -u
cd "$(dirname "$0")/../.."
. tests/clients/lib.sh
verbose=yes

install_clients() {
    local missing=() pair
    for pair in curl:curl ab:apache2-utils wrk:wrk node:nodejs nginx:nginx-light; do
        command -v "${pair%%:*}" >/dev/null || [ -x "/usr/sbin/${pair%%:*}" ] || missing+=("${pair##*:}")
    done
    [ ${#missing[@]} -eq 0 ] || {
        export DEBIAN_FRONTEND=noninteractive
        apt-get -q update && apt-get -q install -y --no-install-recommends "${missing[@]}"
    } >"$work/install" 2>&1 || { cat "$work/install"; exit 1; }
}

build_server() {
    { cmake --preset release && cmake --build --preset release --target contract_server; } >"$work/build" 2>&1 ||
        { tail -n 50 "$work/build"; exit 1; }
}

install_clients
build_server
server=build/release/examples/contract_server
ulimit -n "$(ulimit -Hn)"
peak_memory() { sed -n 's/^VmHWM:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$server_pid/status"; }
counter() { curl -sS -m 10 "$@" | sed -n 's/.*"connections":\([0-9]*\).*/\1/p'; }

# curl --------------------------------------------------------------------------------------------
gigabyte=1073741824
crc_of_zeros=5b64c2b0 # of a gigabyte of them
start_server "$server" --port 0 --max-body $gigabyte
fetch --http1.0 "$url/hello"
check "curl 1.0" "200|Hello, World!" "$status|$body"
fetch --http1.1 "$url/hello"
check "curl 1.1" "200|Hello, World!" "$status|$body"
fetch --http1.1 "$url/hello" "$url/hello" "$url/hello"
connections=$(counter "$url/counters")
check "curl 1.1: three requests, one connection, one for the question" 4 "$connections"
fetch -I "$url/large/1000"
check "curl HEAD" "200|1000" "$status|$(field content-length)"
fetch --compressed -H 'TE: trailers' "$url/trailers"
check "curl with a trailer" "200|trailed" "$status|$body"
fetch -H 'Transfer-Encoding: chunked' -T tests/clients/lib.sh "$url/body"
check "curl chunked upload" "" "$(cmp tests/clients/lib.sh "$work/body" 2>&1)"
fetch -H 'Expect: 100-continue' --expect100-timeout 60 -d 123456789 "$url/sink"
check "curl Expect: 100-continue" '{"bytes":9,"crc32":"cbf43926"}' "$body"
truncate -s $((gigabyte + 1)) "$work/zeros"
fetch --expect100-timeout 60 -T "$work/zeros" "$url/sink"
check "curl Expect: refused before the body" 413 "$status"
truncate -s $gigabyte "$work/zeros"
fetch -T "$work/zeros" "$url/sink"
check "curl 1 GiB upload" "{\"bytes\":$gigabyte,\"crc32\":\"$crc_of_zeros\"}" "$body"
fetch -T - "$url/sink" <"$work/zeros"
check "curl 1 GiB chunked upload" "{\"bytes\":$gigabyte,\"crc32\":\"$crc_of_zeros\"}" "$body"
rm "$work/zeros"
check "curl 1 GiB download" $gigabyte "$(curl -sS -m 60 "$url/large/$gigabyte" | wc -c)"
memory=$(peak_memory)
check "the server never held 64 MiB" yes "$([ "$memory" -lt 65536 ] && echo yes || echo "$memory KiB")"
stop_server
check "curl: the server ends well" 0 $?

# ApacheBench and wrk -------------------------------------------------------------------------------
start_server "$server" --port 0
ab_says() { sed -n "s/^$1: *\([0-9]*\).*/\1/p" "$work/ab"; }
for concurrency in 1 50; do
    timeout 60 ab -k -q -n 20000 -c $concurrency "$url/hello" >"$work/ab" 2>&1
    check "ab, $concurrency at once" "20000||0" "$(ab_says 'Complete requests')|$(ab_says 'Non-2xx responses')|$(ab_says 'Failed requests')"
    check "ab, $concurrency at once: keep-alive" 20000 "$(ab_says 'Keep-Alive requests')"
done
timeout 60 ab -q -n 2000 -c 20 "$url/hello" >"$work/ab" 2>&1
check "ab without keep-alive" "2000|0" "$(ab_says 'Complete requests')|$(ab_says 'Failed requests')"
for connections in 1 64 1000; do
    timeout 60 wrk -t 1 -c $connections -d 5s --timeout 10s "$url/hello" >"$work/wrk" 2>&1
    check "wrk, $connections connections: no error" "" "$(grep -E 'Socket errors|Non-2xx|unable' "$work/wrk")"
    check_contains "wrk, $connections connections: an answer" "requests in" "$(cat "$work/wrk")"
done
stop_server
check "load: the server ends well" 0 $?

# Node.js -----------------------------------------------------------------------------------------
start_server "$server" --port 0
cat >"$work/client.mjs" <<'END'
const url = process.argv[2];
const say = (name, value) => console.log(`${name}: ${value}`);
let answer = await fetch(`${url}/hello`);
say("GET", `${answer.status} ${await answer.text()}`);
answer = await fetch(`${url}/large/1000000`, { method: "HEAD" });
say("HEAD", `${answer.status} ${answer.headers.get("content-length")} ${(await answer.text()).length}`);
const pieces = new ReadableStream({
  async start(controller) {
    for (let i = 0; i !== 100; ++i) controller.enqueue(new Uint8Array(10000).fill(i));
    controller.close();
  },
});
answer = await fetch(`${url}/sink`, { method: "POST", body: pieces, duplex: "half" });
say("POST", `${answer.status} ${(await answer.json()).bytes}`);
answer = await fetch(`${url}/chunked`);
say("chunked", (await answer.text()).trim().split("\n").length);
answer = await fetch(`${url}/hello`, { headers: { "If-None-Match": "*" } });
say("304", answer.status);
answer = await fetch(`${url}/abandon`);
say("500", answer.status);
const all = await Promise.all(Array.from({ length: 200 }, (_, i) => fetch(`${url}/status/${200 + i}`)));
say("at once", all.every((one, i) => one.status === 200 + i || i >= 100));
END
timeout 60 node "$work/client.mjs" "$url" >"$work/node" 2>&1
for line in "GET: 200 Hello, World!" "HEAD: 200 1000000 0" "POST: 200 1000000" "chunked: 10" "304: 304" "500: 500" \
    "at once: true"; do
    check_contains "node fetch, ${line%%:*}" "$line" "$(cat "$work/node")"
done
stop_server
check "node: the server ends well" 0 $?

# nginx in front ------------------------------------------------------------------------------------
# behind_nginx NAME UPSTREAM FETCH...: FETCH asks the server itself for its counters.
behind_nginx() {
    local name=$1 upstream=$2 nginx_pid before after
    shift 2
    cat >"$work/nginx.conf" <<END
daemon off;
worker_processes 1;
user $(id -un);
pid $work/nginx.pid;
error_log $work/nginx.log;
events { worker_connections 256; }
http {
    access_log off;
    client_max_body_size 0;
    client_body_temp_path $work/nginx-body;
    proxy_temp_path $work/nginx-proxy;
    fastcgi_temp_path $work/nginx-fastcgi;
    uwsgi_temp_path $work/nginx-uwsgi;
    scgi_temp_path $work/nginx-scgi;
    upstream gust { server $upstream; keepalive 16; }
    server {
        listen unix:$work/front;
        location / {
            proxy_pass http://gust;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_request_buffering off;
            proxy_buffering off;
        }
    }
}
END
    nginx -c "$work/nginx.conf" 2>"$work/nginx.err" &
    nginx_pid=$!
    wait_until test -S "$work/front" || cat "$work/nginx.err" "$work/nginx.log"
    local front=(--unix-socket "$work/front")
    fetch "${front[@]}" http://front/hello
    check "nginx over $name: GET" "200|Hello, World!" "$status|$body"
    head -c 20000000 /dev/zero >"$work/zeros"
    fetch "${front[@]}" -T "$work/zeros" http://front/sink
    check_contains "nginx over $name: upload" '"bytes":20000000,' "$body"
    fetch "${front[@]}" -T - http://front/sink <"$work/zeros"
    check_contains "nginx over $name: chunked upload" '"bytes":20000000,' "$body"
    fetch "${front[@]}" http://front/large/20000000
    check "nginx over $name: download" 20000000 "$(wc -c <"$work/body")"
    fetch "${front[@]}" http://front/chunked
    check_contains "nginx over $name: chunked" chunk-9 "$body"
    fetch "${front[@]}" -d x http://front/early
    check "nginx over $name: early answer" "200|early" "$status|$body"
    fetch "${front[@]}" http://front/abandon
    check "nginx over $name: 500" 500 "$status"
    before=$(counter "$@")
    for _ in $(seq 50); do
        fetch "${front[@]}" http://front/hello
        [ "$status" = 200 ] || check "nginx over $name: one of many" 200 "$status"
    done
    after=$(counter "$@")
    check "nginx over $name: keep-alive" yes "$([ $((after - before)) -le 3 ] && echo yes || echo "$after - $before")"
    kill "$nginx_pid"
    wait "$nginx_pid"
    check "nginx over $name: its log" "" "$(grep -v -e '\[notice\]' "$work/nginx.log")"
    rm -f "$work/front" "$work/nginx.log"
}
PATH=$PATH:/usr/sbin

start_server "$server" --port 0
behind_nginx TCP "127.0.0.1:$port" "$url/counters"
stop_server
check "nginx over TCP: the server ends well" 0 $?

start_server "$server" --unix "$work/back"
behind_nginx "a Unix socket" "unix:$work/back" --unix-socket "$work/back" http://localhost/counters
stop_server
check "nginx over a Unix socket: the server ends well" 0 $?

report clients
