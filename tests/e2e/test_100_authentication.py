"""Who gets in, and what those who do not get are told: always a SOAP fault at HTTP 500, never a challenge."""

import os
import time

import pytest
from harness import keys, pkcs10, soap
from harness.httpd import give_to_worker
from harness.process import wait_for
from harness.site import CEP, CES, Site, endpoint

ENDPOINTS = [("cep", CEP + "/CEP"), ("ces", CES + "/CES")]


def ask(client, path, security=None, **how):
    """A GetPolicies or an Issue of a good request, as the path wants it."""
    if security is None:
        security = client.security()
    if "CEP" in path.upper():
        action, body = soap.GET_POLICIES, soap.get_policies()
    else:
        action, body = soap.RST, soap.rst(soap.binary_security_token(good_request()))
    return client.send(path, soap.envelope(action, body, security=security), **how)


def good_request(host="www.alice.example"):
    return pkcs10.plain(keys.ecc(), pkcs10.template_name("WebECC"), subject=pkcs10.name(("CN", host)),
                        extensions=[pkcs10.alt_names(pkcs10.dns(host))])


def assert_fault(reply, code, subcode=None, namespace=None, error=None):
    assert reply.status == 500 and reply.content_type == soap.CONTENT_TYPE
    assert "WWW-Authenticate" not in reply.headers
    fault = reply.fault
    assert (fault.code, fault.subcode, fault.subcode_namespace, fault.error_code) == (code, subcode, namespace, error)
    return fault


def before_soap(reply, status):
    """An answer to what is no message: a line of plain text."""
    assert reply.status == status and reply.content_type.split(";")[0] == "text/plain", (reply.status, reply.content_type)
    assert "WWW-Authenticate" not in reply.headers and "Location" not in reply.headers


def authentication_failed(reply):
    return assert_fault(reply, "Sender", "FailedAuthentication", soap.SECURITY)


# --- the table ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name,path", ENDPOINTS)
class TestTable:
    """One row of the authentication table a test, at the policy and at the enrolment endpoint."""

    def test_good_password(self, site, name, path):
        reply = ask(site.client(), path)
        assert reply.status == 200 and reply.content_type == soap.CONTENT_TYPE and reply.message.fault is None

    def test_no_token(self, site, name, path):
        assert_fault(ask(site.client(), path, security=""), "Sender", "InvalidSecurity", soap.SECURITY)

    def test_bad_password(self, site, name, path):
        authentication_failed(ask(site.client().as_user("alice", "wrong"), path))

    def test_empty_password(self, site, name, path):
        reply = ask(site.client().as_user("alice", ""), path)
        assert reply.status == 500 and reply.fault.subcode in ("FailedAuthentication", "InvalidSecurity")

    def test_unknown_user(self, site, name, path):
        authentication_failed(ask(site.client().as_user("mallory", "whatever"), path))

    def test_unknown_user_and_bad_password_get_the_same_answer(self, site, name, path):
        replies = [ask(site.client().as_user(user, "wrong"), path) for user in ("alice", "mallory")]
        texts = [r.body.replace(r.message.relates_to.encode(), b"ID") for r in replies]
        assert texts[0] == texts[1]

    def test_refused_by_require(self, site, name, path, allow_log):
        allow_log("AH01631")  # mod_authz_core's own words
        refused = f"/refused_{name.upper()}/service.svc/{name.upper()}"
        assert_fault(ask(site.client(), refused), "Receiver", error=0x80094011)

    def test_require_all_granted_serves_nobody_without_an_identity(self, site, name, path):
        """httpd skips authentication there, so even a good password identifies nobody."""
        path = f"/open_{name.upper()}/service.svc/{name.upper()}"
        for security in ("", soap.username_token("alice", "wrong"), None):
            authentication_failed(ask(site.client(), path, security=security))

    def test_get(self, site, name, path):
        reply = site.client().send(path, method="GET", content_type=None)
        assert (reply.status, reply.body) == (200, b"") and reply.content_type.startswith("text/html")
        assert "WWW-Authenticate" not in reply.headers

    def test_head(self, site, name, path):
        reply = site.client().send(path, method="HEAD", content_type=None)
        assert (reply.status, reply.body) == (200, b"") and "WWW-Authenticate" not in reply.headers

    @pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "PROPFIND", "OPTIONS"])
    def test_other_methods(self, site, name, path, method):
        reply = ask(site.client(), path, method=method)
        before_soap(reply, 405)
        assert sorted(reply.headers["Allow"].replace(" ", "").split(",")) == ["GET", "HEAD", "POST"]

    def test_too_large(self, site, name, path):
        size = 64 * 1024 if name == "cep" else 1024 * 1024
        before_soap(site.client().send(path, b"<" * (size + 1)), 413)

    def test_chunked(self, site, name, path):
        assert ask(site.client(), path, chunked=True).status == 200

    def test_too_large_and_chunked(self, site, name, path):
        size = 64 * 1024 if name == "cep" else 1024 * 1024
        before_soap(site.client().send(path, b"<" * (size + 1), chunked=True), 413)

    def test_mixed_case_path(self, site, name, path):
        reply = ask(site.client(), path.swapcase())
        assert reply.status == 200 and reply.message.fault is None

    def test_wrong_content_type(self, site, name, path):
        for content_type in ("text/xml; charset=utf-8", "application/json", None,
                             "application/soap+xml; charset=utf-16"):
            before_soap(ask(site.client(), path, content_type=content_type), 415)

    def test_compressed_body(self, site, name, path):
        before_soap(ask(site.client(), path, headers={"Content-Encoding": "gzip"}), 415)

    def test_content_type_with_an_action(self, site, name, path):
        reply = ask(site.client(), path,
                    content_type=f'application/soap+xml; charset="UTF-8"; action="{soap.GET_POLICIES}"')
        assert reply.status == 200

    def test_password_digest(self, site, name, path):
        token = soap.username_token("alice", "c2VjcmV0", kind=soap.TOKEN_PROFILE + "#PasswordDigest")
        assert_fault(ask(site.client(), path, security=token), "Sender", "InvalidSecurity", soap.SECURITY)

    def test_two_security_headers(self, site, name, path):
        twice = site.client().security() * 2
        reply = ask(site.client(), path, security=twice)
        assert reply.status == 500 and reply.fault.code == "Sender"

    def test_basic_credentials_do_not_replace_the_token(self, site, name, path):
        import base64
        value = base64.b64encode(f"alice:{site.passwords['alice']}".encode()).decode()
        reply = ask(site.client(), path, security="", headers={"Authorization": f"Basic {value}"})
        assert_fault(reply, "Sender", "InvalidSecurity", soap.SECURITY)


