#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Line and branch coverage of http/ and http1/, by hand: it takes about ten minutes on two cores. Prints the files that are
# not covered whole, with their lines, and writes build/coverage/report/index.html.
#
# Branches that only exceptions take are left out: the compiler puts one behind every call. Those that matter are taken by
# the tests where memory lacks and where operations fail.
set -eu
cd "$(dirname "$0")/.."

if ! [ -x /usr/bin/gcovr ]; then
    apt-get -q update && apt-get -q install -y --no-install-recommends gcovr
fi
programs="test_http test_http1 test_memory test_conformance simulation simulation_memory"
cmake --preset coverage -DGUST_BUILD_EXAMPLES=OFF
# shellcheck disable=SC2086 # one argument a program
cmake --build --preset coverage --target $programs
find build/coverage -name '*.gcda' -delete
(
    cd build/coverage/tests
    ./test_http
    ./test_http1
    ./memory/test_memory
    ./conformance/test_conformance
    ./simulation/simulation --count 20000
    ./simulation/simulation_memory --count 400
)

# gcovr 5 gives up where a lambda of a header has another line in another program: the first one is as good.
gcovr() {
    /usr/bin/python3 - --root . --filter include/gust/http/ --filter include/gust/http1/ \
        --exclude-throw-branches --exclude-unreachable-branches "$@" <<'PYTHON'
import sys
import gcovr.merging
gcovr.merging.merge_function = lambda left, right, options=None: left
from gcovr.__main__ import main
sys.exit(main())
PYTHON
}
counts=build/coverage/report/counts.json
mkdir -p build/coverage/report
objects=build/coverage/tests # only of what was run: other programs would count as not run
gcovr --json "$counts" $objects/CMakeFiles/test_http.dir $objects/CMakeFiles/test_http1.dir $objects/memory \
    $objects/conformance $objects/simulation
gcovr --add-tracefile "$counts" --html-details build/coverage/report/index.html
gcovr --add-tracefile "$counts" --txt | grep -v ' 100%'
gcovr --add-tracefile "$counts" --txt --branches | grep -v ' 100%'
