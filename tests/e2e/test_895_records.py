"""What is recorded of a refusal: requests, each once, and nothing that is none."""

import pytest
from harness.site import CES
from test_310_refusals import simple
from test_500_operation import ready

FULL = CES + "/CES"


def rows(site):
    return int(site.value("SELECT count(*) FROM cepces.request WHERE principal = 'alice'"))


@pytest.fixture
def closed_site(own_site):
    """A CA that admits bob only."""
    own_site.ctl("access", "grant", "--ca", "contoso", "--account", "bob")
    return ready(own_site.start())


@pytest.mark.parametrize("token", [b"\x00" * 200000, b"no request", b"\x30\x80\x00\x00"],
                         ids=["zeros", "text", "indefinite"])
def test_who_may_not_use_a_ca_cannot_fill_its_database(closed_site, token):
    """Bytes that are no request are refused without a trace, whoever sends them."""
    before = rows(closed_site)
    assert closed_site.client().enroll_reply(FULL, token).status == 500
    assert rows(closed_site) == before


def test_a_refusal_by_the_ca_is_recorded_once(closed_site):
    before = rows(closed_site)
    reply = closed_site.client().enroll_reply(FULL, simple())
    assert reply.status == 500 and reply.fault.error_code == 0x80094011
    assert rows(closed_site) == before + 1
    assert closed_site.query("SELECT state, rule, format, (SELECT count(*) FROM cepces.audit_event a"
                             " WHERE a.request_id = r.id) FROM cepces.request r WHERE principal = 'alice'"
                             " ORDER BY id DESC LIMIT 1") == [["denied", "V32", "pkcs10", "1"]]
