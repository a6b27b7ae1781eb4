"""The database's connections are cut at random moments under load: what clients hold is what the database has."""

import threading
import time

from harness.client import read_issued
from harness.site import CES
from test_310_refusals import simple
from test_500_operation import UNAVAILABLE, ready

FULL = CES + "/CES"
SECONDS, CLIENTS = 6, 6


def test_every_certificate_that_a_client_received_is_stored_and_none_is_signed_twice(own_site, allow_log):
    """S1, S7: a lost COMMIT is offered again, so that one request has one certificate at most."""
    for text in UNAVAILABLE:
        allow_log(text)
    ready(own_site.start())
    received, odd, lock = [], [], threading.Lock()
    end = time.monotonic() + SECONDS

    def enroll():
        client = own_site.client()
        while time.monotonic() < end:
            reply = client.enroll_reply(FULL, simple())
            with lock:
                if reply.status == 200:
                    received.append(read_issued(reply.message))
                elif reply.status != 503:
                    odd.append(reply.body)

    threads = [threading.Thread(target=enroll) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    cut = 0
    while time.monotonic() < end:
        cut += len(own_site.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                  " WHERE application_name = 'mod_cepces' AND datname = current_database()"))
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert odd == [] and len(received) > 10 and cut > 10, (odd[:1], len(received), cut)
    stored = {int(row[0]): bytes.fromhex(row[1]) for row in own_site.query(
        "SELECT request_id, encode(der, 'hex') FROM cepces.certificate WHERE request_id IS NOT NULL")}
    for issued in received:
        assert stored[issued.request_id] == issued.certificate
    assert own_site.query("SELECT md5(raw) FROM cepces.request WHERE principal = 'alice' AND state = 'issued'"
                          " GROUP BY 1 HAVING count(*) > 1") == []
    assert own_site.value("SELECT count(*) FROM cepces.request r WHERE state = 'issued' AND NOT EXISTS"
                          " (SELECT FROM cepces.certificate c WHERE c.request_id = r.id)") == "0"
    assert own_site.value("SELECT count(*) FROM cepces.request r WHERE NOT EXISTS (SELECT FROM cepces.audit_event a"
                          " WHERE a.request_id = r.id)") == "0"
