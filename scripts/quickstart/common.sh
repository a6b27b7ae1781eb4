# Shared by the parts of quickstart.sh: messages, settings, small helpers. Sourced, not run.

started_at=$SECONDS

say() { printf '%s\n' "$*"; }
step() { printf '[%3ds] %s\n' $((SECONDS - started_at)) "$*"; }
fail() {
    printf 'quickstart: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf 'hint: %s\n' "${@:2}" >&2
    exit 1
}

# Runs a long command with its output in a log, a dot every few seconds, and the log's end when it fails.
quietly() {
    local log=$1 pid status=0
    shift
    "$@" >"$log" 2>&1 &
    pid=$!
    while kill -0 $pid 2>/dev/null; do
        sleep 0.2
        [ $((++ticks % 25)) -ne 0 ] || printf '.'
    done
    wait $pid || status=$?
    [ "${ticks:-0}" -lt 25 ] || printf '\n'
    ticks=0
    if [ $status -ne 0 ]; then
        tail -n 25 "$log" >&2
        fail "failed: $*" "the whole output is in $log"
    fi
}
ticks=0

# As root, servers and their files belong to system accounts; otherwise to the caller.
as_postgres() {
    if [ $is_root = yes ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

pid_alive() { # the process whose number is on the first line of a file
    local pid
    pid=$(head -n 1 "$1" 2>/dev/null) && [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null
}

wait_gone() { # until the process is no more, at most ten seconds
    local tries=100
    while kill -0 "$1" 2>/dev/null && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
}

random_password() { openssl rand -base64 18 | tr '+/' '-_'; }

# The name and ports stand in certificates, so they are chosen once and kept.
read_settings() {
    local wanted_host=$host wanted_port=$port wanted_local=$local_only
    if [ -r "$dir/settings" ]; then
        . "$dir/settings"
        if { [ -n "$wanted_host" ] && [ "$wanted_host" != "$host" ]; } ||
            { [ "$wanted_port" != 8443 ] && [ "$wanted_port" != "$port" ]; } ||
            { [ "$wanted_local" = yes ] && [ "$local_only" = no ]; }; then
            fail "$dir was made for host $host, port $port" \
                "use another --dir, or stop it and remove $dir to begin anew"
        fi
    else
        if [ -z "$host" ]; then
            [ $local_only = yes ] && host=localhost || host=$(hostname -f 2>/dev/null || hostname)
        fi
        case $port in '' | *[!0-9]*) fail "--port $port: not a number" ;; esac
        [ "$port" -gt 363 ] && [ "$port" -le 65535 ] || fail "--port $port: between 364 and 65535, please"
        printf 'host=%q\nport=%q\nlocal_only=%q\n' "$host" "$port" "$local_only" >"$dir/settings"
    fi
    http_port=$((port - 363))
    origin=https://$host$([ "$port" -eq 443 ] || printf ':%s' "$port")
    http_origin=http://$host$([ "$http_port" -eq 80 ] || printf ':%s' "$http_port")
    root_ca=Quickstart-Root
    ca=Quickstart-CA
    policy=quickstart
    cep_url=$origin/ADPolicyProvider_CEP_UsernamePassword/service.svc/CEP
    ces_url=$origin/${ca}_CES_UsernamePassword/service.svc/CES
}

cepcesctl() { "$dir/software/bin/cepcesctl" --config "$dir/cepcesctl.yaml" "$@"; }
