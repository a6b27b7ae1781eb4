#!/usr/bin/python3
"""Makes the vectors of pki/keys, pkcs10 and cmc. Run by hand, from anywhere; the output is committed. Keys are new with
every run, so every file changes.

  valid/<what>.der with <what>.txt    what the decoder must say, in the words of test_request_vectors.c
  invalid/<STATUS>/<what>.der         what it must refuse, and how
"""
import pathlib
import shutil

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, x25519

from request_kit import *

HERE = pathlib.Path(__file__).parent

P256, OTHER = ec_key(ec.SECP256R1()), ec_key(ec.SECP256R1())
P384, P521 = ec_key(ec.SECP384R1()), ec_key(ec.SECP521R1())
RSA2048, RSA1024 = rsa_key(2048), rsa_key(1024)
ED = Key(ed25519.Ed25519PrivateKey.generate())
AGENT = certificate(OTHER, "agent")
HOST = name((CN, "host1.example.com"))
SID_TEXT = "S-1-5-21-1004336348-1177238915-682003330-1105"
KU_VALUE, EKU_VALUE = bytes.fromhex("030205a0"), seq(oid(CLIENT_AUTH))


def start(folder):
    shutil.rmtree(HERE / folder, ignore_errors=True)


def write(path, der):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(der)


def valid(folder, what, der, text):
    write(HERE / folder / "valid" / (what + ".der"), der)
    if text is not None:
        (HERE / folder / "valid" / (what + ".txt")).write_text(text.strip() + "\n")


def invalid(folder, status, what, der):
    write(HERE / folder / "invalid" / status / (what + ".der"), der)


def ask(*extensions, **how):
    """A PKCS#10 of P256 for HOST with these extensions."""
    return pkcs10(P256, HOST, [extension_request(*extensions)], **how)


# --- Keys ---------------------------------------------------------------------------------------------------------

def make_keys():
    start("pki/keys")
    numbers = RSA2048.private.public_key().public_numbers()
    odd = (1 << 8199) + 1
    for what, key in [("rsa-1024", RSA1024), ("rsa-2048", RSA2048), ("p-256", P256), ("p-384", P384), ("p-521", P521),
                      ("ed25519", ED)]:
        valid("pki/keys", what, key.spki, None)
    valid("pki/keys", "rsa-exponent-of-64-bits", rsa_spki(numbers.n, (1 << 63) + 1), None)

    def bad(status, what, spki):
        invalid("pki/keys", status, what, spki)

    bad("BAD_KEY", "rsa-modulus-even", rsa_spki(numbers.n - 1, 65537))
    bad("BAD_KEY", "rsa-exponent-even", rsa_spki(numbers.n, 65538))
    bad("BAD_KEY", "rsa-modulus-negative", rsa_spki(-numbers.n, 65537))
    bad("BAD_KEY", "rsa-exponent-negative", rsa_spki(numbers.n, -65537))
    bad("BAD_KEY", "rsa-exponent-of-65-bits", rsa_spki(numbers.n, (1 << 64) + 1))
    bad("BAD_KEY", "rsa-modulus-of-8200-bits", rsa_spki(odd, 65537))
    bad("WEAK_KEY", "rsa-modulus-of-1023-bits", rsa_spki((1 << 1022) + 1, 65537))
    bad("WEAK_KEY", "rsa-modulus-zero", rsa_spki(0, 65537))
    bad("WEAK_KEY", "rsa-exponent-3", rsa_spki(numbers.n, 3))
    bad("WEAK_KEY", "rsa-exponent-1", rsa_spki(numbers.n, 1))
    bad("BAD_ALGORITHM", "rsa-without-null", rsa_spki(numbers.n, 65537, b""))
    bad("BAD_ALGORITHM", "rsa-pss-key", seq(seq(oid(PSS)), RSA2048.spki[-275:]))
    bad("ASN1_TRAILING", "rsa-bytes-after-the-key",
        seq(seq(oid(RSA), NULL), bits(seq(integer(numbers.n), integer(65537)) + b"\0")))
    bad("ASN1_NOT_DER", "rsa-modulus-not-minimal",
        seq(seq(oid(RSA), NULL), bits(seq(tlv(2, b"\0\0", numbers.n.to_bytes(256, "big")), integer(65537)))))
    bad("ASN1_BAD_TAG", "rsa-modulus-an-octet-string",
        seq(seq(oid(RSA), NULL), bits(seq(octets(b"\x7f" * 256), integer(65537)))))
    bad("ASN1_NOT_DER", "key-bits-unused", seq(seq(oid(ED25519)), bits(b"\xff" * 32, 3)))
    bad("BAD_KEY", "key-not-whole-octets", seq(seq(oid(ED25519)), bits(b"\xf8" * 32, 3)))

    named = oid("1.2.840.10045.3.1.7")
    point = P256.private.public_key().public_bytes(serialization.Encoding.X962,
                                                   serialization.PublicFormat.UncompressedPoint)
    compressed = P256.private.public_key().public_bytes(serialization.Encoding.X962,
                                                        serialization.PublicFormat.CompressedPoint)
    bad("BAD_KEY", "ec-point-off-the-curve", ec_spki(named, point[:-1] + bytes([point[-1] ^ 1])))
    bad("BAD_KEY", "ec-point-at-infinity", ec_spki(named, b"\0"))
    bad("BAD_KEY", "ec-point-all-zero", ec_spki(named, b"\4" + b"\0" * 64))
    bad("BAD_KEY", "ec-point-compressed", ec_spki(named, compressed))
    bad("BAD_KEY", "ec-point-hybrid", ec_spki(named, bytes([6 | point[-1] & 1]) + point[1:]))
    bad("BAD_KEY", "ec-point-too-long", ec_spki(named, point + b"\0"))
    bad("BAD_KEY", "ec-point-coordinate-not-reduced", ec_spki(named, b"\4" + b"\xff" * 64))
    bad("BAD_KEY", "ec-point-of-another-curve", ec_spki(oid("1.3.132.0.34"), point))
    bad("BAD_ALGORITHM", "ec-without-parameters", seq(seq(oid(EC)), bits(point)))
    bad("BAD_ALGORITHM", "ec-curve-implicit", ec_spki(NULL, point))
    bad("BAD_ALGORITHM", "ec-curve-secp256k1", ec_key(ec.SECP256K1()).spki)
    bad("BAD_ALGORITHM", "ec-curve-p-224", ec_key(ec.SECP224R1()).spki)
    bad("BAD_ALGORITHM", "ec-curve-p-192", ec_spki(oid("1.2.840.10045.3.1.1"), b"\4" + b"\1" * 48))
    prime = 2**256 - 2**224 + 2**192 + 2**96 - 1
    explicit = seq(integer(1), seq(oid("1.2.840.10045.1.1"), integer(prime)),
                   seq(octets((prime - 3).to_bytes(32, "big")),
                       octets(bytes.fromhex("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"))),
                   octets(point), integer(prime), integer(1))
    bad("BAD_ALGORITHM", "ec-curve-explicit", ec_spki(explicit, point))
    bad("BAD_KEY", "ed25519-of-31-octets", seq(seq(oid(ED25519)), bits(b"\1" * 31)))
    bad("BAD_ALGORITHM", "ed25519-with-parameters", seq(seq(oid(ED25519), NULL), bits(b"\1" * 32)))
    bad("BAD_ALGORITHM", "x25519", Key(x25519.X25519PrivateKey.generate()).spki)
    bad("BAD_ALGORITHM", "dsa", Key(dsa.generate_private_key(1024)).spki)


