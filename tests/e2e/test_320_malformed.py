"""Bytes that are not what they should be: wrong XML, wrong envelopes, wrong base64, wrong ASN.1, wrong CMS. Each gets
its fault, nothing is stored, and no child dies."""

import base64
import hashlib

import pytest
from harness import cmc, der, keys, oids, pkcs10, soap
from harness.site import CEP, CES
from test_300_issue import HOST, web_names
from test_310_refusals import (BAD_ALGORITHM, BAD_DATA, BAD_SIGNATURE, BAD_TAG, CORRUPT, INVALID_ARGUMENT, NO_SIGNER, WEAK,
                               NOT_DER, TRAILING, TRUNCATED, UNSUPPORTED_FORMAT, assert_nothing_leaks, refuse, simple)

FULL = CES + "/CES"


@pytest.fixture(autouse=True)
def nothing_is_issued(site):
    before = site.value("SELECT count(*) FROM cepces.certificate")
    yield
    assert site.value("SELECT count(*) FROM cepces.certificate") == before


def sender_fault(reply, subcode=None, namespace=None):
    assert reply.status == 500, (reply.status, reply.body[:300])
    fault = reply.fault
    assert (fault.code, fault.subcode, fault.subcode_namespace) == ("Sender", subcode, namespace)
    assert not fault.has_detail
    assert_nothing_leaks(reply)
    return fault


# --- XML ----------------------------------------------------------------------------------------------------------


def good_message(site):
    client = site.client()
    return soap.envelope(soap.RST, soap.rst(soap.binary_security_token(simple())), security=client.security())


def deep(levels):
    return b"<a>" * levels + b"</a>" * levels


