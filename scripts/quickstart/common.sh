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

# A server is alive when the number on the first line of its file is that of a process started with this word: after a
# restart of the machine the number may be somebody else's.
pid_alive() { # FILE WORD
    local pid
    pid=$(head -n 1 "$1" 2>/dev/null) && [ -n "$pid" ] &&
        tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "$2"
}

wait_gone() { # until the process is no more, at most ten seconds
    local tries=100
    while kill -0 "$1" 2>/dev/null && [ $((tries -= 1)) -gt 0 ]; do sleep 0.1; done
}

# What runs in the background would outlive an interrupted script.
end_children_at_exit() {
    trap 'jobs -p | xargs -r kill 2>/dev/null || true' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

make_folder() {
    case $dir in *[!A-Za-z0-9._/+-]*)
        fail "--dir $dir: only letters, digits and . _ + - are possible here" "choose another --dir"
        ;;
    esac
    mkdir -p "$dir" 2>/dev/null && [ -w "$dir" ] ||
        fail "$dir cannot be written by $(id -un)" "choose another --dir, or run this script as its owner"
    [ ! -e "$dir/settings" ] || [ -O "$dir/settings" ] ||
        fail "the quickstart in $dir belongs to $(stat -c %U "$dir/settings")" \
            "run this script as that account, or choose another --dir"
}

check_port() { # a port that nobody listens on, and that the caller may take
    if (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
        fail "another program listens on port $1" "choose another --port, or stop that program"
    fi
    [ $is_root = yes ] || [ "$1" -ge "$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start)" ] ||
        fail "port $1 is for root only" "choose a higher --port, or run this script as root"
}

new_settings() {
    if [ -z "$host" ]; then
        [ $local_only = yes ] && host=localhost || host=$(hostname -f 2>/dev/null || hostname)
    fi
    case $host in *[!A-Za-z0-9.-]* | [.-]*) fail "--host $host: not a name that can stand in a URL" ;; esac
    port=${port:-8443}
    case $port in
    *[!0-9]* | 0* | ??????*) fail "--port $port: not a port number" ;;
    esac
    [ "$port" -gt 363 ] && [ "$port" -le 65535 ] || fail "--port $port: between 364 and 65535, please"
    check_port "$port"
    check_port $((port - 363))
    printf 'host=%q\nport=%q\nlocal_only=%q\n' "$host" "$port" "$local_only" >"$dir/settings"
}

random_password() { openssl rand -base64 18 | tr '+/' '-_'; }

# The name and ports stand in certificates, so they are kept once the site is complete.
read_settings() {
    local wanted_host=$host wanted_port=$port wanted_local=$local_only
    if [ -f "$dir/site-complete" ]; then
        . "$dir/settings"
        if [ "${wanted_host:-$host}" != "$host" ] || [ "${wanted_port:-$port}" != "$port" ] ||
            { [ "$wanted_local" = yes ] && [ "$local_only" = no ]; }; then
            fail "$dir was made for host $host, port $port$([ $local_only = no ] || printf ', --local')" \
                "use another --dir, or stop it and remove $dir to begin anew"
        fi
    else
        new_settings
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
