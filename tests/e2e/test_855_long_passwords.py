"""Passwords that bcrypt would cut: ours never match, those of httpd's other providers may."""

import base64
import hashlib
import os

from conftest import WATCH
from harness.process import wait_for
from harness.site import CEP, Site, endpoint, give_to_worker
from test_100_authentication import ask, authentication_failed

LONG = "x" * 100


def test_a_long_password_is_left_to_the_provider_that_knows_the_name(work, install, postgres):
    path = os.path.join(work, "long-passwords")
    digest = base64.b64encode(hashlib.sha1(LONG.encode()).digest()).decode()
    with open(path, "w", encoding="ascii") as f:
        f.write(f"carol:{{SHA}}{digest}\nalice:{{SHA}}{digest}\n")
    give_to_worker(path)
    extra = endpoint("/file_CEP/service.svc", "cepces-policy", f"CepcesPolicy contoso\n    AuthUserFile {path}",
                     provider="cepces file")
    made = Site(os.path.join(work, "long"), install, postgres, "long", WATCH, extra_tls=extra)
    made.create(["WebECC"])
    made.add_account("alice", password=LONG[:72])
    made.start()
    try:
        wait_for(lambda: ask(made.client(), CEP).status == 200, "the service")
        for path in (CEP, "/file_CEP/service.svc"):
            authentication_failed(ask(made.client().as_user("alice", LONG), path))
        assert ask(made.client().as_user("carol", LONG), "/file_CEP/service.svc").status == 200
        authentication_failed(ask(made.client().as_user("carol", LONG + "x"), "/file_CEP/service.svc"))
    finally:
        made.close()
