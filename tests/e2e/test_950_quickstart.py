"""quickstart.sh does what it says, for somebody on another machine who has nothing but what it printed."""

import json
import os
import re
import socket
import stat
import time

import pytest
from asn1crypto import pem
from harness import certs
from harness.elsewhere import Elsewhere
from harness.errorlog import ErrorLog
from harness.process import SCRUBBED, environment, free_ports, is_root, remove, run, work_directory

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("", port))
        except OSError:
            return False
    return True


class Quickstart:
    def __init__(self, directory, host, port):
        self.directory, self.host, self.port = directory, host, port
        self.options = ["--dir", directory, "--host", host, "--port", str(port)]

    def __call__(self, *options, check=True):
        return run([os.path.join(SOURCE, "quickstart.sh"), *options, "--dir", self.directory], check=check, timeout=900,
                   env={k: v for k, v in environment().items() if k not in SCRUBBED}, cwd="/")

    def start(self):
        begun = time.monotonic()
        done = self("--host", self.host, "--port", str(self.port))
        self.seconds = time.monotonic() - begun
        self.printed = done.stdout
        with open(os.path.join(self.directory, "endpoints.json"), encoding="utf-8") as f:
            self.endpoints = json.load(f)
        return self

    def ctl(self, *args):
        return [*self.endpoints["cepcesctl"], *args]


@pytest.fixture(scope="module")
def elsewhere():
    directory = work_directory("cepces-elsewhere-")
    place = Elsewhere(directory, "quick.example.test" if is_root() else "localhost").open()
    yield place
    place.close()
    remove(directory)


@pytest.fixture(scope="module")
def quick(elsewhere):
    directory = work_directory("cepces-quickstart-")
    port = next(p for p in free_ports(50) if is_free(p) and is_free(p - 363))
    made = Quickstart(directory, elsewhere.name, port).start()
    yield made
    made("--stop")
    remove(directory)


def password(quick, user):
    return next(p["password"] for p in quick.endpoints["policies"] if p["username"] == user)


def enroll(quick, elsewhere, out, template, *options, user="alice", check=True):
    return elsewhere.run(quick.ctl("enroll", "--policy-url", quick.endpoints["policies"][0]["url"], "--template", template,
                                   "--user", user, "--password-file", "-", "--ca-file", quick.endpoints["ca_file"],
                                   "--out", str(out), *options), stdin=password(quick, user), check=check)


def fetch(elsewhere, url, *options):
    """What a URL gives to the other machine."""
    return elsewhere.run(["curl", "-sS", "--fail", "--max-time", "10", "--noproxy", "*", *options, url], text=False).stdout


def urls_of(certificate):
    return [*certificate.crl_distribution_points_value.native[0]["distribution_point"],
            *(a["access_location"] for a in certificate.authority_information_access_value.native)]


def test_endpoints_json_is_what_scripts_rely_on(quick):
    e = quick.endpoints
    assert e["host"] == quick.host and os.path.exists(e["ca_file"]) and os.path.exists(f"/proc/{e['pid']}")
    assert {p["username"] for p in e["policies"]} == {"alice", "bob"}
    for policy in e["policies"]:
        assert policy["auth"] == "UsernamePassword" and policy["password"]
        assert policy["url"] == (f"https://{quick.host}:{quick.port}/ADPolicyProvider_CEP_UsernamePassword/service.svc/CEP")
    (ces,) = e["enroll"]
    assert ces["url"].endswith("_CES_UsernamePassword/service.svc/CES") and ces["renewal_only"] is False
    names = {t["name"] for t in e["templates"]}
    assert names >= {"WebServer", "WebServerECC", "WebServerP384", "Workstation", "User", "Approval", "KeyBasedRenewal",
                     "Restricted"}
    for template in e["templates"]:
        assert re.fullmatch(r"1\.3(\.\d+)+", template["oid"]) and template["context"] in ("computer", "user")
        assert isinstance(template["manager_approval"], bool)
    assert "contoso" not in run(quick.ctl("ca", "list")).stderr
    assert "WebServer" in run(quick.ctl("template", "list")).stdout
    rows = run(["psql", e["database"], "-At", "-c", "SELECT count(*) FROM cepces.certificate"]).stdout
    assert int(rows) >= 1


def test_secrets_are_for_their_owner(quick):
    for name in ("endpoints.json", "keys", "passwords", "tls/server.key"):
        assert stat.S_IMODE(os.stat(os.path.join(quick.directory, name)).st_mode) & 0o077 == 0, name


