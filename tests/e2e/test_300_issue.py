"""Certificates that are issued: what stands in them, in the answer around them, in the database and in the log."""

import hashlib

import pytest
from asn1crypto import core
from harness import certs, cmc, der, keys, oids, pkcs10, soap
from harness.process import wait_for
from harness.site import CES
from harness.xcep import Policies

FULL = CES + "/CES"
HOST = "www.alice.example"


def web_names(*dns_names):
    return {"subject": pkcs10.name(("CN", dns_names[0])),
            "extensions": [pkcs10.alt_names(*(pkcs10.dns(n) for n in dns_names))]}


def template_of(site, name, user="alice"):
    """The template's OID and revision, as the policy tells them."""
    reply = site.client(user).policies_reply("/ADPolicyProvider_CEP_UsernamePassword/service.svc/CEP")
    got = Policies(reply.message)
    revision = got[name].revision
    return got.template_oid(name), revision.majorRevision, revision.minorRevision


def common_checks(site, issued, key, template, oid_revision, ekus, key_usage):
    """Everything that is true of every certificate of ours; returns (certificate, its extensions)."""
    certificate = certs.load(issued.certificate)
    tbs = certificate["tbs_certificate"]
    found = certs.extensions(certificate)
    issuer = certs.load(site_ca(site))
    assert tbs["version"].native == "v3"
    assert tbs["subject_public_key_info"].dump() == key.spki
    assert tbs["issuer"].dump() == issuer.subject.dump()
    serial = tbs["serial_number"].contents
    assert len(serial) == 16 and 1 <= serial[0] <= 0x7F
    lifetime = certificate.not_valid_after - certificate.not_valid_before
    assert certificate.not_valid_before.microsecond == 0 and lifetime.days in range(365, 367)
    assert found[oids.SUBJECT_KEY_IDENTIFIER] == (False, der.octets(key.ski))
    assert found[oids.AUTHORITY_KEY_IDENTIFIER] == (False, der.seq(der.context(0, issuer.key_identifier, False)))
    assert found[oids.KEY_USAGE] == (True, key_usage)
    encoded = [der.oid(e) for e in ekus]
    assert found[oids.EXTENDED_KEY_USAGE] == (False, der.seq(*encoded))
    if oid_revision:
        dotted, major, minor = oid_revision
        assert found[oids.TEMPLATE_INFO] == (False, der.seq(der.oid(dotted), der.integer(major), der.integer(minor)))
        assert found[oids.APPLICATION_POLICIES] == (False, der.seq(*(der.seq(e) for e in encoded)))
        assert oids.TEMPLATE_NAME not in found
    else:
        assert found[oids.TEMPLATE_NAME] == (False, der.bmp(template))
        assert oids.TEMPLATE_INFO not in found
    assert certificate.crl_distribution_points_value.native[0]["distribution_point"] == \
        [site.httpd.plain_url("/pki/contoso.crl")]
    (access,) = certificate.authority_information_access_value.native
    assert (access["access_method"], access["access_location"]) == (
        "ca_issuers", site.httpd.plain_url("/pki/contoso.cer"))
    if certificate.basic_constraints_value is not None:
        assert certificate.basic_constraints_value["ca"].native is False
    site.assert_verifies(issued.certificate)
    return certificate, found


def site_ca(site):
    from asn1crypto import pem
    with open(site.chain_pem, "rb") as f:
        return pem.unarmor(f.read())[2]


def assert_response(site, issued):
    """The CMC full response, by our reader and by openssl."""
    response = cmc.decode_response(issued.cmc)
    assert (response.version, response.status, response.body_list, response.text) == (
        3, 0, [1], issued.disposition.strip())
    assert response.other is None
    assert response.issued_hash == hashlib.sha1(issued.certificate).digest()
    assert issued.certificate in response.certificates and site_ca(site) in response.certificates
    assert len(response.certificates) == 3, "leaf, issuing CA and root"
    signer = cmc.signer_certificate(response)
    assert signer.dump() == site_ca(site)
    assert [a["type"].native for a in response.signers[0]["signed_attrs"]] == ["content_type", "message_digest"]
    assert response.signers[0]["version"].native == "v1"
    good, words = certs.cms_verifies(issued.cmc, site.root_pem, site.chain_pem)
    assert good, words


