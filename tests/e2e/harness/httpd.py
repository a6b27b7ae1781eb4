"""A private httpd: own ServerRoot, event MPM, ports of its own, in the foreground as our child."""

import glob
import os
import signal
import socket
import subprocess

from .errorlog import ErrorLog
from .process import environment, free_ports, is_root, own, run, stop, wait_for

MODULES = "/usr/lib/apache2/modules"
ALWAYS = ["mpm_event", "authn_core", "authz_core", "authz_user", "authz_host", "authn_file", "authz_groupfile", "mime",
          "socache_shmcb", "ssl", "headers", "env", "reqtimeout", "alias", "filter", "deflate"]

BASE = """\
ServerRoot "{root}"
ServerName localhost
DefaultRuntimeDir "{root}"
PidFile "{root}/httpd.pid"
Mutex file:{root} default
ErrorLog "{root}/error.log"
LogLevel {log_level}
LogFormat "%h %t \\"%r\\" %>s %B %D" short
CustomLog "{root}/access.log" short
TypesConfig /dev/null
DocumentRoot "{root}/htdocs"
SSLSessionCache shmcb:{root}/ssl(512000)
SSLRandomSeed startup builtin
# As Debian has it: mod_filter then has a part in every answer.
AddOutputFilterByType DEFLATE text/html text/plain
{user}
StartServers {children}
ServerLimit {limit}
ThreadsPerChild {threads}
MaxRequestWorkers {workers}
MinSpareThreads 1
MaxSpareThreads {workers}
MaxKeepAliveRequests 0
KeepAliveTimeout 5
Timeout 30
GracefulShutdownTimeout 10
<Directory "{root}/htdocs">
    Require all granted
</Directory>
"""


class Httpd:
    """One server. |server| is configuration outside vhosts, |tls| and |plain| are the insides of the two vhosts."""

    def __init__(self, root, install, *, server="", tls="", plain="", children=2, threads=16, tls_files=None):
        self.root = root
        self.install = install
        self.children = children
        self.threads = threads
        self.log_level = "info cepces:debug ssl:warn"
        self.tls_port, self.plain_port = free_ports(2)
        self.server, self.tls, self.plain = server, tls, plain
        self.tls_files = tls_files
        self.process = None
        os.makedirs(os.path.join(root, "htdocs"), exist_ok=True)
        os.chmod(root, 0o755)
        self.conf = os.path.join(root, "httpd.conf")
        self.log = ErrorLog(os.path.join(root, "error.log"))

    # --- configuration ---

    def text(self):
        load = [f"LoadModule {m}_module {MODULES}/mod_{m}.so" for m in ALWAYS]
        load.append(f"LoadModule cepces_module {self.install.module}")
        base = BASE.format(root=self.root, children=self.children, limit=self.children, threads=self.threads,
                           log_level=self.log_level, workers=self.children * self.threads,
                           user="User www-data\nGroup www-data" if is_root() else "")
        parts = ["\n".join(load), base, self.server,
                 f"Listen 127.0.0.1:{self.plain_port}",
                 f"<VirtualHost 127.0.0.1:{self.plain_port}>\nServerName localhost\n{self.plain}\n</VirtualHost>"]
        if self.tls_files:
            certificate, key = self.tls_files
            parts += [f"Listen 127.0.0.1:{self.tls_port}",
                      f"<VirtualHost 127.0.0.1:{self.tls_port}>\nServerName localhost\nSSLEngine on\n"
                      f'SSLCertificateFile "{certificate}"\nSSLCertificateKeyFile "{key}"\n'
                      f"{self.tls}\n</VirtualHost>"]
        return "\n".join(parts) + "\n"

    def write(self):
        with open(self.conf, "w", encoding="utf-8") as conf:
            conf.write(self.text())

    def command(self, *args):
        return ["/usr/sbin/apache2", "-d", self.root, "-f", self.conf, *args]

    def env(self):
        return self.install.environment(self.root)

    def configtest(self, *args):
        """The outcome of apache2 -t: a CompletedProcess whose stderr holds the complaint."""
        self.write()
        return run(self.command("-t", *args), check=False, env=self.env())

    # --- life ---

    def launch(self):
        """Start without waiting; for tests of a server that must refuse to."""
        self.write()
        with open(os.path.join(self.root, "console.log"), "ab") as console:
            self.process = subprocess.Popen(self.command("-DFOREGROUND"), env=self.env(), stdin=subprocess.DEVNULL,
                                            stdout=console, stderr=console, start_new_session=True)
        return self

    def start(self):
        self.launch()
        wait_for(lambda: self.listening() and len(self.child_pids()) == self.children, f"httpd in {self.root}", 20)
        return self

    def listening(self):
        if self.process.poll() is not None:
            raise AssertionError(f"httpd ended with {self.process.returncode}: {self.console()}")
        try:
            socket.create_connection(("127.0.0.1", self.plain_port), 1).close()
        except OSError:
            return False
        return True

    def console(self):
        text = ""
        for name in ("console.log", "error.log"):
            try:
                with open(os.path.join(self.root, name), encoding="utf-8", errors="replace") as f:
                    text += f.read()[-4000:]
            except FileNotFoundError:
                pass
        return text

    def stop(self):
        """A graceful stop: on SIGTERM event's own code may touch sockets that workers are just closing."""
        status = stop(self.process, signal.SIGWINCH) if self.process else None
        self.process = None
        return status

    def restart(self):
        self.stop()
        return self.start()

    def graceful(self):
        """Reread the configuration as the parent does on SIGUSR1, and wait until it says so."""
        since = self.log.size()
        self.write()
        self.process.send_signal(signal.SIGUSR1)
        wait_for(lambda: self.log.find("resuming normal operations", since=since), "the graceful restart", 20)

    def child_pids(self):
        """The workers, from the kernel's table of our own parent process."""
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(path, encoding="ascii") as f:
            return [int(p) for p in f.read().split()]

    # --- addresses ---

    def tls_url(self, path=""):
        return f"https://localhost:{self.tls_port}{path}"

    def plain_url(self, path=""):
        return f"http://localhost:{self.plain_port}{path}"


