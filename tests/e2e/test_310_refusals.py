"""Requests that are understood and refused: the HRESULT, the fault's shape, the stored row, and nothing more."""

import re

import pytest
from harness import cmc, der, keys, oids, pkcs10, soap
from harness.process import wait_for
from harness.site import CES
from test_300_issue import HOST, template_of, web_names

FULL = CES + "/CES"

BAD_DATA, INVALID_ARGUMENT = 0x8007000D, 0x80070057
TRUNCATED, BAD_TAG, NOT_DER, TRAILING, CORRUPT = 0x80093102, 0x8009310B, 0x8009310D, 0x80093202, 0x80093103
UNSUPPORTED_FORMAT, NO_SIGNER, BAD_SIGNATURE, BAD_ALGORITHM = 0x80091004, 0x8009200E, 0x80090006, 0x80090008
KEY_LENGTH, WEAK, BAD_KEY = 0x80094811, 0x80094016, 0x80090015
NO_TEMPLATE, UNSUPPORTED_TEMPLATE, CONFLICT, NEWER = 0x80094801, 0x80094800, 0x80094802, 0x80094807
TEMPLATE_DENIED, BAD_SUBJECT, NAME_DENIED, SAN_REQUIRED = 0x80094012, 0x80094001, 0x800B0114, 0x80094803


def refuse(site, raw, code, *, user="alice", items=None, stored=True, path=FULL):
    """Send |raw| and check the refusal from every side: HTTP, fault, response inside, database, log."""
    highest = int(site.value("SELECT coalesce(max(id), 0) FROM cepces.request"))
    issued_before = site.value("SELECT count(*) FROM cepces.certificate")
    mid = soap.message_id()
    reply = site.client(user).enroll_reply(path, raw, items=items, message=mid)
    assert reply.status == 500, reply.body
    fault = reply.fault
    assert (fault.code, fault.error_code, fault.invalid_request) == ("Receiver", code, "true"), \
        f"{fault.error_code or 0:#x} {fault.reason}"
    assert fault.action == soap.DETAIL_FAULT and fault.relates_to == mid
    assert site.value("SELECT count(*) FROM cepces.certificate") == issued_before, "something was issued"
    rows = site.query("SELECT id, state, result_code, encode(raw, 'hex'), principal, message_id FROM cepces.request"
                      f" WHERE id > {highest}")
    lines = wait_for(lambda: site.httpd.log.find(mid), "the log line")
    if stored:
        ((number, state, result, got, principal, message),) = rows
        assert (state, int(result), got, principal, message) == ("denied", code, raw.hex(), user, mid)
        assert fault.request_id == number
        assert any(number in line for line in lines), lines
        ((event, outcome),) = site.query(f"SELECT event, outcome FROM cepces.audit_event WHERE request_id = {number}")
        assert (event, outcome) == ("request.denied", "denied")
        assert cmc.decode_response(fault.binary_response).status == 2
    else:
        assert rows == [] and fault.request_id is None
    assert_nothing_leaks(reply)
    return fault


def assert_nothing_leaks(reply):
    text = re.sub(r"<BinaryResponse[^<]*<", "<", reply.body.decode())
    for word in ("lib/", ".c:", "SQL", "postgres", "OpenSSL", "error:", "libxml", "/tmp", "contoso-0.pem", "errno"):
        assert word not in text, f"the client is told {word}"


def simple(key=None, template="WebECC", host=HOST, **options):
    key = key or keys.ecc()
    return pkcs10.plain(key, pkcs10.template_name(template), **{**web_names(host), **options})


# --- the template -------------------------------------------------------------------------------------------------


def test_no_template(site):
    refuse(site, pkcs10.plain(keys.ecc(), **web_names(HOST)), NO_TEMPLATE)


@pytest.mark.parametrize("template", ["Nonsense", "Hidden", "Approval", "Web ECC", "é"])
def test_templates_that_are_not_offered(site, template):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name(template), **web_names(HOST))
    fault = refuse(site, raw, UNSUPPORTED_TEMPLATE)
    assert template not in fault.reason


@pytest.mark.parametrize("template", ["", "WebECC\0", "a\nb"])
def test_template_names_that_are_none(site, template):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name(template), **web_names(HOST))
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.error_code in (BAD_DATA, UNSUPPORTED_TEMPLATE, NO_TEMPLATE)


def test_unknown_template_oid(site):
    refuse(site, pkcs10.plain(keys.ecc(), pkcs10.template_info("1.2.3.4.5", 100, 0), **web_names(HOST)),
           UNSUPPORTED_TEMPLATE)


