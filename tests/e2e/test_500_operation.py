"""Restarts, a database that goes away, a schema that does not fit, a second host."""

import time

from asn1crypto import crl as asn1_crl
from harness import soap
from harness.process import wait_for
from harness.site import CEP, CES
from harness.xcep import Policies
from test_310_refusals import simple

FULL_CEP, FULL_CES = CEP + "/CEP", CES + "/CES"
UNAVAILABLE = ("CEP0112", "CEP0050", "CEP0020", "CEP0030", "CEP0040", "unavailable", "database")


def ready(site, user="alice"):
    wait_for(lambda: site.client(user).policies_reply(FULL_CEP).status == 200, "the service", 10)
    return site


def policy_id(site, path=FULL_CEP, httpd=None):
    return Policies(site.client(httpd=httpd).policies_reply(path).message).response.policyID


def test_database_away_is_503_with_retry_after_and_comes_back_without_a_restart(own_site, allow_log):
    for text in UNAVAILABLE:
        allow_log(text)
    ready(own_site.start())
    children = own_site.httpd.child_pids()
    before = own_site.plain_client().send("/pki/contoso.crl", method="GET").body
    own_site.postgres.stop()
    reply = own_site.client().enroll_reply(FULL_CES, simple())
    assert reply.status == 503 and 1 <= int(reply.headers["Retry-After"]) <= 60
    fault = reply.fault
    assert (fault.code, fault.error_code, fault.invalid_request) == ("Receiver", 0x800706BA, "false")
    assert "WWW-Authenticate" not in reply.headers
    crl = own_site.plain_client().send("/pki/contoso.crl", method="GET")
    assert crl.status == 200 and crl.body == before, "the CRL is served from memory"
    time.sleep(2)
    reply = own_site.client().enroll_reply(FULL_CES, simple())
    assert reply.status == 503 and reply.fault.error_code == 0x800706BA
    own_site.postgres.start()
    wait_for(lambda: own_site.client().enroll_reply(FULL_CES, simple()).status == 200, "recovery", 15)
    ready(own_site)
    assert own_site.httpd.child_pids() == children


def test_start_without_a_database(own_site, allow_log):
    """The server starts, says so, serves the CRL it knew, answers 503, and serves as soon as the database is there
    (S14)."""
    for text in (*UNAVAILABLE, "CEP0002"):
        allow_log(text)
    ready(own_site.start())
    crl = own_site.plain_client().send("/pki/contoso.crl", method="GET").body
    own_site.httpd.stop()
    own_site.postgres.stop()
    own_site.httpd.start()
    wait_for(lambda: own_site.httpd.log.find("CEP0002"), "the warning")
    wait_for(lambda: own_site.plain_client().send("/pki/contoso.crl", method="GET").body == crl, "the known CRL")
    reply = own_site.client().policies_reply(FULL_CEP)
    assert reply.status == 503 and reply.fault.code == "Receiver" and reply.headers["Retry-After"]
    own_site.postgres.start()
    ready(own_site)


def test_connections_cut_by_the_database_are_made_again(own_site, allow_log):
    for text in UNAVAILABLE:
        allow_log(text)
    ready(own_site.start())
    for _ in range(4):
        assert own_site.client().enroll_reply(FULL_CES, simple()).status == 200
    own_site.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                   " AND datname = current_database()")
    for _ in range(10):
        reply = own_site.client().enroll_reply(FULL_CES, simple())
        assert reply.status in (200, 503), reply.body
    assert own_site.client().enroll_reply(FULL_CES, simple()).status == 200


