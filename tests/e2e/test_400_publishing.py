"""CA certificates and CRLs over plain HTTP, and revocation reaching those who ask."""

import email.utils
import time

import pytest
from asn1crypto import crl as asn1_crl
from asn1crypto import pem
from harness import certs, keys
from harness.certs import load
from harness.client import Client
from harness.process import wait_for
from harness.site import CES
from test_300_issue import site_ca
from test_310_refusals import simple

FULL = CES + "/CES"


def fetch(site, name, method="GET", **how):
    return site.plain_client().send(f"/pki/{name}", method=method, content_type=None, **how)


@pytest.mark.parametrize("name,content_type", [
    ("contoso.crl", "application/pkix-crl"), ("contoso-root.crl", "application/pkix-crl"),
    ("contoso.cer", "application/pkix-cert"), ("contoso-root.cer", "application/pkix-cert"),
    ("contoso.pem", "application/x-pem-file"), ("contoso-chain.pem", "application/x-pem-file")])
def test_published_files(site, name, content_type):
    reply = fetch(site, name)
    assert reply.status == 200 and reply.content_type.split(";")[0] == content_type
    assert int(reply.headers["Content-Length"]) == len(reply.body) > 0
    for header in ("ETag", "Last-Modified"):
        assert reply.headers[header]
    assert reply.headers["Cache-Control"] or reply.headers["Expires"]
    head = fetch(site, name, "HEAD")
    assert head.status == 200 and head.body == b"" and head.headers["ETag"] == reply.headers["ETag"]