@pytest.mark.parametrize("names", [
    {"extension": "WebECC", "context": "Strict"}, {"extension": "WebECC", "pair": "Strict"},
    {"oid": "WebECC", "extension": "Strict"}, {"oid": "WebECC", "context": "Nonsense"}])
def test_two_different_templates(site, names):
    extensions, attributes, items = [pkcs10.alt_names(pkcs10.dns(HOST))], [], {}
    if "oid" in names:
        extensions.append(pkcs10.template_info(template_of(site, names["oid"])[0], 100, 0))
    if "extension" in names:
        extensions.append(pkcs10.template_name(names["extension"]))
    if "pair" in names:
        attributes.append(pkcs10.name_value("CertificateTemplate", names["pair"]))
    if "context" in names:
        items["CertificateTemplate"] = names["context"]
    raw = pkcs10.plain(keys.ecc(), subject=pkcs10.name(("CN", HOST)), extensions=extensions, attributes=attributes)
    code = UNSUPPORTED_TEMPLATE if names.get("context") == "Nonsense" else CONFLICT
    refuse(site, raw, code, items=items)


@pytest.mark.parametrize("add_major,add_minor", [(1, 0), (0, 1)])
def test_newer_revision(site, add_major, add_minor):
    dotted, major, minor = template_of(site, "WebECC")
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_info(dotted, major + add_major, minor + add_minor),
                       **web_names(HOST))
    refuse(site, raw, NEWER)


def test_template_of_somebody_else(site):
    refuse(site, simple(template="Restricted"), TEMPLATE_DENIED)


def test_template_that_nobody_was_granted(site):
    refuse(site, simple(template="WebP384", key=keys.ecc("p384")), TEMPLATE_DENIED, user="bob")


# --- the key ------------------------------------------------------------------------------------------------------


def test_rsa_key_below_the_template(site):
    refuse(site, simple(keys.shared_rsa(1024), "Web"), KEY_LENGTH)


def test_rsa_key_with_a_tiny_exponent(site):
    refuse(site, simple(keys.rsa_key(2048, 3), "Web"), WEAK)


@pytest.mark.parametrize("curve", ["p224", "k256"])
def test_curves_that_are_not_allowed(site, curve):
    refuse(site, simple(keys.ecc(curve)), BAD_ALGORITHM)


def test_curve_below_the_template(site):
    refuse(site, simple(keys.ecc("p256"), "WebP384"), BAD_ALGORITHM)


@pytest.mark.parametrize("template,key", [("WebECC", lambda: keys.shared_rsa(2048)), ("Web", keys.ecc)])
def test_algorithm_of_another_kind(site, template, key):
    refuse(site, simple(key(), template), BAD_ALGORITHM)