XML = {
    "empty": lambda m: b"",
    "not xml": lambda m: b"hello",
    "only white space": lambda m: b" \r\n\t",
    "truncated": lambda m: m[:len(m) // 2],
    "two documents": lambda m: m + m,
    "text behind it": lambda m: m + b"x",
    "mismatched end tag": lambda m: m.replace(b"</s:Body>", b"</s:Bodi>"),
    "undeclared prefix": lambda m: m.replace(b"<s:Body>", b"<s:Body><z:z/>", 1),
    "attribute twice": lambda m: m.replace(b"<s:Body>", b'<s:Body x="1" x="2">'),
    "attribute twice by namespace": lambda m: m.replace(
        b"<s:Body>", b'<s:Body xmlns:p="urn:x" xmlns:r="urn:x" p:x="1" r:x="2">'),
    "document type": lambda m: b"<!DOCTYPE x>" + m,
    "document type with an entity": lambda m: b'<!DOCTYPE x [<!ENTITY e "v">]>' + m.replace(b"en-US", b"&e;"),
    "external entity": lambda m: b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + m.replace(b"en-US", b"&e;"),
    "billion laughs": lambda m: (b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
                                 b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>' + m.replace(b"en-US", b"&c;")),
    "undefined entity": lambda m: m.replace(b"en-US", b"&unknown;"),
    "processing instruction": lambda m: b"<?php x?>" + m,
    "processing instruction inside": lambda m: m.replace(b"<s:Body>", b"<s:Body><?x y?>"),
    "second declaration": lambda m: b'<?xml version="1.0"?><?xml version="1.0"?>' + m,
    "NUL": lambda m: m.replace(b"en-US", b"en\0US"),
    "control character": lambda m: m.replace(b"en-US", b"en\x01US"),
    "character reference to one": lambda m: m.replace(b"en-US", b"en&#1;US"),
    "not UTF-8": lambda m: m.replace(b"en-US", b"en\xff\xfeUS"),
    "overlong UTF-8": lambda m: m.replace(b"en-US", b"en\xc0\x80US"),
    "UTF-16": lambda m: m.decode().encode("utf-16"),
    "33 levels": lambda m: m.replace(b"<s:Body>", b"<s:Body>" + deep(33)),
    "10,000 levels": lambda m: m.replace(b"<s:Body>", b"<s:Body>" + deep(10000)),
    "3,000 elements": lambda m: m.replace(b"<s:Body>", b"<s:Body>" + b"<a/>" * 3000),
    "40 attributes": lambda m: m.replace(
        b"<s:Body>", b"<s:Body " + b" ".join(b'a%d="1"' % i for i in range(40)) + b">"),
    "a name of 300 letters": lambda m: m.replace(b"<s:Body>", b"<s:Body><" + b"n" * 300 + b"/>"),
}


@pytest.mark.parametrize("what", XML)
def test_xml_that_is_refused(site, what):
    reply = site.client().send(FULL, XML[what](good_message(site)))
    assert reply.status == 500, (reply.status, reply.body[:300])
    assert reply.fault.code == "Sender" and not reply.fault.has_detail
    assert_nothing_leaks(reply)


def test_hundred_thousand_attributes_cost_little(site):
    """libxml2 compares attributes pairwise; the scan before it has to stop this (V6)."""
    import time
    message = b"<x " + b" ".join(b'a%d=""' % i for i in range(100000)) + b"/>"
    begun = time.monotonic()
    reply = site.client().send(FULL, message[:1000000])
    assert reply.status == 500 and time.monotonic() - begun < 1


# --- the envelope -------------------------------------------------------------------------------------------------


def test_soap_11(site):
    message = soap.envelope(soap.RST, "<x/>", version="http://schemas.xmlsoap.org/soap/envelope/")
    reply = site.client().send(FULL, message)
    assert reply.status == 500
    root = soap.parse(reply.body)
    assert root.find(f"{soap.q(soap.ENVELOPE, 'Header')}/{soap.q(soap.ENVELOPE, 'Upgrade')}") is not None
    assert b"VersionMismatch" in reply.body


def test_not_an_envelope(site):
    assert site.client().send(FULL, b"<x/>").status == 500


@pytest.mark.parametrize("action,subcode", [("", "MessageAddressingHeaderRequired"), ("urn:other", "ActionNotSupported"),
                                            (soap.GET_POLICIES, "ActionNotSupported"),
                                            (soap.TRUST + "/RST/Issue", "ActionNotSupported")])
def test_actions(site, action, subcode):
    client = site.client()
    reply = client.send(FULL, soap.envelope(action, soap.rst(soap.binary_security_token(simple())),
                                            security=client.security()))
    sender_fault(reply, subcode, soap.ADDRESSING)


@pytest.mark.parametrize("headers,subcode", [
    ("<a:Action>x</a:Action>", "InvalidAddressingHeader"), ("<a:MessageID>x</a:MessageID>", "InvalidAddressingHeader"),
    ("<a:ReplyTo><a:Address>http://evil.example/</a:Address></a:ReplyTo>", "OnlyAnonymousAddressSupported"),
    ("<a:FaultTo><a:Address>http://evil.example/</a:Address></a:FaultTo>", "OnlyAnonymousAddressSupported")])
def test_addressing_headers(site, headers, subcode):
    client = site.client()
    reply = client.send(FULL, soap.envelope(soap.RST, soap.rst(soap.binary_security_token(simple())),
                                            security=client.security(), headers=headers))
    sender_fault(reply, subcode, soap.ADDRESSING)


def test_header_that_must_be_understood(site):
    client = site.client()
    headers = '<z:Unknown s:mustUnderstand="1" xmlns:z="urn:z"/>'
    reply = client.send(FULL, soap.envelope(soap.RST, "<x/>", security=client.security(), headers=headers))
    assert reply.status == 500 and b"MustUnderstand" in reply.body and b"NotUnderstood" in reply.body


def test_header_that_need_not_be_understood(site):
    client = site.client()
    reply = client.send(CEP, soap.envelope(soap.GET_POLICIES, soap.get_policies(), security=client.security(),
                                           headers='<z:Unknown xmlns:z="urn:z"/>'))
    assert reply.status == 200


def test_too_many_headers(site):
    client = site.client()
    reply = client.send(FULL, soap.envelope(soap.RST, "<x/>", security=client.security(),
                                            headers='<z:z xmlns:z="urn:z"/>' * 20))
    sender_fault(reply)


def test_message_id_is_echoed_escaped_and_bounded(site):
    client = site.client()
    mid = "urn:x:<&>\"'"
    assert client.policies_reply(CEP, message=mid).message.relates_to == mid
    assert client.policies_reply(CEP, message="x" * 513).status == 500


def test_line_breaks_in_a_message_id_do_not_forge_log_lines(site):
    site.client().policies_reply(CEP, message="urn:x\n[Sat] [cepces:error] CEP9999: forged")
    assert not any(line.startswith("[Sat] [cepces:error]") for line in site.httpd.log.lines())


@pytest.mark.parametrize("body", ["", "<x/><y/>", "text"])
def test_body_without_exactly_one_element(site, body):
    client = site.client()
    assert client.send(FULL, soap.envelope(soap.RST, body, security=client.security())).status == 500


# --- RequestSecurityToken -----------------------------------------------------------------------------------------


def invalid_request(reply):
    assert reply.status == 500
    fault = reply.fault
    assert (fault.code, fault.subcode, fault.subcode_namespace) == ("Sender", "InvalidRequest", soap.TRUST)
    assert (fault.error_code, fault.invalid_request) == (INVALID_ARGUMENT, "false")
    assert_nothing_leaks(reply)


@pytest.mark.parametrize("body", [
    soap.rst(soap.binary_security_token(b"x"), request_type=None),
    soap.rst(soap.binary_security_token(b"x"), request_type="urn:other"),
    soap.rst(soap.binary_security_token(b"x"), request_type=soap.TRUST + "/KET"),
    soap.rst(soap.binary_security_token(b"x"), token_type="urn:other"),
    soap.rst(""),
    soap.rst(soap.binary_security_token(b"", text="")),
    soap.rst("", request_type=soap.QUERY_TOKEN_STATUS),
    soap.rst("", request_type=soap.QUERY_TOKEN_STATUS,
             request_id=f'<RequestID a:nil="true" xmlns:a="{soap.XSI}" xmlns="{soap.WSTEP}"/>'),
])
def test_tokens_that_ask_for_nothing(site, body):
    client = site.client()
    invalid_request(client.send(FULL, soap.envelope(soap.RST, body, security=client.security())))


@pytest.mark.parametrize("number", ["0", "-1", "x", "2147483648", "1 2", "9" * 40])
def test_poll_with_a_bad_number(site, number):
    client = site.client()
    body = soap.rst("", request_type=soap.QUERY_TOKEN_STATUS, items={},
                    request_id=f'<RequestID xmlns="{soap.WSTEP}">{number}</RequestID>')
    reply = client.send(FULL, soap.envelope(soap.RST, body, security=client.security()))
    assert reply.status == 500 and reply.fault.error_code in (INVALID_ARGUMENT, 0x80094002)
    assert reply.fault.invalid_request == "false"


def test_two_tokens(site):
    client = site.client()
    body = soap.rst(soap.binary_security_token(simple()) * 2)
    reply = client.send(FULL, soap.envelope(soap.RST, body, security=client.security()))
    assert reply.status == 500 and reply.fault.code == "Sender"


@pytest.mark.parametrize("text", ["====", "A", "AAA", "AAAA=", "AA=A", "A*AA", "AAAA AAAA====", "AAAA&lt;", "AA\u00a0AA"])
def test_base64_that_is_not(site, text):
    client = site.client()
    body = soap.rst(soap.binary_security_token(b"", text=text))
    reply = client.send(FULL, soap.envelope(soap.RST, body, security=client.security()))
    assert reply.status == 500 and reply.fault.error_code == BAD_DATA, f"{reply.fault}"


# --- the outer bytes ----------------------------------------------------------------------------------------------

GOOD = simple()

BYTES = {
    "one byte": (b"\x30", TRUNCATED),
    "text": (b"-----BEGIN CERTIFICATE REQUEST-----", None),
    "truncated": (GOOD[:-1], TRUNCATED),
    "half": (GOOD[:len(GOOD) // 2], TRUNCATED),
    "trailing byte": (GOOD + b"\0", TRAILING),
    "twice": (GOOD * 2, TRAILING),
    "indefinite length": (der.indefinite(GOOD), NOT_DER),
    "needless length octet": (der.long_length(GOOD), NOT_DER),
    "wrong outer tag": (b"\x31" + GOOD[1:], None),
    "empty sequence": (der.seq(), None),
    "an integer": (der.integer(1), None),
    "length of four gigabytes": (b"\x30\x84\xff\xff\xff\xff" + GOOD, None),
    "length longer than the machine's": (b"\x30\x89" + b"\xff" * 9, None),
    "deep sequence": (None, None),
    "a certificate": (None, None),
    "KEYGEN": (None, UNSUPPORTED_FORMAT),
    "enveloped data": (der.seq(der.oid("1.2.840.113549.1.7.3"), der.context(0, der.seq(der.integer(0)))),
                       UNSUPPORTED_FORMAT),
    "zeros": (b"\0" * 1000, None),
    "random": (hashlib.sha512(b"x").digest() * 20, None),
}


def refuse_unstored(site, raw, *codes):
    """What is no request gets its fault and is not stored (S1)."""
    highest = site.value("SELECT coalesce(max(id), 0) FROM cepces.request")
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500
    fault = reply.fault
    assert fault.code == "Receiver" and fault.has_detail and fault.invalid_request == "true"
    assert fault.error_code in codes, f"{fault}"
    assert_nothing_leaks(reply)
    assert site.value("SELECT coalesce(max(id), 0) FROM cepces.request") == highest


def deep_sequence(levels=1000):
    value = b""
    for _ in range(levels):
        value = der.seq(value)
    return value


def keygen(key):
    challenge = der.seq(key.spki, der.ia5("challenge"))
    return der.seq(challenge, key.signature_algorithm(), der.bits(key.sign(challenge)))


@pytest.mark.parametrize("what", BYTES)
def test_bytes_that_are_no_request(site, what):
    raw, code = BYTES[what]
    if what == "deep sequence":
        raw = deep_sequence()
    elif what == "KEYGEN":
        raw = keygen(keys.ecc())
    elif what == "a certificate":
        from test_300_issue import site_ca
        raw = site_ca(site)
    refuse_unstored(site, raw, *((code,) if code else (BAD_DATA, TRUNCATED, BAD_TAG, NOT_DER, TRAILING, CORRUPT,
                                                       UNSUPPORTED_FORMAT)))


def inside(change):
    """A PKCS#10 whose signed part is changed before it is signed."""
    key = keys.ecc()
    attributes = [pkcs10.attribute(oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC")))]
    return pkcs10.signed(key, change(pkcs10.info(key, pkcs10.name(("CN", HOST)), attributes)))


def padded_version(info):
    """INTEGER 0 written in two octets."""
    skip = 2 if info[1] < 0x80 else 2 + (info[1] & 0x7F)
    return der.seq(b"\x02\x02\x00\x00", info[skip + 3:])


@pytest.mark.parametrize("change", [der.long_length, der.indefinite, padded_version])
def test_signed_part_that_is_not_der(site, change):
    """OpenSSL reads all three and even re-encodes them as it read them (V16)."""
    refuse_unstored(site, inside(change), NOT_DER)


def test_version_2_request(site):
    key = keys.ecc()
    raw = pkcs10.signed(key, pkcs10.info(key, pkcs10.name(("CN", HOST)), version=1, attributes=[pkcs10.attribute(
        oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC")))]))
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.has_detail


@pytest.mark.parametrize("extensions", [
    [pkcs10.template_name("WebECC"), pkcs10.template_name("WebECC")],
    [pkcs10.template_name("WebECC"), pkcs10.alt_names(pkcs10.dns(HOST)), pkcs10.alt_names(pkcs10.dns("x.alice.example"))],
    [pkcs10.template_name("WebECC")] + [pkcs10.extension(f"1.2.3.{i}", der.null()) for i in range(65)],
    [pkcs10.template_name("WebECC"), pkcs10.extension("1.2.3", b"x" * 33000)],
    [pkcs10.template_name("WebECC"), pkcs10.extension(oids.SUBJECT_ALT_NAME, b"garbage")],
    [pkcs10.template_name("WebECC"), pkcs10.extension(oids.SUBJECT_ALT_NAME, der.seq())],
    [pkcs10.extension(oids.TEMPLATE_INFO, b"garbage")], [pkcs10.extension(oids.TEMPLATE_NAME, der.bmp("WebECC") + b"x")],
    [pkcs10.extension(oids.TEMPLATE_NAME, der.tlv(0x1E, b"odd"))]])
def test_extensions_that_are_not_acceptable(site, extensions):
    raw = pkcs10.plain(keys.ecc(), subject=pkcs10.name(("CN", HOST)), extensions=extensions)
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.has_detail and reply.fault.invalid_request == "true"


@pytest.mark.parametrize("attributes", [
    [pkcs10.attribute(oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC")))] * 2,
    [pkcs10.attribute(oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC")),
                      der.seq(pkcs10.template_name("Web")))],
    [pkcs10.attribute(oids.EXTENSION_REQUEST)],
    [pkcs10.attribute(oids.OS_VERSION, der.ia5("1"), der.ia5("2")),
     pkcs10.attribute(oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC")))],
    [pkcs10.attribute(f"1.2.3.{i}", der.null()) for i in range(65)]])
def test_attributes_that_are_not_acceptable(site, attributes):
    key = keys.ecc()
    raw = pkcs10.signed(key, pkcs10.info(key, pkcs10.name(("CN", HOST)), attributes))
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.has_detail and reply.fault.invalid_request == "true"


def test_pkcs10_of_more_than_64_kibibytes(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", HOST)),
                       attributes=[pkcs10.attribute("1.2.3.4", der.octets(b"x" * 70000))])
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.has_detail


def test_token_of_900_kibibytes_is_refused_and_not_stored(site):
    highest = site.value("SELECT coalesce(max(id), 0) FROM cepces.request")
    text = base64.b64encode(b"\x30\x83\x0b\x00\x00" + b"x" * (0x0B0000)).decode()
    client = site.client()
    body = soap.rst(soap.binary_security_token(b"", text=text))
    reply = client.send(FULL, soap.envelope(soap.RST, body, security=client.security()))
    assert reply.status == 500 and reply.fault.code in ("Sender", "Receiver")
    assert site.value("SELECT coalesce(max(id), 0) FROM cepces.request") == highest


# --- CMS and CMC --------------------------------------------------------------------------------------------------


def cmc_cases():
    """{name: (bytes, HRESULT or a tuple of acceptable ones)}: one thing wrong in each."""
    key, other = keys.ecc(), keys.ecc()
    raw = simple(key)
    content = cmc.pki_data([cmc.tagged(raw)], [cmc.client_info_control()])
    good = cmc.signer(key, content)

    def with_signers(*signers):
        return cmc.signed_data(content, signers)

    def of(body, **options):
        return cmc.signed_data(body, [cmc.signer(key, body, **options)])

    foreign = simple(other)
    null_info = pkcs10.info(key, pkcs10.name(("CN", HOST)), attributes=[pkcs10.attribute(
        oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC"), pkcs10.alt_names(pkcs10.dns(HOST))))])
    null_signed = pkcs10.signed(key, null_info, algorithm=der.seq(der.oid(oids.SHA256)),
                                signature=hashlib.sha256(null_info).digest())
    null_body = cmc.pki_data([cmc.tagged(null_signed)])
    unproven = der.seq(der.integer(3), der.context(0, key.ski, constructed=False), der.seq(der.oid(oids.SHA256)),
                       der.seq(der.oid(oids.NO_SIGNATURE)), der.octets(hashlib.sha256(null_body).digest()))
    broken_null = pkcs10.signed(key, null_info, algorithm=der.seq(der.oid(oids.SHA256)), signature=b"\0" * 32)
    any_signature = (BAD_SIGNATURE, NO_SIGNER, BAD_ALGORITHM, BAD_DATA)
    return {
        "no signer": (with_signers(), NO_SIGNER),
        "five signers": (with_signers(good, good, good, good, good), None),
        "signature broken": (with_signers(cmc.signer(key, content, signature=key.sign(b"other"))), BAD_SIGNATURE),
        "signed by a foreign key": (with_signers(cmc.signer(other, content, ski=key.ski)), BAD_SIGNATURE),
        "signer of another name": (with_signers(cmc.signer(other, content)), any_signature),
        "one good and one bad signer": (with_signers(good, cmc.signer(key, content, signature=b"\x30\x00")), any_signature),
        "message digest of something else": (with_signers(cmc.signer(key, content, message_digest=b"\0" * 32)), BAD_SIGNATURE),
        "content type of something else": (with_signers(cmc.signer(key, content, content_type=oids.DATA)), any_signature),
        "SHA-1 digest for a schema 3 template": (with_signers(cmc.signer(key, content, digest="sha1")), WEAK),
        "no signed attributes": (with_signers(cmc.signer(key, content, signed_attributes=False)), any_signature),
        "foreign request inside": (of(cmc.pki_data([cmc.tagged(foreign)])), any_signature),
        "null signature without proof": (cmc.signed_data(null_body, [unproven]), any_signature),
        "wrong null signature": (of(cmc.pki_data([cmc.tagged(broken_null)])), any_signature),
        "inner signature wrong": (of(cmc.pki_data([cmc.tagged(raw[:-2] + bytes([raw[-2] ^ 1]) + raw[-1:])])), None),
        "two requests": (of(cmc.pki_data([cmc.tagged(raw), cmc.tagged(raw, 5)])), None),
        "no request": (of(cmc.pki_data([])), None),
        "certificate request message": (of(cmc.pki_data([der.context(1, der.seq())])), None),
        "trailing bytes behind it": (with_signers(good) + b"\0", TRAILING),
        "trailing bytes in the content": (of(content + b"\0"), None),
        "content is not PKIData": (of(der.seq(der.integer(1))), None),
        "unknown content type": (cmc.signed_data(raw, [cmc.signer(key, raw, content_type="1.2.3")], content_type="1.2.3"),
                                 UNSUPPORTED_FORMAT),
        "truncated": (with_signers(good)[:-5], TRUNCATED),
        "control twice": (of(cmc.pki_data([cmc.tagged(raw)], [cmc.reg_info("CertificateTemplate=WebECC&"),
                                                              cmc.reg_info("CertificateTemplate=Web&", 4)])), None),
        "reg info with a control character": (of(cmc.pki_data([cmc.tagged(raw)], [cmc.reg_info("A=%00&")])), None),
    }


@pytest.mark.parametrize("what", sorted(cmc_cases()))
def test_cmc_that_is_refused(site, what):
    raw, code = cmc_cases()[what]
    reply = site.client().enroll_reply(FULL, raw, value_type=soap.PKCS7)
    assert reply.status == 500, what
    fault = reply.fault
    assert fault.code == "Receiver" and fault.has_detail and fault.invalid_request == "true"
    if code is not None:
        codes = code if isinstance(code, tuple) else (code,)
        assert fault.error_code in codes, f"{fault}"
    assert_nothing_leaks(reply)


def test_conflict_between_the_envelope_and_the_request_inside(site):
    key = keys.ecc()
    raw = pkcs10.plain(key, pkcs10.template_name("WebECC"), **web_names(HOST))
    refuse(site, cmc.full_request(key, raw, [cmc.reg_info("CertificateTemplate=Strict&")]), 0x80094802)


def test_server_lives_after_all_of_this(site):
    before = site.httpd.child_pids()
    for raw, _ in BYTES.values():
        site.client().enroll_reply(FULL, raw or b"x")
    assert site.httpd.child_pids() == before

