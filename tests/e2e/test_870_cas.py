"""One CA that is no good, and what becomes of the others; a CA that is lost on the way into the database."""

import os

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from datetime import datetime, timedelta, timezone
from harness.site import CEP, CES
from test_310_refusals import simple
from test_500_operation import UNAVAILABLE, ready

FULL_CEP, FULL_CES = CEP + "/CEP", CES + "/CES"


def root_of(key, directory, name="foreign", crl_sign=True):
    """A self-signed CA that somebody else made, as two PEM files."""
    now = datetime.now(timezone.utc)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Foreign Root")])
    usage = x509.KeyUsage(digital_signature=False, content_commitment=False, key_encipherment=False,
                          data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=crl_sign,
                          encipher_only=False, decipher_only=False)
    ski = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
                   .not_valid_after(now + timedelta(days=3650)).add_extension(usage, critical=True)
                   .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
                   .add_extension(ski, critical=False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ski), critical=False)
                   .sign(key, hashes.SHA256()))
    paths = os.path.join(directory, f"{name}.key"), os.path.join(directory, f"{name}.pem")
    with open(paths[0], "wb") as f:
        f.write(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                  serialization.NoEncryption()))
    os.chmod(paths[0], 0o600)
    with open(paths[1], "wb") as f:
        f.write(certificate.public_bytes(serialization.Encoding.PEM))
    return paths


@pytest.mark.parametrize("make_key", [lambda: ec.generate_private_key(ec.SECP521R1()),
                                      lambda: ec.generate_private_key(ec.SECP256K1()),
                                      lambda: rsa.generate_private_key(65537, 1024)], ids=["p521", "k256", "rsa1024"])
def test_a_key_that_cannot_sign_here_is_not_imported(own_site, make_key, allow_log):
    """Refused before anything is stored: no row, no key file, and the server goes on."""
    allow_log("AH03093")  # httpd closing a kept connection while it restarts
    key, chain = root_of(make_key(), own_site.directory)
    ready(own_site.start())
    own_site.ctl.refuse("ca", "import", "foreign", "--key", key, "--chain", chain)
    assert own_site.value("SELECT count(*) FROM cepces.ca WHERE name = 'foreign'") == "0"
    assert not os.path.exists(os.path.join(own_site.key_directory, "foreign-0.pem"))
    own_site.settle()
    own_site.httpd.graceful()
    ready(own_site)


def test_a_certificate_that_may_not_sign_crls_is_not_imported(own_site):
    """Its certificates could not be checked by anybody who looks at revocation."""
    key, chain = root_of(ec.generate_private_key(ec.SECP256R1()), own_site.directory, crl_sign=False)
    assert "cRLSign" in own_site.ctl.refuse("ca", "import", "foreign", "--key", key, "--chain", chain)
    key, chain = root_of(ec.generate_private_key(ec.SECP256R1()), own_site.directory, "fine")
    own_site.ctl("ca", "import", "fine", "--key", key, "--chain", chain)


def test_a_ca_that_cannot_sign_does_not_take_the_others_away(own_site, allow_log):
    """Its certificate was exchanged in the database for one that is not a CA's."""
    for text in (*UNAVAILABLE, "CEP0115"):
        allow_log(text)
    ready(own_site.start())
    leaf = own_site.client().enroll(FULL_CES, simple()).certificate
    own_site.ctl("ca", "create", "spare", "--subject", "CN=Spare Root", "--algorithm", "p256", "--days", "100")
    own_site.query("ALTER TABLE cepces.ca_generation DISABLE TRIGGER USER")
    own_site.query(f"UPDATE cepces.ca_generation SET certificate = '\\x{leaf.hex()}'"
                   " WHERE ca_id = (SELECT id FROM cepces.ca WHERE name = 'spare')")
    own_site.query("ALTER TABLE cepces.ca_generation ENABLE TRIGGER USER")
    own_site.httpd.restart()
    ready(own_site)
    assert own_site.httpd.log.find("CEP0115", "spare", since=0)
    assert own_site.client().enroll_reply(FULL_CES, simple()).status == 200
    assert own_site.client().policies_reply(FULL_CEP).status == 200


def test_the_key_of_a_new_ca_outlives_a_commit_of_unknown_outcome(own_site):
    """The connection breaks at the COMMIT: the CA may be stored, so its only key must not go."""
    own_site.query("CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql AS"
                   " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$")
    own_site.query("CREATE CONSTRAINT TRIGGER die AFTER INSERT ON cepces.ca DEFERRABLE INITIALLY DEFERRED"
                   " FOR EACH ROW EXECUTE FUNCTION public.die()")
    said = own_site.ctl.refuse("ca", "create", "doubtful", "--subject", "CN=Doubtful Root", "--algorithm", "p256",
                               "--days", "100")
    path = os.path.join(own_site.key_directory, "doubtful-0.pem")
    assert os.path.exists(path)
    assert path in said and "not known" in said
