# The proof that it works, endpoints.json, and what to do on Windows. Sourced by quickstart.sh.

# One enrolment over the real protocol, and the verdict of openssl with every CRL. DNS need not know the name yet.
first_enrollment() {
    [ ! -f "$dir/first/first.pem" ] || return 0
    step "enrolling a certificate as alice"
    cepcesctl enroll --policy-url "$cep_url" --template WebServer --user alice \
        --password-file "$dir/passwords/alice" --ca-file "$dir/root.pem" --dns "first.example.test" \
        --resolve "$(to_self "$port")" \
        --out "$dir/first" --name first >"$dir/log/first.log" 2>&1 ||
        fail "the first enrolment failed" "$(tail -n 3 "$dir/log/first.log")"
    fetch -o "$dir/first/root.crl.der" --resolve "$(to_self "$http_port")" "$http_origin/pki/$root_ca.crl"
    fetch -o "$dir/first/ca.crl.der" --resolve "$(to_self "$http_port")" "$http_origin/pki/$ca.crl"
    cat <(openssl crl -inform DER -in "$dir/first/root.crl.der") \
        <(openssl crl -inform DER -in "$dir/first/ca.crl.der") >"$dir/first/crls.pem"
    openssl verify -x509_strict -crl_check_all -CAfile "$dir/root.pem" -CRLfile "$dir/first/crls.pem" \
        -untrusted "$dir/first/first-chain.pem" "$dir/first/first.pem" >>"$dir/log/first.log" 2>&1 ||
        fail "the first certificate does not verify" "$(tail -n 3 "$dir/log/first.log")"
}

template_rows() {
    local name computer=true separator=
    for name in $offered_templates; do
        case $name in
        User | UserECC) computer=false ;;
        *) computer=true ;;
        esac
        printf '%s    { "name": "%s", "oid": "%s", "context": "%s", "manager_approval": %s }' "$separator" "$name" \
            "$(template_oid "$name")" "$([ $computer = true ] && echo computer || echo user)" \
            "$(case $name in Approval | KeyBasedRenewal) echo true ;; *) echo false ;; esac)"
        separator=$',\n'
    done
}

template_oid() { cepcesctl template export "$1" | sed -n 's/^oid: *"\{0,1\}\([0-9.]*\).*/\1/p'; }

write_endpoints() {
    (
        umask 077
        cat >"$dir/endpoints.json" <<JSON
{
  "ca_file": "$dir/root.pem",
  "host": "$host",
  "pid": $(head -n 1 "$dir/run/httpd/httpd.pid"),
  "policies": [
    { "auth": "UsernamePassword", "url": "$cep_url", "username": "alice", "password": "$(cat "$dir/passwords/alice")" },
    { "auth": "UsernamePassword", "url": "$cep_url", "username": "bob", "password": "$(cat "$dir/passwords/bob")" }
  ],
  "enroll": [
    { "auth": "UsernamePassword", "ca": "$ca", "url": "$ces_url", "renewal_only": false }
  ],
  "templates": [
$(template_rows)
  ],
  "cepcesctl": [ "$dir/software/bin/cepcesctl", "--config", "$dir/cepcesctl.yaml" ],
  "database": "$conninfo"
}
JSON
    )
}

print_report() {
    local fingerprint address
    fingerprint=$(openssl x509 -in "$dir/root.pem" -noout -fingerprint -sha256 | cut -d= -f2)
    address=$(hostname -I 2>/dev/null | awk '{ print $1 }')
    step "ready"
    cat <<TEXT

  Policy service      $cep_url
  Enrollment service  $ces_url
  Users               alice, password $(cat "$dir/passwords/alice")
                      bob,   password $(cat "$dir/passwords/bob")
  Root certificate    $http_origin/pki/$root_ca.cer   (file: $dir/root.pem)
                      SHA-256 $fingerprint
  Everything else     $dir/endpoints.json
  Administration      $dir/software/bin/cepcesctl --config $dir/cepcesctl.yaml
  Stop it             ./quickstart.sh --stop --dir $dir

On a Windows machine, in PowerShell as administrator:

  # the name of this server, unless DNS knows it
  Add-Content C:\\Windows\\System32\\drivers\\etc\\hosts "${address:-ADDRESS} $host"
  Test-NetConnection $host -Port $port
  Test-NetConnection $host -Port $http_port

  # trust its root; compare the fingerprint first
  Invoke-WebRequest $http_origin/pki/$root_ca.cer -OutFile root.cer
  certutil -dump root.cer
  Import-Certificate root.cer -CertStoreLocation Cert:\\LocalMachine\\Root

  # the policy, then a certificate
  \$c = Get-Credential alice
  Add-CertificateEnrollmentPolicyServer -Url $cep_url -Context Machine -Credential \$c
  Get-Certificate -Template WebServer -DnsName web.example.com -SubjectName "CN=web.example.com" \`
      -Url $cep_url -Credential \$c -CertStoreLocation Cert:\\LocalMachine\\My
  certreq -enroll -machine -policyserver $cep_url -username alice -p PASSWORD Workstation

  # every URL in the certificate can be reached
  certutil -verify -urlfetch CERTIFICATE.cer

If a firewall runs on this machine, open the two ports, for example:
  nft add rule inet filter input tcp dport { $port, $http_port } accept

From a Linux machine that knows the name $host and has the root certificate in root.pem:
  curl --cacert root.pem $cep_url
  cepcesctl enroll --policy-url $cep_url --template WebServer --user alice \\
      --ca-file root.pem --dns web.example.com --out .
TEXT
}