# --- PKCS#10 ------------------------------------------------------------------------------------------------------

WINDOWS_ATTRIBUTES = [
    attribute(OS_VERSION, ia5("10.0.26100.2")), client_info(5, "host1.example.com", "EXAMPLE\\HOST1$", "taskhostw.exe"),
    attribute(CSP, seq(integer(1), bmp("Microsoft Software Key Storage Provider"), bits(b"")))]

ALL_SANS = [
    dns("WWW.Example.COM"), tlv(0x81, b"alice@example.com"), other_name(UPN, utf8("alice@corp.example.com")),
    tlv(0x87, bytes([192, 0, 2, 1])), tlv(0x87, bytes.fromhex("20010db8000000000000000000000001")),
    tlv(0x86, b"https://example.com/a"),
    other_name(GUID, octets(bytes.fromhex("ae4f1df8ec7dd011a76500a0c91e6bf6"))),
    tlv(0xA4, name((CN, "x"))), other_name("1.2.3.4", utf8("y")), tlv(0x88, oid("1.2.3.4")[2:])]


def good_pkcs10():
    def good(what, der, text):
        valid("pkcs10", what, der, "format pkcs10\n" + text)

    host = "subject CN=host1.example.com\n"
    p256 = "key P-256 256\ndigest SHA256\n"
    ext_attr = "\nattribute 1.2.840.113549.1.9.14\n"
    good("windows-computer", pkcs10(P256, seq(), WINDOWS_ATTRIBUTES + [extension_request(
        template_info("1.3.6.1.4.1.311.21.8.1.2.3", 100, 7), extension(EKU, EKU_VALUE), extension(KU, KU_VALUE, TRUE),
        extension(APPLICATION_POLICIES, seq(EKU_VALUE)), extension(SKI, octets(P256.ski)))]), p256 + """
template-oid 1.3.6.1.4.1.311.21.8.1.2.3 100 7
extension 1.3.6.1.4.1.311.21.7
extension 2.5.29.37
extension 2.5.29.15 critical
extension 1.3.6.1.4.1.311.21.10
extension 2.5.29.14
attribute 1.3.6.1.4.1.311.13.2.3
attribute 1.3.6.1.4.1.311.21.20
attribute 1.3.6.1.4.1.311.13.2.2
attribute 1.2.840.113549.1.9.14
client-info clientId=5 host1.example.com EXAMPLE\\x5cHOST1$ taskhostw.exe""")
    good("sha1-of-schema-1", pkcs10(RSA2048, name((CN, "alice")), [
        extension_request(template_name("User"), type_=CERT_EXTENSIONS)], digest="sha1"), """
key RSA 2048
digest SHA1
subject CN=alice
template-name User
extension 1.3.6.1.4.1.311.20.2
attribute 1.3.6.1.4.1.311.2.1.14""")
    good("every-kind-of-name", ask(san(*ALL_SANS), sid(SID_TEXT)), p256 + host + """
san dns www.example.com
san email alice@example.com
san upn alice@corp.example.com
san ip 192.0.2.1
san ip 2001:db8::1
san uri https://example.com/a
san guid f81d4fae-7dec-11d0-a765-00a0c91e6bf6
san other directoryName CN=x
san other otherName 1.2.3.4
san other registeredID 1.2.3.4
sid """ + SID_TEXT + """
extension 2.5.29.17
extension 1.3.6.1.4.1.311.25.2""" + ext_attr)
    good("template-name-in-a-sequence", ask(extension(TEMPLATE_NAME, seq(utf8("WebServer")))),
         p256 + host + "template-name WebServer\nextension 1.3.6.1.4.1.311.20.2" + ext_attr)
    good("template-without-minor", ask(template_info("1.2.3", 4294967295)),
         p256 + host + "template-oid 1.2.3 4294967295 -\nextension 1.3.6.1.4.1.311.21.7" + ext_attr)
    good("template-without-revision", ask(template_info("1.2.3")),
         p256 + host + "template-oid 1.2.3 - -\nextension 1.3.6.1.4.1.311.21.7" + ext_attr)
    for what, value in [("a-pair", pair("CertificateTemplate", "Web")),
                        ("a-list-of-pairs", seq(pair("CertificateTemplate", "Web")))]:
        good("template-in-" + what, pkcs10(P256, HOST, [attribute(NAME_VALUE, value, pair("RMD", "a.b"))]),
             p256 + host + """attribute 1.3.6.1.4.1.311.13.2.1
template-attribute Web
name-value RMD=a.b
name-value CertificateTemplate=Web""")
    good("requester-name", pkcs10(P256, HOST, [attribute(NAME_VALUE, pair("requestername", "EXAMPLE\\bob"))]),
         p256 + host + "attribute 1.3.6.1.4.1.311.13.2.1\nname-value requestername=EXAMPLE\\bob\nflag requester")
    good("two-extension-requests", pkcs10(P256, HOST, [
        extension_request(template_name()), extension_request(extension(KU, KU_VALUE), type_=CERT_EXTENSIONS)]),
        p256 + host + """template-name User
extension 1.3.6.1.4.1.311.20.2
extension 2.5.29.15
attribute 1.2.840.113549.1.9.14
attribute 1.3.6.1.4.1.311.2.1.14""")
    for what, attributes in [("without-attributes", None), ("with-empty-attributes", ())]:
        good(what, pkcs10(P256, HOST, attributes), p256 + host)
    good("rsa-1024", pkcs10(RSA1024, HOST), "key RSA 1024\ndigest SHA256\n" + host)
    good("rsa-pss", pkcs10(RSA2048, HOST, pss_salt=32), "key RSA 2048\ndigest SHA256\n" + host)
    good("rsa-pss-sha512-without-salt", pkcs10(RSA2048, HOST, digest="sha512", pss_salt=0),
         "key RSA 2048\ndigest SHA512\n" + host)
    good("p-384", pkcs10(P384, HOST, digest="sha384"), "key P-384 384\ndigest SHA384\n" + host)
    good("p-521", pkcs10(P521, HOST, digest="sha512"), "key P-521 521\ndigest SHA512\n" + host)
    good("ed25519", pkcs10(ED, HOST), "key Ed25519 256\ndigest SHA512\n" + host)
    good("specified-ecdsa", pkcs10(P384, HOST, digest="sha384", algo=algorithm(
        "1.2.840.10045.4.3", algorithm(DIGESTS["sha384"][0]))), "key P-384 384\ndigest SHA384\n" + host)
    good("subject-of-many-types", pkcs10(P256, name(
        (DC, ia5("example")), (C, printable("DE")), [(O, "Käse & Söhne, GmbH"), (OU, bmp("Prüfung"))],
        ("1.2.3.4", "what"), (EMAIL, ia5("a@b.example")), (CN, "x" * 64))), p256 + "subject DC=example\nsubject C=DE\n" +
        ("subject O=Käse & Söhne, GmbH\nsubject +OU=Prüfung\n"
         if atv(O, "Käse & Söhne, GmbH") < atv(OU, bmp("Prüfung")) else
         "subject OU=Prüfung\nsubject +O=Käse & Söhne, GmbH\n") +
        "subject 1.2.3.4=what\nsubject E=a@b.example\nsubject CN=" + "x" * 64)
    good("renewal", pkcs10(P256, HOST, [attribute(RENEWAL_CERTIFICATE, to_der(AGENT))]),
         p256 + host + "attribute 1.3.6.1.4.1.311.13.1\nflag renewal")
    good("client-info-of-another-type", pkcs10(P256, HOST, [attribute(CLIENT_INFO, utf8("certbot"))]),
         p256 + host + "attribute 1.3.6.1.4.1.311.21.20")
    good("client-info-with-control-characters", pkcs10(P256, HOST, [client_info(9, "a\nb", "\x1b[0m", "ü")]),
         p256 + host + "attribute 1.3.6.1.4.1.311.21.20\nclient-info clientId=9 a\\x0ab \\x1b[0m \\xc3\\xbc")
    good("hundred-names", ask(san(*[dns("h%d.example" % i) for i in range(100)])), p256 + host +
         "".join("san dns h%d.example\n" % i for i in range(100)) + "extension 2.5.29.17" + ext_attr)


