"""Decodes one set of samples of ca_samples with asn1crypto, strictly, and compares it with what was meant."""
import hashlib
import sys

from asn1crypto import cms, core, crl, pem, x509


def load(kind, path):
    data = open(path, "rb").read()
    if pem.detect(data):
        data = pem.unarmor(data)[2]
    value = kind.load(data, strict=True)
    assert value.dump(force=True) == data, f"{path} is not DER"
    return value


def extension(certificate, oid):
    found = [e for e in certificate["tbs_certificate"]["extensions"] if e["extn_id"].dotted == oid]
    assert len(found) == 1, f"{oid}: {len(found)} times"
    return found[0]


def check_leaf(leaf, issuer):
    serial = leaf["tbs_certificate"]["serial_number"].contents
    assert len(serial) == 16 and 0 < serial[0] < 0x80
    assert leaf["tbs_certificate"]["version"].native == "v3"
    assert leaf.issuer.dump() == issuer.subject.dump()
    assert leaf.authority_key_identifier == issuer.key_identifier
    assert leaf.key_identifier == leaf.public_key.sha1
    (point,) = leaf.crl_distribution_points_value
    assert [n.native for n in point["distribution_point"].chosen] == [
        "http://pki.example.com/pki/test.crl", "http://pki2.example.com/pki/test.crl"]
    names = leaf.subject_alt_name_value
    assert [n.name for n in names] == ["dns_name", "rfc822_name", "other_name", "ip_address",
                                       "uniform_resource_identifier", "other_name"]
    assert names[2].chosen["type_id"].dotted == "1.3.6.1.4.1.311.20.2.3"
    assert names[2].chosen["value"].parsed.native == "alice@ad.example.com"
    assert names[5].chosen["value"].parsed.native == bytes(range(16))
    assert leaf.extended_key_usage_value.native == ["client_auth", "server_auth"]
    assert leaf.basic_constraints_value.native == {"ca": False, "path_len_constraint": None}
    assert leaf.key_usage_value.native == {"digital_signature", "key_encipherment"}
    sid = extension(leaf, "1.3.6.1.4.1.311.25.2")["extn_value"].native
    assert sid.endswith(b"S-1-5-21-1004336348-1177238915-682003330-1105")


def check_authority(certificate, path_len):
    usage = certificate.key_usage_value.native
    assert usage == {"digital_signature", "key_cert_sign", "crl_sign"}, usage
    assert certificate.basic_constraints_value.native == {"ca": True, "path_len_constraint": path_len}
    assert extension(certificate, "1.3.6.1.4.1.311.21.1")["extn_value"].native == b"\x02\x01\x00"
    assert {e["extn_id"].native for e in certificate["tbs_certificate"]["extensions"]
            if e["critical"].native} == {"key_usage", "basic_constraints"}


def check_crl(value, issuer, revoked):
    tbs = value["tbs_cert_list"]
    assert tbs["version"].native == "v2" and value.issuer.dump() == issuer.subject.dump()
    assert value.crl_number_value.native == 3
    assert value.authority_key_identifier == issuer.key_identifier
    entries = list(tbs["revoked_certificates"])
    assert [e["user_certificate"].native for e in entries] == [revoked.serial_number]
    assert entries[0].crl_reason_value.native == "key_compromise"


def check_response(path, certificates, issuer):
    info = load(cms.ContentInfo, path)
    data = info["content"]
    assert info["content_type"].native == "signed_data" and data["version"].native == "v3"
    assert data["encap_content_info"]["content_type"].dotted == "1.3.6.1.5.5.7.12.3"
    dumps = [c.dump() for c in data["certificates"]]
    assert dumps == sorted(c.dump() for c in certificates), "certificates"
    (signer,) = data["signer_infos"]
    assert signer["version"].native == "v1" and signer["unsigned_attrs"].native in (None, [])
    sid = signer["sid"].chosen
    assert sid["issuer"].dump() == issuer.issuer.dump()
    assert sid["serial_number"].native == issuer.serial_number
    attributes = {a["type"].native: a["values"] for a in signer["signed_attrs"]}
    assert set(attributes) == {"content_type", "message_digest"}
    body = data["encap_content_info"]["content"].contents
    digest = signer["digest_algorithm"]["algorithm"].native
    assert attributes["message_digest"][0].native == hashlib.new(digest, body).digest()
    return core.Sequence.load(body, strict=True)


def main(prefix):
    root, sub, leaf, revoked = (load(x509.Certificate, f"{prefix}-{name}.pem")
                                for name in ("root", "sub", "leaf", "revoked"))
    check_authority(root, None)
    check_authority(sub, 0)
    check_leaf(leaf, sub)
    check_crl(load(crl.CertificateList, f"{prefix}-crl.pem"), sub, revoked)
    body = check_response(f"{prefix}-issued.der", [leaf, sub, root], sub)
    assert hashlib.sha1(leaf.dump()).digest() in body.dump()
    check_response(f"{prefix}-pending.der", [sub, root], sub)
    check_response(f"{prefix}-failed.der", [sub, root], sub)


main(sys.argv[1])
