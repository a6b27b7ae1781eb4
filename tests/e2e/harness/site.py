"""A complete site made with cepcesctl as its manual says: database, root and issuing CA, templates, policy, accounts,
access, credentials, TLS certificate, and httpd on top."""

import glob
import os
import secrets
import time

from . import certs, keys, pkcs10
from .cepcesctl import Cepcesctl
from .client import Client
from .httpd import Httpd, give_to_worker

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SOURCE = os.path.dirname(os.path.dirname(HERE))
EXAMPLES = os.path.join(SOURCE, "conf", "templates")
OWN = os.path.join(HERE, "templates")

CEP = "/ADPolicyProvider_CEP_UsernamePassword/service.svc"
CES = "/contoso_CES_UsernamePassword/service.svc"

SERVER = """\
CepcesDatabase "{database}"
CepcesDatabasePool {pool}
CepcesKeyDirectory "{keys}"
CepcesEnrollmentServer contoso UsernamePassword {ces} priority=1
"""

ENDPOINT = """\
<Location "{path}">
    SetHandler {handler}
    {what}
    AuthType UsernameToken
    CepcesAuthProvider {provider}
    {require}
</Location>
"""

PLAIN = """\
<Location "/pki">
    SetHandler cepces-publish
    Require all granted
</Location>
"""


def endpoint(path, handler, what, require="Require valid-user", provider="cepces"):
    return ENDPOINT.format(path=path, handler=handler, what=what, require=require, provider=provider)


def template_file(name):
    """The file of an example of conf/templates or of a template that only the tests have."""
    for directory in (OWN, EXAMPLES):
        path = os.path.join(directory, f"{name}.yaml")
        if os.path.exists(path):
            return path
    raise AssertionError(f"there is no template file {name}.yaml")