# --- names and passwords ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("spelling", ["alice", "ALICE", "CONTOSO\\alice", "contoso\\Alice", "alice@contoso.example",
                                      "Alice@CONTOSO.EXAMPLE"])
def test_three_spellings_are_one_principal(site, spelling):
    client = site.client().as_user(spelling, site.passwords["alice"])
    before = int(site.value("SELECT coalesce(max(id), 0) FROM cepces.request"))
    assert ask(client, CES + "/CES").status == 200
    assert site.query(f"SELECT DISTINCT principal FROM cepces.request WHERE id > {before}") == [["alice"]]


@pytest.mark.parametrize("name", ["", " ", "a" * 257, "al\tice", "alice\\", "@contoso.example", "bob\\alice\\x"])
def test_names_that_are_none(site, name):
    reply = ask(site.client().as_user(name, site.passwords["alice"]), CEP)
    assert reply.status == 500 and reply.fault.code == "Sender"


def test_a_password_of_1025_bytes_is_refused(site):
    assert ask(site.client().as_user("alice", "x" * 1025), CEP).status == 500


def test_password_is_not_logged(site):
    ask(site.client(), CEP + "/CEP")
    ask(site.client().as_user("alice", "a-wrong-password-of-mine"), CEP + "/CEP")
    with open(site.httpd.log.path, encoding="utf-8", errors="replace") as log:
        text = log.read()
    assert site.passwords["alice"] not in text and "a-wrong-password-of-mine" not in text


def test_message_id_is_in_the_log_of_a_refusal(site):
    mid = soap.message_id()
    site.client().as_user("alice", "wrong").policies_reply(CEP, message=mid)
    assert wait_for(lambda: site.httpd.log.find(mid), "the log line")


