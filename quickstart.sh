#!/usr/bin/env bash
# A working mod_cepces on this machine in one command: packages, build, database, CA, templates, accounts, web server,
# and one real enrolment. A second run starts what is not running and takes a few seconds.
set -euo pipefail
umask 022

usage() {
    cat <<'TEXT'
Usage: ./quickstart.sh [--dir DIR] [--host NAME] [--port N] [--local]
       ./quickstart.sh --stop [--dir DIR]

  --dir DIR    where everything lives (default: /var/lib/mod_cepces-quickstart as root,
               ~/.local/share/mod_cepces-quickstart otherwise)
  --host NAME  the name clients use in URLs (default: this machine's full name; localhost with --local)
  --port N     port of the policy and enrollment services (default 8443; CRL and CA certificates are then on
               N - 363, so 8443 goes with 8080 and 443 with 80)
  --local      listen on the loopback addresses only
  --stop       stop web server and database; nothing is removed
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
dir= host= port=8443 local_only=no stop=no

while [ $# -gt 0 ]; do
    case $1 in
    --dir) dir=${2:?--dir needs a folder}; shift 2 ;;
    --host) host=${2:?--host needs a name}; shift 2 ;;
    --port) port=${2:?--port needs a number}; shift 2 ;;
    --local) local_only=yes; shift ;;
    --stop) stop=yes; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
done

is_root=no
[ "$(id -u)" -eq 0 ] && is_root=yes
if [ -z "$dir" ]; then
    [ $is_root = yes ] && dir=/var/lib/mod_cepces-quickstart || dir=$HOME/.local/share/mod_cepces-quickstart
fi
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

. "$here/scripts/quickstart/common.sh"
. "$here/scripts/quickstart/software.sh"
. "$here/scripts/quickstart/database.sh"
. "$here/scripts/quickstart/site.sh"
. "$here/scripts/quickstart/httpd.sh"
. "$here/scripts/quickstart/report.sh"

if [ $stop = yes ]; then
    httpd_stop
    database_stop
    say "stopped; start again with ./quickstart.sh --dir $dir"
    exit 0
fi

read_settings
install_packages
build_software
database_start
site_create
httpd_start
first_enrollment
write_endpoints
print_report
