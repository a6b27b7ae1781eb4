# CAs, templates, policy, accounts, and the web server's own certificate. Sourced by quickstart.sh. Every step is done
# once: its result is in the database or a file.

offered_templates="WebServer WebServerECC WebServerP384 Workstation User UserECC Approval KeyBasedRenewal Restricted"

write_config() {
    install -d -m 0700 "$dir/keys"
    cat >"$dir/cepcesctl.yaml" <<YAML
# What cepcesctl needs to know; made by quickstart.sh.
database: "$conninfo"
key_directory: "$dir/keys"
YAML
}

create_cas() {
    step "making a root and an issuing CA"
    cepcesctl ca create "$root_ca" --subject "CN=Quickstart Root CA" --algorithm p384 --days 7300 \
        --crl-days 180 --crl-overlap-hours 720 \
        --cdp "$http_origin/pki/$root_ca.crl" --aia "$http_origin/pki/$root_ca.cer" >/dev/null
    cepcesctl ca create "$ca" --issuer "$root_ca" --subject "CN=Quickstart Issuing CA" --algorithm p256 \
        --days 3650 --path-len 0 --cdp "$http_origin/pki/$ca.crl" --aia "$http_origin/pki/$ca.cer" >/dev/null
}

apply_templates() {
    local template files=()
    for template in $offered_templates; do files+=("$here/conf/templates/$template.yaml"); done
    cepcesctl template apply "${files[@]}" >"$dir/templates.log" 2>&1 ||
        fail "the example templates were not accepted" "see $dir/templates.log"
}

create_policy() {
    step "publishing templates"
    cepcesctl ca publish "$ca" $offered_templates >/dev/null
    cepcesctl policy create "$policy" --friendly-name "Quickstart Enrollment Policy" --ca "$ca" --hours 1 \
        >/dev/null
}

# An account with a random password, which is kept in a file that only its owner reads.
add_account() {
    local name=$1
    shift
    cepcesctl account add "$name" "$@" >/dev/null
    (umask 077 && random_password >"$dir/passwords/$name")
    cepcesctl credential set "$name" --password-file "$dir/passwords/$name" --scope "policy:$policy" \
        --scope same-as-cep >/dev/null
}

create_accounts() {
    local template
    step "making accounts alice and bob"
    install -d -m 0700 "$dir/passwords"
    add_account alice --kind user --common-name "Alice Example" --upn alice@example.test \
        --email alice@example.test --dns alice-pc.example.test --sid S-1-5-21-1000000001-1000000002-1000000003-1105
    add_account bob --kind user --common-name "Bob Example" --upn bob@example.test \
        --email bob@example.test --sid S-1-5-21-1000000001-1000000002-1000000003-1106
    # Alice may ask for every name of the DNS kind, so that a first try succeeds; bob only below example.com.
    for template in WebServer WebServerECC WebServerP384 Approval KeyBasedRenewal; do
        cepcesctl access grant --template "$template" --account alice --name 'dns:*' >/dev/null
    done
    cepcesctl access grant --template WebServer --account bob --name 'dns:*.example.com' >/dev/null
    for template in Workstation User UserECC; do
        cepcesctl access grant --template "$template" --account alice --autoenroll >/dev/null
    done
    cepcesctl access grant --template User --account bob --autoenroll >/dev/null
    cepcesctl access grant --template Restricted --account bob --name 'dns:*.example.com' >/dev/null
}

# Names and addresses under which clients may reach this machine.
own_addresses() {
    { hostname -I 2>/dev/null || true; printf '127.0.0.1 ::1'; ! host_is_address || printf ' %s' "$host"; } |
        xargs -n 1 | sort -u
}

own_names() { { host_is_address || printf '%s\n' "$host" "${host%%.*}"; printf 'localhost\n'; } | sort -u; }

host_is_address() { [[ $host =~ ^[0-9.]+$ ]]; }

# The TLS certificate comes from the issuing CA like any other; the key is made here and belongs to httpd.
issue_tls_certificate() {
    local san= name grants=()
    step "issuing the web server's certificate"
    for name in $(own_names); do san=$san${san:+,}DNS:$name grants+=(--name "dns:$name"); done
    for name in $(own_addresses); do san=$san${san:+,}IP:$name grants+=(--name "ip:$name"); done
    install -d -m 0700 "$dir/tls"
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/tls/server.key" \
        -out "$dir/tls/server.csr" -subj "/CN=$host" -addext "subjectAltName=$san" 2>/dev/null
    cepcesctl account show tls-server >/dev/null 2>&1 ||
        cepcesctl account add tls-server --kind service >/dev/null
    cepcesctl access grant --template WebServerECC --account tls-server "${grants[@]}" >/dev/null
    cepcesctl cert issue --ca "$ca" --template WebServerECC --account tls-server \
        --request "$dir/tls/server.csr" --out "$dir/tls/server.pem" --chain >/dev/null
}

# What an interrupted run left: nobody has used it yet, so it is made again from the beginning.
site_remove() {
    step "beginning anew with the site, which an earlier run did not complete"
    database_empty
    rm -rf "$dir/keys" "$dir/passwords" "$dir/tls" "$dir/first"
}

site_create() {
    [ -f "$dir/site-complete" ] || [ ! -f "$dir/site-begun" ] || site_remove
    write_config
    cepcesctl schema upgrade >/dev/null
    [ ! -f "$dir/site-complete" ] || return 0
    : >"$dir/site-begun"
    create_cas
    apply_templates
    create_policy
    create_accounts
    issue_tls_certificate
    cepcesctl ca show "$root_ca" --pem >"$dir/root.pem"
    : >"$dir/site-complete"
}