def assert_stored(site, issued, raw, principal, template, kind):
    """The request with its raw bytes and the certificate, committed."""
    ((got_principal, got_raw, fmt, state, code, name),) = site.query(
        "SELECT r.principal, encode(r.raw, 'hex'), r.format, r.state, r.result_code, t.name FROM cepces.request r"
        " LEFT JOIN cepces.template_revision v ON v.id = r.template_revision_id"
        f" LEFT JOIN cepces.template t ON t.id = v.template_id WHERE r.id = {issued.request_id}")
    assert (got_principal, got_raw, fmt, state, code, name) == (principal, raw.hex(), kind, "issued", "0", template)
    assert site.query(f"SELECT encode(der, 'hex'), principal, state FROM cepces.certificate"
                      f" WHERE request_id = {issued.request_id}") == [[issued.certificate.hex(), principal, "issued"]]
    events = site.query(f"SELECT event, outcome, principal FROM cepces.audit_event WHERE request_id = {issued.request_id}")
    assert ["cert.issued", "success", principal] in events


# --- subject and names supplied -----------------------------------------------------------------------------------


@pytest.mark.parametrize("template,key,ekus,usage", [
    ("Web", lambda: keys.shared_rsa(2048), [oids.SERVER_AUTH], b"\x03\x02\x05\xa0"),
    ("WebECC", keys.ecc, [oids.SERVER_AUTH, oids.CLIENT_AUTH], b"\x03\x02\x07\x80"),
    ("WebP384", lambda: keys.ecc("p384"), [oids.SERVER_AUTH], b"\x03\x02\x07\x80")], ids=["rsa", "p256", "p384"])
@pytest.mark.parametrize("kind", ["pkcs10", "cmc"])
def test_supplied_names_are_issued(site, template, key, ekus, usage, kind):
    key = key()
    dotted, major, minor = template_of(site, template)
    raw = pkcs10.request(key, pkcs10.template_info(dotted, major, minor), **web_names(HOST, "b." + HOST))
    value_type = soap.PKCS10
    if kind == "cmc":
        raw, value_type = cmc.full_request(key, raw), soap.PKCS7
    issued = site.client().enroll(FULL, raw, value_type=value_type)
    certificate, _ = common_checks(site, issued, key, template, (dotted, major, minor), ekus, usage)
    assert certs.subject(certificate) == [("2.5.4.3", HOST)]
    assert certs.alt_names(certificate) == [("dns_name", HOST), ("dns_name", "b." + HOST)]
    assert oids.SID_EXTENSION not in certs.extensions(certificate)
    assert_response(site, issued)
    assert_stored(site, issued, raw, "alice", template, kind)
    site.assert_verifies(issued.certificate, "sslserver")


@pytest.mark.parametrize("template", ["Web", "WebECC"])
def test_rsa_ca_issues(rsa_site, template):
    key = keys.shared_rsa(2048) if template == "Web" else keys.ecc()
    raw = pkcs10.request(key, pkcs10.template_name(template), **web_names(HOST))
    issued = rsa_site.client().enroll(FULL, cmc.full_request(key, raw), value_type=soap.PKCS7)
    rsa_site.assert_verifies(issued.certificate, "sslserver")
    assert_response(rsa_site, issued)
    assert certs.load(issued.certificate)["signature_algorithm"]["algorithm"].native == "sha256_rsa"


def test_every_kind_of_name_that_a_pattern_allows(site):
    key = keys.ecc()
    wanted = [pkcs10.dns("a.alice.example"), pkcs10.ip(10, 1, 2, 3), pkcs10.email("mail@alice.example"),
              pkcs10.upn("login@alice.example"), pkcs10.uri("https://a.alice.example/x")]
    raw = pkcs10.plain(key, pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", "a.alice.example")),
                       extensions=[pkcs10.alt_names(*wanted)])
    issued = site.client().enroll(FULL, raw)
    certificate = certs.load(issued.certificate)
    assert certs.alt_names(certificate) == [
        ("dns_name", "a.alice.example"), ("ip_address", "10.1.2.3"), ("rfc822_name", "mail@alice.example"),
        (oids.UPN, "login@alice.example"), ("uniform_resource_identifier", "https://a.alice.example/x")]
    assert certs.extensions(certificate)[oids.SUBJECT_ALT_NAME] == (False, der.seq(*wanted))
    site.assert_verifies(issued.certificate)


def test_dns_names_are_issued_in_lower_case(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", HOST)),
                       extensions=[pkcs10.alt_names(pkcs10.dns("WWW.Alice.Example"))])
    issued = site.client().enroll(FULL, raw)
    assert certs.alt_names(certs.load(issued.certificate)) == [("dns_name", HOST)]


