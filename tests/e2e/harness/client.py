"""A CEP and CES client over http.client, with every byte of the request under the test's control."""

import base64
import http.client
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from . import soap


@dataclass
class Reply:
    status: int
    headers: object  # http.client.HTTPMessage
    body: bytes

    @property
    def content_type(self):
        return self.headers.get("Content-Type")

    @property
    def message(self):
        assert self.content_type == soap.CONTENT_TYPE, f"{self.status} {self.content_type} {self.body[:300]}"
        return soap.read(self.body)

    @property
    def fault(self):
        fault = self.message.fault
        assert fault is not None, self.body[:2000]
        return fault


@dataclass
class Issued:
    """A RequestSecurityTokenResponse of an issued certificate."""
    certificate: bytes  # DER
    cmc: bytes
    disposition: str
    request_id: int
    relates_to: str


class Client:
    """Speaks to one server as one user."""

    def __init__(self, url, root_pem, user=None, password=None):
        parts = urlsplit(url)
        self.scheme, self.host, self.port = parts.scheme, parts.hostname, parts.port
        self.user, self.password = user, password
        self.tls = None
        if self.scheme == "https":
            self.tls = ssl.create_default_context(cafile=root_pem)
        self._kept = None

    def as_user(self, user, password):
        other = object.__new__(Client)
        other.__dict__.update(self.__dict__, user=user, password=password, _kept=None)
        return other

    def connection(self):
        if self.scheme == "https":
            return http.client.HTTPSConnection(self.host, self.port, context=self.tls, timeout=60)
        return http.client.HTTPConnection(self.host, self.port, timeout=60)

    def send(self, path, body=b"", *, method="POST", content_type=soap.CONTENT_TYPE, headers=(), chunked=False,
             keep=False):
        """One exchange. |keep| uses a connection that stays open."""
        connection = self._keep() if keep else self.connection()
        try:
            named = {"User-Agent": "MS-WebServices/1.0", **dict(headers)}
            if content_type:
                named["Content-Type"] = content_type
            if chunked:
                pieces = (body[i:i + 1000] for i in range(0, len(body), 1000))
                connection.request(method, path, pieces, {**named, "Transfer-Encoding": "chunked"}, encode_chunked=True)
            else:
                connection.request(method, path, body if method not in ("GET", "HEAD") else None, named)
            response = connection.getresponse()
            reply = Reply(response.status, response.headers, response.read())
        except Exception:
            self._kept = None
            raise
        finally:
            if not keep:
                connection.close()
        if keep and response.will_close:
            self._kept = None
        return reply

    def _keep(self):
        if self._kept is None:
            self._kept = self.connection()
        return self._kept

    def security(self):
        return soap.username_token(self.user, self.password) if self.user is not None else ""

    # --- CEP ---

    def policies_reply(self, path, client=None, request_filter=None, **how):
        """The raw reply to GetPolicies."""
        body = soap.get_policies(client, request_filter)
        message = how.pop("message", None)
        return self.send(path, soap.envelope(soap.GET_POLICIES, body, security=self.security(), message=message), **how)

    # --- CES ---

    def enroll_reply(self, path, token, *, value_type=soap.PKCS10, items=None, message=None, **how):
        """The raw reply to an Issue with |token| as its bytes."""
        body = soap.rst(soap.binary_security_token(token, value_type), items=items)
        return self.send(path, soap.envelope(soap.RST, body, security=self.security(), message=message), **how)

    def enroll(self, path, token, **how):
        """The issued certificate; anything else fails with what the server said."""
        message = how.pop("message", None) or soap.message_id()
        reply = self.enroll_reply(path, token, message=message, **how)
        assert reply.status == 200, f"{reply.status}: {reply.body.decode(errors='replace')}"
        issued = read_issued(reply.message)
        assert issued.relates_to == message
        return issued


def read_issued(message):
    """RequestSecurityTokenResponseCollection of an issued certificate, its children in the order Windows needs."""
    trust, wstep, security = soap.TRUST, soap.WSTEP, soap.SECURITY
    assert message.action == soap.RSTRC
    collection = message.body
    assert collection.tag == soap.q(trust, "RequestSecurityTokenResponseCollection")
    assert len(collection) == 1 and collection[0].tag == soap.q(trust, "RequestSecurityTokenResponse")
    response = collection[0]
    assert [c.tag for c in response] == [
        soap.q(trust, "TokenType"), soap.q(wstep, "DispositionMessage"), soap.q(security, "BinarySecurityToken"),
        soap.q(trust, "RequestedSecurityToken"), soap.q(wstep, "RequestID")], [soap.local(c) for c in response]
    token_type, disposition, cmc_token, requested, request_id = response
    assert token_type.text == soap.X509V3
    assert disposition.get(soap.q(soap.XML, "lang")) == "en-US" and disposition.text
    assert cmc_token.get("ValueType") == soap.PKCS7 and cmc_token.get("EncodingType") == soap.BASE64
    assert len(requested) == 1 and requested[0].tag == soap.q(security, "BinarySecurityToken")
    assert requested[0].get("ValueType") == soap.X509V3 and requested[0].get("EncodingType") == soap.BASE64
    assert 1 <= int(request_id.text) < 2**31
    return Issued(certificate=base64.b64decode(requested[0].text), cmc=base64.b64decode(cmc_token.text),
                  disposition=disposition.text, request_id=int(request_id.text), relates_to=message.relates_to)
