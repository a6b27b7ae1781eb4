"""GetPolicies: the answer has exactly the form that the native client reads, and the content its reader may see."""

import time

import pytest
from harness import der, oids, soap
from harness.certs import load
from harness.process import wait_for
from harness.site import CEP, CES, template_file
from harness.xcep import Policies

FULL = CEP + "/CEP"
ALICE = {"Web", "WebECC", "WebP384", "Strict", "Person", "Legacy"}


def policies(asker, **how):
    reply = asker.policies_reply(FULL, **how)
    assert reply.status == 200, reply.body
    return Policies(reply.message)


def now(offset=0):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset))


# --- form ---------------------------------------------------------------------------------------------------------


def test_answer_follows_the_schema_and_all_references_resolve(site):
    got = policies(site.client())
    assert set(got.names) == ALICE
    assert got.response.policyFriendlyName == "Contoso Enrollment" and got.response.nextUpdateHours == 1
    assert got.response.policiesNotChanged is None


def test_reply_relates_to_the_message(site):
    mid = soap.message_id()
    assert site.client().policies_reply(FULL, message=mid).message.relates_to == mid


def test_policy_id_is_a_braced_upper_case_guid(site):
    import re
    assert re.fullmatch(r"\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}", policies(site.client()).response.policyID)


def test_ca_is_described_with_its_enrollment_service(site):
    got = policies(site.client())
    (ca,) = got.cas.values()
    assert load(ca.certificate).subject.native["common_name"] == "Contoso Issuing CA"
    assert ca.enrollPermission is True
    (uri,) = ca.uris
    assert (uri.clientAuthentication, uri.priority, uri.renewalOnly) == (4, 1, False)
    assert uri.uri == site.httpd.tls_url(CES + "/CES")
    for policy in got.policies:
        assert policy.cAs == [ca.cAReferenceID]


def test_template_attributes_are_what_the_file_says(site):
    got = policies(site.client("host1$"))
    machine = got["Machine"]
    assert (machine.policySchema, machine.subjectNameFlags, machine.enrollmentFlags) == (2, 0x18000000, 0x20)
    assert machine.generalFlags & 0x40 and machine.privateKeyFlags is not None
    assert (machine.permission.enroll, machine.permission.autoEnroll) == (True, True)
    assert machine.certificateValidity.validityPeriodSeconds == 365 * 86400
    assert machine.certificateValidity.renewalPeriodSeconds == 42 * 86400
    key = machine.privateKeyAttributes
    assert (key.minimalKeyLength, key.keySpec) == (2048, 1)
    assert key.cryptoProviders == ["Microsoft RSA SChannel Cryptographic Provider"]
    assert machine.hashAlgorithmOIDReference is None and machine.rARequirements is None
    assert machine.keyArchivalAttributes is None and machine.supersededPolicies is None


def test_elliptic_template_names_its_curve_and_hash(site):
    got = policies(site.client())
    ecc = got["WebECC"]
    assert ecc.privateKeyAttributes.keySpec is None and ecc.privateKeyAttributes.minimalKeyLength == 256
    assert got.oid(ecc.privateKeyAttributes.algorithmOIDReference, 3).defaultName == "ECDSA_P256"
    assert got.oid(ecc.hashAlgorithmOIDReference, 1).value == oids.SHA256
    p384 = got["WebP384"]
    assert got.oid(p384.privateKeyAttributes.algorithmOIDReference, 3).value == "1.3.132.0.34"


def test_extensions_are_those_the_client_has_to_copy(site):
    got = policies(site.client())
    found = got.extensions("WebECC")
    revision = got["WebECC"].revision
    assert found[oids.TEMPLATE_INFO].value == der.seq(der.oid(got.template_oid("WebECC")),
                                                      der.integer(revision.majorRevision),
                                                      der.integer(revision.minorRevision))
    assert found[oids.KEY_USAGE].critical is True and found[oids.KEY_USAGE].value == b"\x03\x02\x07\x80"
    assert found[oids.EXTENDED_KEY_USAGE].value == der.seq(der.oid(oids.SERVER_AUTH), der.oid(oids.CLIENT_AUTH))
    assert found[oids.APPLICATION_POLICIES].value == der.seq(der.seq(der.oid(oids.SERVER_AUTH)),
                                                             der.seq(der.oid(oids.CLIENT_AUTH)))
    assert oids.TEMPLATE_NAME not in found


