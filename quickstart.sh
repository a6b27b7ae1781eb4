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
dir= host= port= local_only=no stop=no

while [ $# -gt 0 ]; do
    case $1 in
    --dir | --host | --port)
        [ -n "${2:-}" ] || { printf 'quickstart: %s needs a value\n' "$1" >&2; usage >&2; exit 2; }
        printf -v "${1#--}" %s "$2"
        shift 2
        ;;
    --local) local_only=yes; shift ;;
    --stop) stop=yes; shift ;;
    -h | --help) usage; exit 0 ;;
    *) printf 'quickstart: unknown option %s\n' "$1" >&2; usage >&2; exit 2 ;;
    esac
done

is_root=no
[ "$(id -u)" -eq 0 ] && is_root=yes
if [ -z "$dir" ]; then
    [ $is_root = yes ] && dir=/var/lib/mod_cepces-quickstart || dir=$HOME/.local/share/mod_cepces-quickstart
fi
dir=$(realpath -m -- "$dir")
PATH=$PATH:/usr/sbin:/sbin

. "$here/scripts/quickstart/common.sh"
. "$here/scripts/quickstart/software.sh"
. "$here/scripts/quickstart/database.sh"
. "$here/scripts/quickstart/site.sh"
. "$here/scripts/quickstart/httpd.sh"
. "$here/scripts/quickstart/report.sh"

if [ $stop = yes ]; then
    [ -d "$dir" ] || fail "there is no quickstart in $dir" "name the folder it was made in with --dir"
    httpd_stop
    database_stop
    say "stopped; start again with ./quickstart.sh --dir $dir"
    exit 0
fi

end_children_at_exit
make_folder
read_settings
install_packages
build_software
database_start
site_create
httpd_start
first_enrollment
write_endpoints
print_report
