"""Another machine on the same network: a network namespace with an address of its own, a cable to this one, and a hosts
file that knows one name. It lasts as long as the process that holds it."""

import os
import subprocess

from .process import environment, is_root, run, stop


class Elsewhere:
    """With root, commands run in a second network namespace. Without it they run here: the same commands, less proof."""

    def __init__(self, directory, name):
        number = os.getpid() % 250 + 1
        self.name = name
        self.here, self.there = f"10.213.{number}.1", f"10.213.{number}.2"
        self.near, self.far = f"cep{number}a", f"cep{number}b"
        self.hosts = os.path.join(directory, "hosts")
        self.holder = None

    def open(self):
        if not is_root():
            return self
        with open(self.hosts, "w", encoding="ascii") as f:
            f.write(f"127.0.0.1 localhost\n{self.here} {self.name}\n")
        self.holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c",
             f"mount --bind '{self.hosts}' /etc/hosts && ip link set lo up && echo ready && exec sleep infinity"],
            stdout=subprocess.PIPE, text=True, env=environment())
        assert self.holder.stdout.readline() == "ready\n", "no second network namespace"
        run(["ip", "link", "add", self.near, "type", "veth", "peer", "name", self.far])
        run(["ip", "link", "set", self.far, "netns", str(self.holder.pid)])
        run(["ip", "address", "add", f"{self.here}/24", "dev", self.near])
        run(["ip", "link", "set", self.near, "up"])
        self.run(["ip", "address", "add", f"{self.there}/24", "dev", self.far])
        self.run(["ip", "link", "set", self.far, "up"])
        return self

    def run(self, command, **how):
        inside = ["nsenter", "--target", str(self.holder.pid), "--net", "--mount", "--"] if self.holder else []
        return run([*inside, *command], **how)

    def close(self):
        if self.holder:
            stop(self.holder)