def test_schema_1_template_is_named_by_its_name(site):
    found = policies(site.client()).extensions("Legacy")
    assert found[oids.TEMPLATE_NAME].value == der.bmp("Legacy")
    assert oids.TEMPLATE_INFO not in found


# --- who sees what ------------------------------------------------------------------------------------------------


def test_each_principal_sees_what_it_may_enroll(site):
    assert set(policies(site.client("alice")).names) == ALICE
    assert set(policies(site.client("bob")).names) == {"WebECC", "Restricted", "Person", "Legacy"}
    assert set(policies(site.client("host1$")).names) == {"Machine", "MachineECC"}


def test_autoenrollment_is_per_principal(site):
    assert policies(site.client("host1$"))["Machine"].permission.autoEnroll is True
    assert policies(site.client("bare"))["Machine"].permission.autoEnroll is False


def test_unpublished_and_unsupported_templates_are_not_offered(site):
    got = policies(site.client())
    assert "Hidden" not in got and "Approval" not in got
    assert "approval" in site.ctl("template", "show", "Approval").lower()


def test_nothing_to_see_is_nil_not_empty(site):
    site.add_account("lonely")
    got = policies(site.client("lonely"))
    assert got.policies == [] and got.response.policies is None


def test_granting_and_revoking_shows_within_a_second(site):
    site.add_account("visitor")
    assert policies(site.client("visitor")).names == []
    site.grant("WebECC", "visitor", "dns:x.example")
    site.settle()
    assert policies(site.client("visitor")).names == ["WebECC"]
    site.ctl("access", "revoke", "--template", "WebECC", "--account", "visitor")
    site.settle()
    assert policies(site.client("visitor")).names == []


# --- filters ------------------------------------------------------------------------------------------------------


def test_filter_by_oid(site):
    everything = policies(site.client())
    wanted = everything.template_oid("WebECC")
    got = policies(site.client(), request_filter=soap.filter_element([wanted, "1.2.3.4"]))
    assert got.names == ["WebECC"] and len(got.cas) == 1


def test_filter_that_matches_nothing(site):
    got = policies(site.client(), request_filter=soap.filter_element(["1.2.3.4"]))
    assert got.response.policies is None


@pytest.mark.parametrize("request_filter", [
    soap.nil("requestFilter"), "<requestFilter/>", "", soap.filter_element(),
    soap.filter_element(None, None, None), soap.filter_element(None, 0, 0),
    "<requestFilter><policyOIDs/><clientVersion>6</clientVersion></requestFilter>",
    "<requestFilter><clientVersion>six</clientVersion><serverVersion>-1</serverVersion></requestFilter>"])
def test_filters_that_do_not_filter(site, request_filter):
    assert set(policies(site.client(), request_filter=request_filter).names) == ALICE


def test_versions_hide_templates_that_need_newer_ones(site, tmp_path):
    text = open(template_file("Hidden"), encoding="utf-8").read().replace("name: Hidden", "name: Newer")
    path = tmp_path / "newer.yaml"
    path.write_text(text + "compatibility:\n  client: 5\n  server: 5\n")
    site.ctl("template", "apply", str(path))
    site.ctl("ca", "publish", "contoso", "Newer")
    site.grant("Newer", "alice", "dns:x.example")
    try:
        site.settle()
        for client, server, seen in ((6, 0, True), (0, 0, True), (5, 5, True), (4, 0, False), (0, 4, False),
                                     (None, None, True), (1, 6, False)):
            got = policies(site.client(), request_filter=soap.filter_element(None, client, server))
            assert ("Newer" in got) == seen, (client, server)
    finally:
        site.ctl("template", "remove", "Newer")
        site.settle()
        assert "Newer" not in policies(site.client())


# --- last update --------------------------------------------------------------------------------------------------


def test_unchanged_policies_are_not_sent_again(site):
    got = policies(site.client(), client=soap.client_element(now(2)))
    assert got.response.policiesNotChanged is True
    assert got.response.policies is None and not got.has_cas and not got.has_oids
    assert got.response.policyID == policies(site.client()).response.policyID