class Install:
    """What is tested, laid out as make install does it, found below one directory.

    The library is looked up through LD_LIBRARY_PATH because a staged install has no fixed place."""

    def __init__(self, root):
        self.root = root
        self.module = self._one("mod_cepces.so")
        self.cepcesctl = self._one("cepcesctl")
        self.library_path = os.path.dirname(self._one("libcepces.so.0"))

    def environment(self, log_directory=None):
        """For a program that uses the library. With CEPCES_PRELOAD naming libasan, a build with --enable-sanitizers
        works inside an httpd that knows nothing of it, and reports into files beside the error log."""
        extra = {"LD_LIBRARY_PATH": self.library_path}
        preload = os.environ.get("CEPCES_PRELOAD")
        if preload:
            extra.update(LD_PRELOAD=preload, UBSAN_OPTIONS="print_stacktrace=1", ASAN_OPTIONS="detect_leaks=0")
            if log_directory:
                extra["ASAN_OPTIONS"] += f":log_path={log_directory}/sanitizer"
        return environment(**extra)

    def _one(self, name):
        found = [p for p in glob.glob(f"{self.root}/**/{name}", recursive=True) if os.path.exists(p)]
        assert found, f"{name} is not installed below {self.root}"
        return found[0]

    @classmethod
    def from_environment(cls, directory):
        """CEPCES_PREFIX names an install; CEPCES_BUILD a build directory, which is installed below |directory|."""
        prefix = os.environ.get("CEPCES_PREFIX")
        if prefix:
            return cls(prefix)
        build = os.environ.get("CEPCES_BUILD")
        assert build, "set CEPCES_BUILD to a build directory, or run ./run-tests.sh e2e"
        stage = os.path.join(directory, "stage")
        run(["make", "-s", "-C", build, "install", f"DESTDIR={stage}"], timeout=600)
        return cls(stage)


def give_to_worker(path):
    """Let httpd's children read a file that a test wrote."""
    own(path, "www-data")
