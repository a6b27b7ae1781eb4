#!/bin/sh
# Shows certificates, CRLs and CMC responses of the ca room to programs that share no code with us: the openssl command,
# GnuTLS's certtool, and asn1crypto.
set -u
top=${srcdir:-.}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

expect() { # WHAT STATUS COMMAND...
    what=$1 wanted=$2
    shift 2
    "$@" >"$work/out" 2>&1
    case $wanted-$? in
    ok-0 | refused-[1-9]*) ;;
    *)
        echo "FAIL: $what is not $wanted"
        sed 's/^/    /' "$work/out"
        failures=$((failures + 1))
        ;;
    esac
}

./ca_samples "$work" || exit 1
for kind in p256 p384 rsa; do
    k=$work/$kind
    cat "$k-leaf.pem" "$k-sub.pem" "$k-root.pem" >"$k-chain.pem"
    verify="openssl verify -x509_strict -check_ss_sig -CAfile $k-root.pem"
    expect "$kind: root" ok $verify "$k-root.pem"
    expect "$kind: subordinate" ok $verify "$k-sub.pem"
    expect "$kind: leaf as a server" ok $verify -purpose sslserver -untrusted "$k-sub.pem" "$k-leaf.pem"
    expect "$kind: leaf as a client" ok $verify -purpose sslclient -untrusted "$k-sub.pem" "$k-leaf.pem"
    expect "$kind: leaf as a CRL signer" refused \
        $verify -purpose crlsign -untrusted "$k-sub.pem" "$k-leaf.pem"
    expect "$kind: leaf without its issuer" refused $verify "$k-leaf.pem"
    expect "$kind: good leaf against the CRL" ok \
        $verify -crl_check -CRLfile "$k-crl.pem" -untrusted "$k-sub.pem" "$k-leaf.pem"
    expect "$kind: revoked leaf against the CRL" refused \
        $verify -crl_check -CRLfile "$k-crl.pem" -untrusted "$k-sub.pem" "$k-revoked.pem"

    expect "$kind: chain by GnuTLS" ok certtool --verify \
        --load-ca-certificate "$k-root.pem" --infile "$k-chain.pem"
    expect "$kind: CRL by GnuTLS" ok certtool --verify-crl --load-ca-certificate "$k-sub.pem" \
        --infile "$k-crl.pem"
    for answer in issued pending failed; do
        expect "$kind: CMC response, $answer" ok openssl cms -verify -inform DER -in "$k-$answer.der" \
            -CAfile "$k-root.pem" -purpose any -binary -out "$k-$answer.body"
        expect "$kind: body, $answer" ok openssl asn1parse -inform DER -in "$k-$answer.body"
    done
    if /usr/bin/python3 -c 'import asn1crypto' 2>/dev/null; then
        expect "$kind: asn1crypto" ok /usr/bin/python3 -B "$top/tests/unit/ca_judge.py" "$k"
    fi
done
[ $failures -eq 0 ]
