"""What an outage of the database leaves behind."""

import time

from test_500_operation import UNAVAILABLE, ready


def test_one_outage_is_one_line_of_each_child(own_site, allow_log):
    """Attempts are made all the time; what they fail with is told once."""
    for text in UNAVAILABLE:
        allow_log(text)
    ready(own_site.start())
    own_site.postgres.stop()
    time.sleep(6)
    lines = own_site.httpd.log.find("CEP0112", since=0)
    for pid in own_site.httpd.child_pids():
        mine = [line for line in lines if f"[pid {pid}:" in line]
        assert 1 <= len(mine) <= 2, mine  # the connection that broke may be the first, the one that is refused the second
        assert all("\\n" not in line and "\\x0a" not in line for line in mine)
    own_site.postgres.start()
    ready(own_site)
