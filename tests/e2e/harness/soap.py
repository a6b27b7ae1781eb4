"""Messages as the clients write them, and a strict reader of what comes back.

Windows sends one line without a declaration and binds the prefix "a" again where it needs it; both are kept here,
because a server that looks at prefixes would pass every tidier test."""

import base64
import uuid
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://www.w3.org/2005/08/addressing"
XCEP = "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"
TRUST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
WSTEP = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"
SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
TOKEN_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
AUTHORIZATION = "http://schemas.xmlsoap.org/ws/2006/12/authorization"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
DISPATCHER = "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher"
XML = "http://www.w3.org/XML/1998/namespace"

GET_POLICIES = XCEP + "/IPolicy/GetPolicies"
GET_POLICIES_RESPONSE = XCEP + "/IPolicy/GetPoliciesResponse"
RST = WSTEP + "/RST/wstep"
RSTRC = WSTEP + "/RSTRC/wstep"
DETAIL_FAULT = WSTEP + "/RequestSecurityTokenCertificateEnrollmentWSDetailFault"
ISSUE = TRUST + "/Issue"
QUERY_TOKEN_STATUS = WSTEP + "/QueryTokenStatus"
X509V3 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
PKCS10 = WSTEP + "#PKCS10"
PKCS7 = SECURITY + "#PKCS7"
BASE64 = SECURITY + "#base64binary"
ANONYMOUS = ADDRESSING + "/anonymous"

CONTENT_TYPE = "application/soap+xml; charset=utf-8"


def message_id():
    return f"urn:uuid:{uuid.uuid4()}"


# --- headers ------------------------------------------------------------------------------------------------------


def username_token(user, password, *, kind=TOKEN_PROFILE + "#PasswordText", timestamp=None, extra=""):
    """The o:Security header of the Windows user-name binding. |timestamp| is (Created, Expires)."""
    created, expires = timestamp or ("2026-01-01T12:00:00.000Z", "2026-01-01T12:05:00.000Z")
    type_ = f" Type={quoteattr(kind)}" if kind else ""
    return (f'<o:Security s:mustUnderstand="1" xmlns:o="{SECURITY}">'
            f'<u:Timestamp u:Id="_0" xmlns:u="{UTILITY}"><u:Created>{created}</u:Created>'
            f"<u:Expires>{expires}</u:Expires></u:Timestamp>"
            f'<o:UsernameToken u:Id="uuid-{uuid.uuid4()}-1" xmlns:u="{UTILITY}">'
            f"<o:Username>{escape(user)}</o:Username>"
            f"<o:Password{type_}>{escape(password)}</o:Password>{extra}</o:UsernameToken></o:Security>")


def cepces_token(user, password):
    """The same as openSUSE's cepces writes it: a namespace-qualified Type, an empty Id, a nonce, local time as Z."""
    return (f'<o:Security s:mustUnderstand="1" xmlns:o="{SECURITY}"><o:UsernameToken wsu:Id="" xmlns:wsu="{UTILITY}">'
            f'<o:Username>{escape(user)}</o:Username><o:Password o:Type="{TOKEN_PROFILE}#PasswordText">'
            f"{escape(password)}</o:Password><o:Nonce>MTIzNDU2Nzg5MDEyMzQ1Ng==</o:Nonce>"
            f"<wsu:Created>2031-06-01T03:00:00Z</wsu:Created></o:UsernameToken></o:Security>")


def envelope(action, body, *, to="https://ca.example.test/service.svc", security="", message=None, headers="",
             version=ENVELOPE):
    """The one-line envelope. |action| or |message| as "" leaves the header out."""
    mid = message_id() if message is None else message
    parts = [f'<s:Envelope xmlns:a="{ADDRESSING}" xmlns:s="{version}"><s:Header>']
    if action:
        parts.append(f'<a:Action s:mustUnderstand="1">{escape(action)}</a:Action>')
    if mid:
        parts.append(f"<a:MessageID>{escape(mid)}</a:MessageID>")
    if to:
        parts.append(f'<a:To s:mustUnderstand="1">{escape(to)}</a:To>')
    parts += [security, headers, "</s:Header><s:Body>", body, "</s:Body></s:Envelope>"]
    return "".join(parts).encode()


# --- bodies -------------------------------------------------------------------------------------------------------


def nil(name):
    """A nil element with the prefix that WWSAPI gives the XSI namespace."""
    return f'<{name} a:nil="true" xmlns:a="{XSI}"/>'


def element(name, value):
    return nil(name) if value is None else f"<{name}>{escape(str(value))}</{name}>"


def client_element(last_update=None, language="en-US"):
    return f"<client>{element('lastUpdate', last_update)}{element('preferredLanguage', language)}</client>"


def filter_element(oids=None, client_version=6, server_version=0):
    listed = (nil("policyOIDs") if oids is None
              else "<policyOIDs>" + "".join(f"<oid>{o}</oid>" for o in oids) + "</policyOIDs>")
    return (f"<requestFilter>{listed}{element('clientVersion', client_version)}"
            f"{element('serverVersion', server_version)}</requestFilter>")


def get_policies(client=None, request_filter=None):
    client = client_element() if client is None else client
    request_filter = filter_element() if request_filter is None else request_filter
    return f'<GetPolicies xmlns="{XCEP}">{client}{request_filter}</GetPolicies>'


def wrap_base64(data):
    """Base64 in lines that end with a carriage return, written as Windows writes it."""
    text = base64.b64encode(data).decode()
    return "&#xD;\n".join(text[i:i + 76] for i in range(0, len(text), 76)) + "&#xD;\n"


