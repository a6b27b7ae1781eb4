#!/usr/bin/env bash
# Builds mod_cepces with warnings as errors and runs every test there is, on a bare Debian 12, as root or with sudo.
#
#   ./run-tests.sh                    everything, as continuous integration does
#   ./run-tests.sh unit [TEST…]       build and "make check", all of it or only the named programs
#   ./run-tests.sh e2e [ARGUMENT…]    build and the end-to-end tests; arguments go to pytest
#
# Builds stay in build-tests/ (or $CEPCES_TEST_BUILD), so a second run only builds what changed.
set -euo pipefail

top=$(cd "$(dirname "$0")" && pwd)
work=${CEPCES_TEST_BUILD:-$top/build-tests}
jobs=$(nproc)
summary=()
started=$SECONDS

say() { printf '\n=== %s (%d s)\n' "$*" $((SECONDS - started)); }

fail() {
    printf '\nFAILED: %s\n' "$*" >&2
    exit 1
}

# as_root COMMAND… runs it as root, through sudo for an ordinary user.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        fail "root is needed for: $* (run as root, or install sudo)"
    fi
}

install_missing() {
    local wanted missing
    mapfile -t wanted < <(sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$top/packages.txt" "$top/tests/packages.txt")
    mapfile -t missing < <(for p in "${wanted[@]}"; do
        dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null | grep -qx installed || echo "$p"
    done)
    if [ "${#missing[@]}" -gt 0 ]; then
        say "installing ${missing[*]}"
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
    fi
}

make_configure() {
    local last=$top/Makefile.in # of what autogen.sh makes
    if [ ! -f "$last" ] || [ -n "$(find "$top" -name '*.am' -newer "$last" -print -quit)" ] ||
        [ "$top/configure.ac" -nt "$last" ]; then
        say "making configure"
        "$top/autogen.sh" >"$work/autogen.log" 2>&1 || { cat "$work/autogen.log"; fail "autogen.sh"; }
    fi
}

# build NAME CONFIGURE-ARGUMENT… configures $work/NAME when needed and builds it.
build() {
    local name=$1 dir=$work/$1
    shift
    say "building $name: configure $*"
    mkdir -p "$dir"
    if [ ! -f "$dir/Makefile" ] || [ "$top/configure" -nt "$dir/config.status" ]; then
        (cd "$dir" && "$top/configure" -q "$@") || fail "configure for $name (see $dir/config.log)"
    fi
    make -C "$dir" -s -j"$jobs" all || fail "building $name"
}

# check NAME [MAKE-ARGUMENT…] runs "make check" there and keeps its summary.
check() {
    local name=$1 dir=$work/$1 status=0
    shift
    say "make check: $name $*"
    make -C "$dir" -s -j"$jobs" check "$@" >"$dir/check.log" 2>&1 || status=$?
    grep -E '^(PASS|FAIL|XFAIL|XPASS|SKIP|ERROR): ' "$dir/check.log" || true
    summary+=("make check ($name): $(grep -E '^# (TOTAL|PASS|SKIP|XFAIL|FAIL|XPASS|ERROR):' "$dir/check.log" |
        sed 's/^# //' | tr -s ' \n' ' ')")
    if [ "$status" -ne 0 ]; then
        tail -n 60 "$dir/check.log"
        [ ! -f "$dir/test-suite.log" ] || tail -n 200 "$dir/test-suite.log"
        fail "make check in $dir"
    fi
    grep -qE '^# TOTAL: +[1-9]' "$dir/check.log" || fail "make check in $dir ran no test"
}

# compile_tests NAME compiles what "make check" there would run.
compile_tests() {
    say "compiling the tests: $1"
    make -C "$work/$1" -s -j"$jobs" check TESTS= >"$work/$1/check.log" 2>&1 ||
        { tail -n 60 "$work/$1/check.log"; fail "compiling the tests with $1"; }
}

# end_to_end NAME [PYTEST-ARGUMENT…] runs the end-to-end tests on the build $work/NAME.
end_to_end() {
    local name=$1 status=0
    shift
    say "end-to-end tests: $name"
    (cd "$top" && CEPCES_BUILD=$work/$name /usr/bin/python3 -B -m pytest -p no:cacheprovider "$@") |
        tee "$work/e2e-$name.log" || status=$?
    summary+=("pytest ($name): $(tail -n 1 "$work/e2e-$name.log")")
    [ "$status" -eq 0 ] || fail "the end-to-end tests of the build $name"
}

distribution() {
    local dir=$work/gcc status=0
    say "make distcheck"
    make -C "$dir" -s -j"$jobs" distcheck DISTCHECK_CONFIGURE_FLAGS=--enable-werror >"$dir/distcheck.log" 2>&1 || status=$?
    [ "$status" -eq 0 ] || { tail -n 80 "$dir/distcheck.log"; fail "make distcheck"; }
    summary+=("make distcheck: $(grep -o '[^ ]*[.]tar[.]xz$' "$dir/distcheck.log" | tail -n 1) is ready for distribution")
}

everything() {
    build gcc --enable-werror CC=gcc
    check gcc
    build clang --enable-werror CC=clang
    compile_tests clang
    build sanitizers --enable-werror --enable-sanitizers CC=gcc
    ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 CK_FORK=no check sanitizers
    end_to_end gcc tests/e2e
    # Everything that a client can send, once more with the sanitizers watching inside httpd.
    CEPCES_PRELOAD=$(gcc -print-file-name=libasan.so) end_to_end sanitizers "$top"/tests/e2e/test_[1-4]*.py
    distribution
    say "all tests passed"
    printf '%s\n' "${summary[@]}"
}

mkdir -p "$work"
install_missing
make_configure
case ${1:-all} in
all) everything ;;
unit)
    shift
    build gcc --enable-werror CC=gcc
    check gcc ${1:+TESTS="$*"}
    ;;
e2e)
    shift
    case "$*" in
    *tests/e2e*) ;;
    *) set -- "$@" tests/e2e ;;
    esac
    build gcc --enable-werror CC=gcc
    end_to_end gcc "$@"
    ;;
*)
    sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