def test_empty_subject_with_a_name_makes_the_names_critical(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), extensions=[pkcs10.alt_names(pkcs10.dns(HOST))])
    issued = site.client().enroll(FULL, raw)
    certificate = certs.load(issued.certificate)
    assert certificate.subject.dump() == b"\x30\x00"
    assert certs.extensions(certificate)[oids.SUBJECT_ALT_NAME][0] is True
    site.assert_verifies(issued.certificate)


def test_wildcard_where_the_template_and_a_pattern_allow_it(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("Strict"), subject=pkcs10.name(("CN", HOST)),
                       extensions=[pkcs10.alt_names(pkcs10.dns(HOST), pkcs10.dns("*.alice.example"))])
    issued = site.client().enroll(FULL, raw)
    assert ("dns_name", "*.alice.example") in certs.alt_names(certs.load(issued.certificate))


def test_what_else_the_request_asks_for_is_dropped(site):
    """Basic constraints, key usage, EKU, SID and unknown extensions come from the template or not at all (V41, T16)."""
    key = keys.ecc()
    extra = [pkcs10.extension(oids.BASIC_CONSTRAINTS, der.seq(der.boolean(True)), critical=True),
             pkcs10.extension(oids.KEY_USAGE, b"\x03\x02\x01\xfe", critical=True),
             pkcs10.extension(oids.EXTENDED_KEY_USAGE, der.seq(der.oid("1.3.6.1.4.1.311.20.2.2"))),
             pkcs10.extension(oids.APPLICATION_POLICIES, der.seq(der.seq(der.oid("1.3.6.1.4.1.311.20.2.1")))),
             pkcs10.sid("S-1-5-21-1-2-3-500"), pkcs10.extension("1.2.3.4", der.null())]
    raw = pkcs10.plain(key, pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", HOST)),
                       extensions=[pkcs10.alt_names(pkcs10.dns(HOST)), *extra],
                       attributes=[pkcs10.name_value("SAN", "dns=evil.example"),
                                   pkcs10.name_value("ValidityPeriodUnits", "99")])
    issued = site.client().enroll(FULL, raw, items={"SAN": "dns=evil.example", "ccm": "x", "RequesterName": "bob"})
    _, found = common_checks(site, issued, key, "WebECC", template_of(site, "WebECC"),
                             [oids.SERVER_AUTH, oids.CLIENT_AUTH], b"\x03\x02\x07\x80")
    assert oids.SID_EXTENSION not in found and "1.2.3.4" not in found
    assert b"evil.example" not in issued.certificate


# --- subject built from the account -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["pkcs10", "cmc"])
def test_computer_certificate_is_built_from_the_account(site, kind):
    key = keys.shared_rsa(2048, 1)
    oid_revision = template_of(site, "Machine", "host1$")
    raw = pkcs10.request(key, pkcs10.template_info(*oid_revision))
    if kind == "cmc":
        raw = cmc.full_request(key, raw)
    issued = site.client("host1$").enroll(FULL, raw, value_type=soap.PKCS7 if kind == "cmc" else soap.PKCS10)
    certificate, found = common_checks(site, issued, key, "Machine", oid_revision,
                                       [oids.CLIENT_AUTH, oids.SERVER_AUTH], b"\x03\x02\x05\xa0")
    assert certs.subject(certificate) == [("2.5.4.3", "host1.contoso.example")]
    assert certs.alt_names(certificate) == [("dns_name", "host1.contoso.example")]
    assert_sid(found, "S-1-5-21-1111111111-2222222222-3333333333-1201")
    assert_stored(site, issued, raw, "host1$", "Machine", kind)


def test_computer_certificate_without_subject_has_critical_names(site):
    key = keys.ecc()
    issued = site.client("host1$").enroll(FULL, pkcs10.request(key, pkcs10.template_name("MachineECC")))
    certificate = certs.load(issued.certificate)
    assert certificate.subject.dump() == b"\x30\x00"
    assert certs.extensions(certificate)[oids.SUBJECT_ALT_NAME][0] is True
    assert certs.alt_names(certificate) == [("dns_name", "host1.contoso.example")]
    site.assert_verifies(issued.certificate, "sslclient")