def test_scope_decides_where_a_password_opens(site):
    site.add_account("cep-only", scopes=("policy:contoso",))
    site.grant("WebECC", "cep-only", "dns:www.alice.example", "cn:www.alice.example")
    site.settle()
    client = site.client("cep-only")
    assert ask(client, CEP).status == 200
    refused = ask(client, CES)
    assert refused.status == 500 and refused.fault.error_code in (0x80094011, 0x80094012)
    site.ctl("credential", "scope", "cep-only", "--scope", "policy:contoso", "--scope", "same-as-cep")
    site.settle()
    assert ask(client, CES).status == 200
    site.ctl("credential", "scope", "cep-only", "--scope", "template:WebECC")
    site.settle()
    assert ask(client, CES).status == 200
    assert ask(client, CEP).status == 500


def test_changed_password_counts_within_a_second_although_the_old_one_was_remembered(site):
    site.add_account("changing")
    old = site.client("changing")
    for _ in range(4):
        assert ask(old, CEP).status == 200
    site.ctl("credential", "set", "changing", "--password-file", "-", "--scope", "policy:contoso", stdin="another-one")
    site.settle()
    for _ in range(4):
        authentication_failed(ask(old, CEP))
        assert ask(old.as_user("changing", "another-one"), CEP).status == 200


def test_disabled_account_is_refused_like_a_wrong_password(site):
    site.add_account("leaver")
    client = site.client("leaver")
    for _ in range(4):
        assert ask(client, CEP).status == 200
    site.ctl("account", "set", "leaver", "--disable")
    site.settle()
    for _ in range(4):
        authentication_failed(ask(client, CEP))


def test_verified_password_is_remembered(site):
    """bcrypt allows some tens of verifications a second; clients come in hundreds."""
    client = site.client()
    ask(client, CEP, keep=True)
    begun = time.monotonic()
    for _ in range(50):
        assert ask(client, CEP, keep=True).status == 200
    assert time.monotonic() - begun < 1.5


def test_unknown_name_takes_as_long_as_a_wrong_password(site):
    """Otherwise the clock tells which names exist (V11). The quickest of several is compared, against noise."""
    def quickest(user):
        took = []
        for i in range(8):
            begun = time.monotonic()
            authentication_failed(ask(site.client().as_user(user, f"wrong {i}"), CEP))
            took.append(time.monotonic() - begun)
        return min(took)

    known, unknown = quickest("alice"), quickest("nobody-of-that-name")
    assert 0.5 < known / unknown < 2, (known, unknown)


def test_other_providers_of_httpd_check_the_token(work, install, postgres, allow_log):
    """mod_authn_file after ours: an unknown name goes on to the file, a wrong password does not."""
    allow_log("AH01631")
    from conftest import WATCH
    path = os.path.join(work, "passwords")
    # {SHA} of "from-the-file"; made with openssl so that no tool of httpd is needed
    import base64
    import hashlib
    digest = base64.b64encode(hashlib.sha1(b"from-the-file").digest()).decode()
    with open(path, "w", encoding="ascii") as f:
        f.write(f"carol:{{SHA}}{digest}\nalice:{{SHA}}{digest}\n")
    give_to_worker(path)
    groups = os.path.join(work, "groups")
    with open(groups, "w", encoding="ascii") as f:
        f.write("enrollers: carol\n")
    give_to_worker(groups)
    extra = (endpoint("/file_CEP/service.svc", "cepces-policy", f"CepcesPolicy contoso\n    AuthUserFile {path}",
                      provider="cepces file")
             + endpoint("/group_CEP/service.svc", "cepces-policy",
                        f"CepcesPolicy contoso\n    AuthUserFile {path}\n    AuthGroupFile {groups}",
                        require="Require group enrollers", provider="file"))
    made = Site(os.path.join(work, "providers"), install, postgres, "providers", WATCH, extra_tls=extra)
    made.create(["WebECC"])
    made.add_account("alice")
    made.start()
    try:
        client = made.client()
        assert ask(client.as_user("carol", "from-the-file"), "/file_CEP/service.svc").status == 200
        assert ask(client, "/file_CEP/service.svc").status == 200
        authentication_failed(ask(client.as_user("alice", "from-the-file"), "/file_CEP/service.svc"))
        authentication_failed(ask(client.as_user("carol", "wrong"), "/file_CEP/service.svc"))
        assert ask(client.as_user("carol", "from-the-file"), "/group_CEP/service.svc").status == 200
        assert_fault(ask(client.as_user("alice", "from-the-file"), "/group_CEP/service.svc"), "Receiver",
                     error=0x80094011)
    finally:
        made.close()
