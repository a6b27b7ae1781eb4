"""Builders for make_requests.py: DER by hand, so that every octet can be wrong on purpose, and keys that sign.

Independent of the library under test; only cryptography (keys, signatures) and asn1crypto (OIDs, integers) are used.
"""
import datetime
import hashlib

from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509.oid import NameOID

# --- DER --------------------------------------------------------------------------------------------------------


def length(n):
    if n < 0x80:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([0x80 | len(octets)]) + octets


def tlv(tag, *parts):
    content = b"".join(parts)
    return bytes([tag]) + length(len(content)) + content


def seq(*parts):
    return tlv(0x30, *parts)


def set_of(*parts):
    return tlv(0x31, *sorted(parts))


def oid(text):
    return core.ObjectIdentifier(text).dump()


def integer(n):
    return core.Integer(n).dump()


def octets(b):
    return tlv(0x04, b)


def bits(b, unused=0):
    return tlv(0x03, bytes([unused]), b)


def utf8(text):
    return tlv(0x0C, text.encode("utf-8"))


def bmp(text):
    return tlv(0x1E, text.encode("utf-16-be"))


def ia5(text):
    return tlv(0x16, text.encode("latin-1"))


def printable(text):
    return tlv(0x13, text.encode("ascii"))


NULL = b"\x05\x00"
TRUE = b"\x01\x01\xff"

# --- OIDs -------------------------------------------------------------------------------------------------------

MS = "1.3.6.1.4.1.311."
EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
CERT_EXTENSIONS = MS + "2.1.14"
TEMPLATE_INFO = MS + "21.7"
TEMPLATE_NAME = MS + "20.2"
APPLICATION_POLICIES = MS + "21.10"
SID = MS + "25.2"
NAME_VALUE = MS + "13.2.1"
CSP = MS + "13.2.2"
OS_VERSION = MS + "13.2.3"
RENEWAL_CERTIFICATE = MS + "13.1"
CLIENT_INFO = MS + "21.20"
ARCHIVED_KEY = MS + "21.13"
ADD_ATTRIBUTES = MS + "10.10.1"
ADD_EXTENSIONS = "1.3.6.1.5.5.7.7.8"
REG_INFO = "1.3.6.1.5.5.7.7.18"
TRANSACTION_ID = "1.3.6.1.5.5.7.7.5"
SAN, KU, EKU, SKI, BC = "2.5.29.17", "2.5.29.15", "2.5.29.37", "2.5.29.14", "2.5.29.19"
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"
UPN, GUID = MS + "20.2.3", MS + "25.1"
DATA, SIGNED_DATA = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2"
PKI_DATA, PKI_RESPONSE = "1.3.6.1.5.5.7.12.2", "1.3.6.1.5.5.7.12.3"
CONTENT_TYPE, MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
NO_SIGNATURE = "1.3.6.1.5.5.7.6.2"
RSA, PSS, MGF1 = "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10", "1.2.840.113549.1.1.8"
EC = "1.2.840.10045.2.1"

DIGESTS = {
    "md5": ("1.2.840.113549.2.5", hashes.MD5()),
    "sha1": ("1.3.14.3.2.26", hashes.SHA1()),
    "sha256": ("2.16.840.1.101.3.4.2.1", hashes.SHA256()),
    "sha384": ("2.16.840.1.101.3.4.2.2", hashes.SHA384()),
    "sha512": ("2.16.840.1.101.3.4.2.3", hashes.SHA512()),
}
WITH_RSA = {"md5": "1.2.840.113549.1.1.4", "sha1": "1.2.840.113549.1.1.5", "sha256": "1.2.840.113549.1.1.11",
            "sha384": "1.2.840.113549.1.1.12", "sha512": "1.2.840.113549.1.1.13"}
WITH_ECDSA = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3",
              "sha512": "1.2.840.10045.4.3.4"}
ED25519 = "1.3.101.112"


def algorithm(text, *parameters):
    return seq(oid(text), *parameters)


