"""Starting and stopping what belongs to a test: always by the process object, never by name."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# These change what Python's and curl's TLS trusts, behind the back of a test that names its own root.
SCRUBBED = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy",
            "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")


def environment(**extra):
    """The environment for a child: ours without what would change its behaviour."""
    env = {k: v for k, v in os.environ.items() if k not in SCRUBBED and not k.startswith("PG")}
    env.update({"LC_ALL": "C.UTF-8", "TZ": "UTC", "no_proxy": "*"})
    env.update(extra)
    return env


def is_root():
    return os.geteuid() == 0


def work_directory(prefix="cepces-e2e-"):
    """A directory that the database's and the web server's user may pass through, unlike pytest's own."""
    path = tempfile.mkdtemp(prefix=prefix)
    os.chmod(path, 0o755)
    return path


def own(path, user):
    """Give a path to a system user; without root everything is ours already."""
    if is_root():
        entry = pwd.getpwnam(user)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def as_user(user, command):
    """The command line that runs |command| as |user| when we are root, and as ourselves otherwise."""
    return ["runuser", "-u", user, "--", *command] if is_root() else list(command)


def run(command, *, check=True, timeout=120, text=True, stdin=None, env=None, **kw):
    """Run to the end; a failure shows what the command said."""
    done = subprocess.run(command, capture_output=True, text=text, timeout=timeout, input=stdin,
                          env=env or environment(), check=False, **kw)
    if check and done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


def free_ports(count):
    """Ports of the loopback interface that nobody listens on, all different."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def wait_for(condition, what, seconds=10.0, pause=0.05):
    """Call |condition| until it returns something true, which is returned; |what| is for the failure."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(pause)


def stop(process, sig=signal.SIGTERM, seconds=20):
    """End a child that we started and collect it; returns its exit status."""
    if process.poll() is None:
        process.send_signal(sig)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(seconds)
            raise AssertionError(f"process {process.args[0]} did not stop in {seconds} s") from None
    return process.returncode


def remove(path):
    if os.environ.get("CEPCES_KEEP"):
        print(f"kept: {path}")
    else:
        shutil.rmtree(path, ignore_errors=True)
