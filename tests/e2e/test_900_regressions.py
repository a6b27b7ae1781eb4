"""What real clients stumbled over elsewhere, each with the symptom that it had. Items of the published lists that
belong to later stages (Kerberos, renewal, pending requests, certificate endpoints) are not here yet."""

import base64
import hashlib
import os
import re
import time

import pytest
from harness import certs, cmc, keys, oids, pkcs10, soap
from harness.certs import load
from harness.client import Client
from harness.process import wait_for
from harness.site import CEP, CES, template_file
from harness.xcep import Policies
from test_300_issue import HOST, template_of, web_names
from test_310_refusals import simple

FULL_CEP, FULL_CES = CEP + "/CEP", CES + "/CES"


def policies(site, user="alice", path=FULL_CEP, **how):
    reply = site.client(user).policies_reply(path, **how)
    assert reply.status == 200, reply.body
    return Policies(reply.message)


def test_01_policy_id_is_the_same_at_every_endpoint_and_time(site):
    """Random IDs orphan every configured client."""
    paths = (CEP, CEP + "/", FULL_CEP, FULL_CEP + "/", FULL_CEP.lower())
    assert len({policies(site, path=p).response.policyID for p in paths}) == 1
    assert policies(site, "bob").response.policyID == policies(site).response.policyID
    assert policies(site).response.policyID in site.ctl("policy", "show", "contoso")


@pytest.mark.parametrize("path", [CEP, FULL_CEP, CES, FULL_CES])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
def test_02_no_401_on_user_name_urls(site, path, method):
    """WS_E_SERVER_REQUIRES_BASIC_AUTH, and the client never tries its password."""
    for user in (None, "alice", "nobody-we-know"):
        client = site.client().as_user(user, "wrong")
        reply = client.send(path, soap.envelope(soap.GET_POLICIES, soap.get_policies(), security=client.security()),
                            method=method)
        assert reply.status != 401 and "WWW-Authenticate" not in reply.headers


