"""The error log after each test: a warning that no test declared is a failure, and so is a child that died."""

import glob
import os
import re

LINE = re.compile(r"^\[[^]]+\] \[(?P<module>[\w.]*):(?P<level>\w+)\] (?P<rest>.*)$")
LOUD = {"emerg", "alert", "crit", "error", "warn"}
DEATH = re.compile(r"exit signal|segmentation fault|AddressSanitizer|runtime error:", re.I)


class ErrorLog:
    """A cursor into one httpd's error log."""

    def __init__(self, path):
        self.path = path
        self.offset = 0

    def lines(self, since=None):
        """The complete lines since |since| (the last mark when None)."""
        try:
            with open(self.path, "rb") as log:
                log.seek(self.offset if since is None else since)
                data = log.read()
        except FileNotFoundError:
            return []
        return data.decode("utf-8", "replace").splitlines()

    def size(self):
        try:
            with open(self.path, "rb") as log:
                return log.seek(0, 2)
        except FileNotFoundError:
            return 0

    def mark(self):
        self.offset = self.size()
        return self.offset

    def problems(self, allowed):
        """What this test must not have caused: loud lines without one of the |allowed| texts, deaths, and reports of
        a sanitizer."""
        bad = sorted(glob.glob(os.path.join(os.path.dirname(self.path), "sanitizer.*")))
        for line in self.lines():
            found = LINE.match(line)
            if DEATH.search(line):
                bad.append(line)
            elif found is None:
                bad.append(f"not a log line: {line}")
            elif found["level"] in LOUD and not any(text in line for text in allowed):
                bad.append(line)
        return bad

    def find(self, *texts, since=None):
        """Lines that hold every one of |texts|."""
        return [line for line in self.lines(since) if all(t in line for t in texts)]


class Watch:
    """The servers that are up, and those that a test started and stopped: all of them must have kept quiet."""

    def __init__(self):
        self.servers = []
        self._stopped = []

    def add(self, server):
        self.servers.append(server)

    def remove(self, server):
        self.servers.remove(server)
        self._stopped.append(server)

    def begin(self):
        self._stopped = []
        for server in self.servers:
            server.log.mark()

    def problems(self, allowed):
        return [f"{server.root}: {line}" for server in [*self.servers, *self._stopped]
                for line in server.log.problems(allowed)]
