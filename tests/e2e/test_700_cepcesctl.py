"""The administrator's tool: what it does, what it refuses, and that its words help."""

import os
import stat
import subprocess
import time

import pytest
from asn1crypto import pem
from harness import certs, keys
from harness.cepcesctl import Cepcesctl
from harness.process import environment, run, wait_for
from harness.site import CEP, all_examples, template_file


@pytest.fixture(scope="module")
def ctl(work, install, postgres):
    """cepcesctl on a database of its own with the schema and a root CA, and no server."""
    directory = os.path.join(work, "ctl")
    os.makedirs(os.path.join(directory, "keys"), mode=0o700)
    tool = Cepcesctl.configure(install, directory, postgres.create_database("ctl"), os.path.join(directory, "keys"))
    tool.directory = directory
    tool("schema", "upgrade")
    tool("ca", "create", "root", "--subject", "CN=Root,O=Contoso", "--algorithm", "p256", "--days", "3650")
    yield tool
    postgres.drop_database("ctl")


# --- in general ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("args", [[], ["nonsense"], ["ca"], ["ca", "nonsense"], ["ca", "create"], ["--nonsense"],
                                  ["ca", "list", "--nonsense"], ["account", "add"], ["cert", "revoke"]])
def test_wrong_usage_is_status_2(ctl, args):
    ctl.refuse(*args, status=2)


@pytest.mark.parametrize("args", [["--help"], ["--version"]])
def test_help_is_not_an_error(ctl, args):
    done = ctl.attempt(*args)
    assert done.returncode == 0 and "cepcesctl" in done.stdout


def test_unreachable_database_is_explained(ctl):
    words = run([ctl.install.cepcesctl, "--database", "host=/nonexistent dbname=x", "ca", "list"], env=ctl.env(),
                check=False)
    assert words.returncode == 1 and "/nonexistent" in words.stderr


