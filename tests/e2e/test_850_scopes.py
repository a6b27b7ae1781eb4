"""Where a password opens, when there is more than one policy and more than one CA."""

import pytest
from harness.site import CEP, CES
from test_310_refusals import simple

FULL_CEP, FULL_CES = CEP + "/CEP", CES + "/CES"


@pytest.fixture(scope="module")
def other_policy(site):
    """A policy of the root only: what opens it says nothing about the CA "contoso"."""
    site.ctl("policy", "create", "elsewhere", "--friendly-name", "Elsewhere", "--ca", "contoso-root")
    return "policy:elsewhere"


@pytest.mark.parametrize("number, scopes, accepted", [
    (1, ("policy:contoso", "same-as-cep"), True),
    (2, ("policy:elsewhere", "same-as-cep"), False),
    (3, ("same-as-cep",), False),
    (4, ("policy:elsewhere", "same-as-cep", "template:Web"), False),
    (5, ("policy:elsewhere", "same-as-cep", "template:WebECC"), True),
    (6, ("policy:elsewhere", "policy:contoso", "same-as-cep"), True),
])
def test_same_as_cep_means_the_policies_that_the_password_opens(site, other_policy, number, scopes, accepted):
    user = f"scoped{number}"
    site.add_account(user, scopes=scopes)
    site.grant("WebECC", user, "dns:*.alice.example", "cn:*.alice.example")
    site.settle()
    reply = site.client(user).enroll_reply(FULL_CES, simple())
    if accepted:
        assert reply.status == 200, reply.body
    else:
        assert reply.status == 500 and reply.fault.error_code in (0x80094011, 0x80094012), reply.body
        assert site.value(f"SELECT count(*) FROM cepces.certificate WHERE principal = '{user}'") == "0"
