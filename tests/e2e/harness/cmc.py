"""CMC: the full request as a Windows 11 client makes it ([RFC 5272], [MS-WCCE] 2.2.2.6), and the reader of the
server's full response."""

import hashlib
from dataclasses import dataclass

from asn1crypto import cms, core
from asn1crypto import x509 as asn1_x509

from . import der, oids, pkcs10


def control(number, dotted, *values):
    return der.seq(der.integer(number), der.oid(dotted), der.set_of(*values))


def client_info_control(number=2):
    """The one control that Windows sends with a new request."""
    attributes = der.set_of(pkcs10.attribute(oids.CLIENT_INFO, pkcs10.client_info()))
    return control(number, oids.ADD_ATTRIBUTES, der.seq(der.integer(0), der.seq(der.integer(1)), attributes))


def reg_info(text, number=3):
    return control(number, oids.REG_INFO, der.octets(text.encode()))


def add_extensions(*extensions, number=4):
    return control(number, oids.ADD_EXTENSIONS,
                   der.seq(der.integer(0), der.seq(der.integer(1)), der.seq(*extensions)))


def tagged(request, number=1):
    """TaggedCertificationRequest under the tag of tcr, which replaces its SEQUENCE."""
    return der.context(0, der.integer(number) + request)


def pki_data(requests, controls=()):
    return der.seq(der.seq(*controls), der.seq(*requests), der.seq(), der.seq())


def signer(key, content, content_type=oids.PKI_DATA, digest="sha256", ski=None, message_digest=None, signature=None,
           signed_attributes=True, unsigned=b""):
    """A SignerInfo of version 3 by subject key identifier; any part can be made wrong."""
    algorithm = der.seq(der.oid(oids.SHA256 if digest == "sha256" else oids.SHA1))
    hashed = hashlib.new(digest, content).digest() if message_digest is None else message_digest
    attributes = [pkcs10.attribute(oids.CONTENT_TYPE, der.oid(content_type)),
                  pkcs10.attribute(oids.MESSAGE_DIGEST, der.octets(hashed))]
    to_sign = der.set_of(*attributes) if signed_attributes else content
    value = key.sign(to_sign, digest) if signature is None else signature
    return der.seq(der.integer(3), der.context(0, key.ski if ski is None else ski, constructed=False), algorithm,
                   *([der.context(0, b"".join(sorted(attributes)))] if signed_attributes else []),
                   key.cms_signature_algorithm(digest), der.octets(value), unsigned)


def signed_data(content, signers, content_type=oids.PKI_DATA, version=3, certificates=b""):
    inner = der.seq(der.integer(version), der.set_of(der.seq(der.oid(oids.SHA256))),
                    der.seq(der.oid(content_type), der.context(0, der.octets(content))),
                    *([der.context(0, certificates)] if certificates else []), der.set_of(*signers))
    return der.seq(der.oid(oids.SIGNED_DATA), der.context(0, inner))


def full_request(key, request, controls=None, **signer_options):
    """A PKCS#10 in the envelope of a new request: no certificates, one signer, the request's own key."""
    content = pki_data([tagged(request)], [client_info_control()] if controls is None else controls)
    return signed_data(content, [signer(key, content, **signer_options)])


# --- the response -------------------------------------------------------------------------------------------------


class _BodyList(core.SequenceOf):
    _child_spec = core.Integer


class _StatusInfo(core.Sequence):
    _fields = [("status", core.Integer), ("body_list", _BodyList),
               ("text", core.UTF8String, {"optional": True}), ("other", core.Any, {"optional": True})]


class _Values(core.SetOf):
    _child_spec = core.Any


class _TaggedAttribute(core.Sequence):
    _fields = [("number", core.Integer), ("type", core.ObjectIdentifier), ("values", _Values)]


class _Controls(core.SequenceOf):
    _child_spec = _TaggedAttribute


class _Empty(core.SequenceOf):
    _child_spec = core.Any


class _PKIResponse(core.Sequence):
    _fields = [("controls", _Controls), ("cms", _Empty), ("other", _Empty)]


class _Attribute(core.Sequence):
    _fields = [("type", core.ObjectIdentifier), ("values", _Values)]


class _Attributes(core.SetOf):
    _child_spec = _Attribute


class _AddAttributes(core.Sequence):
    _fields = [("reference", core.Integer), ("body_list", _BodyList), ("attributes", _Attributes)]


@dataclass
class Response:
    """What a CMC full response says."""
    status: int
    body_list: list
    text: str
    other: object
    issued_hash: bytes
    certificates: list  # DER
    signers: list       # asn1crypto SignerInfo
    version: int
    der: bytes


def decode_response(data):
    """Read the full response strictly: one status, empty lists, nothing behind it."""
    outer = cms.ContentInfo.load(data, strict=True)
    assert outer["content_type"].native == "signed_data"
    signed = outer["content"]
    encapsulated = signed["encap_content_info"]
    assert encapsulated["content_type"].dotted == oids.PKI_RESPONSE
    body = _PKIResponse.load(encapsulated["content"].contents, strict=True)
    assert len(body["cms"]) == 0 and len(body["other"]) == 0
    controls = {c["type"].native: c for c in body["controls"]}
    assert len(controls) == len(body["controls"]), "a control stands twice"
    info = controls[oids.STATUS_INFO]["values"][0].parse(_StatusInfo)
    return Response(status=info["status"].native, body_list=info["body_list"].native, text=info["text"].native,
                    other=info["other"].native, issued_hash=_issued_hash(controls),
                    certificates=[c.chosen.dump() for c in signed["certificates"] or []],
                    signers=list(signed["signer_infos"]), version=int(signed["version"]), der=data)


def _issued_hash(controls):
    if oids.ADD_ATTRIBUTES not in controls:
        return None
    added = controls[oids.ADD_ATTRIBUTES]["values"][0].parse(_AddAttributes)
    assert added["reference"].native == 0 and added["body_list"].native == [1]
    attributes = {a["type"].native: a["values"] for a in added["attributes"]}
    return attributes[oids.ISSUED_CERT_HASH][0].parse(core.OctetString).native


def signer_certificate(response):
    """The certificate that the only signer names by issuer and serial number."""
    assert len(response.signers) == 1
    sid = response.signers[0]["sid"]
    assert sid.name == "issuer_and_serial_number"
    for data in response.certificates:
        certificate = asn1_x509.Certificate.load(data)
        if (certificate.serial_number == sid.chosen["serial_number"].native
                and certificate.issuer.dump() == sid.chosen["issuer"].dump()):
            return certificate
    raise AssertionError("the signer's certificate is not in the response")
