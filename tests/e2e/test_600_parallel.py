"""Many at once: ten accounts enroll a thousand certificates, and every one is there, once."""

import threading

from harness import cmc, keys, pkcs10, soap
from harness.process import wait_for
from harness.site import CES
from test_310_refusals import simple

FULL = CES + "/CES"
ACCOUNTS, EACH = 10, 100


def test_ten_accounts_enroll_a_thousand_certificates(own_site):
    for i in range(ACCOUNTS):
        own_site.add_account(f"fleet{i}$", "--dns", f"fleet{i}.contoso.example", "--sid",
                             f"S-1-5-21-1111111111-2222222222-3333333333-{2000 + i}", kind="computer")
        own_site.grant("MachineECC", f"fleet{i}$")
    own_site.start()
    wait_for(lambda: own_site.client("fleet0$").policies_reply(
        "/ADPolicyProvider_CEP_UsernamePassword/service.svc").status == 200, "the service")
    trouble, serials = [], set()
    lock = threading.Lock()

    def enroll(user):
        client = own_site.client(user)
        for i in range(EACH):
            key = keys.ecc()
            raw = pkcs10.request(key, pkcs10.template_name("MachineECC"))
            raw, value_type = (raw, soap.PKCS10) if i % 2 else (cmc.full_request(key, raw), soap.PKCS7)
            try:
                issued = client.enroll(FULL, raw, value_type=value_type, keep=True)
            except Exception as e:  # whatever it is, it is one certificate less
                with lock:
                    trouble.append(repr(e))
                return
            with lock:
                serials.add(issued.certificate)

    threads = [threading.Thread(target=enroll, args=(f"fleet{i}$",)) for i in range(ACCOUNTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert trouble == []
    assert len(serials) == ACCOUNTS * EACH
    where = "FROM cepces.certificate WHERE principal LIKE 'fleet%'"
    assert own_site.value(f"SELECT count(*) {where}") == "1000"
    assert own_site.value(f"SELECT count(DISTINCT serial) {where}") == "1000"
    assert own_site.query(f"SELECT count(*) {where} GROUP BY principal") == [["100"]] * ACCOUNTS
    assert own_site.value("SELECT count(*) FROM cepces.request WHERE principal LIKE 'fleet%' AND state = 'issued'"
                          " AND submitted_at <= resolved_at") == "1000"


def test_more_clients_than_connections_all_get_an_answer(work, install, postgres):
    """Two connections a child, forty clients: they wait for one another, within the limit."""
    import os
    from conftest import WATCH
    from harness.site import Site
    made = Site(os.path.join(work, "narrow"), install, postgres, "narrow", WATCH, children=1, pool=2)
    made.create(["WebECC"])
    made.add_account("alice")
    made.grant("WebECC", "alice", "dns:*.alice.example", "cn:*.alice.example")
    made.start()
    try:
        wait_for(lambda: made.client().enroll_reply(FULL, simple()).status == 200, "the service")
        statuses = []

        def ask():
            statuses.append(made.client().enroll_reply(FULL, simple()).status)
        threads = [threading.Thread(target=ask) for _ in range(40)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 40
    finally:
        made.close()
