"""Judging certificates with tools that are not ours: openssl, certtool, asn1crypto."""

import os
import subprocess
import tempfile

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509

from .process import environment, run


def to_pem(der, kind="CERTIFICATE"):
    return pem.armor(kind, der)


def load(der):
    """A certificate, every byte of it accounted for."""
    certificate = asn1_x509.Certificate.load(der, strict=True)
    assert certificate.dump(force=True) == der
    return certificate


def extensions(certificate):
    """{oid: (critical, value bytes)}; a repeated extension is a failure."""
    found = {}
    for ext in certificate["tbs_certificate"]["extensions"]:
        dotted = ext["extn_id"].dotted
        assert dotted not in found, f"extension {dotted} stands twice"
        found[dotted] = (ext["critical"].native, ext["extn_value"].contents)
    return found


def subject(certificate):
    """[(type, value)] in the order of the encoding."""
    return [(pair["type"].dotted, pair["value"].native) for rdn in certificate.subject.chosen for pair in rdn]


def alt_names(certificate):
    """[(kind, value)] of the subject alternative name; other names as (oid, value)."""
    value = certificate.subject_alt_name_value
    names = []
    for general in value or []:
        if general.name == "other_name":
            names.append((general.chosen["type_id"].dotted, general.chosen["value"].native))
        else:
            names.append((general.name, general.native))
    return names


def verify(leaf_der, chain_pem, root_pem, crls_pem=None, purpose=None):
    """openssl verify -x509_strict, with revocation when CRLs are given; returns openssl's words."""
    with tempfile.TemporaryDirectory() as directory:
        leaf = os.path.join(directory, "leaf.pem")
        with open(leaf, "wb") as f:
            f.write(to_pem(leaf_der))
        command = ["openssl", "verify", "-x509_strict", "-CAfile", root_pem, "-untrusted", chain_pem]
        if purpose:
            command += ["-purpose", purpose]
        if crls_pem:
            command += ["-crl_check", "-CRLfile", crls_pem]
        done = run([*command, leaf], check=False)
    return done.returncode == 0, (done.stdout + done.stderr).replace(directory, "")


def certtool_verifies(leaf_der, *issuers_pem):
    """GnuTLS builds and verifies the chain from leaf to root."""
    bundle = to_pem(leaf_der)
    for path in issuers_pem:
        with open(path, "rb") as f:
            bundle += b"\n" + f.read()
    done = subprocess.run(["certtool", "--verify-chain"], input=bundle, capture_output=True, env=environment(),
                          check=False, timeout=60)
    return done.returncode == 0 and b"Chain verification output: Verified." in done.stdout, done.stdout.decode()


def cms_verifies(cms_der, root_pem, chain_pem):
    """openssl cms -verify of a CMC response, the signer being a CA that chains to the root."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "response.der")
        with open(path, "wb") as f:
            f.write(cms_der)
        done = run(["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", path, "-CAfile", root_pem,
                    "-certfile", chain_pem, "-purpose", "any", "-out", os.devnull], check=False)
    return done.returncode == 0, done.stderr


def crl_serials(crl_der):
    """{serial number: reason or None} of a CRL."""
    from asn1crypto import crl as asn1_crl
    listed = asn1_crl.CertificateList.load(crl_der, strict=True)["tbs_cert_list"]["revoked_certificates"]
    return {entry["user_certificate"].native: (entry.crl_reason_value.native if entry.crl_reason_value else None)
            for entry in listed or []}