def test_unchanged_file_is_not_sent_again(site):
    first = fetch(site, "contoso.crl")
    again = fetch(site, "contoso.crl", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304 and again.body == b""
    again = fetch(site, "contoso.crl", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert again.status == 304


def test_crl_is_not_cached_beyond_its_next_update(site):
    reply = fetch(site, "contoso.crl")
    next_update = asn1_crl.CertificateList.load(reply.body)["tbs_cert_list"]["next_update"].native
    if reply.headers["Expires"]:
        assert email.utils.parsedate_to_datetime(reply.headers["Expires"]) <= next_update


@pytest.mark.parametrize("path", ["/pki/other.crl", "/pki/contoso.key", "/pki/contoso-1.pem", "/pki/", "/pki/contoso",
                                  "/pki/contoso.crl/x", "/pki/../pki/contoso-9.crl", "/pki/contoso%2f.crl", "/pki/.crl",
                                  "/pki/%00.crl", "/pki/" + "a" * 1000])
def test_nothing_else_is_published(site, path):
    assert site.plain_client().send(path, method="GET", content_type=None).status in (403, 404)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_publishing_only_reads(site, method):
    assert fetch(site, "contoso.crl", method).status == 405


def test_certificates_are_the_cas(site):
    assert fetch(site, "contoso.cer").body == site_ca(site)
    chain = [load(der) for _, _, der in pem.unarmor(fetch(site, "contoso-chain.pem").body, multiple=True)]
    assert [c.subject.native["common_name"] for c in chain] == ["Contoso Issuing CA", "Contoso Root CA"]
    (_, _, one), = pem.unarmor(fetch(site, "contoso.pem").body, multiple=True)
    assert one == site_ca(site)


def test_ca_certificates_are_ones(site):
    """Profile of the CAs: strict verification of the chain, path, usage, and the URLs of the root's files."""
    issuing = load(site_ca(site))
    assert issuing.basic_constraints_value["ca"].native is True
    assert issuing.key_usage_value.native >= {"key_cert_sign", "crl_sign"}
    found = certs.extensions(issuing)
    assert found["2.5.29.19"][0] is True and found["2.5.29.15"][0] is True
    assert issuing.crl_distribution_points_value.native[0]["distribution_point"] == \
        [site.httpd.plain_url("/pki/contoso-root.crl")]
    good, words = certs.verify(issuing.dump(), site.chain_pem, site.root_pem, site.crl_pem("contoso-root"))
    assert good, words


def test_crl_is_signed_numbered_and_in_time(site):
    crl = asn1_crl.CertificateList.load(fetch(site, "contoso.crl").body, strict=True)
    tbs = crl["tbs_cert_list"]
    assert tbs["version"].native == "v2" and crl.crl_number_value.native >= 1
    assert crl.authority_key_identifier_value is not None
    lifetime = tbs["next_update"].native - tbs["this_update"].native
    assert 6 <= lifetime.days <= 8
    assert tbs["this_update"].native.timestamp() <= time.time() <= tbs["next_update"].native.timestamp()


def test_every_address_in_issued_and_server_certificates_can_be_fetched(site):
    issued = site.client().enroll(FULL, simple())
    with open(site.httpd.tls_files[0], "rb") as f:
        server = next(der for _, _, der in pem.unarmor(f.read(), multiple=True))
    for der in (issued.certificate, server, site_ca(site)):
        certificate = load(der)
        urls = certificate.crl_distribution_points_value.native[0]["distribution_point"]
        urls += [a["access_location"] for a in certificate.authority_information_access_value.native]
        for url in urls:
            assert url.startswith("http://")
            reply = Client(url, site.root_pem).send("/" + url.split("/", 3)[3], method="GET")
            assert reply.status == 200, url


# --- revocation ---------------------------------------------------------------------------------------------------


def on_crl(site, serial):
    return certs.crl_serials(fetch(site, "contoso.crl").body).get(serial, "not there")


@pytest.mark.parametrize("reason,expected", [(None, None), ("keyCompromise", "key_compromise"),
                                             ("superseded", "superseded"),
                                             ("cessationOfOperation", "cessation_of_operation")])
def test_revocation_is_on_the_next_crl_within_seconds(site, reason, expected):
    issued = site.client().enroll(FULL, simple())
    serial = load(issued.certificate).serial_number
    site.assert_verifies(issued.certificate)
    number = asn1_crl.CertificateList.load(fetch(site, "contoso.crl").body).crl_number_value.native
    site.ctl("cert", "revoke", f"{serial:032x}", *(["--reason", reason] if reason else []))
    wait_for(lambda: on_crl(site, serial) != "not there", "the CRL", 15)
    site.settle()
    assert on_crl(site, serial) == expected
    assert asn1_crl.CertificateList.load(fetch(site, "contoso.crl").body).crl_number_value.native > number
    good, words = certs.verify(issued.certificate, site.chain_pem, site.root_pem, site.crl_pem())
    assert not good and "revoked" in words


def test_others_are_not_revoked_with_it(site):
    first, second = (site.client().enroll(FULL, simple()) for _ in range(2))
    serial = load(first.certificate).serial_number
    site.ctl("cert", "revoke", f"{serial:032X}", "--ca", "contoso")
    wait_for(lambda: on_crl(site, serial) != "not there", "the CRL", 15)
    site.assert_verifies(second.certificate)


def test_revoking_twice_and_revoking_nothing_is_refused(site):
    issued = site.client().enroll(FULL, simple())
    serial = f"{load(issued.certificate).serial_number:032x}"
    site.ctl("cert", "revoke", serial)
    assert "revoked" in site.ctl.refuse("cert", "revoke", serial)
    assert site.ctl.refuse("cert", "revoke", "00112233445566778899aabbccddeeff")
    assert site.ctl.refuse("cert", "revoke", serial, "--reason", "boredom", status=2)


def test_certificates_are_listed_shown_and_exported(site, tmp_path):
    issued = site.client().enroll(FULL, simple())
    certificate = load(issued.certificate)
    serial = f"{certificate.serial_number:032x}"
    assert serial in site.ctl("cert", "list", "--account", "alice", "--template", "WebECC", "--limit", "500")
    assert serial not in site.ctl("cert", "list", "--account", "bob", "--limit", "500")
    assert serial not in site.ctl("cert", "list", "--revoked", "--limit", "500")
    shown = site.ctl("cert", "show", serial)
    assert "alice" in shown and "WebECC" in shown
    assert pem.unarmor(site.ctl("cert", "export", serial).encode())[2] == issued.certificate
    out = tmp_path / "leaf.der"
    site.ctl("cert", "export", serial, "--der", "--out", str(out))
    assert out.read_bytes() == issued.certificate
    assert str(issued.request_id) in site.ctl("request", "show", str(issued.request_id))


def test_administrator_issues_under_the_same_rules(site, tmp_path):
    request = tmp_path / "request.der"
    request.write_bytes(simple(keys.ecc(), host="www.bob.example"))
    out = tmp_path / "out.pem"
    assert site.ctl.refuse("cert", "issue", "--ca", "contoso", "--template", "WebECC", "--account", "alice",
                           "--request", str(request), "--out", str(out))
    assert not out.exists()