def test_user_certificate_is_built_from_the_account(site):
    key = keys.shared_rsa(2048, 2)
    oid_revision = template_of(site, "Person")
    issued = site.client().enroll(FULL, cmc.full_request(key, pkcs10.request(key, pkcs10.template_info(*oid_revision))),
                                  value_type=soap.PKCS7)
    certificate, found = common_checks(site, issued, key, "Person", oid_revision,
                                       [oids.CLIENT_AUTH, "1.3.6.1.5.5.7.3.4"], b"\x03\x02\x05\xa0")
    assert certs.subject(certificate) == [
        ("0.9.2342.19200300.100.1.25", "example"), ("0.9.2342.19200300.100.1.25", "contoso"),
        ("2.5.4.11", "People"), ("2.5.4.3", "Alice Example")]
    names = dict(certs.alt_names(certificate))
    assert names[oids.UPN] == "alice@contoso.example"
    assert names["rfc822_name"] == "alice@contoso.example"
    assert_sid(found, "S-1-5-21-1111111111-2222222222-3333333333-1104")


def test_schema_1_certificate_carries_the_template_name(site):
    key = keys.shared_rsa(2048, 3)
    issued = site.client().enroll(FULL, pkcs10.request(key, pkcs10.template_name("Legacy"), digest="sha1"))
    certificate, _ = common_checks(site, issued, key, "Legacy", None, [oids.CLIENT_AUTH], b"\x03\x02\x05\xa0")
    assert certs.subject(certificate) == [("2.5.4.3", "Alice Example")]


def test_schema_2_without_a_hash_takes_sha1_in_request_and_envelope(site):
    """A stock client that is told no hash signs both with SHA-1: mere proof of possession."""
    key = keys.shared_rsa(2048, 4)
    oid_revision = template_of(site, "Person")
    raw = cmc.full_request(key, pkcs10.request(key, pkcs10.template_info(*oid_revision), digest="sha1"), digest="sha1")
    issued = site.client().enroll(FULL, raw, value_type=soap.PKCS7)
    assert certs.load(issued.certificate)["signature_algorithm"]["algorithm"].native.startswith("sha256")


def test_names_in_the_request_change_nothing_when_the_account_decides(site):
    """An enrollee cannot widen an identity that is built from the account (V45)."""
    key = keys.ecc()
    raw = pkcs10.request(key, pkcs10.template_name("MachineECC"), subject=pkcs10.name(("CN", "dc1.contoso.example")),
                         extensions=[pkcs10.alt_names(pkcs10.dns("dc1.contoso.example"), pkcs10.upn("admin@contoso")),
                                     pkcs10.sid("S-1-5-21-1-2-3-500")])
    issued = site.client("host1$").enroll(FULL, raw)
    certificate = certs.load(issued.certificate)
    assert certs.alt_names(certificate) == [("dns_name", "host1.contoso.example")]
    assert certificate.subject.dump() == b"\x30\x00" and b"dc1" not in issued.certificate
    assert_sid(certs.extensions(certificate), "S-1-5-21-1111111111-2222222222-3333333333-1201")


def assert_sid(found, sid):
    critical, value = found[oids.SID_EXTENSION]
    assert critical is False
    assert value == der.seq(der.context(0, der.oid(oids.SID_VALUE) + der.context(0, der.octets(sid.encode()))))
    assert isinstance(core.load(value), core.Sequence)


# --- which template -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["oid", "oid and revision", "older revision", "name", "name-value", "context", "all",
                                 "context in other case"])
def test_template_is_named_in_any_of_the_four_places(site, how):
    key = keys.ecc()
    dotted, major, minor = template_of(site, "WebECC")
    attributes, items, extensions = [], {"ccm": "x"}, [pkcs10.alt_names(pkcs10.dns(HOST))]
    if how in ("oid", "all"):
        extensions.append(pkcs10.template_info(dotted))
    if how == "oid and revision":
        extensions.append(pkcs10.template_info(dotted, major, minor))
    if how == "older revision":
        extensions.append(pkcs10.template_info(dotted, major - 1, minor))
    if how in ("name", "all"):
        extensions.append(pkcs10.template_name("WebECC"))
    if how in ("name-value", "all"):
        attributes.append(pkcs10.name_value("CertificateTemplate", "WebECC"))
    if how in ("context", "all"):
        items["CertificateTemplate"] = "WebECC"
    if how == "context in other case":
        items["certificatetemplate"] = "webecc"
    raw = pkcs10.plain(key, subject=pkcs10.name(("CN", HOST)), extensions=extensions, attributes=attributes)
    issued = site.client().enroll(FULL, raw, items=items)
    assert oids.TEMPLATE_INFO in certs.extensions(certs.load(issued.certificate))