def test_what_is_printed_is_true(quick):
    with open(quick.endpoints["ca_file"], "rb") as f:
        root = pem.unarmor(f.read())[2]
    import hashlib
    fingerprint = hashlib.sha256(root).hexdigest().upper()
    assert fingerprint in quick.printed.replace(":", "")
    for words in ("Import-Certificate", "Add-CertificateEnrollmentPolicyServer", "Get-Certificate", "certreq -enroll",
                  "Test-NetConnection", "certutil -verify -urlfetch", quick.endpoints["policies"][0]["url"],
                  password(quick, "alice"), password(quick, "bob"), quick.endpoints["ca_file"]):
        assert words in quick.printed, words


def test_policy_service_answers_elsewhere(quick, elsewhere):
    for endpoint in (*quick.endpoints["policies"], *quick.endpoints["enroll"]):
        assert fetch(elsewhere, endpoint["url"], "--cacert", quick.endpoints["ca_file"]) == b""


def test_urls_in_the_servers_certificate_answer_elsewhere(quick, elsewhere):
    with open(os.path.join(quick.directory, "tls/server.pem"), "rb") as f:
        chain = [certs.load(der) for _, _, der in pem.unarmor(f.read(), multiple=True)]
    assert quick.host in chain[0].subject_alt_name_value.native
    for certificate in chain[:2]:
        for url in urls_of(certificate):
            assert len(fetch(elsewhere, url)) > 100, url


@pytest.mark.parametrize("template,options", [
    ("WebServer", ["--dns", "www.example.test", "--format", "pkcs10"]), ("WebServer", ["--dns", "www.example.test"]),
    ("WebServerECC", ["--dns", "www.example.test"]), ("WebServerP384", ["--dns", "www.example.test"]),
    ("Workstation", []), ("User", []), ("UserECC", [])])
def test_certificates_are_enrolled_elsewhere_and_verify(quick, elsewhere, tmp_path, template, options):
    enroll(quick, elsewhere, tmp_path, template, *options)
    leaf = pem.unarmor((tmp_path / f"{template}.pem").read_bytes())[2]
    crls = tmp_path / "crls.pem"
    issuers = [der for _, _, der in pem.unarmor((tmp_path / f"{template}-chain.pem").read_bytes(), multiple=True)]
    with open(crls, "wb") as f:
        for der in (leaf, issuers[0]):
            for url in urls_of(certs.load(der)):
                body = fetch(elsewhere, url)
                if url.endswith(".crl"):
                    f.write(certs.to_pem(body, "X509 CRL"))
    good, words = certs.verify(leaf, str(tmp_path / f"{template}-chain.pem"), quick.endpoints["ca_file"], str(crls))
    assert good, words


def test_restricted_is_for_bob(quick, elsewhere, tmp_path):
    assert enroll(quick, elsewhere, tmp_path, "Restricted", "--dns", "www.example.com", check=False).returncode == 1
    enroll(quick, elsewhere, tmp_path, "Restricted", "--dns", "www.example.com", user="bob")


def test_second_run_is_quick_and_changes_nothing(quick):
    before = run(quick.ctl("policy", "list")).stdout
    passwords = {p["username"]: p["password"] for p in quick.endpoints["policies"]}
    pid = quick.endpoints["pid"]
    quick.start()
    assert quick.seconds < 20
    assert run(quick.ctl("policy", "list")).stdout == before and quick.endpoints["pid"] == pid
    assert {p["username"]: p["password"] for p in quick.endpoints["policies"]} == passwords


def test_stop_ends_it_and_a_start_brings_it_back(quick, elsewhere):
    before = run(quick.ctl("policy", "list")).stdout
    quick("--stop")
    assert not os.path.exists(f"/proc/{quick.endpoints['pid']}")
    assert is_free(quick.port) and is_free(quick.port - 363)
    quick("--stop")
    quick.start()
    assert run(quick.ctl("policy", "list")).stdout == before
    fetch(elsewhere, quick.endpoints["policies"][0]["url"], "--cacert", quick.endpoints["ca_file"])


@pytest.mark.parametrize("options,status", [(["--nonsense"], 2), (["--port"], 2), (["--port", "x"], None),
                                            (["--host", "a b"], None)])
def test_wrong_options_are_refused_with_a_hint(options, status):
    directory = work_directory("cepces-wrong-")
    try:
        done = run([os.path.join(SOURCE, "quickstart.sh"), "--dir", directory, *options], check=False)
        assert done.returncode == status or (status is None and done.returncode != 0)
        assert done.stderr.strip()
    finally:
        remove(directory)


def test_its_servers_had_nothing_to_complain_of(quick):
    problems = ErrorLog(os.path.join(quick.directory, "log", "error.log")).problems(["CEP0112"])
    assert problems == []
