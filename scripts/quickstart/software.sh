# Packages and build. Sourced by quickstart.sh.

missing_packages() {
    local wanted
    wanted=$(sed -e 's/#.*//' "$here/packages.txt" | xargs)
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' $wanted 2>/dev/null |
        awk '$2 == "installed" { have[$1] = 1 } END { for (p in have) print p }' >"$dir/installed.tmp" || true
    printf '%s\n' $wanted | grep -vxF -f "$dir/installed.tmp" || true
    rm -f "$dir/installed.tmp"
}

install_packages() {
    local missing sudo=
    missing=$(missing_packages | xargs)
    [ -n "$missing" ] || return 0
    [ $is_root = yes ] || sudo=sudo
    if [ -n "$sudo" ] && ! command -v sudo >/dev/null; then
        fail "packages are missing: $missing" "install them as root, or run this script as root"
    fi
    step "installing packages: $missing"
    quietly "$dir/apt-update.log" $sudo env DEBIAN_FRONTEND=noninteractive apt-get update
    quietly "$dir/apt-install.log" $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y \
        --no-install-recommends $missing
}

# What the build depends on, in one line: another line means building again.
source_stamp() {
    (cd "$here" && find configure.ac Makefile.am lib mod_cepces tools conf docs -type f -printf '%p %s %T@\n' |
        sort | sha256sum)
}

build_software() {
    local stamp
    stamp=$(source_stamp)
    [ "$(cat "$dir/software/stamp" 2>/dev/null)" != "$stamp" ] || return 0
    step "building"
    mkdir -p "$dir/build"
    # Makefile.in is the last that autogen.sh makes.
    [ "$here/Makefile.in" -nt "$here/configure.ac" ] ||
        quietly "$dir/build/autogen.log" "$here/autogen.sh"
    cd "$dir/build"
    if [ ! -f configured ]; then
        quietly "$dir/build/configure.log" "$here/configure" --prefix="$dir/software" \
            --with-moduledir="$dir/software/modules"
        : >configured
    fi
    quietly "$dir/build/make.log" make -j"$(nproc)"
    httpd_stop
    quietly "$dir/build/install.log" make install
    cd "$here"
    printf '%s\n' "$stamp" >"$dir/software/stamp"
}