def test_policy_id_survives_restarts_and_is_the_same_everywhere(own_site, allow_log):
    allow_log("AH03093")  # httpd closing a kept connection while it restarts
    ready(own_site.start())
    first = policy_id(own_site)
    own_site.httpd.graceful()
    ready(own_site)
    assert policy_id(own_site) == first
    own_site.httpd.restart()
    ready(own_site)
    assert policy_id(own_site) == first
    other = own_site.second_host()
    wait_for(lambda: own_site.client(httpd=other).policies_reply(FULL_CEP).status == 200, "the second host")
    assert policy_id(own_site, httpd=other) == first
    own_site.ctl("policy", "set", "contoso", "--friendly-name", "Another Name")
    wait_for(lambda: Policies(own_site.client().policies_reply(FULL_CEP).message).response.policyFriendlyName
             == "Another Name", "the new name", 3)
    assert policy_id(own_site) == first


def test_graceful_restart_loses_no_request(own_site, allow_log):
    allow_log("AH03093")
    ready(own_site.start())
    import threading
    bad, stop = [], threading.Event()

    def ask():
        client = own_site.client()
        while not stop.is_set():
            try:
                reply = client.policies_reply(FULL_CEP)
                if reply.status != 200:
                    bad.append(reply.status)
            except OSError as e:
                bad.append(repr(e))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        own_site.httpd.graceful()
        time.sleep(1)
    stop.set()
    for thread in threads:
        thread.join()
    # A new child serves once its watcher has read the catalogue; until then it answers 503 and the client asks again.
    assert [b for b in bad if b != 503] == []


def test_newer_schema_stops_the_start(own_site):
    """No command can mend it: the words ask for a newer program."""
    own_site.query("INSERT INTO cepces.schema_version (version, name) VALUES (9999, 'from the future')")
    server = own_site.httpd
    server.launch()
    assert server.process.wait(20) != 0
    server.process = None
    assert "9999" in server.console() and "newer" in server.console()


def test_missing_schema_stops_the_start_and_names_the_command(own_site):
    own_site.query("DROP SCHEMA cepces CASCADE")
    server = own_site.httpd
    server.launch()
    assert server.process.wait(20) != 0
    server.process = None
    assert "cepcesctl schema upgrade" in server.console()


def test_crl_is_renewed_before_it_runs_out(own_site):
    """A CRL inside its overlap is signed again by the running server."""
    ready(own_site.start())
    reply = own_site.plain_client().send("/pki/contoso.crl", method="GET")
    number = asn1_crl.CertificateList.load(reply.body).crl_number_value.native
    own_site.ctl("ca", "set", "contoso", "--crl-days", "8", "--crl-overlap-hours", "190")

    def newer():
        body = own_site.plain_client().send("/pki/contoso.crl", method="GET").body
        return asn1_crl.CertificateList.load(body).crl_number_value.native > number
    wait_for(newer, "the next CRL", 20)


def test_second_host_serves_what_the_first_one_decided(own_site):
    ready(own_site.start())
    other = own_site.second_host()
    wait_for(lambda: own_site.client(httpd=other).policies_reply(FULL_CEP).status == 200, "the second host")
    one = own_site.client().enroll(FULL_CES, simple())
    two = own_site.client(httpd=other).enroll(FULL_CES, simple())
    assert two.request_id != one.request_id
    own_site.assert_verifies(two.certificate)
    crls = [own_site.plain_client(httpd=h).send("/pki/contoso.crl", method="GET").body for h in (own_site.httpd, other)]
    assert crls[0] == crls[1]


def test_disabled_ca_answers_with_a_fault_and_keeps_its_crl(own_site, allow_log):
    for text in UNAVAILABLE:
        allow_log(text)
    ready(own_site.start())
    own_site.ctl("ca", "set", "contoso", "--disable")
    wait_for(lambda: own_site.client().enroll_reply(FULL_CES, simple()).status != 200, "the change", 3)
    reply = own_site.client().enroll_reply(FULL_CES, simple())
    assert reply.status in (500, 503) and reply.content_type == soap.CONTENT_TYPE
    assert own_site.plain_client().send("/pki/contoso.crl", method="GET").status == 200
    own_site.ctl("ca", "set", "contoso", "--enable")
    wait_for(lambda: own_site.client().enroll_reply(FULL_CES, simple()).status == 200, "the change back", 3)