def test_point_that_is_not_on_the_curve(site):
    key = keys.ecc()
    wrong = bytearray(key.spki)
    wrong[-1] ^= 1
    info = pkcs10.info(key, pkcs10.name(("CN", HOST)), spki=bytes(wrong), attributes=[pkcs10.attribute(
        oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC"), pkcs10.alt_names(pkcs10.dns(HOST))))])
    refuse(site, pkcs10.signed(key, info), BAD_KEY)


def test_ed25519(site):
    """Only where a template says so."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519
    private = ed25519.Ed25519PrivateKey.generate()
    spki = private.public_key().public_bytes(serialization.Encoding.DER,
                                             serialization.PublicFormat.SubjectPublicKeyInfo)
    info = pkcs10.info(None, pkcs10.name(("CN", HOST)), spki=spki, attributes=[pkcs10.attribute(
        oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC"), pkcs10.alt_names(pkcs10.dns(HOST))))])
    algorithm = der.seq(der.oid("1.3.101.112"))
    refuse(site, der.seq(info, algorithm, der.bits(private.sign(info))), BAD_ALGORITHM)


# --- proof of possession ------------------------------------------------------------------------------------------


def test_signature_of_another_key(site):
    key, other = keys.ecc(), keys.ecc()
    info = pkcs10.info(key, pkcs10.name(("CN", HOST)), attributes=[pkcs10.attribute(
        oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC")))])
    refuse(site, pkcs10.signed(other, info), BAD_SIGNATURE)


def test_changed_after_signing(site):
    raw = simple()
    at = raw.index(b"www.alice.example")
    refuse(site, raw[:at] + b"wwx" + raw[at + 3:], BAD_SIGNATURE)


@pytest.mark.parametrize("template,key", [("WebECC", keys.ecc)])
def test_sha1_signature_for_a_new_schema(site, template, key):
    refuse(site, simple(key(), template, digest="sha1"), WEAK)


def test_md5_signature(site):
    raw = pkcs10.plain(keys.shared_rsa(2048), pkcs10.template_name("Legacy"), digest="md5")
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.error_code in (WEAK, BAD_ALGORITHM)


def test_signature_algorithm_of_another_key_type(site):
    key = keys.ecc()
    info = pkcs10.info(key, attributes=[pkcs10.attribute(
        oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC")))])
    raw = pkcs10.signed(key, info, algorithm=der.seq(der.oid(oids.SHA256_RSA), der.null()))
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.error_code in (BAD_SIGNATURE, BAD_ALGORITHM)


def test_null_signature_in_a_bare_request(site):
    import hashlib
    key = keys.ecc()
    info = pkcs10.info(key, pkcs10.name(("CN", HOST)), attributes=[pkcs10.attribute(
        oids.EXTENSION_REQUEST, der.seq(pkcs10.template_name("WebECC")))])
    raw = pkcs10.signed(key, info, algorithm=der.seq(der.oid(oids.SHA256)), signature=hashlib.sha256(info).digest())
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.error_code in (BAD_SIGNATURE, BAD_ALGORITHM)


# --- names --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("position", range(4))
def test_one_forbidden_name_among_allowed_ones(site, position):
    """Every name is checked, wherever it stands (V44)."""
    names = [f"{c}.alice.example" for c in "abc"]
    names.insert(position, "www.bob.example")
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", "a.alice.example")),
                       extensions=[pkcs10.alt_names(*(pkcs10.dns(n) for n in names))])
    refuse(site, raw, NAME_DENIED)


@pytest.mark.parametrize("name", [
    pkcs10.dns("alice.example"), pkcs10.dns("alice.example.evil.example"), pkcs10.dns("evilalice.example"),
    pkcs10.ip(10, 2, 0, 1), pkcs10.ip(192, 168, 0, 1), pkcs10.email("x@bob.example"), pkcs10.upn("admin@contoso.example"),
    pkcs10.uri("https://bob.example/"), pkcs10.uri("http://www.alice.example/"),
    pkcs10.directory_name(pkcs10.name(("CN", "admin"))), pkcs10.other_name("1.2.3.4", der.utf8("x"))], ids=repr)
def test_each_kind_of_name_outside_the_patterns(site, name):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", HOST)),
                       extensions=[pkcs10.alt_names(pkcs10.dns(HOST), name)])
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.error_code in (NAME_DENIED, BAD_SUBJECT)


def test_common_name_outside_the_patterns(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", "www.bob.example")),
                       extensions=[pkcs10.alt_names(pkcs10.dns(HOST))])
    refuse(site, raw, NAME_DENIED)


@pytest.mark.parametrize("part", [("CN", "www.bob.example"), ("DC", "contoso"), ("SERIALNUMBER", "1"),
                                  ("E", "admin@contoso.example"), ("O", "Evil Corporation")],
                         ids=lambda part: part[0])
def test_subject_parts_that_no_pattern_allows(site, part):
    """Identifying parts need a pattern; an organisation is free until a pattern for it exists."""
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("Strict"), subject=pkcs10.name(part, ("CN", HOST)),
                       extensions=[pkcs10.alt_names(pkcs10.dns(HOST))])
    refuse(site, raw, NAME_DENIED)


def test_no_name_at_all(site):
    reply = site.client().enroll_reply(FULL, pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC")))
    assert reply.status == 500 and reply.fault.error_code in (BAD_SUBJECT, SAN_REQUIRED)


@pytest.mark.parametrize("subject", [
    pkcs10.name(("UNKNOWN", "x")), pkcs10.name(("CN", "x" * 65)), pkcs10.name(("C", "DEU")),
    pkcs10.name(("CN", der.utf8("www.alice.example\0.evil.example"))), pkcs10.name(("CN", der.utf8("a\nb"))),
    pkcs10.name(("CN", der.tlv(0x0C, b"\xff\xfe"))), pkcs10.name(("CN", der.printable("a*b@c"))),
    pkcs10.name(("CN", "")), pkcs10.name(*[("OU", f"u{i}") for i in range(33)])],
    ids=["unknown type", "65 letters", "country of 3", "NUL", "line break", "not UTF-8", "not PrintableString", "empty",
         "33 parts"])
def test_subjects_that_are_not_valid(site, subject):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), subject=subject,
                       extensions=[pkcs10.alt_names(pkcs10.dns(HOST))])
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.error_code in (BAD_SUBJECT, CORRUPT, NAME_DENIED), f"{reply.fault}"


@pytest.mark.parametrize("name", [
    pkcs10.dns("www.alice.example\0.evil"), pkcs10.dns("-x.alice.example"), pkcs10.dns("a..alice.example"),
    pkcs10.dns("a b.alice.example"), pkcs10.dns("x" * 64 + ".alice.example"), pkcs10.dns(""),
    pkcs10.dns("*.alice.example"), pkcs10.dns("a.*.alice.example"), pkcs10.ip(10, 1, 0), pkcs10.ip(10, 1, 0, 1, 5),
    pkcs10.email("a@b@alice.example"), pkcs10.email("alice.example"), pkcs10.upn("alice.example"),
    pkcs10.uri("javascript:alert(1)")], ids=repr)
def test_alternative_names_that_are_not_valid(site, name):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", HOST)),
                       extensions=[pkcs10.alt_names(name)])
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.error_code in (BAD_SUBJECT, NAME_DENIED), f"{reply.fault}"


def test_same_name_twice_is_refused(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", HOST)),
                       extensions=[pkcs10.alt_names(pkcs10.dns(HOST), pkcs10.dns(HOST))])
    refuse(site, raw, BAD_SUBJECT)


def test_101_names(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", HOST)),
                       extensions=[pkcs10.alt_names(*(pkcs10.dns(f"h{i}.alice.example") for i in range(101)))])
    refuse(site, raw, BAD_SUBJECT)


@pytest.mark.parametrize("template,key,code", [
    ("MachineECC", keys.ecc, 0x8009480F), ("Person", lambda: keys.shared_rsa(2048), None)])
def test_account_without_what_the_template_needs(site, template, key, code):
    raw = pkcs10.plain(key(), pkcs10.template_name(template))
    reply = site.client("bare").enroll_reply(FULL, raw)
    codes = (code,) if code else (0x8009480D, 0x80094812, BAD_SUBJECT)
    assert reply.status == 500 and reply.fault.error_code in codes, f"{reply.fault.error_code:#x}"


def test_strict_template_refuses_what_others_drop(site):
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("Strict"), subject=pkcs10.name(("CN", HOST)),
                       extensions=[pkcs10.alt_names(pkcs10.dns(HOST)),
                                   pkcs10.extension(oids.BASIC_CONSTRAINTS, der.seq(der.boolean(True)))])
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.has_detail


# --- requests of later stages -------------------------------------------------------------------------------------


def test_renewal_is_refused_in_plain_words(site):
    issued = site.client().enroll(FULL, simple())
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), **web_names(HOST),
                       attributes=[pkcs10.attribute(oids.RENEWAL_CERTIFICATE, issued.certificate)])
    reply = site.client().enroll_reply(FULL, raw)
    assert reply.status == 500 and reply.fault.has_detail and reply.fault.invalid_request == "true"


def test_poll_of_an_unknown_request(site):
    client = site.client()
    number = f'<RequestID xmlns="{soap.WSTEP}">2147483000</RequestID>'
    body = soap.rst("", request_type=soap.QUERY_TOKEN_STATUS, items={}, request_id=number)
    reply = client.send(FULL, soap.envelope(soap.RST, body, security=client.security()))
    assert reply.status == 500
    assert (reply.fault.error_code, reply.fault.invalid_request) == (0x80094002, "false")


def test_poll_of_somebody_elses_request_is_like_an_unknown_one(site):
    issued = site.client().enroll(FULL, simple())
    client = site.client("bob")
    number = f'<RequestID xmlns="{soap.WSTEP}">{issued.request_id}</RequestID>'
    body = soap.rst("", request_type=soap.QUERY_TOKEN_STATUS, items={}, request_id=number)
    reply = client.send(FULL, soap.envelope(soap.RST, body, security=client.security()))
    assert reply.status == 500 and reply.fault.error_code == 0x80094002


def test_archived_key_is_not_expected(site):
    key = keys.ecc()
    content = cmc.pki_data([cmc.tagged(simple(key))])
    unsigned = der.context(1, pkcs10.attribute(oids.ARCHIVED_KEY, der.seq(der.oid(oids.DATA))))
    raw = cmc.signed_data(content, [cmc.signer(key, content, unsigned=unsigned)])
    refuse(site, raw, 0x80094810)