def test_template_in_cmc_reg_info(site):
    key = keys.ecc()
    raw = pkcs10.plain(key, **web_names(HOST))
    controls = [cmc.client_info_control(), cmc.reg_info("CertificateTemplate=WebECC&")]
    site.client().enroll(FULL, cmc.full_request(key, raw, controls), value_type=soap.PKCS7)


def test_template_in_cmc_add_extensions(site):
    key = keys.ecc()
    raw = pkcs10.plain(key, **web_names(HOST))
    controls = [cmc.client_info_control(), cmc.add_extensions(pkcs10.template_name("WebECC"))]
    site.client().enroll(FULL, cmc.full_request(key, raw, controls), value_type=soap.PKCS7)


# --- how clients write --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value_type", [soap.PKCS10, soap.PKCS7, "urn:nonsense"])
def test_bytes_decide_and_not_the_value_type(site, value_type):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    site.client().enroll(FULL, raw, value_type=value_type)


@pytest.mark.parametrize("encoding", [
    soap.BASE64, None, soap.SECURITY + "#Base64Binary",
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"])
def test_spellings_of_the_encoding_type(site, encoding):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    client = site.client()
    body = soap.rst(soap.binary_security_token(raw, encoding=encoding))
    assert client.send(FULL, soap.envelope(soap.RST, body, security=client.security())).status == 200


def test_token_of_cepces(site):
    """openSUSE's client: qualified Type, empty Id, local time marked Z, PEM body lines, no ReplyTo."""
    import base64
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    security = soap.cepces_token("alice", site.passwords["alice"])
    text = "\n" + base64.encodebytes(raw).decode()
    body = soap.rst(soap.binary_security_token(raw, text=text), items={}, request_id=(
        f'<RequestID a:nil="true" xmlns:a="{soap.XSI}" xmlns="{soap.WSTEP}"/>'))
    reply = site.client().send(FULL, soap.envelope(soap.RST, body, security=security))
    assert reply.status == 200, reply.body


def test_absent_token_type_means_x509(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    client = site.client()
    body = soap.rst(soap.binary_security_token(raw), token_type=None)
    assert client.send(FULL, soap.envelope(soap.RST, body, security=client.security())).status == 200


def test_white_space_around_uris(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    client = site.client()
    body = soap.rst(soap.binary_security_token(raw), token_type=f"\n  {soap.X509V3}\n",
                    request_type=f"\n {soap.ISSUE} ")
    message = soap.envelope(f"\n  {soap.RST}\n ", body, security=client.security())
    assert client.send(FULL, message).status == 200


def test_anonymous_reply_to_and_foreign_to(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    client = site.client()
    body = soap.rst(soap.binary_security_token(raw))
    headers = f"<a:ReplyTo><a:Address>{soap.ANONYMOUS}</a:Address></a:ReplyTo>"
    message = soap.envelope(soap.RST, body, security=client.security(), headers=headers,
                            to="https://proxy.example:9443/other")
    assert client.send(FULL, message).status == 200


def test_byte_order_mark_and_declaration(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    client = site.client()
    message = soap.envelope(soap.RST, soap.rst(soap.binary_security_token(raw)), security=client.security())
    assert client.send(FULL, b"\xef\xbb\xbf" + message).status == 200
    assert client.send(FULL, b'<?xml version="1.0" encoding="utf-8"?>\r\n' + message).status == 200


def test_expect_continue(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    client = site.client()
    message = soap.envelope(soap.RST, soap.rst(soap.binary_security_token(raw)), security=client.security())
    assert client.send(FULL, message, headers={"Expect": "100-continue"}).status == 200


# --- traces -------------------------------------------------------------------------------------------------------


def test_log_line_of_an_issuance_has_message_id_and_request_id(site):
    mid = soap.message_id()
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    issued = site.client().enroll(FULL, raw, message=mid)
    lines = wait_for(lambda: site.httpd.log.find(mid), "the log line")
    assert any(str(issued.request_id) in line and "CEP" in line for line in lines), lines


def test_endpoint_restricted_to_templates_serves_only_these(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    site.client().enroll("/some_CES/service.svc/CES", raw)
    refused = site.client().enroll_reply("/some_CES/service.svc/CES",
                                         pkcs10.plain(keys.ecc(), pkcs10.template_name("Strict"), **web_names(HOST)))
    assert refused.status == 500 and refused.fault.error_code == 0x80094800


def test_same_request_twice_gives_two_certificates(site):
    """A client that lost the answer asks again (S10)."""
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST))
    first, second = site.client().enroll(FULL, raw), site.client().enroll(FULL, raw)
    assert first.request_id != second.request_id and first.certificate != second.certificate
