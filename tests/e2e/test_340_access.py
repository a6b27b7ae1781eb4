"""Rights in their less usual forms: groups, everybody authenticated, rights on a CA, endpoints without an identity,
several CAs in one policy, a second address for some templates, encrypted CA keys."""

import os

import pytest
from harness import certs, keys, soap
from harness.httpd import give_to_worker
from harness.process import wait_for
from harness.site import CEP, CES, Site, endpoint
from harness.xcep import Policies
from test_310_refusals import simple

FULL = CES + "/CES"
GROUP_CEP, GROUP_CES = "/group_CEP/service.svc", "/group_CES/service.svc"
ANONYMOUS_CEP = "/anonymous_CEP/service.svc"
SECOND_CES = "/second_CES_UsernamePassword/service.svc"
TEMPLATES = ["WebECC", "Strict", "MachineECC"]


@pytest.fixture(scope="module")
def wide(work, install, postgres):
    """A site with a group file, an anonymous endpoint, a second CA, and a key under a passphrase."""
    from conftest import WATCH
    directory = os.path.join(work, "wide")
    groups = os.path.join(work, "wide.groups")
    with open(groups, "w", encoding="ascii") as f:
        f.write("web-admins: alice carol\nothers: bob\n")
    give_to_worker(groups)
    extra = (endpoint(GROUP_CEP, "cepces-policy", f"CepcesPolicy contoso\n    CepcesGroups file:{groups}")
             + endpoint(GROUP_CES, "cepces-enroll", f"CepcesCA contoso\n    CepcesGroups file:{groups}")
             + endpoint(SECOND_CES, "cepces-enroll", "CepcesCA second")
             + f'<Location "{ANONYMOUS_CEP}">\nSetHandler cepces-policy\nCepcesPolicy contoso\nCepcesAnonymous on\n'
               "Require all granted\n</Location>\n")
    made = Site(directory, install, postgres, "wide", WATCH, extra_tls=extra)
    passphrase = os.path.join(directory, "passphrase")
    with open(passphrase, "w", encoding="ascii") as f:
        f.write("correct horse battery staple\n")
    os.chmod(passphrase, 0o600)
    made.httpd.server += (f'CepcesKeyPassphraseFile "{passphrase}"\n'
                          f"CepcesEnrollmentServer second UsernamePassword {made.httpd.tls_url(SECOND_CES)} priority=3\n"
                          f"CepcesEnrollmentServer contoso UsernamePassword {made.httpd.tls_url(GROUP_CES)} priority=5"
                          " templates=Strict\n")
    made.create(TEMPLATES)
    made.ctl("--passphrase-file", passphrase, "ca", "create", "second", "--subject", "CN=Second CA", "--issuer",
             "contoso-root", "--algorithm", "p384", "--days", "365", "--cdp", made.httpd.plain_url("/pki/second.crl"))
    made.ctl("ca", "publish", "second", "MachineECC")
    made.ctl("policy", "set", "contoso", "--ca", "contoso", "--ca", "second")
    for name in ("alice", "bob", "host1$"):
        made.add_account(name, "--dns", "host1.contoso.example", kind="computer" if "$" in name else "user",
                         scopes=("policy:contoso", "ca:contoso", "ca:second"))
    names = ["--name", "dns:*.alice.example", "--name", "cn:*.alice.example"]
    made.ctl("access", "grant", "--template", "WebECC", "--group", "web-admins", *names)
    made.ctl("access", "grant", "--template", "Strict", "--authenticated", *names)
    made.ctl("access", "grant", "--template", "MachineECC", "--account", "host1$")
    made.start()
    wait_for(lambda: made.client().policies_reply(CEP).status == 200, "the service")
    yield made
    made.close()


def names(site, user, path=CEP):
    return set(Policies(site.client(user).policies_reply(path).message).names)


def test_group_counts_where_groups_are_known(wide):
    assert names(wide, "alice", GROUP_CEP) == {"WebECC", "Strict"}
    assert names(wide, "bob", GROUP_CEP) == {"Strict"}
    assert names(wide, "alice", CEP) == {"Strict"}, "no CepcesGroups, no groups"


def test_group_counts_at_enrollment(wide):
    wide.client("alice").enroll(GROUP_CES, simple())
    for user, path in (("bob", GROUP_CES), ("alice", CES)):
        reply = wide.client(user).enroll_reply(path, simple())
        assert reply.status == 500 and reply.fault.error_code == 0x80094012