def pss_algorithm(digest, mask_digest, salt):
    return algorithm(PSS, seq(
        tlv(0xA0, algorithm(DIGESTS[digest][0], NULL)),
        tlv(0xA1, algorithm(MGF1, algorithm(DIGESTS[mask_digest][0], NULL))),
        tlv(0xA2, integer(salt))))


# --- Keys -------------------------------------------------------------------------------------------------------

class Key:
    """A key pair, its SubjectPublicKeyInfo and how it signs."""

    def __init__(self, private, spki=None):
        self.private = private
        self.spki = spki or private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def ski(self):
        return hashlib.sha1(core.Sequence.load(self.spki)[1].contents[1:]).digest()

    def sign(self, tbs, digest="sha256", algo=None, pss_salt=None):
        """Returns (AlgorithmIdentifier, signature); |algo| overrides what is said of it."""
        hash_ = DIGESTS[digest][1]
        if isinstance(self.private, rsa.RSAPrivateKey):
            pad = padding.PKCS1v15() if pss_salt is None else padding.PSS(padding.MGF1(hash_), pss_salt)
            signature = self.private.sign(tbs, pad, hash_)
            default = algorithm(WITH_RSA[digest], NULL) if pss_salt is None else \
                pss_algorithm(digest, digest, pss_salt)
        elif isinstance(self.private, ec.EllipticCurvePrivateKey):
            signature = self.private.sign(tbs, ec.ECDSA(hash_))
            default = algorithm(WITH_ECDSA[digest])
        elif isinstance(self.private, ed25519.Ed25519PrivateKey):
            signature = self.private.sign(tbs)
            default = algorithm(ED25519)
        else:  # a key that cannot sign; what refuses it comes first
            signature, default = b"\0" * 64, algorithm(WITH_RSA[digest], NULL)
        return algo or default, signature


def rsa_key(size):
    return Key(rsa.generate_private_key(65537, size))


def ec_key(curve):
    return Key(ec.generate_private_key(curve))


def rsa_spki(modulus, exponent, parameters=NULL):
    return seq(seq(oid(RSA), parameters), bits(seq(integer(modulus), integer(exponent))))


def ec_spki(parameters, point):
    return seq(seq(oid(EC), parameters), bits(point))


