"""What an attacker or a broken network does: mutated messages, short and slow bodies, many useless requests. The server
answers, forgets, and does not grow."""

import os
import random
import socket
import ssl

import pytest
from harness import cmc, keys, pkcs10, soap
from harness.process import wait_for
from harness.site import CEP, CES
from test_300_issue import HOST, web_names
from test_310_refusals import assert_nothing_leaks, simple

FULL = CES + "/CES"


def mutations(data, count, seed):
    """Copies of |data| with a few bytes changed, cut, doubled or inserted; the same ones in every run."""
    chance = random.Random(seed)
    for _ in range(count):
        changed = bytearray(data)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(changed))
            kind = chance.randrange(5)
            if kind == 0:
                changed[at] ^= 1 << chance.randrange(8)
            elif kind == 1:
                changed[at] = chance.randrange(256)
            elif kind == 2:
                del changed[at:at + chance.randint(1, 8)]
            elif kind == 3:
                changed[at:at] = changed[at:at + chance.randint(1, 16)]
            else:
                changed[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 8)))
        yield bytes(changed)


@pytest.mark.parametrize("kind", ["pkcs10", "cmc"])
def test_mutated_requests_are_refused_or_prove_possession(site, kind):
    """Whatever a mutation does, a certificate is only ever issued for a request that is whole."""
    key = keys.ecc()
    good = pkcs10.request(key, pkcs10.template_name("WebECC"), **web_names(HOST))
    good = good if kind == "pkcs10" else cmc.full_request(key, good)
    children = site.httpd.child_pids()
    client = site.client()
    for number, raw in enumerate(mutations(good, 250, kind)):
        reply = client.enroll_reply(FULL, raw)
        assert reply.status == 500, f"mutation {number} gave {reply.status}: {raw.hex()}"
        assert reply.fault.has_detail and reply.fault.invalid_request == "true", f"mutation {number}: {reply.fault}"
        assert_nothing_leaks(reply)
    assert site.httpd.child_pids() == children


@pytest.mark.parametrize("path,action,body", [
    (CEP, soap.GET_POLICIES, soap.get_policies), (FULL, soap.RST, lambda: soap.rst(soap.binary_security_token(simple())))])
def test_mutated_messages_get_an_answer(site, path, action, body):
    client = site.client()
    good = soap.envelope(action, body(), security=client.security())
    children = site.httpd.child_pids()
    for number, message in enumerate(mutations(good, 250, path)):
        reply = client.send(path, message)
        assert reply.status in (200, 500), f"mutation {number} gave {reply.status}"
        reply.message  # well formed, whatever it says
        assert_nothing_leaks(reply)
    assert site.httpd.child_pids() == children


def raw_connection(site):
    plain = socket.create_connection(("localhost", site.httpd.tls_port), 10)
    return ssl.create_default_context(cafile=site.root_pem).wrap_socket(plain, server_hostname="localhost")


def exchange(site, data):
    """Send exactly these bytes and read what comes until the end."""
    with raw_connection(site) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


HEAD = f"POST {FULL} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {soap.CONTENT_TYPE}\r\nConnection: close\r\n"


@pytest.mark.parametrize("rest,status", [
    ("Content-Length: 5\r\n\r\n<x/>\n", b" 500 "),
    ("Transfer-Encoding: chunked\r\n\r\nzz\r\n<x/>\r\n0\r\n\r\n", b" 400 "),
    ("Content-Length: -1\r\n\r\n", b" 400 "),
    ("Content-Length: 5\r\nContent-Length: 6\r\n\r\n<x/>\n", b" 400 "),
    ("Transfer-Encoding: gzip\r\n\r\n<x/>", b" 400 "),
    ("Content-Length: 99999999999999999999\r\n\r\n", None)])
def test_broken_lengths(site, rest, status):
    reply = exchange(site, (HEAD + rest).encode())
    line = reply.split(b"\r\n")[0]
    assert (status in line) if status else (b" 400 " in line or b" 413 " in line), line


def test_body_that_ends_early_stores_nothing(site):
    highest = site.value("SELECT coalesce(max(id), 0) FROM cepces.request")
    client = site.client()
    message = soap.envelope(soap.RST, soap.rst(soap.binary_security_token(simple())), security=client.security())
    with raw_connection(site) as connection:
        connection.sendall((HEAD + f"Content-Length: {len(message) + 100}\r\n\r\n").encode() + message)
    assert site.value("SELECT coalesce(max(id), 0) FROM cepces.request") == highest
    assert client.enroll_reply(FULL, simple()).status == 200


def test_http_1_0_is_refused(site):
    reply = exchange(site, f"POST {FULL} HTTP/1.0\r\nHost: localhost\r\nContent-Type: {soap.CONTENT_TYPE}\r\n"
                           "Content-Length: 4\r\n\r\n<x/>".encode())
    assert b" 505 " in reply.split(b"\r\n")[0]


def resident(server):
    """Kilobytes of memory that the children hold."""
    total = 0
    for pid in server.child_pids():
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as f:
            total += sum(int(line.split()[1]) for line in f if line.startswith("Private_"))
    return total


def test_memory_does_not_grow_with_requests(own_site):
    """Good and bad ones; nothing of a request outlives it (L30)."""
    own_site.start()
    client = own_site.client()
    wait_for(lambda: client.policies_reply(CEP).status == 200, "the service")
    good, bad, broken = simple(), simple(keys.ecc("p384")), b"\x30\x03\x02\x01"

    def round_of(count):
        for _ in range(count):
            client.enroll_reply(FULL, good, keep=True)
            client.policies_reply(CEP, keep=True)
            client.enroll_reply(FULL, bad)
            client.enroll_reply(FULL, broken)

    round_of(150)
    before = resident(own_site.httpd)
    round_of(300)
    grown = resident(own_site.httpd) - before
    # A sanitizer keeps freed memory back to catch its use.
    limit = 4096 if "CEPCES_PRELOAD" not in os.environ else 1024 * 1024
    assert grown < limit, f"the children grew by {grown} kB in 1,200 requests"
