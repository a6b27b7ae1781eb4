#!/usr/bin/env bash
# Measures issued certificates and answered GetPolicies a second, over TLS, and what the machine could do at best in the
# same minute; prints one JSON object a line.
#
#   tests/bench/run.sh [SECONDS]      how long each case runs (default 10)
#
# CEPCES_BUILD names a build directory; without it build-bench/ is made with the default optimisation.
set -euo pipefail

top=$(cd "$(dirname "$0")/../.." && pwd)
build=${CEPCES_BUILD:-$top/build-bench}

if [ -z "${CEPCES_BUILD:-}" ]; then
    {
        [ -x "$top/configure" ] || "$top/autogen.sh"
        mkdir -p "$build"
        [ -f "$build/Makefile" ] || (cd "$build" && "$top/configure" -q)
        make -C "$build" -s -j"$(nproc)" all
    } >&2
fi
CEPCES_BUILD=$build exec /usr/bin/python3 -B "$top/tests/bench/bench.py" "${1:-10}"
