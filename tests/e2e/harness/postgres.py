"""A private PostgreSQL cluster in a directory of its own, reached through a Unix socket only."""

import glob
import os

from .process import as_user, environment, is_root, own, run, wait_for


def binaries():
    """The newest installed server's programs; Debian keeps them off the PATH."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
    if not found:
        raise AssertionError("no PostgreSQL server is installed")
    return found[-1]


class Postgres:
    """initdb, start, stop, restart; psql for the tests that look into the tables."""

    def __init__(self, directory):
        self.directory = directory
        self.data = os.path.join(directory, "data")
        self.log = os.path.join(directory, "postgres.log")
        self.bin = binaries()
        self.user = "postgres" if is_root() else os.environ.get("USER", "nobody")

    def create(self):
        os.makedirs(self.directory, exist_ok=True)
        own(self.directory, "postgres")
        self._server("initdb", "-D", self.data, "-A", "trust", "-U", "cepces", "--no-locale", "-E", "UTF8",
                     "--no-sync")
        with open(os.path.join(self.data, "postgresql.conf"), "a", encoding="ascii") as conf:
            conf.write("listen_addresses = ''\n"
                       f"unix_socket_directories = '{self.directory}'\n"
                       "unix_socket_permissions = 0777\n"
                       "max_connections = 120\n"
                       "log_min_messages = warning\n")
        self.start()
        return self

    def start(self):
        self._server("pg_ctl", "-D", self.data, "-l", self.log, "-w", "-t", "30", "start")

    def stop(self):
        if self.running():
            self._server("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "-t", "30", "stop")
            wait_for(lambda: not os.path.exists(os.path.join(self.data, "postmaster.pid")), "postgres to stop")

    def running(self):
        return os.path.exists(os.path.join(self.data, "postmaster.pid"))

    def create_database(self, name):
        run([f"{self.bin}/createdb", "-h", self.directory, "-U", "cepces", name])
        return self.conninfo(name)

    def drop_database(self, name):
        run([f"{self.bin}/dropdb", "-h", self.directory, "-U", "cepces", "--force", "--if-exists", name])

    def conninfo(self, name):
        return f"host={self.directory} user=cepces dbname={name}"

    def query(self, database, sql):
        """Rows as lists of text, NULL as None."""
        done = run([f"{self.bin}/psql", "-X", "-h", self.directory, "-U", "cepces", "-d", database, "-A", "-t",
                    "-q", "-v", "ON_ERROR_STOP=1", "-F", "\x1f", "-R", "\x1e", "-P", "null=\x01", "-c", sql])
        rows = done.stdout.removesuffix("\n")
        return [[None if v == "\x01" else v for v in row.split("\x1f")] for row in rows.split("\x1e") if row]

    def value(self, database, sql):
        rows = self.query(database, sql)
        assert len(rows) == 1 and len(rows[0]) == 1, f"{sql}: {rows}"
        return rows[0][0]

    def _server(self, program, *args):
        run(as_user("postgres", [f"{self.bin}/{program}", *args]), env=environment(), cwd="/")