@pytest.mark.parametrize("last_update", ["0001-01-01T00:00:00", "2009-03-15T09:38:46", "2009-03-15T09:38:46.123Z",
                                         "2009-03-15T09:38:46+02:00", None, "yesterday", ""])
def test_old_or_missing_last_update_gets_everything(site, last_update):
    assert set(policies(site.client(), client=soap.client_element(last_update)).names) == ALICE


def test_change_ends_unchanged(site):
    client = soap.client_element(now(0))
    time.sleep(1.1)
    text = open(template_file("Strict"), encoding="utf-8").read()
    path = site.directory + "/strict.yaml"
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("display-name: Strict Web Server", "display-name: Strict Web Server II"))
    before = policies(site.client())["Strict"].revision
    try:
        site.ctl("template", "apply", path)
        site.settle()
        assert policies(site.client(), client=client).response.policiesNotChanged is None
        after = policies(site.client())
        assert after["Strict"].revision.minorRevision == before.minorRevision + 1
        assert after.oid(after.policy("Strict").policyOIDReference, 9).defaultName == "Strict Web Server II"
    finally:
        site.ctl("template", "apply", template_file("Strict"))
        site.settle()


def test_change_of_access_ends_unchanged_too(site):
    site.add_account("reader")
    time.sleep(2.2)  # a copy from just after a change proves nothing
    client = soap.client_element(now(0))
    site.settle()
    assert policies(site.client("reader"), client=client).response.policiesNotChanged is True
    site.grant("WebECC", "reader", "dns:x.example")
    site.settle()
    assert policies(site.client("reader"), client=client).names == ["WebECC"]


# --- faults -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["<client/>", soap.nil("client"), ""])
def test_missing_client_is_a_fault(site, client):
    body = f'<GetPolicies xmlns="{soap.XCEP}">{client}{soap.filter_element()}</GetPolicies>'
    reply = site.client().send(FULL, soap.envelope(soap.GET_POLICIES, body, security=site.client().security()))
    assert reply.status == 500 and reply.fault.code == "Sender" and not reply.fault.has_detail


@pytest.mark.parametrize("body", [
    "<GetPolicies/>", f'<GetPolicy xmlns="{soap.XCEP}"/>', "", f'<RequestSecurityToken xmlns="{soap.TRUST}"/>',
    soap.get_policies() * 2,
    soap.get_policies(client=soap.client_element() * 2),
    soap.get_policies(request_filter=soap.filter_element(["not-an-oid"] * 513))],
    ids=["no namespace", "other name", "empty", "other operation", "two", "two clients", "513 OIDs"])
def test_bodies_that_are_not_the_operation(site, body):
    reply = site.client().send(FULL, soap.envelope(soap.GET_POLICIES, body, security=site.client().security()))
    assert reply.status == 500 and reply.fault.code == "Sender"


def test_enrollment_action_is_not_supported_here(site):
    reply = site.client().send(FULL, soap.envelope(soap.RST, soap.get_policies(), security=site.client().security()))
    assert reply.status == 500
    assert (reply.fault.code, reply.fault.subcode, reply.fault.subcode_namespace) == (
        "Sender", "ActionNotSupported", soap.ADDRESSING)


# --- change is seen everywhere ------------------------------------------------------------------------------------


def test_template_change_is_served_by_every_child_of_every_host_within_a_second(own_site):
    """Two hosts with two children each: after one second, many connections find no old answer."""
    own_site.start()
    other = own_site.second_host()
    clients = [own_site.client("bob"), own_site.client("bob", httpd=other)]
    for client in clients:
        wait_for(lambda c=client: c.policies_reply(FULL).status == 200, "the service", 5)
    path = own_site.directory + "/restricted.yaml"
    text = open(template_file("Restricted"), encoding="utf-8").read()
    with open(path, "w", encoding="utf-8") as f:
        f.write(text.replace("validity: 1 year", "validity: 2 years"))
    own_site.ctl("template", "apply", path)
    time.sleep(1.0)
    for _ in range(25):
        for client in clients:
            changed = policies(client)["Restricted"]
            assert changed.certificateValidity.validityPeriodSeconds == 2 * 365 * 86400
            assert changed.revision.minorRevision == 1
