"""Mistakes in httpd.conf are found by apache2 -t, with virtual host and line, and not by the first client."""

import os

import pytest
from harness.httpd import Httpd
from harness.site import CEP, CES, PLAIN, endpoint

SERVER = """\
CepcesDatabase "host=/nonexistent dbname=none"
CepcesKeyDirectory "{root}/keys"
CepcesEnrollmentServer contoso UsernamePassword {ces}
"""


@pytest.fixture
def server(site, install, tmp_path):
    """A server with a right configuration, which a test makes wrong; it is never started."""
    root = str(tmp_path / "httpd")
    made = Httpd(root, install, tls_files=site.httpd.tls_files)
    os.makedirs(os.path.join(root, "keys"), mode=0o700)
    made.server = SERVER.format(root=root, ces=made.tls_url(CES + "/CES"))
    made.plain = PLAIN
    made.tls = (endpoint(CEP, "cepces-policy", "CepcesPolicy contoso")
                + endpoint(CES, "cepces-enroll", "CepcesCA contoso"))
    return made


def complaint(server):
    done = server.configtest()
    assert done.returncode != 0, done.stderr
    words = done.stderr + open(server.log.path, encoding="utf-8").read() if os.path.exists(server.log.path) else done.stderr
    return words


def test_right_configuration_passes(server):
    done = server.configtest()
    assert done.returncode == 0 and "Syntax OK" in done.stderr, done.stderr


@pytest.mark.parametrize("old,new,words", [
    ("CepcesPolicy contoso", "", "CepcesPolicy"),
    ("CepcesCA contoso", "", "CepcesCA"),
    ("    AuthType UsernameToken\n", "", "UsernameToken"),
    ("AuthType UsernameToken", "AuthType Basic\n    AuthName x", "Basic"),
    ("CepcesAuthProvider cepces", "CepcesAuthProvider nonsense", "nonsense"),
    ("CepcesPolicy contoso", "CepcesPolicy a/b", "a/b"),
    ("CepcesPolicy contoso", "CepcesPolicy contoso\n    CepcesMaxBody 1", "CepcesMaxBody"),
    ("CepcesPolicy contoso", "CepcesPolicy contoso\n    CepcesAnonymous perhaps", "CepcesAnonymous"),
])
def test_mistakes_in_a_location(server, old, new, words):
    assert old in server.tls
    server.tls = server.tls.replace(old, new, 1)
    said = complaint(server)
    assert words in said and ("httpd.conf" in said or "line" in said), said


@pytest.mark.parametrize("old,new,words", [
    ('CepcesDatabase "host=/nonexistent dbname=none"\n', "", "CepcesDatabase"),
    ("dbname=none", "dbname=none password=secret", "password"),
    ("CepcesKeyDirectory", "#", "CepcesKeyDirectory"),
    ("UsernamePassword", "Password", "UsernamePassword"),
    ("https://", "http://", "https"),
    ("/contoso_CES", "/missing_CES", "missing_CES"),
    ("CepcesEnrollmentServer contoso", "CepcesEnrollmentServer other", "CepcesCA contoso"),
    ("UsernamePassword", "Certificate", "AuthType"),
])
def test_mistakes_of_the_server(server, old, new, words):
    assert old in server.server
    server.server = server.server.replace(old, new, 1)
    said = complaint(server)
    assert words in said, said


def test_password_of_a_refused_directive_is_not_repeated(server):
    server.server = server.server.replace("dbname=none", "dbname=none password=hunter2")
    assert "password=" not in complaint(server).split("CepcesDatabase must not")[0].replace("httpd.conf", "")


@pytest.mark.parametrize("mode,words", [(0o640, "chmod 600"), (0o600, "PEM")])
def test_key_that_would_end_a_reload_is_found_before(server, mode, words):
    key = os.path.join(os.path.dirname(server.conf), "keys", "bad.pem")
    with open(key, "w", encoding="utf-8") as f:
        f.write("this is no key\n")
    os.chmod(key, mode)
    said = complaint(server)
    assert "CEP0008" in said and "bad.pem" in said and words in said, said


def test_endpoint_without_tls_is_warned_of_and_refused(server):
    server.plain += endpoint("/plain_CEP/service.svc", "cepces-policy", "CepcesPolicy contoso")
    done = server.configtest()
    assert "SSLEngine" in done.stderr and "/plain_CEP" in done.stderr


def test_pattern_as_an_endpoint_is_refused(server):
    server.tls += ('<LocationMatch "^/x">\nSetHandler cepces-policy\nCepcesPolicy contoso\nAuthType UsernameToken\n'
                   "CepcesAuthProvider cepces\nRequire valid-user\n</LocationMatch>\n")
    assert "Location" in complaint(server)


def test_dump_shows_every_endpoint(server):
    done = server.configtest("-D", "DUMP_CEPCES")
    assert done.returncode == 0, done.stderr
    text = done.stdout + done.stderr
    assert server.tls_url(CEP) in text and server.tls_url(CES) in text
    assert "contoso" in text and "UsernameToken" in text


def test_keys_that_others_can_read_stop_the_start(own_site):
    """Rule K1."""
    key = os.path.join(own_site.key_directory, "contoso-0.pem")
    os.chmod(key, 0o644)
    own_site.httpd.launch()
    assert own_site.httpd.process.wait(20) != 0
    own_site.httpd.process = None
    assert "contoso-0.pem" in own_site.httpd.console()


def test_link_as_a_key_stops_the_start(own_site):
    key = os.path.join(own_site.key_directory, "contoso-0.pem")
    os.rename(key, key + ".away")
    os.symlink(key + ".away", key)
    own_site.httpd.launch()
    assert own_site.httpd.process.wait(20) != 0
    own_site.httpd.process = None
    assert "contoso-0.pem" in own_site.httpd.console()


def test_workers_cannot_read_the_keys(site):
    """The parent reads them; the children run as somebody else (K2)."""
    if os.geteuid() != 0:
        assert oct(os.stat(site.key_directory).st_mode & 0o777) == "0o700"
        return
    for pid in site.httpd.child_pids():
        with open(f"/proc/{pid}/status", encoding="ascii") as f:
            uid = next(line for line in f if line.startswith("Uid:")).split()[1:]
        assert "0" not in uid
    for name in os.listdir(site.key_directory):
        found = os.stat(os.path.join(site.key_directory, name))
        assert found.st_uid == 0 and found.st_mode & 0o077 == 0


def test_endpoint_over_plain_http_is_refused(own_site):
    """Rule V1: whoever configures it for a proxy must not get passwords in the clear."""
    own_site.httpd.plain += endpoint("/plain_CEP/service.svc", "cepces-policy", "CepcesPolicy contoso")
    own_site.httpd.launch()
    from harness.process import wait_for
    wait_for(own_site.httpd.listening, "httpd")
    client = own_site.plain_client().as_user("alice", own_site.passwords["alice"])
    reply = client.policies_reply("/plain_CEP/service.svc")
    assert reply.status in (403, 500) and b"GetPoliciesResponse" not in reply.body
    own_site.httpd.stop()
