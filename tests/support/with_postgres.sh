#!/bin/sh
# with_postgres.sh COMMAND [ARGUMENT…]
#
# Runs a command beside a private PostgreSQL cluster that listens on a Unix socket in a directory of its own, and
# removes everything afterwards. The command finds
#   CEPCES_TEST_DATABASE  a connection string of an empty database, whose role is its owner and a superuser;
#   CEPCES_TEST_PGCTL     a pg_ctl command line for this cluster, for tests that stop and start it.
# PostgreSQL refuses to run as root: then its processes run as the user postgres.
set -eu

bindir=${PGBIN:-$(pg_config --bindir 2>/dev/null || true)}
if [ ! -x "$bindir/initdb" ]; then
    for bindir in /usr/lib/postgresql/*/bin; do :; done
fi
if [ ! -x "$bindir/initdb" ]; then
    echo "with_postgres.sh: initdb was not found: install postgresql or set PGBIN" >&2
    exit 1
fi

# Socket paths are at most 107 bytes long, so a short place wins over TMPDIR.
dir=$(mktemp -d /tmp/cepces-pg.XXXXXX)
as=
if [ "$(id -u)" = 0 ]; then
    chown postgres "$dir"
    as="runuser -u postgres --"
fi
finish() {
    status=$?
    trap - EXIT INT TERM HUP
    $as "$bindir/pg_ctl" -D "$dir/data" -m immediate -w stop >/dev/null 2>&1 || true
    rm -rf "$dir"
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

$as "$bindir/initdb" -D "$dir/data" -U cepces -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$dir/initdb.log" 2>&1 ||
    { cat "$dir/initdb.log" >&2; exit 1; }
# fsync is off because nothing here has to survive a power cut. Never copy this to a server that matters.
cat >>"$dir/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$dir'
fsync = off
max_connections = 60
shared_buffers = 32MB
log_min_messages = fatal
END
$as "$bindir/pg_ctl" -D "$dir/data" -l "$dir/data/log" -w start >/dev/null ||
    { cat "$dir/data/log" >&2; exit 1; }

CEPCES_TEST_DATABASE="host=$dir user=cepces dbname=postgres"
CEPCES_TEST_PGCTL="$as $bindir/pg_ctl -D $dir/data -l $dir/data/log -w"
export CEPCES_TEST_DATABASE CEPCES_TEST_PGCTL
"$@"