@pytest.mark.parametrize("path", [CEP, CEP + "/", FULL_CEP, FULL_CEP + "/", CES, FULL_CES, FULL_CES + "/"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_05_get_and_head_are_200(site, path, method):
    """Windows probes; a redirect or a page of something else is WS_E_INVALID_FORMAT."""
    reply = site.client().send(path, method=method, content_type=None)
    assert (reply.status, reply.body) == (200, b"") and "Location" not in reply.headers


@pytest.mark.parametrize("suffix", ["", "/", "/CEP", "/CEP/", "/cep", "/Cep/"])
@pytest.mark.parametrize("spelling", [str, str.lower, str.upper, lambda p: p.replace("UsernamePassword",
                                                                                     "usernamepassword")])
def test_06_paths_in_any_case_with_and_without_suffix(site, suffix, spelling):
    """Microsoft's own example writes cep_usernamepassword; IIS does not care."""
    assert policies(site, path=spelling(CEP) + suffix).names


@pytest.mark.parametrize("suffix", ["", "/", "/CES", "/CES/", "/ces"])
def test_06_enrollment_paths_likewise(site, suffix):
    site.client().enroll(CES.upper() + suffix, simple())


@pytest.mark.parametrize("path", [CEP + "/CES", CEP + "/CEP/x", CEP + "x", CEP + "/CEP//", CES + "/CEP"])
def test_06_other_paths_are_not_endpoints(site, path):
    assert site.client().policies_reply(path).status in (404, 500)


def test_07_nil_elements_are_present_and_the_order_is_the_schemas(site):
    """WS_E_INVALID_FORMAT names no element, so the reader of the harness does."""
    for user in ("alice", "bob", "host1$"):
        policies(site, user)
    body = site.client().policies_reply(FULL_CEP).body
    assert b"xsi:nil" in body and not re.search(rb"\snil=", body)


def test_08_every_arc_of_every_template_oid_fits_31_bits(site):
    """A larger arc makes the client's list end early, without an error."""
    for user in ("alice", "bob", "host1$"):
        got = policies(site, user)
        for name in got.names:
            dotted = got.template_oid(name)
            assert all(int(arc) < 2**31 for arc in dotted.split("."))
            assert dotted.startswith("1.3.6.1.4.1.311.21.8.")


def test_09_machine_flag_is_set_for_computers_only(site):
    """certlm shows nothing without it, certmgr nothing with it."""
    assert policies(site, "host1$")["Machine"].generalFlags & 0x40
    assert not policies(site)["Person"].generalFlags & 0x40


def test_10_autoenroll_is_false_unless_granted(site):
    """True everywhere enrolls every machine for everything at the next logon."""
    got = policies(site)
    assert not any(got[name].permission.autoEnroll for name in got.names)
    assert policies(site, "host1$")["Machine"].permission.autoEnroll


def test_11_pkcs10_under_the_value_type_of_pkcs7(site):
    """The published example does it."""
    site.client().enroll(FULL_CES, simple(), value_type=soap.PKCS7)


@pytest.mark.parametrize("key", [keys.ecc, lambda: keys.shared_rsa(2048)])
def test_12_cmc_without_certificates_signed_by_key_identifier(site, key):
    """Generic CMS libraries find no signer certificate and give up."""
    key = key()
    template = "Web" if key.is_rsa else "WebECC"
    raw = pkcs10.request(key, pkcs10.template_info(*template_of(site, template)), **web_names(HOST))
    issued = site.client().enroll(FULL_CES, cmc.full_request(key, raw), value_type=soap.PKCS7)
    assert load(issued.certificate)["tbs_certificate"]["subject_public_key_info"].dump() == key.spki


def test_14_empty_subject_is_filled_by_the_server(site):
    """Machines send a naked request for 0x18000000."""
    key = keys.shared_rsa(2048, 1)
    issued = site.client("host1$").enroll(FULL_CES, pkcs10.request(key, pkcs10.template_name("Machine")))
    assert certs.subject(load(issued.certificate)) == [("2.5.4.3", "host1.contoso.example")]


def test_15_answer_has_what_the_client_needs(site):
    """Template extension in the certificate, RequestID of at least 1, DispositionMessage, order: the reader checks them."""
    issued = site.client().enroll(FULL_CES, simple())
    assert oids.TEMPLATE_INFO in certs.extensions(load(issued.certificate))
    assert issued.request_id >= 1 and issued.disposition.strip() == "Issued"
    reply = site.client().enroll_reply(FULL_CES, simple())
    assert b"RequestType" not in reply.body and b":Security" not in reply.body


def test_16_cmc_response_is_signed_by_the_ca(site):
    """Attestation and full-response flows refuse an unsigned one."""
    issued = site.client().enroll(FULL_CES, simple())
    response = cmc.decode_response(issued.cmc)
    assert response.issued_hash == hashlib.sha1(issued.certificate).digest()
    good, words = certs.cms_verifies(issued.cmc, site.root_pem, site.chain_pem)
    assert good, words
    broken = bytearray(issued.cmc)
    broken[-1] ^= 1
    assert not certs.cms_verifies(bytes(broken), site.root_pem, site.chain_pem)[0]


def test_20_addresses_in_the_servers_own_certificate_answer(site):
    """Otherwise the client waits and says WS_E_OPERATION_TIMED_OUT while the log shows a 200."""
    from asn1crypto import pem
    with open(site.httpd.tls_files[0], "rb") as f:
        server = load(next(der for _, _, der in pem.unarmor(f.read(), multiple=True)))
    urls = server.crl_distribution_points_value.native[0]["distribution_point"]
    urls += [a["access_location"] for a in server.authority_information_access_value.native]
    assert len(urls) == 2
    for url in urls:
        assert Client(url, site.root_pem).send("/" + url.split("/", 3)[3], method="GET").status == 200
    site.assert_verifies(server.dump(), "sslserver")


def test_22_two_hundred_and_more_templates(own_site):
    """An answer of hundreds of kilobytes, still in the right form, and each of its templates can be enrolled."""
    count = 220
    text = "\n".join(line for line in open(template_file("WebECC"), encoding="utf-8").read().splitlines()
                     if not line.startswith("#"))
    entries = []
    for i in range(count):
        lines = text.replace("name: WebECC", f"name: Bulk{i:03}").replace("Web Server (P-256)", f"Bulk {i}").splitlines()
        entries.append("  - " + "\n    ".join(lines))
    path = os.path.join(own_site.directory, "bulk.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("templates:\n" + "\n".join(entries) + "\n")
    names = [f"Bulk{i:03}" for i in range(count)]
    own_site.ctl("template", "apply", path)
    own_site.ctl("ca", "publish", "contoso", *names)
    own_site.add_account("collector")
    for name in names:
        own_site.ctl("access", "grant", "--template", name, "--account", "collector", "--name", "dns:*.alice.example",
                     "--name", "cn:*.alice.example")
    own_site.start()
    wait_for(lambda: own_site.client("collector").policies_reply(CEP).status == 200, "the service")
    begun = time.monotonic()
    reply = own_site.client("collector").policies_reply(CEP)
    assert time.monotonic() - begun < 2
    got = Policies(reply.message)
    assert got.names == names or set(got.names) == set(names)
    assert len(reply.body) > 200000
    raw = pkcs10.plain(keys.ecc(), pkcs10.template_info(got.template_oid("Bulk219"), 100, 0), **web_names(HOST))
    own_site.client("collector").enroll(FULL_CES, raw)


@pytest.mark.parametrize("timestamp", [
    ("2001-01-01T00:00:00.000Z", "2001-01-01T00:05:00.000Z"), ("2060-01-01T00:00:00.000Z", "2060-01-01T00:05:00.000Z"),
    ("2026-01-01T12:00:00", "2026-01-01T12:05:00"), ("not a time", "")])
def test_23_clock_skew_and_local_time_are_tolerated(site, timestamp):
    """Clients that are about to get their first certificate have bad clocks; cepces writes local time marked Z."""
    client = site.client()
    security = soap.username_token("alice", site.passwords["alice"], timestamp=timestamp)
    for path, action, body in ((FULL_CEP, soap.GET_POLICIES, soap.get_policies()),
                               (FULL_CES, soap.RST, soap.rst(soap.binary_security_token(simple())))):
        assert client.send(path, soap.envelope(action, body, security=security)).status == 200
    token = soap.cepces_token("alice", site.passwords["alice"])
    assert client.send(FULL_CEP, soap.envelope(soap.GET_POLICIES, soap.get_policies(), security=token)).status == 200


def test_25_policies_not_changed(site):
    """Nil everywhere else, and the full answer again after a change."""
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 5))
    got = policies(site, client=soap.client_element(later))
    assert got.response.policiesNotChanged is True and not got.has_cas and not got.has_oids


def test_recorded_shape_of_a_windows_11_request_enrolls(site):
    """certreq on Windows 11: CMC, one signer by key identifier, client information control, context item ccm, one line,
    the prefix "a" bound three times, base64 in lines with &#xD;."""
    key = keys.shared_rsa(2048, 4)
    raw = pkcs10.request(key, pkcs10.template_info(*template_of(site, "Person")))
    client = site.client()
    token = soap.binary_security_token(cmc.full_request(key, raw), soap.PKCS7)
    message = soap.envelope(soap.RST, soap.rst(token, items={"ccm": "dc01.contoso.example"}), security=client.security())
    assert b"&#xD;\n" in message and message.count(b"xmlns:a=") == 2 and b'a:Id=""' in message
    reply = client.send(FULL_CES, message, headers={"User-Agent": "MS-WebServices/1.0"})
    assert reply.status == 200, reply.body


def test_answers_are_not_compressed_and_say_their_length(site):
    """Native clients did not ask for compression."""
    reply = site.client().policies_reply(FULL_CEP)
    assert reply.headers["Content-Encoding"] is None and int(reply.headers["Content-Length"]) == len(reply.body)
    assert reply.headers["Content-Type"] == "application/soap+xml; charset=utf-8"


def test_every_leg_may_come_on_a_new_connection_or_the_old_one(site):
    client = site.client()
    for keep in (False, True, True, False, True):
        assert client.policies_reply(FULL_CEP, keep=keep).status == 200


def test_base64_of_the_leaf_is_plain(site):
    """cepces makes PEM of it; it strips carriage returns and nothing else."""
    reply = site.client().enroll_reply(FULL_CES, simple())
    tokens = reply.message.body.iter(soap.q(soap.SECURITY, "BinarySecurityToken"))
    for token in tokens:
        base64.b64decode("".join(token.text.split()), validate=True)
