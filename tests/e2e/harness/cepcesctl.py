"""The command-line tool, called as an administrator calls it."""

import json
import os
import subprocess

from .process import run


class Cepcesctl:
    def __init__(self, install, config):
        self.install = install
        self.config = config

    @classmethod
    def configure(cls, install, directory, database, key_directory, passphrase_file=None):
        path = os.path.join(directory, "cepcesctl.yaml")
        with open(path, "w", encoding="utf-8") as f:
            f.write(f'database: "{database}"\nkey_directory: "{key_directory}"\n')
            if passphrase_file:
                f.write(f'passphrase_file: "{passphrase_file}"\n')
        return cls(install, path)

    def command(self, *args):
        return [self.install.cepcesctl, "--config", self.config, *args]

    def env(self):
        return self.install.environment()

    def __call__(self, *args, stdin=None):
        """What the command printed; it must succeed."""
        return run(self.command(*args), env=self.env(), stdin=stdin).stdout

    def json(self, *args):
        return json.loads(run(self.command("--json", *args), env=self.env()).stdout)

    def attempt(self, *args, stdin=None):
        """The CompletedProcess, whatever its outcome."""
        return run(self.command(*args), env=self.env(), check=False, stdin=stdin)

    def refuse(self, *args, status=1, stdin=None):
        """What the command says on stderr when it refuses; it must refuse with |status|."""
        done = self.attempt(*args, stdin=stdin)
        assert done.returncode == status, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert done.stderr.strip(), f"{args} was refused without a word"
        return done.stderr

    def spawn(self, *args, **kw):
        return subprocess.Popen(self.command(*args), env=self.env(), **kw)