class Site:
    """Everything between the database and the client. |watch| is told of every server, for the quiet log."""

    def __init__(self, directory, install, postgres, database, watch, *, algorithm="p256", extra_tls="",
                 extra_server="", children=2, pool=8):
        self.directory, self.install, self.postgres, self.database = directory, install, postgres, database
        self.watch = watch
        self.hosts = []
        self.algorithm = algorithm
        self.key_directory = os.path.join(directory, "keys")
        os.makedirs(self.key_directory, mode=0o700)
        os.chmod(directory, 0o755)
        self.conninfo = postgres.create_database(database)
        self.ctl = Cepcesctl.configure(install, directory, self.conninfo, self.key_directory)
        self.httpd = Httpd(os.path.join(directory, "httpd"), install, children=children)
        self.root_pem = os.path.join(directory, "root.pem")
        self.chain_pem = os.path.join(directory, "chain.pem")
        self.passwords = {}
        self.httpd.server = SERVER.format(database=self.conninfo, keys=self.key_directory, pool=pool,
                                          ces=self.httpd.tls_url(CES + "/CES")) + extra_server
        self.httpd.plain = PLAIN
        self.httpd.tls = (endpoint(CEP, "cepces-policy", "CepcesPolicy contoso")
                          + endpoint(CES, "cepces-enroll", "CepcesCA contoso") + extra_tls)

    # --- making it ---

    def create(self, templates):
        self.ctl("schema", "upgrade")
        self.create_cas()
        self.apply(*templates)
        self.ctl("policy", "create", "contoso", "--friendly-name", "Contoso Enrollment", "--ca", "contoso", "--hours", "1")
        self.make_tls_certificate()
        return self

    def create_cas(self):
        pki = self.httpd.plain_url("/pki")
        for name, subject, issuer in (("contoso-root", "CN=Contoso Root CA,O=Contoso", None),
                                      ("contoso", "CN=Contoso Issuing CA,O=Contoso", "contoso-root")):
            self.ctl("ca", "create", name, "--subject", subject, *(["--issuer", issuer] if issuer else []),
                     "--algorithm", self.algorithm, "--days", "3650" if issuer is None else "1825",
                     "--cdp", f"{pki}/{name}.crl", "--aia", f"{pki}/{name}.cer")
        with open(self.root_pem, "w", encoding="ascii") as f:
            f.write(self.ctl("ca", "show", "contoso-root", "--pem"))
        with open(self.chain_pem, "w", encoding="ascii") as f:
            f.write(self.ctl("ca", "show", "contoso", "--pem"))

    def apply(self, *templates, publish=True):
        self.ctl("template", "apply", *(template_file(t) for t in templates))
        if publish:
            self.ctl("ca", "publish", "contoso", *templates)

    def add_account(self, name, *options, kind="user", scopes=("policy:contoso", "ca:contoso"), password=None):
        self.ctl("account", "add", name, "--kind", kind, *options)
        self.passwords[name] = password or secrets.token_urlsafe(12)
        scope_options = [o for s in scopes for o in ("--scope", s)]
        self.ctl("credential", "set", name, "--password-file", "-", *scope_options, stdin=self.passwords[name])

    def grant(self, template, account, *names, autoenroll=False):
        patterns = [o for n in names for o in ("--name", n)]
        self.ctl("access", "grant", "--template", template, "--account", account,
                 *(["--autoenroll"] if autoenroll else []), *patterns)

    def make_tls_certificate(self):
        """The server's own certificate comes from its CA, as the quickstart does it."""
        self.ctl("account", "add", "www", "--kind", "service")
        self.grant("WebECC", "www", "dns:localhost", "cn:localhost")
        key = keys.ecc()
        request = pkcs10.plain(key, subject=pkcs10.name(("CN", "localhost")),
                               extensions=[pkcs10.alt_names(pkcs10.dns("localhost"))])
        paths = {n: os.path.join(self.directory, f"tls.{n}") for n in ("key", "csr", "pem")}
        with open(paths["key"], "wb") as f:
            f.write(key.pem())
        os.chmod(paths["key"], 0o600)
        with open(paths["csr"], "wb") as f:
            f.write(request)
        self.ctl("cert", "issue", "--ca", "contoso", "--template", "WebECC", "--account", "www",
                 "--request", paths["csr"], "--out", paths["pem"], "--chain")
        self.httpd.tls_files = (paths["pem"], paths["key"])

    def start(self):
        self._start(self.httpd)
        return self

    def _start(self, server):
        self.hosts.append(server)
        self.watch.add(server)
        server.start()

    def second_host(self):
        """Another httpd on the same database, with the first one's TLS certificate: a second host of the site."""
        other = Httpd(os.path.join(self.directory, f"httpd{len(self.hosts) + 1}"), self.install)
        other.server, other.tls, other.plain = self.httpd.server, self.httpd.tls, self.httpd.plain
        other.tls_files = self.httpd.tls_files
        self._start(other)
        return other

    def close(self):
        for server in self.hosts:
            server.stop()
            self.watch.remove(server)
        self.postgres.drop_database(self.database)

    @staticmethod
    def settle():
        """A change is served by every child of every host within one second; one request would see one child only."""
        time.sleep(1.05)

    # --- using it ---

    def client(self, user="alice", httpd=None):
        return Client((httpd or self.httpd).tls_url(), self.root_pem, user, self.passwords.get(user, "no such password"))

    def plain_client(self, httpd=None):
        return Client((httpd or self.httpd).plain_url(), self.root_pem)

    def query(self, sql):
        return self.postgres.query(self.database, sql)

    def value(self, sql):
        return self.postgres.value(self.database, sql)

    def crl_pem(self, *names):
        """The CRLs that are published now, in one PEM file."""
        path = os.path.join(self.directory, "crls.pem")
        with open(path, "wb") as f:
            for name in names or ("contoso",):
                reply = self.plain_client().send(f"/pki/{name}.crl", method="GET")
                assert reply.status == 200, reply
                f.write(certs.to_pem(reply.body, "X509 CRL"))
        return path

    def assert_verifies(self, leaf_der, purpose=None):
        """openssl -x509_strict -crl_check and GnuTLS both accept the certificate."""
        good, words = certs.verify(leaf_der, self.chain_pem, self.root_pem, self.crl_pem(), purpose)
        assert good, words
        good, words = certs.certtool_verifies(leaf_der, self.chain_pem, self.root_pem)
        assert good, words


def all_examples():
    return sorted(os.path.splitext(os.path.basename(p))[0] for p in glob.glob(os.path.join(EXAMPLES, "*.yaml")))


__all__ = ["Site", "endpoint", "template_file", "all_examples", "give_to_worker", "CEP", "CES"]