def test_everybody_authenticated(wide):
    for user in ("alice", "bob", "host1$"):
        wide.client(user).enroll(FULL, simple(template="Strict"))


def test_right_on_the_ca_narrows_it_to_whom_it_names(wide):
    wide.ctl("access", "grant", "--ca", "contoso", "--account", "alice")
    wide.settle()
    try:
        wide.client("alice").enroll(FULL, simple(template="Strict"))
        reply = wide.client("bob").enroll_reply(FULL, simple(template="Strict"))
        assert reply.status == 500 and reply.fault.error_code == 0x80094011
        assert names(wide, "bob") == set() and names(wide, "alice") == {"Strict"}
    finally:
        wide.ctl("access", "revoke", "--ca", "contoso", "--account", "alice")
        wide.settle()
    wide.client("bob").enroll(FULL, simple(template="Strict"))


def test_anonymous_endpoint_shows_nothing_that_needs_an_identity(wide):
    client = wide.client().as_user(None, None)
    reply = client.policies_reply(ANONYMOUS_CEP)
    assert reply.status == 200 and Policies(reply.message).names == []


def test_policy_of_two_cas_says_which_issues_what(wide):
    got = Policies(wide.client("host1$").policies_reply(CEP).message)
    by_name = {certs.load(ca.certificate).subject.native["common_name"]: ca for ca in got.cas.values()}
    assert len(got.policy("MachineECC").cAs) == 2
    assert {got.cas[r].certificate for r in got.policy("MachineECC").cAs} == {
        by_name["Contoso Issuing CA"].certificate, by_name["Second CA"].certificate}
    assert [u.priority for u in by_name["Second CA"].uris] == [3]


def test_second_ca_signs_with_its_own_key_and_only_what_is_published_there(wide):
    from harness import pkcs10
    issued = wide.client("host1$").enroll(SECOND_CES, pkcs10.plain(keys.ecc(), pkcs10.template_name("MachineECC")))
    certificate = certs.load(issued.certificate)
    assert certificate.issuer.native["common_name"] == "Second CA"
    assert certificate["signature_algorithm"]["algorithm"].native == "sha384_ecdsa"
    second = os.path.join(wide.directory, "second.pem")
    with open(second, "w", encoding="ascii") as f:
        f.write(wide.ctl("ca", "show", "second", "--pem"))
    good, words = certs.verify(issued.certificate, second, wide.root_pem, wide.crl_pem("second"))
    assert good, words
    reply = wide.client("alice").enroll_reply(SECOND_CES, simple(template="Strict"))
    assert reply.status == 500 and reply.fault.error_code == 0x80094800


def test_address_for_some_templates_is_a_further_entry_after_the_general_one(wide):
    """So that Windows can ask for another password there; cepces takes the first CA of an answer for everything."""
    got = Policies(wide.client("alice").policies_reply(GROUP_CEP).message)
    (general,), (special,) = got.policy("WebECC").cAs, got.policy("Strict").cAs
    assert list(got.cas).index(general) < list(got.cas).index(special)
    assert [u.uri for u in got.cas[general].uris] == [wide.httpd.tls_url(FULL)]
    assert [u.uri for u in got.cas[special].uris] == [wide.httpd.tls_url(GROUP_CES)]
    assert got.cas[general].certificate == got.cas[special].certificate


def test_key_under_a_passphrase_is_encrypted_and_needs_it(wide):
    with open(os.path.join(wide.key_directory, "second-0.pem"), encoding="ascii") as f:
        assert "ENCRYPTED PRIVATE KEY" in f.read()
    words = wide.ctl.refuse("ca", "create", "third", "--subject", "CN=Third", "--issuer", "second")
    assert "passphrase" in words.lower() or "second" in words


def test_body_limit_can_be_set(work, wide):
    """An endpoint's own ceiling is counted, announced or not."""
    client = wide.client()
    message = soap.envelope(soap.RST, soap.rst(soap.binary_security_token(simple())), security=client.security())
    assert client.send(FULL, message + b" " * (1024 * 1024 - len(message))).status in (200, 500)
    assert client.send(FULL, message + b" " * (1024 * 1024 - len(message) + 1)).status == 413