def broken_der(bad):
    plain = pkcs10(P256, HOST)
    body = plain[4:]
    bad("ASN1_TRUNCATED", "empty", b"")
    bad("ASN1_TRUNCATED", "one-byte", plain[:1])
    bad("ASN1_TRUNCATED", "length-cut", plain[:3])
    bad("ASN1_TRUNCATED", "half", plain[:len(plain) // 2])
    bad("ASN1_TRUNCATED", "last-byte-missing", plain[:-1])
    bad("ASN1_TRAILING", "one-byte-more", plain + b"\0")
    bad("ASN1_TRAILING", "twice", plain + plain)
    bad("ASN1_NOT_DER", "indefinite-length", b"\x30\x80" + body + b"\0\0")
    bad("ASN1_NOT_DER", "length-with-leading-zero", b"\x30\x83\0" + plain[2:])
    bad("ASN1_NOT_DER", "pem", b"-----BEGIN CERTIFICATE REQUEST-----\n")
    bad("ASN1_CORRUPT", "length-of-five-octets", b"\x30\x85\0\0\0\0" + bytes([len(body) & 0xFF]) + body)
    bad("ASN1_CORRUPT", "inner-longer-than-outer", b"\x30\x03\x30\x05\x02\x01\x00\x05\x00"[:5])
    bad("ASN1_CORRUPT", "depth-25", b"".join(bytes([0x30]) + length(2 * n) for n in range(24, -1, -1)))
    bad("ASN1_CORRUPT", "8193-values", seq(NULL * 8192))
    bad("ASN1_CORRUPT", "tag-above-30", seq(b"\x3f\x1f\x00"))
    bad("ASN1_CORRUPT", "integer-without-contents", seq(seq(tlv(2))))
    bad("ASN1_CORRUPT", "null-with-contents", seq(tlv(5, b"\0")))

    def inside(status, what, *attributes, **kwargs):  # signed as it is: only the walk over the DER can tell
        bad(status, what, pkcs10(P256, HOST, attributes, **kwargs))

    short = attribute("1.2.3", ia5("ab"))
    inside("ASN1_NOT_DER", "signed-length-too-long", b"\x30\x81" + short[1:])
    inside("ASN1_NOT_DER", "signed-boolean-01", extension_request(extension(KU, KU_VALUE, b"\1\1\1")))
    inside("ASN1_NOT_DER", "signed-integer-not-minimal", attribute("1.2.3", tlv(2, b"\0\1")))
    inside("ASN1_NOT_DER", "signed-negative-integer-not-minimal", attribute("1.2.3", tlv(2, b"\xff\xff")))
    inside("ASN1_NOT_DER", "signed-string-in-pieces", attribute("1.2.3", tlv(0x24, octets(b"a"))))
    inside("ASN1_NOT_DER", "signed-sequence-primitive", attribute("1.2.3", tlv(0x10, b"")))
    inside("ASN1_NOT_DER", "signed-end-of-contents", attribute("1.2.3", b"\0\0"))
    inside("ASN1_NOT_DER", "signed-bit-string-padding", attribute("1.2.3", bits(b"\xff", 1)))
    inside("ASN1_NOT_DER", "signed-oid-not-minimal", attribute("1.2.3", tlv(6, b"\x2a\x80\x01")))
    inside("ASN1_NOT_DER", "signed-oid-cut-short", attribute("1.2.3", tlv(6, b"\x2a\x81")))
    inside("ASN1_CORRUPT", "signed-oid-of-65-octets", attribute("1.2.3", tlv(6, b"\x2a" * 65)))
    inside("ASN1_CORRUPT", "signed-empty-oid", attribute("1.2.3", tlv(6)))
    inside("ASN1_BAD_TAG", "attribute-a-set", set_of(oid("1.2.3")))
    bad("ASN1_BAD_TAG", "subject-a-set", pkcs10(P256, tlv(0x31)))
    bad("ASN1_BAD_TAG", "key-an-octet-string", pkcs10(P256, tbs=seq(integer(0), HOST, octets(P256.spki))))


def bad_names(bad):
    def subject(what, *attributes):
        bad("BAD_SUBJECT", "subject-" + what, pkcs10(P256, name(*attributes)))

    def alt(what, *names):
        bad("BAD_SUBJECT", "san-" + what, ask(san(*names)))

    subject("nul-in-cn", (CN, "www.example.com\0.evil.example"))
    subject("control-character", (CN, "a"), (O, "a\x07b"))
    subject("c1-control-character", (CN, "a\u0085b"))
    subject("cn-of-65", (CN, "x" * 65))
    subject("country-of-3", (C, printable("DEU")))
    subject("unknown-attribute-of-129", ("1.2.3.4", "x" * 129))
    subject("empty-value", (CN, ""))
    subject("33-attributes", *[(OU, "u%d" % i) for i in range(33)])
    for what, value in [("broken-utf8", tlv(0x0C, b"\xc3(")), ("overlong-utf8", tlv(0x0C, b"a\xc0\x80b")),
                        ("odd-bmp", tlv(0x1E, b"\0a\0")), ("surrogate-bmp", tlv(0x1E, b"\xd8\x00\xd8\x00"))]:
        bad("ASN1_CORRUPT", "subject-" + what, pkcs10(P256, name((CN, value))))
    subject("value-a-sequence", (CN, seq()))
    bad("BAD_SUBJECT", "subject-rdn-without-attributes", pkcs10(P256, seq(tlv(0x31))))
    alt("none")
    alt("101-names", *[dns("h%d.example" % i) for i in range(101)])
    alt("over-16-kib", *[tlv(0x86, b"https://example.com/" + b"a" * 1900) for _ in range(9)])
    alt("dns-empty", dns(""))
    alt("dns-of-254", dns("a" * 254))
    alt("dns-with-nul", dns("good.example\0.evil.example"))
    alt("dns-with-space", dns("a b"))
    alt("dns-outside-ascii", dns("m\xfcnchen.example"))
    alt("email-of-255", tlv(0x81, b"a@" + b"b" * 253))
    alt("email-with-newline", tlv(0x81, b"a@b.example\n"))
    alt("uri-of-2049", tlv(0x86, b"a" * 2049))
    alt("ip-of-5-octets", tlv(0x87, b"\1\2\3\4\5"))
    alt("ip-with-mask", tlv(0x87, b"\1\2\3\4\xff\xff\xff\0"))
    alt("upn-an-ia5string", other_name(UPN, ia5("a@b.example")))
    alt("upn-empty", other_name(UPN, utf8("")))
    alt("upn-with-nul", other_name(UPN, utf8("a@b\0c")))
    alt("upn-with-space", other_name(UPN, utf8("a b@c")))
    alt("upn-of-257", other_name(UPN, utf8("a@" + "b" * 255)))
    alt("guid-of-15-octets", other_name(GUID, octets(b"x" * 15)))
    alt("guid-a-string", other_name(GUID, utf8("x" * 16)))
    alt("second-name-bad", dns("good.example"), dns("bad example"))


def bad_contents(bad):
    ku = extension(KU, KU_VALUE)
    bad("BAD_DATA", "extension-twice", ask(ku, template_name(), ku))
    bad("BAD_DATA", "extension-twice-with-other-value", ask(template_name("User"), template_name("Web")))
    bad("BAD_DATA", "extension-in-both-requests", pkcs10(P256, HOST, [
        extension_request(ku), extension_request(ku, type_=CERT_EXTENSIONS)]))
    bad("BAD_DATA", "attribute-twice", pkcs10(P256, HOST, [extension_request(ku), extension_request(template_name())]))
    bad("BAD_DATA", "attribute-with-two-values", pkcs10(P256, HOST, [
        attribute(EXTENSION_REQUEST, seq(ku), seq(template_name()))]))
    bad("BAD_DATA", "os-version-with-two-values", pkcs10(P256, HOST, [attribute(OS_VERSION, ia5("1"), ia5("2"))]))
    bad("BAD_DATA", "unknown-attribute-with-two-values", pkcs10(P256, HOST, [attribute("1.2.3", NULL, integer(1))]))
    bad("BAD_DATA", "attribute-without-value", pkcs10(P256, HOST, [attribute(EXTENSION_REQUEST)]))
    bad("BAD_DATA", "65-attributes", pkcs10(P256, HOST, [attribute("1.2.3.%d" % i, NULL) for i in range(65)]))
    bad("BAD_DATA", "65-extensions", ask(*[extension("1.2.3.%d" % i, NULL) for i in range(65)]))
    bad("BAD_DATA", "extension-over-32-kib", ask(extension("1.2.3", b"x" * 32769)))
    bad("BAD_DATA", "over-64-kib", pkcs10(P256, HOST, [attribute("1.2.3", octets(b"x" * 65536))]))
    bad("BAD_DATA", "extension-request-a-string", pkcs10(P256, HOST, [attribute(EXTENSION_REQUEST, utf8("x"))]))
    bad("BAD_DATA", "template-revision-over-32-bits", ask(template_info("1.2.3", 1 << 32)))
    bad("BAD_DATA", "template-revision-negative", ask(template_info("1.2.3", 1, -1)))
    bad("BAD_DATA", "template-name-with-nul", ask(template_name("User\0x")))
    bad("ASN1_BAD_TAG", "template-name-an-ia5string", ask(extension(TEMPLATE_NAME, ia5("User"))))
    bad("ASN1_TRAILING", "bytes-after-template-name", ask(extension(TEMPLATE_NAME, bmp("User") + b"\0")))
    bad("ASN1_TRUNCATED", "template-information-empty", ask(extension(TEMPLATE_INFO, b"")))
    bad("ASN1_NOT_DER", "san-of-indefinite-length", ask(extension(SAN, b"\x30\x80" + dns("a.example") + b"\0\0")))
    bad("BAD_DATA", "sid-of-another-shape", ask(sid("S-1-5-21-x")))
    bad("BAD_DATA", "sid-with-nul", ask(sid(SID_TEXT + "\0")))
    bad("BAD_DATA", "sid-of-another-type", ask(extension(SID, seq(dns("a.example")))))
    bad("BAD_DATA", "sid-twice", ask(extension(SID, seq(*[other_name(SID + ".1", octets(SID_TEXT.encode()))] * 2))))
    bad("BAD_DATA", "pair-with-control-character", pkcs10(P256, HOST, [
        attribute(NAME_VALUE, pair("CertificateTemplate", "Web\nServer"))]))
    bad("BAD_DATA", "pair-a-string", pkcs10(P256, HOST, [attribute(NAME_VALUE, bmp("x"))]))
    bad("BAD_DATA", "65-pairs", pkcs10(P256, HOST, [attribute(NAME_VALUE, *[pair("a", str(i)) for i in range(65)])]))


def bad_signatures(bad):
    tbs = info(P256, HOST, ())
    plain = pkcs10(P256, HOST)
    bad("BAD_SIGNATURE", "last-byte-changed", plain[:-1] + bytes([plain[-1] ^ 1]))
    bad("BAD_SIGNATURE", "subject-changed", plain.replace(b"host1", b"host2"))
    bad("BAD_SIGNATURE", "by-another-key", pkcs10(P256, HOST, signer=OTHER))
    bad("BAD_SIGNATURE", "rsa-by-another-key", pkcs10(RSA2048, HOST, signer=RSA1024))
    bad("BAD_SIGNATURE", "empty", seq(tbs, algorithm(WITH_ECDSA["sha256"]), bits(b"")))
    bad("BAD_SIGNATURE", "digest-other-than-said", pkcs10(P256, HOST, digest="sha384",
                                                           algo=algorithm(WITH_ECDSA["sha256"])))
    bad("BAD_SIGNATURE", "unused-bits", seq(tbs, algorithm(WITH_ECDSA["sha256"]), bits(b"\xf8" * 70, 3)))
    bad("BAD_SIGNATURE", "pss-salt-other-than-said", pkcs10(RSA2048, HOST, pss_salt=32,
                                                             algo=pss_algorithm("sha256", "sha256", 20)))
    bad("BAD_ALGORITHM", "null-signature", null_signed(P256, subject=HOST))
    for what, algo in [
            ("rsa-for-an-ec-key", algorithm(WITH_RSA["sha256"], NULL)), ("pss-for-an-ec-key",
                                                                         pss_algorithm("sha256", "sha256", 32)),
            ("ed25519-for-an-ec-key", algorithm(ED25519)), ("unknown", algorithm("1.2.3.4")),
            ("key-algorithm-only", algorithm(EC)), ("parameters", algorithm(WITH_ECDSA["sha256"], integer(1))),
            ("specified-without-digest", algorithm("1.2.840.10045.4.3"))]:
        bad("BAD_ALGORITHM", "ec-" + what, seq(tbs, algo, bits(P256.sign(tbs)[1])))
    bad("BAD_ALGORITHM", "rsa-md5", pkcs10(RSA2048, HOST, digest="md5"))
    for what, algo in [
            ("ecdsa-for-an-rsa-key", algorithm(WITH_ECDSA["sha256"])), ("key-algorithm-only", algorithm(RSA, NULL)),
            ("pss-without-parameters", algorithm(PSS)), ("pss-defaults", algorithm(PSS, seq())),
            ("pss-sha1", pss_algorithm("sha1", "sha1", 20)), ("pss-mask-sha1", pss_algorithm("sha256", "sha1", 32)),
            ("pss-mask-sha512", pss_algorithm("sha256", "sha512", 32)),
            ("pss-salt-of-33", pss_algorithm("sha256", "sha256", 33)),
            ("pss-salt-negative", pss_algorithm("sha256", "sha256", -1))]:
        bad("BAD_ALGORITHM", "rsa-" + what, pkcs10(RSA2048, HOST, algo=algo))


def bad_pkcs10():
    def bad(status, what, der):
        invalid("pkcs10", status, what, der)

    broken_der(bad)
    bad_names(bad)
    bad_contents(bad)
    bad_signatures(bad)
    weak = Key(None, rsa_spki((1 << 1000) + 1, 65537))
    bad("WEAK_KEY", "rsa-1001", pkcs10(weak, HOST))
    bad("BAD_KEY", "rsa-exponent-even", pkcs10(Key(None, rsa_spki((1 << 2047) + 1, 65538)), HOST))
    bad("BAD_ALGORITHM", "ec-secp256k1", pkcs10(ec_key(ec.SECP256K1()), HOST))
    bad("UNSUPPORTED_FORMAT", "version-1", pkcs10(P256, tbs=info(P256, HOST, (), integer(1))))
    bad("UNSUPPORTED_FORMAT", "certificate", to_der(AGENT))
    bad("UNSUPPORTED_FORMAT", "keygen", seq(seq(P256.spki, ia5("challenge")), algorithm(WITH_ECDSA["sha256"]), bits(b"x")))
    bad("UNSUPPORTED_FORMAT", "enveloped-data", seq(oid("1.2.840.113549.1.7.3"), tlv(0xA0, seq(integer(0)))))
    bad("UNSUPPORTED_FORMAT", "octet-string", octets(pkcs10(P256, HOST)))
    bad("UNSUPPORTED_FORMAT", "empty-sequence", seq())
    bad("UNSUPPORTED_FORMAT", "null", NULL)


# --- CMC ----------------------------------------------------------------------------------------------------------

REQUEST = ask(template_info("1.3.6.1.4.1.311.21.8.1.2.3", 100, 7))
REQUEST_TEXT = """format cmc
key P-256 256
digest SHA256
subject CN=host1.example.com
template-oid 1.3.6.1.4.1.311.21.8.1.2.3 100 7
extension 1.3.6.1.4.1.311.21.7
attribute 1.2.840.113549.1.9.14
"""


def cmc(*controls, request=None, part=1, **how):
    """The message of a request by P256 with one signer by its SKI."""
    content = pki_data(tcr(request or REQUEST, part), controls=controls)
    return signed_data(content, signer(P256, content, **how))


def good_cmc():
    def good(what, der, text=""):
        valid("cmc", what, der, REQUEST_TEXT + text)

    rsa_request = pkcs10(RSA2048, seq(), WINDOWS_ATTRIBUTES + [extension_request(
        template_info("1.2.3", 1, 0), extension(SKI, octets(RSA2048.ski)))])
    content = pki_data(tcr(rsa_request), controls=[add_attributes(client_info())])
    valid("cmc", "windows", signed_data(content, signer(RSA2048, content, algo=algorithm(RSA, NULL))), """format cmc
key RSA 2048
digest SHA256
template-oid 1.2.3 1 0
extension 1.3.6.1.4.1.311.21.7
extension 2.5.29.14
attribute 1.3.6.1.4.1.311.13.2.3
attribute 1.3.6.1.4.1.311.21.20
attribute 1.3.6.1.4.1.311.13.2.2
attribute 1.2.840.113549.1.9.14
attribute 1.3.6.1.4.1.311.21.20
client-info clientId=5 host1.example.com EXAMPLE\\x5cHOST1$ taskhostw.exe""")
    good("ecdsa", cmc())
    good("ecdsa-named-by-key-algorithm", cmc(algo=algorithm(EC)))
    good("sha512-signer", cmc(digest="sha512"))
    valid("cmc", "sha1-by-the-request-key", cmc(digest="sha1"), REQUEST_TEXT.replace("SHA256", "SHA1"))
    null = null_signed(P256, subject=HOST, attributes=[extension_request(template_info(
        "1.3.6.1.4.1.311.21.8.1.2.3", 100, 7))])
    good("null-signature", cmc(request=null))
    good("body-part-id-of-32-bits", cmc(part=4294967295), "body-part 4294967295")
    good("unknown-control", cmc(control(2, TRANSACTION_ID, integer(7))), "attribute 1.3.6.1.5.5.7.7.5")
    good("reg-info", cmc(reg_info("CertificateTemplate=Web%20Server&&RequesterName=EXAMPLE%5cb%C3%BCb&")), """
template-attribute Web Server
name-value CertificateTemplate=Web Server
name-value RequesterName=EXAMPLE\\büb
flag requester""")
    good("added-extensions", cmc(add_extensions(template_name(), extension(BC, seq(), TRUE))), """
template-name User
extension 1.3.6.1.4.1.311.20.2
extension 2.5.29.19 critical""")
    good("added-pair", cmc(add_attributes(attribute(NAME_VALUE, pair("certificatetemplate", "Web")))), """
attribute 1.3.6.1.4.1.311.13.2.1
template-attribute Web
name-value certificatetemplate=Web""")
    content = pki_data(tcr(REQUEST))
    own = signer(P256, content)
    by_agent = signer(OTHER, content, by_issuer(AGENT))
    good("agent-beside-the-key", signed_data(content, own, by_agent, certificates=[to_der(AGENT)]),
         "flag other-signers")
    good("agent-alone", signed_data(content, by_agent, certificates=[to_der(AGENT)]), "flag other-signers")
    good("no-signature-signer", signed_data(content, signer(P256, content, no_signature=True)))
    good("requester-in-signed-attributes", cmc(attributes=signed_attributes(
        content, extra=[attribute(NAME_VALUE, pair("RequesterName", "EXAMPLE\\bob"))])), """
name-value RequesterName=EXAMPLE\\bob
flag requester""")
    good("archived-key", cmc(unsigned=[attribute(ARCHIVED_KEY, octets(b"x"))]), "flag archived")
    asked = ask(template_info("1.3.6.1.4.1.311.21.8.1.2.3", 100, 7), extension(SKI, octets(b"my key")))
    good("signer-by-requested-ski", cmc(request=asked, sid_=by_ski(b"my key")), "extension 2.5.29.14")


def bad_pki_data(bad):
    def signed(status, what, content):
        bad(status, what, signed_data(content, signer(P256, content)))

    one = tcr(REQUEST)
    signed("BAD_DATA", "two-requests", pki_data(one, tcr(REQUEST, 2)))
    signed("BAD_DATA", "no-request", pki_data())
    signed("BAD_DATA", "crmf", pki_data(tlv(0xA1, seq(integer(1), seq()))))
    signed("BAD_DATA", "other-request", pki_data(tlv(0xA2, integer(1), oid("1.2.3"), seq())))
    signed("BAD_DATA", "nested-cms", pki_data(one, messages=[seq(integer(9), cmc())]))
    signed("BAD_DATA", "other-message", pki_data(one, others=[seq(integer(9), oid("1.2.3"), NULL)]))
    signed("BAD_DATA", "body-part-id-0", pki_data(tcr(REQUEST, 0)))
    signed("BAD_DATA", "body-part-id-of-33-bits", pki_data(tcr(REQUEST, 1 << 32)))
    signed("BAD_DATA", "body-part-id-negative", pki_data(tcr(REQUEST, -1)))
    signed("BAD_DATA", "65-controls", pki_data(one, controls=[control(i, TRANSACTION_ID, integer(i)) for i in range(65)]))
    signed("BAD_DATA", "reg-info-twice-in-a-control", pki_data(one, controls=[
        control(2, REG_INFO, octets(b"a=b"), octets(b"a=c"))]))
    signed("BAD_DATA", "reg-info-without-value", pki_data(one, controls=[control(2, REG_INFO)]))
    signed("BAD_DATA", "reg-info-of-another-type", pki_data(one, controls=[control(2, REG_INFO, utf8("a=b"))]))
    signed("BAD_DATA", "extension-added-again", pki_data(one, controls=[add_extensions(template_info("1.2.3", 1, 0))]))
    signed("BAD_DATA", "attribute-added-twice", pki_data(one, controls=[add_attributes(client_info(1), client_info(2))]))
    for what, text in [("broken-escape", b"a=%4"), ("escape-not-hexadecimal", b"a=%zz"), ("escaped-nul", b"a=b%00"),
                       ("newline", b"a=b\nc=d"), ("no-equals", b"a=b&c"), ("no-name", b"=b"),
                       ("not-utf8", b"a=%C3%28"), ("65-pairs", b"a=b&" * 65)]:
        signed("BAD_DATA", "reg-info-" + what, pki_data(one, controls=[reg_info(text)]))
    signed("ASN1_TRUNCATED", "content-cut", pki_data(one)[:-1])
    signed("ASN1_TRAILING", "content-with-a-byte-more", pki_data(one) + b"\0")
    signed("ASN1_NOT_DER", "content-of-indefinite-length", b"\x30\x80" + pki_data(one)[4:] + b"\0\0")
    signed("ASN1_TRUNCATED", "content-empty", b"")
    signed("BAD_SIGNATURE", "request-with-a-wrong-signature", pki_data(tcr(pkcs10(P256, HOST, signer=OTHER))))
    signed("BAD_SIGNATURE", "null-signature-of-something-else", pki_data(tcr(null_signed(P256, wrong=True))))
    signed("BAD_SUBJECT", "request-with-nul-in-cn", pki_data(tcr(pkcs10(P256, name((CN, "a\0b"))))))


def bad_signers(bad):
    content = pki_data(tcr(REQUEST))
    null = pki_data(tcr(null_signed(P256, subject=HOST)))
    own = signer(P256, content)
    agent = [to_der(AGENT)]
    bad("NO_SIGNER", "no-signers", signed_data(content))
    bad("NO_SIGNER", "key-identifier-of-nobody", signed_data(content, signer(OTHER, content)))
    bad("NO_SIGNER", "certificate-not-in-the-message", signed_data(content, signer(OTHER, content, by_issuer(AGENT))))
    bad("BAD_DATA", "five-signers", signed_data(content, *[signer(P256, content) for _ in range(5)]))
    bad("BAD_DATA", "17-certificates", signed_data(content, own, certificates=agent * 17))
    bad("BAD_DATA", "certificate-of-another-kind", signed_data(content, signer(OTHER, content, by_issuer(AGENT)),
                                                               certificates=[tlv(0xA1, seq())]))
    bad("BAD_DATA", "without-content", signed_data(None, own))
    bad("BAD_DATA", "without-signed-attributes", signed_data(content, signer(P256, content, attributes=())))
    for what, changes in [
            ("content-type-missing", {"leave_out": [CONTENT_TYPE]}), ("digest-missing", {"leave_out": [MESSAGE_DIGEST]}),
            ("content-type-twice", {"extra": [attribute(CONTENT_TYPE, oid(PKI_DATA))]}),
            ("digest-twice", {"extra": [attribute(MESSAGE_DIGEST, octets(b"x"))]}),
            ("content-type-of-data", {"type_": DATA}),
            ("content-type-with-two-values", {"leave_out": [CONTENT_TYPE], "extra": [
                attribute(CONTENT_TYPE, oid(PKI_DATA), oid(DATA))]}),
            ("digest-a-string", {"leave_out": [MESSAGE_DIGEST], "extra": [attribute(MESSAGE_DIGEST, utf8("x"))]})]:
        bad("BAD_DATA", "signed-" + what, cmc(attributes=signed_attributes(content, **changes)))
    bad("BAD_SIGNATURE", "digest-of-other-content", cmc(attributes=signed_attributes(content + b"x")))
    bad("BAD_SIGNATURE", "digest-empty", cmc(attributes=signed_attributes(content, leave_out=[MESSAGE_DIGEST], extra=[
        attribute(MESSAGE_DIGEST, octets(b""))])))
    bad("BAD_SIGNATURE", "content-changed-after-signing", cmc().replace(b"host1", b"host2"))
    bad("BAD_SIGNATURE", "by-another-key", signed_data(content, signer(OTHER, content, by_ski(P256.ski))))
    untagged = tlv(0xA0, *signed_attributes(content))
    bad("BAD_SIGNATURE", "signed-without-the-tag-of-a-set", signed_data(content, seq(
        integer(3), by_ski(P256.ski), algorithm(DIGESTS["sha256"][0]), untagged, algorithm(WITH_ECDSA["sha256"]),
        octets(P256.sign(untagged)[1]))))
    bad("BAD_SIGNATURE", "null-signature-and-no-signature-signer",
        signed_data(null, signer(P256, null, no_signature=True)))
    bad("BAD_SIGNATURE", "null-signature-and-agent-only",
        signed_data(null, signer(OTHER, null, by_issuer(AGENT)), certificates=agent))
    bad("BAD_SIGNATURE", "no-signature-signer-with-wrong-digest",
        signed_data(content, signer(P256, content, no_signature=True, flip=True)))
    bad("BAD_SIGNATURE", "agent-with-wrong-signature", signed_data(
        content, own, signer(P256, content, by_issuer(AGENT)), certificates=agent))
    named = pki_data(tcr(ask(extension(SKI, octets(b"my key")))))
    bad("BAD_SIGNATURE", "requested-ski-but-another-key", signed_data(named, signer(OTHER, named, by_ski(b"my key"))))
    bad("WEAK_KEY", "sha1-agent", signed_data(
        content, own, signer(OTHER, content, by_issuer(AGENT), digest="sha1"), certificates=agent))
    bad("BAD_ALGORITHM", "md5-signer", cmc(said_digest="md5"))
    bad("BAD_ALGORITHM", "digests-of-a-signer-differ", cmc(said_digest="sha384", attributes=signed_attributes(
        content, "sha384")))
    bad("BAD_ALGORITHM", "rsa-for-an-ec-key", cmc(algo=algorithm(RSA, NULL)))
    bad("BAD_ALGORITHM", "signature-algorithm-a-digest", cmc(algo=algorithm(DIGESTS["sha256"][0], NULL)))


def bad_cmc():
    def bad(status, what, der):
        invalid("cmc", status, what, der)

    bad_pki_data(bad)
    bad_signers(bad)
    content = pki_data(tcr(REQUEST))
    own = signer(P256, content)
    whole = cmc()
    bad("UNSUPPORTED_FORMAT", "pkcs10-in-pkcs7", signed_data(REQUEST, signer(
        OTHER, REQUEST, by_issuer(AGENT), attributes=()), certificates=[to_der(AGENT)], type_=DATA))
    bad("UNSUPPORTED_FORMAT", "pki-response", signed_data(content, own, type_=PKI_RESPONSE))
    bad("ASN1_TRUNCATED", "cut", whole[:-1])
    bad("ASN1_TRAILING", "byte-more", whole + b"\0")
    bad("ASN1_NOT_DER", "indefinite-length", b"\x30\x80" + whole[4:] + b"\0\0")
    bad("ASN1_NOT_DER", "content-in-pieces", signed_data(content, own, explicit=tlv(0xA0, tlv(
        0x24, octets(content[:100]), octets(content[100:])))))
    bad("ASN1_CORRUPT", "type-only", seq(oid(SIGNED_DATA), tlv(0xA0)))
    bad("ASN1_CORRUPT", "signed-data-incomplete", seq(oid(SIGNED_DATA), tlv(0xA0, seq(integer(3)))))


make_keys()
start("pkcs10")
good_pkcs10()
bad_pkcs10()
start("cmc")
good_cmc()
bad_cmc()