def certificate(key, name):
    """A self-signed certificate of |key|, for agents and renewals."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2026, 1, 1)
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.private.public_key())
            .serial_number(4711).not_valid_before(start).not_valid_after(start + datetime.timedelta(3650))
            .sign(key.private, hashes.SHA256()))


def to_der(cert):
    return cert.public_bytes(serialization.Encoding.DER)


# --- PKCS#10 ----------------------------------------------------------------------------------------------------

CN, C, O, OU, DC, EMAIL = "2.5.4.3", "2.5.4.6", "2.5.4.10", "2.5.4.11", "0.9.2342.19200300.100.1.25", \
    "1.2.840.113549.1.9.1"


def atv(type_, value):
    return seq(oid(type_), value if isinstance(value, bytes) else utf8(value))


def name(*attributes):
    """Each attribute is (OID, text or DER), or a list of such for a multi-valued RDN."""
    return seq(*[set_of(*[atv(*a) for a in (rdn if isinstance(rdn, list) else [rdn])]) for rdn in attributes])


def attribute(type_, *values):
    return seq(oid(type_), set_of(*values))


def extension(type_, value, critical=b""):
    return seq(oid(type_), critical, octets(value))


def extension_request(*extensions, type_=EXTENSION_REQUEST):
    return attribute(type_, seq(*extensions))


def template_info(template="1.3.6.1.4.1.311.21.8.1.2.3", *revision):
    return extension(TEMPLATE_INFO, seq(oid(template), *[integer(n) for n in revision]))


def template_name(text="User"):
    return extension(TEMPLATE_NAME, bmp(text))


def pair(key, value):
    return seq(bmp(key), bmp(value))


def client_info(client_id=9, machine="host1.example.com", user="EXAMPLE\\alice", program="certreq.exe"):
    return attribute(CLIENT_INFO, seq(integer(client_id), utf8(machine), utf8(user), utf8(program)))


def general_names(*names):
    return seq(*names)


def dns(text):
    return tlv(0x82, text.encode("latin-1"))


def other_name(type_, value):
    return tlv(0xA0, oid(type_), tlv(0xA0, value))


def san(*names):
    return extension(SAN, general_names(*names))


def sid(text):
    return extension(SID, seq(other_name(SID + ".1", octets(text.encode()))))


def info(key, subject, attributes, version=integer(0)):
    body = b"" if attributes is None else tlv(0xA0, *attributes)
    return seq(version, subject, key.spki, body)


def pkcs10(key, subject=seq(), attributes=(), tbs=None, signer=None, **how):
    tbs = tbs or info(key, subject, attributes)
    algo, signature = (signer or key).sign(tbs, **how)
    return seq(tbs, algo, bits(signature))


def null_signed(key, digest="sha256", wrong=False, **what):
    tbs = info(key, what.get("subject", seq()), what.get("attributes", ()))
    value = hashlib.new(digest, tbs + (b"x" if wrong else b"")).digest()
    return seq(tbs, algorithm(DIGESTS[digest][0], NULL), bits(value))


# --- CMC --------------------------------------------------------------------------------------------------------

def control(part, type_, *values):
    return seq(integer(part), oid(type_), set_of(*values))


def add_attributes(*attributes, part=2):
    return control(part, ADD_ATTRIBUTES, seq(integer(0), seq(integer(1)), set_of(*attributes)))


def add_extensions(*extensions, part=2):
    return control(part, ADD_EXTENSIONS, seq(integer(0), seq(integer(1)), seq(*extensions)))


def reg_info(text, part=3):
    return control(part, REG_INFO, octets(text if isinstance(text, bytes) else text.encode()))


def tcr(request, part=1):
    return tlv(0xA0, integer(part), request)


def pki_data(*requests, controls=(), messages=(), others=()):
    return seq(seq(*controls), seq(*requests), seq(*messages), seq(*others))


def by_ski(ski):
    return tlv(0x80, ski)


def by_issuer(cert):
    return seq(cert.issuer.public_bytes(), integer(cert.serial_number))


def signed_attributes(content, digest="sha256", type_=PKI_DATA, extra=(), leave_out=()):
    both = {CONTENT_TYPE: attribute(CONTENT_TYPE, oid(type_)),
            MESSAGE_DIGEST: attribute(MESSAGE_DIGEST, octets(hashlib.new(digest, content).digest()))}
    return [a for t, a in both.items() if t not in leave_out] + list(extra)


def signer(key, content, sid_=None, digest="sha256", attributes=None, unsigned=(), no_signature=False, said_digest=None,
           flip=False, **how):
    """A SignerInfo; |attributes| None makes the usual two, () leaves them out."""
    attributes = signed_attributes(content, digest) if attributes is None else attributes
    tbs = set_of(*attributes) if attributes else content
    if no_signature:
        algo, signature = algorithm(NO_SIGNATURE, NULL), hashlib.new(digest, tbs).digest()
    else:
        algo, signature = key.sign(tbs, digest=digest, **how)
    if flip:
        signature = bytes([signature[0] ^ 1]) + signature[1:]
    return seq(integer(3), sid_ or by_ski(key.ski), algorithm(DIGESTS[said_digest or digest][0], NULL),
               b"\xa0" + tbs[1:] if attributes else b"", algo, octets(signature),
               tlv(0xA1, *unsigned) if unsigned else b"")


def signed_data(content, *signers, certificates=(), type_=PKI_DATA, explicit=None):
    body = tlv(0xA0, octets(content)) if content is not None else b""
    return seq(oid(SIGNED_DATA), tlv(0xA0, seq(
        integer(3), set_of(algorithm(DIGESTS["sha256"][0], NULL)), seq(oid(type_), explicit or body),
        tlv(0xA0, *sorted(certificates)) if certificates else b"", set_of(*signers))))
