# A private httpd. Sourced by quickstart.sh.

httpd_modules=$(apxs -q LIBEXECDIR 2>/dev/null || printf /usr/lib/apache2/modules)

write_httpd_conf() {
    local address='' module user=
    [ $local_only = no ] || address=127.0.0.1:
    [ $is_root = no ] || user=$'User www-data\nGroup www-data'
    {
        printf '# Made by quickstart.sh at each start; see docs/directives.md for every directive of mod_cepces.\n'
        for module in mpm_event authn_core authz_core authz_user socache_shmcb ssl reqtimeout; do
            printf 'LoadModule %s_module %s/mod_%s.so\n' $module "$httpd_modules" $module
        done
        cat <<CONF
LoadModule cepces_module $dir/software/modules/mod_cepces.so

ServerRoot "$dir"
DefaultRuntimeDir "$dir/run/httpd"
PidFile "$dir/run/httpd/httpd.pid"
Mutex "file:$dir/run/httpd" default
ServerName $host
$user
Listen ${address}$http_port
Listen ${address}$port
LogLevel notice cepces:info
ErrorLog "$dir/log/error.log"
LogFormat "%h %t \"%r\" %>s %b %D" short
CustomLog "$dir/log/access.log" short
ServerTokens Prod
TraceEnable off
MaxConnectionsPerChild 0
RequestReadTimeout handshake=5 header=10-20,MinRate=500 body=10-30,MinRate=2000
LimitRequestLine 4096
LimitRequestFields 50
DocumentRoot "$dir/htdocs"

CepcesDatabase "$conninfo"
CepcesKeyDirectory "$dir/keys"
CepcesEnrollmentServer $ca UsernamePassword $ces_url priority=10

<VirtualHost *:$http_port>
    <Location "/pki">
        SetHandler cepces-publish
        Require all granted
    </Location>
</VirtualHost>

SSLSessionCache "shmcb:$dir/run/httpd/ssl(512000)"
SSLProtocol -all +TLSv1.2 +TLSv1.3
<VirtualHost *:$port>
    SSLEngine on
    SSLCertificateFile "$dir/tls/server.pem"
    SSLCertificateKeyFile "$dir/tls/server.key"
    Protocols http/1.1

    <Location "/ADPolicyProvider_CEP_UsernamePassword/service.svc">
        SetHandler cepces-policy
        CepcesPolicy $policy
        AuthType UsernameToken
        CepcesAuthProvider cepces
        Require valid-user
    </Location>
    <Location "/${ca}_CES_UsernamePassword/service.svc">
        SetHandler cepces-enroll
        CepcesCA $ca
        AuthType UsernameToken
        CepcesAuthProvider cepces
        Require valid-user
    </Location>
</VirtualHost>
CONF
    } >"$dir/httpd.conf"
}

fetch() { env -u CURL_CA_BUNDLE -u SSL_CERT_FILE curl -sS --fail --max-time 10 --noproxy '*' "$@"; }

# The address this machine reaches itself at, whatever name clients use.
to_self() { printf '%s:%s:127.0.0.1' "$host" "$1"; }

httpd_runs() { pid_alive "$dir/run/httpd/httpd.pid" "$dir/httpd.conf"; }

wait_for_httpd() {
    local tries=50
    until fetch -o /dev/null --resolve "$(to_self "$http_port")" "$http_origin/pki/$ca.crl" 2>"$dir/curl.log"; do
        httpd_runs && [ $((tries -= 1)) -gt 0 ] ||
            fail "httpd does not answer" "see $dir/log/error.log" "$(tail -n 3 "$dir/log/error.log" 2>/dev/null)"
        sleep 0.1
    done
    fetch -o /dev/null --resolve "$(to_self "$port")" --cacert "$dir/root.pem" "$cep_url" ||
        fail "the policy service does not answer at $cep_url" "see $dir/log/error.log"
}

httpd_start() {
    install -d "$dir/log" "$dir/htdocs" "$dir/run/httpd"
    write_httpd_conf
    if ! httpd_runs; then
        step "starting httpd on ports $port and $http_port"
        apache2 -t -f "$dir/httpd.conf" 2>"$dir/log/configtest.log" ||
            fail "httpd does not accept its configuration" "$(tail -n 5 "$dir/log/configtest.log")"
        apache2 -f "$dir/httpd.conf" 2>"$dir/log/start.log" ||
            fail "httpd did not start" "is another server on port $port or $http_port? see $dir/log/error.log" \
                "$(tail -n 3 "$dir/log/start.log" "$dir/log/error.log" 2>/dev/null)"
    fi
    wait_for_httpd
}

httpd_stop() {
    local pid
    httpd_runs || return 0
    pid=$(head -n 1 "$dir/run/httpd/httpd.pid")
    kill -TERM "$pid"
    wait_gone "$pid"
}
