"""Fixtures: one PostgreSQL and one main site for the session, other sites where a test breaks things, and the watch
over every error log."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import process, site as site_module  # noqa: E402
from harness.errorlog import Watch  # noqa: E402
from harness.httpd import Install  # noqa: E402
from harness.postgres import Postgres  # noqa: E402

# Every httpd of the session; the error logs are read after each test.
WATCH = Watch()

TEMPLATES = ["Web", "WebECC", "WebP384", "Strict", "Machine", "MachineECC", "Person", "Legacy", "Restricted"]

# Endpoints that only the authentication tests use.
EXTRA_TLS = (
    site_module.endpoint("/refused_CEP/service.svc", "cepces-policy", "CepcesPolicy contoso", "Require user nobody")
    + site_module.endpoint("/refused_CES/service.svc", "cepces-enroll", "CepcesCA contoso", "Require user nobody")
    + site_module.endpoint("/open_CEP/service.svc", "cepces-policy", "CepcesPolicy contoso", "Require all granted")
    + site_module.endpoint("/open_CES/service.svc", "cepces-enroll", "CepcesCA contoso", "Require all granted")
    + site_module.endpoint("/some_CES/service.svc", "cepces-enroll",
                           "CepcesCA contoso\n    CepcesTemplates WebECC"))


def pytest_configure(config):
    for name in process.SCRUBBED:
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def work():
    path = process.work_directory()
    yield path
    process.remove(path)


@pytest.fixture(scope="session")
def install(work):
    return Install.from_environment(work)


@pytest.fixture(scope="session")
def postgres(work):
    server = Postgres(os.path.join(work, "pg")).create()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def breakable_postgres(work):
    """The cluster of the sites that one test owns: when it stops, no other site notices."""
    server = Postgres(os.path.join(work, "breakable")).create()
    yield server
    server.stop()


def populate(made):
    """The people of the tests and what they may ask for."""
    made.add_account("alice", "--common-name", "Alice Example", "--upn", "alice@contoso.example", "--email",
                     "alice@contoso.example", "--directory-name", "CN=Alice Example,OU=People,DC=contoso,DC=example",
                     "--sid", "S-1-5-21-1111111111-2222222222-3333333333-1104")
    made.add_account("bob", "--common-name", "Bob Example", "--upn", "bob@contoso.example", "--email",
                     "bob@contoso.example", "--directory-name", "CN=Bob Example,OU=People,DC=contoso,DC=example",
                     "--sid", "S-1-5-21-1111111111-2222222222-3333333333-1105")
    made.add_account("host1$", "--dns", "host1.contoso.example", "--sid",
                     "S-1-5-21-1111111111-2222222222-3333333333-1201", kind="computer")
    made.add_account("bare")
    names = ("dns:*.alice.example", "cn:*.alice.example", "ip:10.1.0.0/16", "email:*@alice.example",
             "upn:*@alice.example", "uri:https://*.alice.example/*")
    for template in ("Web", "WebECC", "WebP384", "Strict"):
        made.grant(template, "alice", *names, *(["rdn:O=Contoso"] if template == "Strict" else []))
    made.grant("WebECC", "bob", "dns:bob.example", "cn:bob.example")
    made.grant("Restricted", "bob", "dns:bob.example", "cn:bob.example")
    for template in ("Machine", "MachineECC"):
        made.grant(template, "host1$", autoenroll=True)
        made.grant(template, "bare")
    for account in ("alice", "bob", "bare"):
        made.grant("Person", account)
        made.grant("Legacy", account)
    return made


@pytest.fixture(scope="session")
def site(work, install, postgres):
    """The site that most tests share; they leave it as it was."""
    made = site_module.Site(os.path.join(work, "main"), install, postgres, "main", WATCH, extra_tls=EXTRA_TLS)
    populate(made.create(TEMPLATES))
    made.apply("Hidden", publish=False)
    made.apply("Approval")
    for template in ("Hidden", "Approval"):
        made.grant(template, "alice", "dns:*.alice.example")
    made.start()
    yield made
    made.close()


@pytest.fixture(scope="session")
def rsa_site(work, install, postgres):
    """The same with RSA CAs."""
    made = site_module.Site(os.path.join(work, "rsa"), install, postgres, "rsa", WATCH, algorithm="rsa3072")
    populate(made.create(TEMPLATES)).start()
    yield made
    made.close()


@pytest.fixture
def own_site(work, install, breakable_postgres):
    """A site of the test's own, not started, which it may break, its database included."""
    name = f"own{len(os.listdir(work))}"
    made = site_module.Site(os.path.join(work, name), install, breakable_postgres, name, WATCH)
    made.create(TEMPLATES)
    yield populate(made)
    if not breakable_postgres.running():
        breakable_postgres.start()
    made.close()


@pytest.fixture(autouse=True)
def quiet_log():
    """Fails the test that made httpd complain, or lost a child. It comes last, so it sees what the test left."""
    allowed = []
    WATCH.begin()
    yield allowed
    problems = WATCH.problems(allowed)
    assert not problems, "the error log says:\n" + "\n".join(problems)


@pytest.fixture
def allow_log(quiet_log):
    """Call it with the number of a message ("CEP0123") that the test provokes on purpose."""
    return quiet_log.append
