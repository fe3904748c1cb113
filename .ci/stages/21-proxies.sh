#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Generated requests through nginx and HAProxy to contract_server: nobody disagrees on where a message ends.
# Needs Debian and root for what is missing. Takes half a minute; arguments go to framing.py (--seconds 600).
set -eu
cd "$(dirname "$0")/../.."

missing=()
for pair in nginx:nginx-light haproxy:haproxy python3:python3; do
    command -v "${pair%%:*}" >/dev/null || [ -x "/usr/sbin/${pair%%:*}" ] || missing+=("${pair##*:}")
done
if [ ${#missing[@]} -gt 0 ]; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q update && apt-get -q install -y --no-install-recommends "${missing[@]}"
fi

cmake --preset release
cmake --build --preset release --target contract_server
python3 tests/proxies/framing.py --server build/release/examples/contract_server "$@"
