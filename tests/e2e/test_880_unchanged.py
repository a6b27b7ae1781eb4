"""What a client is told that asks whether its copy of the policies is still good."""

from datetime import datetime, timedelta, timezone

import pytest
from harness import soap
from test_200_policies import policies


@pytest.mark.parametrize("seconds, unchanged", [(-5, None), (0, None), (0.5, None), (60, True)])
def test_a_copy_from_the_moment_of_a_change_may_be_of_the_state_before_it(site, seconds, unchanged):
    """A change takes up to a second until every process serves it: a copy from that second proves nothing."""
    site.ctl("policy", "set", "contoso", "--hours", "2")
    site.ctl("policy", "set", "contoso", "--hours", "1")
    site.settle()
    micros = int(site.value("SELECT (extract(epoch FROM max(changed_at)) * 1000000)::bigint"
                            " FROM cepces.change_counter WHERE topic IN ('catalogue', 'accounts')"))
    moment = datetime.fromtimestamp(micros / 1e6, timezone.utc) + timedelta(seconds=seconds)
    client = soap.client_element(moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    assert policies(site.client(), client=client).response.policiesNotChanged is unchanged
