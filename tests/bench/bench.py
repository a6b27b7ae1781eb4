"""The cases of run.sh. A site is made as for the end-to-end tests; wrk does the asking, with 32 kept-alive TLS
connections. Every limit is measured in the same run, on the same httpd, database and cores:

  get-policies  against a static file of the answer's size from the same httpd
  issue         against the slower of such a file and of PostgreSQL committing the same rows without us
"""

import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

from harness import cmc, keys, pkcs10, process, soap  # noqa: E402
from harness.errorlog import Watch  # noqa: E402
from harness.httpd import Install  # noqa: E402
from harness.postgres import Postgres  # noqa: E402
from harness.site import CEP, CES, Site, template_file  # noqa: E402

CONNECTIONS, MESSAGES = 32, 200
HOST = "www.bench.example"

# What one issuance stores, as plain SQL.
COMMIT = """\
BEGIN;
INSERT INTO bench_request (principal, message_id, raw) VALUES ('bench', 'a message id of forty-five characters, or so', decode(repeat('ab', 700), 'hex'));
INSERT INTO bench_certificate (serial, principal, der) VALUES (gen_random_uuid(), 'bench', decode(repeat('cd', 800), 'hex'));
INSERT INTO bench_audit (event, principal) VALUES ('cert.issued', 'bench');
COMMIT;
"""

TABLES = """\
CREATE TABLE bench_request (id serial PRIMARY KEY, principal text, message_id text, raw bytea);
CREATE TABLE bench_certificate (id serial PRIMARY KEY, serial uuid UNIQUE, principal text, der bytea);
CREATE TABLE bench_audit (id serial PRIMARY KEY, at timestamptz DEFAULT now(), event text, principal text);
"""


def report(case, value, unit, limit):
    print(json.dumps({"case": case, "value": round(value), "unit": unit, "limit": round(limit),
                      "ratio": round(value / limit, 3)}), flush=True)


class Bench:
    def __init__(self, work, seconds):
        self.work, self.seconds = work, seconds
        self.postgres = Postgres(os.path.join(work, "pg")).create()
        self.site = Site(os.path.join(work, "site"), Install.from_environment(work), self.postgres, "bench", Watch(),
                         children=2)
        self.site.httpd.threads = 32
        self.site.httpd.log_level = "warn"

    def make_site(self):
        site = self.site
        site.create(["WebECC"])
        paths = []
        for i in range(4):
            with open(template_file("WebECC"), encoding="utf-8") as f:
                text = f.read().replace("name: WebECC", f"name: Bench{i}").replace("Web Server (P-256)", f"Bench {i}")
            paths.append(os.path.join(site.directory, f"bench{i}.yaml"))
            with open(paths[-1], "w", encoding="utf-8") as f:
                f.write(text)
        site.ctl("template", "apply", *paths)
        names = [f"Bench{i}" for i in range(4)]
        site.ctl("ca", "publish", "contoso", *names)
        site.add_account("bench")
        for name in ["WebECC", *names]:
            site.grant(name, "bench", "dns:*.bench.example", "cn:*.bench.example")
        site.start()
        client = site.client("bench")
        process.wait_for(lambda: client.policies_reply(CEP).status == 200, "the service")

    def message_file(self, name, messages):
        path = os.path.join(self.work, name)
        with open(path, "wb") as f:
            for message in messages:
                assert b"\n" not in message
                f.write(message + b"\n")
        return path

    def enrollments(self, kind):
        """Distinct keys, so that nothing can be remembered from one request to the next."""
        security = self.site.client("bench").security()
        for _ in range(MESSAGES):
            key = keys.ecc()
            raw = pkcs10.request(key, pkcs10.template_name("WebECC"), pkcs10.name(("CN", HOST)),
                                 [pkcs10.alt_names(pkcs10.dns(HOST))])
            raw, value_type = (raw, soap.PKCS10) if kind == "pkcs10" else (cmc.full_request(key, raw), soap.PKCS7)
            token = soap.binary_security_token(raw, value_type, text=soap.wrap_base64(raw).replace("\n", " "))
            yield soap.envelope(soap.RST, soap.rst(token), security=security)

    def wrk(self, path, script, *args):
        """Good answers a second and bytes an answer; a bad answer is a failure."""
        done = process.run(["wrk", "-t2", f"-c{CONNECTIONS}", f"-d{self.seconds}s", "--timeout", "10s", "-s", os.path.join(HERE, script),
                            self.site.httpd.tls_url(path), "--", *args], timeout=self.seconds + 60)
        numbers = next(line for line in done.stdout.splitlines() if line.startswith("RESULT")).split()[1:]
        requests, bad, microseconds, size = map(int, numbers)
        assert bad == 0, f"{bad} of {requests} answers were bad:\n{done.stdout}\n{self.site.httpd.console()}"
        return requests / (microseconds / 1e6), size // max(requests, 1)

    def static(self, size):
        """Static files of the same httpd, of |size| bytes with its headers."""
        with open(os.path.join(self.site.httpd.root, "htdocs", "static.xml"), "wb") as f:
            f.write(b"x" * max(size - 300, 1))
        return self.wrk("/static.xml", "static.lua")[0]

    def commits(self):
        """Transactions a second of the rows of one issuance, by pgbench over as many connections as the server has."""
        self.postgres.create_database("limit")
        self.postgres.query("limit", TABLES)
        script = os.path.join(self.work, "commit.sql")
        with open(script, "w", encoding="ascii") as f:
            f.write(COMMIT)
        done = process.run([f"{self.postgres.bin}/pgbench", "-h", self.postgres.directory, "-U", "cepces", "-n", "-M",
                            "prepared", "-c", "16", "-j", "2", "-T", str(self.seconds), "-f", script, "limit"],
                           timeout=self.seconds + 60)
        return float(next(line for line in done.stdout.splitlines() if line.startswith("tps")).split()[2])

    def run(self):
        self.make_site()
        security = self.site.client("bench").security()
        ask = self.message_file("policies", [soap.envelope(soap.GET_POLICIES, soap.get_policies(), security=security)])
        rate, size = self.wrk(CEP + "/CEP", "rotate.lua", ask)
        report("get-policies-5-templates", rate, "answers/s", self.static(size))
        commits = self.commits()
        for kind in ("pkcs10", "cmc"):
            path = self.message_file(kind, self.enrollments(kind))
            before = int(self.site.value("SELECT count(*) FROM cepces.certificate"))
            rate, size = self.wrk(CES + "/CES", "rotate.lua", path)
            stored = int(self.site.value("SELECT count(*) FROM cepces.certificate")) - before
            assert stored >= rate * self.seconds * 0.95, "fewer certificates than answers"
            report(f"issue-p256-{kind}", rate, "certificates/s", min(commits, self.static(size)))

    def close(self):
        self.site.close()
        self.postgres.stop()


def main():
    work = process.work_directory("cepces-bench-")
    try:
        bench = Bench(work, int(sys.argv[1]))
        try:
            bench.run()
        finally:
            bench.close()
    finally:
        process.remove(work)


if __name__ == "__main__":
    main()
