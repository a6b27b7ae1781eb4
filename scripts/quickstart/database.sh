# A private PostgreSQL cluster, reachable through a socket in its own folder only. Sourced by quickstart.sh.

database=$dir/database
socket_dir=$dir/run
conninfo="host=$socket_dir dbname=cepces user=cepces"

postgres_bin() {
    local bin
    bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$bin" ] || fail "PostgreSQL's programs were not found below /usr/lib/postgresql"
    printf '%s' "$bin"
}

database_create() {
    local parent
    step "making a database in $database"
    [ ${#socket_dir} -le 90 ] || fail "$dir: the path is too long for a PostgreSQL socket" "choose a shorter --dir"
    # Made beside its place: an interrupted run leaves nothing that looks like a database.
    rm -rf "$database.new"
    install -d -m 0700 "$database.new"
    install -d -m 0755 "$socket_dir"
    if [ $is_root = yes ]; then
        parent=$dir
        while [ "$parent" != / ]; do
            runuser -u postgres -- test -x "$parent" ||
                fail "account postgres cannot enter $parent" "choose a --dir that other accounts may enter"
            parent=$(dirname "$parent")
        done
        chown postgres: "$database.new" "$socket_dir"
    fi
    as_postgres "$(postgres_bin)/initdb" -D "$database.new" -A peer -U cepces --no-locale -E UTF8 \
        >"$dir/initdb.log" 2>&1 || fail "initdb failed" "see $dir/initdb.log"
    cat >>"$database.new/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$socket_dir'
max_connections = 200
CONF
    # Only the accounts that run the tool and the web server are let in, by the name the kernel vouches for.
    printf 'local all cepces peer map=quickstart\n' >"$database.new/pg_hba.conf"
    printf 'quickstart %s cepces\n' "$(id -un)" postgres www-data >"$database.new/pg_ident.conf"
    mv -T "$database.new" "$database"
}

database_runs() { pid_alive "$database/postmaster.pid" "$database"; }

database_client() { as_postgres "$(postgres_bin)/$1" -h "$socket_dir" -U cepces "${@:2}"; }

database_start() {
    local log=$database/server.log
    [ -f "$database/PG_VERSION" ] || database_create
    if ! database_runs; then
        step "starting the database"
        as_postgres "$(postgres_bin)/pg_ctl" -D "$database" -l "$log" -w -t 30 start >/dev/null ||
            fail "PostgreSQL did not start" "see $log"
    fi
    database_client psql -d postgres -Atqc "SELECT 1 FROM pg_database WHERE datname = 'cepces'" | grep -q 1 ||
        database_client createdb cepces
}

database_empty() {
    database_client dropdb --force --if-exists cepces
    database_client createdb cepces
}

database_stop() {
    database_runs || return 0
    as_postgres "$(postgres_bin)/pg_ctl" -D "$database" -m fast -w stop >/dev/null
}