def binary_security_token(data, value_type=PKCS10, encoding=BASE64, text=None):
    enc = f" EncodingType={quoteattr(encoding)}" if encoding else ""
    return (f'<BinarySecurityToken ValueType={quoteattr(value_type)}{enc} a:Id="" xmlns:a="{UTILITY}" '
            f'xmlns="{SECURITY}">{wrap_base64(data) if text is None else text}</BinarySecurityToken>')


def context_items(**items):
    if not items:
        return ""
    listed = "".join(f"<ContextItem Name={quoteattr(k)}><Value>{escape(v)}</Value></ContextItem>"
                     for k, v in items.items())
    return f'<AdditionalContext xmlns="{AUTHORIZATION}">{listed}</AdditionalContext>'


def rst(token, *, request_type=ISSUE, token_type=X509V3, items=None, request_id=""):
    """RequestSecurityToken around an already written |token|. None leaves request or token type out."""
    parts = [f'<RequestSecurityToken PreferredLanguage="en-US" xmlns="{TRUST}">']
    if token_type is not None:
        parts.append(f"<TokenType>{escape(token_type)}</TokenType>")
    if request_type is not None:
        parts.append(f"<RequestType>{escape(request_type)}</RequestType>")
    parts += [token, context_items(**({"ccm": "host1.example.test"} if items is None else items)), request_id,
              "</RequestSecurityToken>"]
    return "".join(parts)


# --- replies ------------------------------------------------------------------------------------------------------


def q(namespace, name):
    return f"{{{namespace}}}{name}"


def local(node):
    return etree.QName(node).localname


def parse(body):
    """A reply's document; nothing in a reply needs a DTD or a network."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    return etree.fromstring(body, parser)


@dataclass
class Fault:
    """A SOAP 1.2 fault, with the enrolment detail when there is one."""
    code: str               # local name, the namespace being SOAP's
    subcode: str            # local name, or None
    subcode_namespace: str  # or None
    reason: str
    action: str
    relates_to: str
    error_code: int         # HRESULT as an unsigned number, or None
    invalid_request: str    # "true", "false" or None
    request_id: str         # or None
    binary_response: bytes  # or None
    has_detail: bool


@dataclass
class Message:
    """The envelope of a reply."""
    root: object
    action: str
    relates_to: str
    body: object            # the only child of Body

    @property
    def fault(self):
        return read_fault(self) if self.body.tag == q(ENVELOPE, "Fault") else None


def read(body):
    """The envelope, read as WWSAPI reads it: SOAP 1.2, one Action, one body element."""
    root = parse(body)
    assert root.tag == q(ENVELOPE, "Envelope"), root.tag
    header, soap_body = root
    assert header.tag == q(ENVELOPE, "Header") and soap_body.tag == q(ENVELOPE, "Body")
    actions = header.findall(q(ADDRESSING, "Action"))
    related = header.findall(q(ADDRESSING, "RelatesTo"))
    assert len(actions) == 1 and len(related) <= 1 and len(soap_body) == 1
    assert actions[0].get(q(ENVELOPE, "mustUnderstand")) == "1"
    for block in header:
        must = block.get(q(ENVELOPE, "mustUnderstand"))
        assert must is None or block.tag == q(ADDRESSING, "Action"), f"the client must not know {block.tag}"
    return Message(root, actions[0].text, related[0].text if related else None, soap_body[0])


def _resolve(node):
    """The QName in the text of a Value, as (namespace, local name)."""
    prefix, _, name = node.text.strip().rpartition(":")
    return node.nsmap[prefix or None], name


def read_fault(message):
    fault = message.body
    names = [local(c) for c in fault]
    assert names[:2] == ["Code", "Reason"], names
    code = fault.find(q(ENVELOPE, "Code"))
    namespace, code_name = _resolve(code.find(q(ENVELOPE, "Value")))
    assert namespace == ENVELOPE
    sub = code.find(f"{q(ENVELOPE, 'Subcode')}/{q(ENVELOPE, 'Value')}")
    sub_namespace, sub_name = _resolve(sub) if sub is not None else (None, None)
    text = fault.find(f"{q(ENVELOPE, 'Reason')}/{q(ENVELOPE, 'Text')}")
    assert text.get(q(XML, "lang")) and text.text
    detail = fault.find(f"{q(ENVELOPE, 'Detail')}/{q(WSTEP, 'CertificateEnrollmentWSDetail')}")
    values = _detail(detail) if detail is not None else {}
    number = values.get("ErrorCode")
    response = values.get("BinaryResponse")
    return Fault(code=code_name, subcode=sub_name, subcode_namespace=sub_namespace, reason=text.text,
                 action=message.action, relates_to=message.relates_to,
                 error_code=None if number is None else int(number) & 0xFFFFFFFF,
                 invalid_request=values.get("InvalidRequest"), request_id=values.get("RequestID"),
                 binary_response=base64.b64decode(response) if response else None, has_detail=detail is not None)


def _detail(detail):
    """The children in the order of the schema, each present; a nil one reads as None."""
    names = [local(c) for c in detail]
    assert names == ["BinaryResponse", "ErrorCode", "InvalidRequest", "RequestID"], names
    values = {}
    for child in detail:
        is_nil = child.get(q(XSI, "nil")) in ("true", "1")
        assert not (is_nil and child.text), "a nil element with content"
        values[local(child)] = None if is_nil else child.text
    if values["ErrorCode"] is not None:
        assert -2**31 <= int(values["ErrorCode"]) < 2**31, "ErrorCode is a signed 32-bit number"
    return values