def test_broken_configuration_names_file_and_line(ctl, tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("database: x\nnonsense: y\n")
    done = run([ctl.install.cepcesctl, "--config", str(path), "ca", "list"], env=ctl.env(), check=False)
    assert done.returncode != 0 and "broken.yaml" in done.stderr and "line 2" in done.stderr


def test_schema_status_and_upgrade(ctl, install, postgres, tmp_path):
    database = postgres.create_database("schema")
    try:
        tool = Cepcesctl.configure(install, str(tmp_path), database, str(tmp_path))
        assert tool.refuse("ca", "list").count("schema upgrade") == 1
        tool("schema", "upgrade")
        status = tool("schema", "status")
        assert "1" in status
        tool("schema", "upgrade")
        assert tool("schema", "status") == status
    finally:
        postgres.drop_database("schema")


def test_two_upgrades_at_once(install, postgres, tmp_path):
    database = postgres.create_database("twice")
    try:
        tool = Cepcesctl.configure(install, str(tmp_path), database, str(tmp_path))
        both = [tool.spawn("schema", "upgrade", stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
        outcomes = [p.communicate(timeout=60) for p in both]
        assert [p.returncode for p in both] == [0, 0], outcomes
    finally:
        postgres.drop_database("twice")


# --- templates ----------------------------------------------------------------------------------------------------


def test_examples_apply_and_come_back_as_they_were(ctl, tmp_path):
    names = all_examples()
    assert len(names) >= 6
    for name in names:
        ctl("template", "apply", template_file(name))
    for name in (t["name"] for t in ctl.json("template", "list")):
        text = ctl("template", "export", name)
        path = tmp_path / f"{name}.yaml"
        path.write_text(text)
        revision = ctl("template", "show", name)
        ctl("template", "apply", str(path))
        assert ctl("template", "show", name) == revision, "applying an export changes nothing"


def shown_revision(ctl, name):
    return next(t["revision"] for t in ctl.json("template", "list") if t["name"] == name)


def test_applying_twice_changes_nothing_and_a_change_raises_the_minor_revision(ctl, tmp_path):
    ctl("template", "apply", template_file("Web"))
    assert shown_revision(ctl, "Web") == "100.0"
    ctl("template", "apply", template_file("Web"))
    assert shown_revision(ctl, "Web") == "100.0"
    path = tmp_path / "web.yaml"
    path.write_text(open(template_file("Web"), encoding="utf-8").read().replace("2048", "3072"))
    difference = ctl.attempt("template", "diff", str(path))
    assert "3072" in difference.stdout and "2048" in difference.stdout
    ctl("template", "apply", "--dry-run", str(path))
    assert shown_revision(ctl, "Web") == "100.0"
    ctl("template", "apply", str(path))
    assert shown_revision(ctl, "Web") == "100.1"
    assert "3072" in ctl("template", "export", "Web")


@pytest.mark.parametrize("change,words", [
    (("schema: 2", "schema: 5"), "schema"),
    (("schema: 2", "shema: 2"), "line 3"),
    (("validity: 1 year", "validity: forever"), "validity"),
    (("renewal: 6 weeks", "renewal: 2 years"), "renewal"),
    (("context: computer", "context: toaster"), "line 4"),
    (("  minimum-size: 2048", "  minimum-size: many"), "line 9"),
    (("name: Web", "name: Web Server"), "name"),
    (("  algorithm: RSA", "  algorithm: DSA"), "DSA"),
    (("ekus: [server-authentication]", "ekus: [serving]"), "serving"),
    (("  minimum-size: 2048", "  minimum-size: 512"), "minimum"),
    (("name: Web", "oid: 1.2.4294967296\nname: Web"), "2147483648|2\\^31|arc|oid|OID"),
    (("key-usage: [digital-signature, key-encipherment]", "key-usage: [certificate-signing]"), "usage|CA|cert"),
    (("key:", "\tkey:"), "line")])
def test_mistakes_in_a_template_are_named(ctl, tmp_path, change, words):
    import re
    text = "\n".join(line for line in open(template_file("Web"), encoding="utf-8").read().splitlines()
                     if not line.startswith("#")) + "\n"
    assert change[0] in text
    path = tmp_path / "mistake.yaml"
    path.write_text(text.replace(*change, 1))
    said = ctl.refuse("template", "apply", str(path))
    assert "mistake.yaml" in said or "Web" in said
    assert re.search(words, said), said


def test_compatibility_with_2016_is_warned_of(ctl, tmp_path):
    """A stock client hides such a template without a word (KB4508802)."""
    path = tmp_path / "new.yaml"
    path.write_text(open(template_file("Strict"), encoding="utf-8").read().replace("name: Strict", "name: New")
                    + "compatibility:\n  client: 6\n  server: 6\n")
    done = ctl.attempt("template", "apply", str(path))
    assert done.returncode == 0 and "2016" in done.stderr + done.stdout


@pytest.mark.parametrize("change", [("validity: 1 year", "validity: 4 days\nrenewal: 2 days"),
                                    ("renewal: 6 weeks", "renewal: 12 hours")])
def test_too_short_for_autoenrollment_is_warned_of(ctl, tmp_path, change):
    text = open(template_file("Machine"), encoding="utf-8").read()
    if change[0].startswith("validity"):
        text = text.replace("renewal: 6 weeks\n", "")
    path = tmp_path / "short.yaml"
    path.write_text(text.replace(*change).replace("name: Machine", "name: Short"))
    done = ctl.attempt("template", "apply", str(path))
    assert done.returncode == 0 and "autoenroll" in (done.stderr + done.stdout).lower().replace("-", "")


def test_one_bad_template_in_a_file_stores_none(ctl, tmp_path):
    good = open(template_file("Strict"), encoding="utf-8").read().replace("name: Strict", "name: First")
    body = [line for line in good.splitlines() if not line.startswith("#")]
    entry = "\n".join("    " + line for line in body)[4:]
    path = tmp_path / "two.yaml"
    path.write_text(f"templates:\n  - {entry}\n  - {entry.replace('First', 'Second').replace('ECDSA_P256', 'NONE')}\n")
    ctl.refuse("template", "apply", str(path))
    names = [t["name"] for t in ctl.json("template", "list")]
    assert "Second" not in names


def test_removed_template_is_gone(ctl):
    ctl("template", "apply", template_file("Hidden"))
    ctl("template", "remove", "Hidden")
    assert "Hidden" not in [t["name"] for t in ctl.json("template", "list")]
    ctl.refuse("template", "show", "Hidden")


# --- CAs ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["rsa2048", "rsa3072", "p256", "p384"])
def test_ca_of_each_algorithm(ctl, algorithm, tmp_path):
    ctl("ca", "create", f"sub-{algorithm}", "--subject", f"CN=Sub {algorithm}", "--issuer", "root", "--algorithm",
        algorithm, "--days", "365", "--path-len", "0")
    (tmp_path / "root.pem").write_text(ctl("ca", "show", "root", "--pem"))
    (_, _, der) = pem.unarmor(ctl("ca", "show", f"sub-{algorithm}", "--pem").encode())
    good, words = certs.verify(der, str(tmp_path / "root.pem"), str(tmp_path / "root.pem"))
    assert good, words
    certificate = certs.load(der)
    assert certificate.basic_constraints_value.native == {"ca": True, "path_len_constraint": 0}
    key = os.path.join(ctl.directory, "keys", f"sub-{algorithm}-0.pem")
    assert stat.S_IMODE(os.stat(key).st_mode) == 0o600


def test_ca_with_an_old_name_or_a_wrong_option_is_refused(ctl):
    before = sorted(os.listdir(os.path.join(ctl.directory, "keys")))
    ctl.refuse("ca", "create", "root", "--subject", "CN=Again")
    ctl.refuse("ca", "create", "ROOT", "--subject", "CN=Again")
    ctl.refuse("ca", "create", "x", "--subject", "CN=X", "--issuer", "nobody")
    ctl.refuse("ca", "create", "x", "--subject", "nonsense")
    for wrong in (["x/y"], ["x", "--algorithm", "rsa1024"], ["x", "--algorithm", "md5"]):
        assert ctl.attempt("ca", "create", *wrong, "--subject", "CN=X").returncode in (1, 2)
    assert sorted(os.listdir(os.path.join(ctl.directory, "keys"))) == before, "a refusal leaves no key behind"


def foreign_ca(directory, name="foreign"):
    """A CA made with openssl: (key, certificate) as files."""
    key, certificate = (os.path.join(directory, f"{name}.{kind}") for kind in ("key", "pem"))
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
         "-out", certificate, "-days", "100", "-subj", f"/CN={name}", "-addext",
         "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign"])
    return key, certificate


def test_import_of_pem(ctl, tmp_path):
    key, certificate = foreign_ca(str(tmp_path))
    ctl("ca", "import", "imported", "--key", key, "--chain", certificate)
    assert pem.unarmor(ctl("ca", "show", "imported", "--pem").encode())[2] == \
        pem.unarmor(open(certificate, "rb").read())[2]
    assert "imported" in [c["name"] for c in ctl.json("ca", "list")]


def test_import_of_pkcs12(ctl, tmp_path):
    key, certificate = foreign_ca(str(tmp_path), "bundled")
    bundle, password = tmp_path / "ca.p12", tmp_path / "password"
    password.write_text("secret\n")
    run(["openssl", "pkcs12", "-export", "-inkey", key, "-in", certificate, "-out", str(bundle), "-passout",
         "pass:secret"])
    ctl.refuse("ca", "import", "bundled", "--key", str(bundle))
    (tmp_path / "wrong").write_text("wrong\n")
    ctl.refuse("ca", "import", "bundled", "--key", str(bundle), "--password-file", str(tmp_path / "wrong"))
    ctl("ca", "import", "bundled", "--key", str(bundle), "--password-file", str(password))


def test_import_of_what_does_not_belong_together(ctl, tmp_path):
    key, _ = foreign_ca(str(tmp_path), "one")
    _, certificate = foreign_ca(str(tmp_path), "two")
    ctl.refuse("ca", "import", "mixed", "--key", key, "--chain", certificate)
    leaf_key = keys.ecc()
    (tmp_path / "leaf.key").write_bytes(leaf_key.pem())
    run(["openssl", "req", "-x509", "-key", str(tmp_path / "leaf.key"), "-out", str(tmp_path / "leaf.pem"), "-days",
         "10", "-subj", "/CN=leaf", "-addext", "basicConstraints=critical,CA:FALSE"])
    ctl.refuse("ca", "import", "leaf", "--key", str(tmp_path / "leaf.key"), "--chain", str(tmp_path / "leaf.pem"))
    assert not {"mixed", "leaf"} & {c["name"] for c in ctl.json("ca", "list")}


# --- accounts, credentials, access --------------------------------------------------------------------------------


def test_accounts(ctl):
    ctl("account", "add", "Dave", "--kind", "user", "--upn", "dave@contoso.example")
    assert "dave@contoso.example" in ctl("account", "show", "dave")
    ctl.refuse("account", "add", "DAVE", "--kind", "user")
    ctl.refuse("account", "add", "eve", "--kind", "user", "--upn", "DAVE@contoso.example")
    assert ctl.attempt("account", "add", "eve", "--kind", "robot").returncode in (1, 2)
    ctl.refuse("account", "add", "eve", "--kind", "user", "--sid", "nonsense")
    ctl.refuse("account", "show", "nobody")
    ctl("account", "set", "dave", "--email", "dave@contoso.example", "--disable")
    assert "dave" in [a["name"] for a in ctl.json("account", "list")]


def test_password_comes_from_file_or_stdin_and_never_from_the_command_line(ctl, tmp_path):
    ctl("account", "add", "frank", "--kind", "user")
    ctl("policy", "create", "p", "--friendly-name", "P", "--ca", "root")
    ctl("credential", "set", "frank", "--password-file", "-", "--scope", "policy:p", stdin="from-stdin\n")
    path = tmp_path / "password"
    path.write_text("from-a-file\n")
    ctl("credential", "set", "frank", "--password-file", str(path), "--scope", "policy:p")
    for wrong in (["--password", "secret"], ["--password=secret"], ["secret"]):
        assert ctl.attempt("credential", "set", "frank", "--scope", "policy:p", *wrong, stdin="").returncode in (1, 2)
    assert "frank" in ctl("credential", "list") and "from-a-file" not in ctl("credential", "list")
    ctl.refuse("credential", "set", "frank", "--password-file", "-", "--scope", "policy:p", stdin="x" * 73)
    ctl.refuse("credential", "set", "frank", "--password-file", "-", "--scope", "policy:p", stdin="")
    ctl.refuse("credential", "set", "frank", "--password-file", "-", "--scope", "policy:none", stdin="x")
    ctl("credential", "remove", "frank")
    ctl.refuse("credential", "remove", "frank")


def test_password_is_read_from_the_terminal_without_echo(ctl):
    """A pseudo terminal: the prompt appears, what is typed does not."""
    import pty
    ctl("account", "add", "grace", "--kind", "user")
    parent, child = pty.openpty()
    process = ctl.spawn("credential", "set", "grace", "--scope", "same-as-cep", stdin=child, stdout=child, stderr=child,
                        start_new_session=True, preexec_fn=lambda: __import__("fcntl").ioctl(
                            0, __import__("termios").TIOCSCTTY, 0))
    os.close(child)
    seen = b""
    for _ in range(2):
        seen += os.read(parent, 1000)
        time.sleep(0.3)
        os.write(parent, b"typed-secret\n")
    assert process.wait(20) == 0
    try:
        seen += os.read(parent, 1000)
    except OSError:
        pass
    os.close(parent)
    assert b"assword" in seen and b"typed-secret" not in seen
    assert "grace" in ctl("credential", "list")


def test_access_entries(ctl):
    ctl("template", "apply", template_file("WebECC"))
    ctl("account", "add", "heidi", "--kind", "user")
    ctl("access", "grant", "--template", "WebECC", "--account", "heidi", "--name", "dns:*.heidi.example")
    ctl("access", "grant", "--template", "WebECC", "--group", "Web Admins")
    ctl("access", "grant", "--template", "WebECC", "--authenticated")
    listed = ctl("access", "list", "--template", "WebECC")
    assert "heidi" in listed and "dns:*.heidi.example" in listed and "Web Admins" in listed
    ctl("access", "revoke", "--template", "WebECC", "--account", "heidi")
    assert "heidi" not in ctl("access", "list", "--template", "WebECC")
    for bad in ("nonsense", "dns:", "dns:a.*.example", "ip:10.0.0.0/99", "fax:1"):
        ctl.refuse("access", "grant", "--template", "WebECC", "--account", "heidi", "--name", bad)
    ctl.refuse("access", "grant", "--template", "None", "--account", "heidi")
    assert ctl.attempt("access", "grant", "--template", "WebECC").returncode == 2


def test_policies(ctl):
    ctl("policy", "create", "named", "--friendly-name", "Named", "--ca", "root", "--id",
        "{12345678-1234-1234-1234-1234567890AB}")
    assert "{12345678-1234-1234-1234-1234567890AB}" in ctl("policy", "show", "named")
    ctl.refuse("policy", "create", "named", "--friendly-name", "Again", "--ca", "root")
    ctl.refuse("policy", "create", "other", "--friendly-name", "Other", "--ca", "nobody")
    assert "named" in [p["name"] for p in ctl.json("policy", "list")]


# --- the client ---------------------------------------------------------------------------------------------------


def enroll(site, out, *options, user="alice", url=CEP + "/CEP", password=None):
    return site.ctl.attempt("enroll", "--policy-url", site.httpd.tls_url(url), "--user", user, "--password-file", "-",
                            "--ca-file", site.root_pem, "--out", str(out), *options,
                            stdin=password or site.passwords[user])


@pytest.mark.parametrize("template,user,options", [
    ("Web", "alice", ["--subject", "CN=www.alice.example", "--dns", "www.alice.example", "--format", "pkcs10"]),
    ("Web", "alice", ["--subject", "CN=www.alice.example", "--dns", "www.alice.example", "--format", "cmc"]),
    ("WebECC", "alice", ["--subject", "CN=www.alice.example", "--dns", "www.alice.example", "--dns",
                         "b.alice.example"]),
    ("WebP384", "alice", ["--subject", "CN=www.alice.example", "--dns", "www.alice.example", "--name", "mine"]),
    ("Machine", "host1$", []), ("MachineECC", "host1$", []), ("Person", "alice", []), ("Legacy", "alice", [])])
def test_enroll_over_the_real_protocol(site, tmp_path, template, user, options):
    done = enroll(site, tmp_path, "--template", template, *options, user=user)
    assert done.returncode == 0, done.stderr
    name = "mine" if "--name" in options else template
    files = {n: tmp_path / f"{name}{n}" for n in (".key", ".pem", "-chain.pem", "-fullchain.pem")}
    assert all(f.exists() for f in files.values()), sorted(os.listdir(tmp_path))
    assert stat.S_IMODE(files[".key"].stat().st_mode) == 0o600
    (_, _, der) = pem.unarmor(files[".pem"].read_bytes())
    site.assert_verifies(der)
    public = run(["openssl", "pkey", "-in", str(files[".key"]), "-pubout"]).stdout
    assert public == run(["openssl", "x509", "-in", str(files[".pem"]), "-noout", "-pubkey"]).stdout
    assert pem.unarmor(files["-fullchain.pem"].read_bytes(), multiple=True).__next__()[2] == der


@pytest.mark.parametrize("options,words", [
    (["--template", "Nonsense"], "Nonsense"), (["--template", "Restricted"], "Restricted"),
    (["--template", "WebECC", "--subject", "CN=www.bob.example", "--dns", "www.bob.example"], "0x800b0114|permitted"),
    (["--template", "Web"], "subject|--subject|--dns")])
def test_enroll_explains_a_refusal_and_writes_nothing(site, tmp_path, options, words):
    import re
    done = enroll(site, tmp_path, *options)
    assert done.returncode == 1 and re.search(words, done.stderr, re.I), done.stderr
    assert os.listdir(tmp_path) == []


def test_enroll_explains_a_wrong_password(site, tmp_path):
    done = enroll(site, tmp_path, "--template", "WebECC", password="wrong")
    assert done.returncode == 1 and "password" in done.stderr.lower()


def test_enroll_explains_a_server_it_does_not_trust(site, rsa_site, tmp_path):
    done = site.ctl.attempt("enroll", "--policy-url", site.httpd.tls_url(CEP), "--user", "alice", "--password-file", "-",
                            "--ca-file", rsa_site.root_pem, "--out", str(tmp_path), "--template", "WebECC", stdin="x")
    assert done.returncode == 1 and "certificate" in done.stderr.lower()


def test_enroll_explains_a_wrong_address(site, tmp_path):
    done = enroll(site, tmp_path, "--template", "WebECC", url="/nowhere")
    assert done.returncode == 1 and "404" in done.stderr
    done = site.ctl.attempt("policies", "--policy-url", "https://localhost:1/x", "--user", "alice", "--password-file",
                            "-", "--ca-file", site.root_pem, stdin="x")
    assert done.returncode == 1 and "localhost" in done.stderr


def test_policies_are_listed(site):
    done = site.ctl.attempt("policies", "--policy-url", site.httpd.tls_url(CEP), "--user", "bob", "--password-file", "-",
                            "--ca-file", site.root_pem, stdin=site.passwords["bob"])
    assert done.returncode == 0, done.stderr
    assert "Restricted" in done.stdout and "WebECC" in done.stdout and "Machine" not in done.stdout


def test_every_example_template_can_be_enrolled_or_says_why_not(own_site, tmp_path):
    """What people try first: each file of conf/templates, applied, published, granted, enrolled."""
    examples = all_examples()
    own_site.apply(*examples)
    for name in examples:
        own_site.grant(name, "alice", "dns:*.alice.example", "cn:*.alice.example", "email:*@alice.example",
                       "rdn:O=*")
        own_site.grant(name, "host1$", "dns:*.contoso.example", "cn:*.contoso.example")
    own_site.start()
    wait_for(lambda: own_site.client().policies_reply(CEP).status == 200, "the service")
    offered = own_site.ctl.attempt("policies", "--policy-url", own_site.httpd.tls_url(CEP), "--user", "alice",
                                   "--password-file", "-", "--ca-file", own_site.root_pem,
                                   stdin=own_site.passwords["alice"]).stdout
    enrolled = []
    for name in examples:
        if name not in offered.split():
            assert "not offered" in own_site.ctl("template", "show", name).lower()
            continue
        shown = own_site.ctl("template", "export", name)
        user = "host1$" if "context: computer" in shown and "supplied-in-request" not in shown else "alice"
        names = (["--subject", "CN=www.alice.example", "--dns", "www.alice.example"]
                 if "supplied-in-request" in shown else [])
        done = enroll(own_site, tmp_path, "--template", name, *names, user=user)
        assert done.returncode == 0, f"{name}: {done.stderr}"
        enrolled.append(name)
    assert len(enrolled) >= 4, enrolled


def test_environment_is_not_trusted_for_the_root(site, tmp_path):
    """SSL_CERT_FILE must not widen what --ca-file says."""
    command = site.ctl.command("policies", "--policy-url", site.httpd.tls_url(CEP), "--user", "alice",
                               "--password-file", "-", "--ca-file", "/dev/null")
    done = run(command, env={**site.ctl.env(), **environment(LD_LIBRARY_PATH=site.install.library_path,
                                                             SSL_CERT_FILE=site.root_pem)}, check=False,
               stdin=site.passwords["alice"])
    assert done.returncode == 1
