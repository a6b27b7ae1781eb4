#!/usr/bin/python3
"""Makes the vectors of the wire rooms: soap/, xcep/ and wstep/ beside this script.

ROOM/valid/WHAT.xml           a message that is understood
ROOM/invalid/STATUS/WHAT.xml  one that is refused with that row of status.def
ROOM/golden/WHAT.xml          exactly what an encoder has to write

Messages of xcep and wstep are whole envelopes. Nothing here is derived from the library's code; the shapes are those of
[MS-XCEP], [MS-WSTEP] and of the clients named in the file names. Run it again after a change; it only needs Python.
"""

import base64
import pathlib
import shutil
from xml.sax.saxutils import escape

HERE = pathlib.Path(__file__).resolve().parent

S = "http://www.w3.org/2003/05/soap-envelope"
S11 = "http://schemas.xmlsoap.org/soap/envelope/"
A = "http://www.w3.org/2005/08/addressing"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XCEP = "http://schemas.microsoft.com/windows/pki/2009/01/enrollmentpolicy"
WSTEP = "http://schemas.microsoft.com/windows/pki/2009/01/enrollment"
WST = "http://docs.oasis-open.org/ws-sx/ws-trust/200512"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
O = WSS + "wssecurity-secext-1.0.xsd"
U = WSS + "wssecurity-utility-1.0.xsd"
AUTH = "http://schemas.xmlsoap.org/ws/2006/12/authorization"
PASSWORD = WSS + "username-token-profile-1.0#Password"
X509V3 = WSS + "x509-token-profile-1.0#X509v3"
BASE64 = O + "#base64binary"

GET_POLICIES = XCEP + "/IPolicy/GetPolicies"
RST = WSTEP + "/RST/wstep"
RST_KET = WST + "/RST/KET"

ACTION = f'<a:Action s:mustUnderstand="1">{GET_POLICIES}</a:Action>'
ID = "<a:MessageID>urn:uuid:0c1d5a3e-8d0c-4d5b-9e0e-2b6f0c3f6a11</a:MessageID>"
TO = '<a:To s:mustUnderstand="1">https://ca.example.test/ADPolicyProvider_CEP_Kerberos/service.svc/CEP</a:To>'
HEADERS = ACTION + ID + TO
BODY = '<x xmlns="urn:example"/>'


def put(path, content):
    target = HERE / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.encode() if isinstance(content, str) else content)


def envelope(header=HEADERS, body=BODY, attributes="", ns=S):
    head = "" if header is None else f"<s:Header>{header}</s:Header>"
    return (f'<s:Envelope xmlns:a="{A}" xmlns:s="{ns}"{attributes}>{head}'
            f"<s:Body>{body}</s:Body></s:Envelope>")


def security(content, attributes=""):
    return f'<o:Security s:mustUnderstand="1" xmlns:o="{O}" xmlns:u="{U}"{attributes}>{content}</o:Security>'


def token(user="EXAMPLE\\alice", password="secret", kind=f' Type="{PASSWORD}Text"', more=""):
    return (f'<o:UsernameToken u:Id="uuid-1"><o:Username>{user}</o:Username>'
            f"<o:Password{kind}>{password}</o:Password>{more}</o:UsernameToken>")


TIMESTAMP = ('<u:Timestamp u:Id="_0"><u:Created>2026-01-01T12:00:00.000Z</u:Created>'
             "<u:Expires>2026-01-01T12:05:00.000Z</u:Expires></u:Timestamp>")


def reply_to(name, address):
    return f"<a:{name}><a:Address>{address}</a:Address></a:{name}>"


# --- soap ---------------------------------------------------------------------------------------------------------

def soap_valid():
    yield "windows", envelope()
    yield "username-token", envelope(HEADERS + security(TIMESTAMP + token()))
    yield "microsoft-line-wrapped", envelope(
        f'\n<a:Action s:mustUnderstand="1">\n{GET_POLICIES}\n</a:Action>\n<a:MessageID>\n'
        "urn:uuid:0c1d5a3e-8d0c-4d5b-9e0e-2b6f0c3f6a11\n</a:MessageID>\n"
        + reply_to("ReplyTo", f"\n{A}/anonymous\n") + '<a:To s:mustUnderstand="1">\nhttps://ca/cep\n</a:To>'
        + security(TIMESTAMP + token("\nEXAMPLE\\alice\n", "secret", "")))
    yield "opensuse-cepces", envelope(HEADERS + security(TIMESTAMP + token(
        kind=f' o:Type="{PASSWORD}Text"',
        more=f'<o:Nonce o:EncodingType="{WSS}soap-message-security-1.0#Base64Binary">QUJD</o:Nonce>'
             "<u:Created>2026-01-01T14:00:00Z</u:Created>")))
    yield "timestamp-without-token", envelope(HEADERS + security(TIMESTAMP))
    yield "password-with-markup", envelope(HEADERS + security(
        token(password=" s&lt;e&amp;c<![CDATA[<r>]]>&#xE9;t ")))
    yield "byte-order-mark-and-declaration", b"\xef\xbb\xbf" + (
        '<?xml version="1.0" encoding="utf-8"?>\r\n' + envelope()).encode()
    yield "comments", "<!-- <!DOCTYPE> ?> -->" + envelope("<!-- > -->" + HEADERS + "<!---->") + "<!-- end -->"
    yield "action-in-cdata", envelope(f"<a:Action><![CDATA[{GET_POLICIES}]]></a:Action>" + ID)
    yield "markup-in-attribute-values", envelope(body='<x xmlns="urn:example" a=\'>"/\' b="=\'>"/>')
    yield "duplicate-xml-id", envelope(body='<x><y xml:id="a"/><y xml:id="a"/></x>')
    yield "unknown-header", envelope(HEADERS + '<q:X xmlns:q="urn:q"/><q:Y xmlns:q="urn:q" s:mustUnderstand="0"/>')
    yield "must-understand-for-another-role", envelope(
        HEADERS + f'<q:X xmlns:q="urn:q" s:mustUnderstand="1" s:role="urn:other"/>'
        f'<q:X xmlns:q="urn:q" s:mustUnderstand="1" s:role="{S}/role/none"/>')
    yield "addressing-for-another-role", envelope(
        HEADERS + f'<a:Action s:role="urn:other">urn:x</a:Action>' + reply_to("ReplyTo", A + "/anonymous"))
    yield "no-message-id", envelope(ACTION + TO)
    yield "understood-addressing-headers", envelope(
        HEADERS + '<a:From s:mustUnderstand="1"><a:Address>urn:x</a:Address></a:From>'
        '<a:RelatesTo s:mustUnderstand="1">urn:y</a:RelatesTo>' + reply_to("FaultTo", A + "/anonymous"))
    yield "sixteen-headers", envelope(HEADERS + '<q:X xmlns:q="urn:q"/>' * 13)
    yield "longest-values", envelope(
        ACTION + f"<a:MessageID>{'m' * 512}</a:MessageID><a:To>{'t' * 2048}</a:To>"
        + security(token("u" * 256, "p" * 1024)))


def attributes(num):
    return "".join(f' a{i}=""' for i in range(num))


def soap_malformed():
    good = envelope()
    yield "empty", ""
    yield "white-space", " \n"
    yield "text", "GetPolicies"
    yield "html", "<!DOCTYPE html><html/>"
    yield "not-utf-8", good.replace("example", "ex\xe4mple").encode("latin-1")
    yield "utf-16", good.encode("utf-16")
    yield "utf-7-declared-and-ill-formed", '<?xml version="1.0" encoding="UTF-7"?>+ADw-a/>'
    yield "nul-byte", good.replace("urn:example", "urn:\0")
    yield "document-type", f"<!DOCTYPE s:Envelope>{good}"
    yield "document-type-in-lower-case", f"<!doctype x>{good}"
    yield "entity", '<!DOCTYPE x [<!ENTITY e "e">]>' + envelope(body="<x>&e;</x>")
    yield "undeclared-entity", envelope(body="<x>&e;</x>")
    yield "processing-instruction", f"<?php echo 1 ?>{good}"
    yield "processing-instruction-in-body", envelope(body="<x><?y?></x>")
    yield "second-declaration", f'<?xml version="1.0"?><?xml version="1.0"?>{good}'
    yield "declaration-after-white-space", f' <?xml version="1.0"?>{good}'
    yield "declaration-without-end", '<?xml version="1.0"'
    yield "declaration-of-attributes", "<!ATTLIST x y CDATA #IMPLIED>" + good
    yield "cdata-outside", "<![CDATA[x]]>" + good
    yield "comment-without-end", good + "<!-- "
    yield "two-hyphens-in-comment", good + "<!-- a -- b -->"
    yield "truncated", good[:-4]
    yield "truncated-in-tag", good[:40]
    yield "truncated-after-angle", good + "<"
    yield "not-balanced", good.replace("</s:Body>", "")
    yield "end-tag-first", "</s:Envelope>" + good
    yield "crossed-tags", good.replace("</s:Body></s:Envelope>", "</s:Envelope></s:Body>")
    yield "two-roots", good + good
    yield "text-after-root", good + "x"
    yield "undeclared-prefix", envelope(body="<q:x/>")
    yield "undeclared-attribute-prefix", envelope(body='<x q:a=""/>')
    yield "attribute-twice", envelope(body='<x a="1" a="2"/>')
    yield "attribute-twice-by-namespace", envelope(body='<x xmlns:p="urn:p" xmlns:q="urn:p" p:a="1" q:a="2"/>')
    yield "prefix-bound-to-nothing", envelope(body='<q:x xmlns:q=""/>')
    yield "angle-in-attribute", envelope(body='<x a="<"/>')
    yield "attribute-without-quotes", envelope(body="<x a=1/>")
    yield "attribute-without-end", envelope(body='<x a="1/>')
    yield "angle-in-tag", envelope(body="<x <y/>")
    yield "control-character", envelope(body="<x>\x01</x>")
    yield "control-character-reference", envelope(body="<x>&#1;</x>")
    yield "surrogate-reference", envelope(body="<x>&#xD800;</x>")
    yield "root-is-not-an-envelope", f'<s:Body xmlns:s="{S}"/>'
    yield "envelope-without-namespace", "<Envelope><Body><x/></Body></Envelope>"
    yield "no-body", f'<s:Envelope xmlns:s="{S}" xmlns:a="{A}"><s:Header>{HEADERS}</s:Header></s:Envelope>'
    yield "two-bodies", good.replace("</s:Envelope>", "<s:Body><x/></s:Body></s:Envelope>")
    yield "two-headers", good.replace("<s:Body>", "<s:Header/><s:Body>")
    yield "stray-child", good.replace("<s:Body>", "<s:Trailer/><s:Body>")
    yield "body-of-another-namespace", good.replace("s:Body>", "a:Body>")


def soap_limits():
    yield "levels", envelope(body="<x>" * 31 + "</x>" * 31)
    yield "elements", envelope(body="<x>" + "<y/>" * 2048 + "</x>")
    yield "attributes", envelope(body=f"<x{attributes(33)}/>")
    yield "namespaces", envelope(body="<x" + "".join(f' xmlns:n{i}="urn:{i}"' for i in range(33)) + "/>")
    yield "attributes-with-angles", envelope(body="<x a='>'" + attributes(32) + "/>")
    yield "element-name", envelope(body=f"<{'x' * 257}/>")
    yield "attribute-name", envelope(body=f'<x {"a" * 257}=""/>')
    yield "headers", envelope(HEADERS + '<q:X xmlns:q="urn:q"/>' * 14)
    yield "message-id", envelope(ACTION + f"<a:MessageID>{'m' * 513}</a:MessageID>")
    yield "to", envelope(ACTION + f"<a:To>{'t' * 2049}</a:To>")
    yield "action", envelope(f"<a:Action>{'a' * 2049}</a:Action>")
    yield "user-name", envelope(HEADERS + security(token("u" * 257)))
    yield "password", envelope(HEADERS + security(token(password="p" * 1025)))


def soap_invalid():
    for name, message in soap_malformed():
        yield "MALFORMED_MESSAGE", name, message
    for name, message in soap_limits():
        yield "MESSAGE_LIMIT", name, message

    yield "VERSION_MISMATCH", "soap-1.1", envelope(ns=S11)
    yield "VERSION_MISMATCH", "unknown-version", envelope(ns="urn:soap-2")

    unknown = '<q:X xmlns:q="urn:q" s:mustUnderstand="{}"{}/>'
    yield "NOT_UNDERSTOOD", "true", envelope(HEADERS + unknown.format("true", ""))
    yield "NOT_UNDERSTOOD", "one", envelope(HEADERS + unknown.format("1", ""))
    yield "NOT_UNDERSTOOD", "role-next", envelope(HEADERS + unknown.format("1", f' s:role="{S}/role/next"'))
    yield "NOT_UNDERSTOOD", "role-ultimate-receiver", envelope(
        HEADERS + unknown.format("1", f' s:role="{S}/role/ultimateReceiver"'))
    yield "NOT_UNDERSTOOD", "before-a-missing-action", envelope(ID + unknown.format("1", ""))
    yield "NOT_UNDERSTOOD", "old-addressing", envelope(
        HEADERS + '<w:Action xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing" s:mustUnderstand="1">x</w:Action>')

    yield "HEADER_REQUIRED", "no-header", envelope(None)
    yield "HEADER_REQUIRED", "no-action", envelope(ID + TO)
    yield "HEADER_REQUIRED", "action-of-another-namespace", envelope(ID + '<Action xmlns="urn:x">x</Action>')
    yield "HEADER_REQUIRED", "action-for-another-role", envelope(ID + '<a:Action s:role="urn:other">x</a:Action>')

    yield "HEADER_INVALID", "action-twice", envelope(HEADERS + ACTION)
    yield "HEADER_INVALID", "action-three-times", envelope(HEADERS + ACTION + ACTION)
    yield "HEADER_INVALID", "message-id-twice", envelope(HEADERS + ID)
    yield "HEADER_INVALID", "to-twice", envelope(HEADERS + TO)
    yield "HEADER_INVALID", "reply-to-twice", envelope(HEADERS + reply_to("ReplyTo", A + "/anonymous") * 2)
    yield "HEADER_INVALID", "fault-to-twice", envelope(HEADERS + reply_to("FaultTo", A + "/anonymous") * 2)
    yield "HEADER_INVALID", "action-empty", envelope(ID + "<a:Action> \n </a:Action>")
    yield "HEADER_INVALID", "message-id-empty", envelope(ACTION + "<a:MessageID/>")
    yield "HEADER_INVALID", "reply-to-without-address", envelope(HEADERS + "<a:ReplyTo/>")
    yield "HEADER_INVALID", "reply-to-with-two-addresses", envelope(
        HEADERS + f"<a:ReplyTo><a:Address>{A}/anonymous</a:Address><a:Address>urn:x</a:Address></a:ReplyTo>")

    yield "REPLY_ADDRESS", "reply-to", envelope(HEADERS + reply_to("ReplyTo", "https://evil.example/"))
    yield "REPLY_ADDRESS", "reply-to-none", envelope(HEADERS + reply_to("ReplyTo", A + "/none"))
    yield "REPLY_ADDRESS", "fault-to", envelope(HEADERS + reply_to("FaultTo", "https://evil.example/"))

    digest = f' Type="{PASSWORD}Digest"'
    user = "<o:Username>alice</o:Username>"
    password = "<o:Password>secret</o:Password>"
    for name, content in (
            ("digest", token(kind=digest)),
            ("digest-in-a-namespace", token(kind=digest.replace("Type", "o:Type"))),
            ("plain-and-digest", token(kind=f' Type="{PASSWORD}Text" o:Type="{PASSWORD}Digest"')),
            ("unknown-type", token(kind=' Type="urn:x"')),
            ("empty-type", token(kind=' Type=""')),
            ("two-tokens", token() + token("bob")),
            ("no-password", f"<o:UsernameToken>{user}</o:UsernameToken>"),
            ("no-user-name", f"<o:UsernameToken>{password}</o:UsernameToken>"),
            ("empty-token", "<o:UsernameToken/>"),
            ("user-name-of-another-namespace",
             f"<o:UsernameToken><u:Username>alice</u:Username>{password}</o:UsernameToken>"),
            ("empty-password", token(password="")),
            ("password-is-a-comment", token(password="<!--removed-->")),
            ("empty-user-name", token(user=" ")),
            ("two-passwords", token(more="<o:Password>other</o:Password>")),
            ("two-user-names", token(more="<o:Username>bob</o:Username>"))):
        yield "INVALID_SECURITY", name, envelope(HEADERS + security(content))
    yield "INVALID_SECURITY", "two-security-headers", envelope(HEADERS + security(token()) + security(TIMESTAMP))

    style = f' s:encodingStyle="{S}/encoding"'
    yield "MALFORMED_BODY", "empty-body", envelope(body="")
    yield "MALFORMED_BODY", "only-text", envelope(body="x<!-- -->")
    yield "MALFORMED_BODY", "two-children", envelope(body=BODY * 2)
    yield "MALFORMED_BODY", "encoding-style-of-envelope", envelope(attributes=style)
    yield "MALFORMED_BODY", "encoding-style-of-body", envelope().replace("<s:Body>", f"<s:Body{style}>")
    yield "MALFORMED_BODY", "encoding-style-of-child", envelope(body=f"<x{style}/>")


# --- xcep ---------------------------------------------------------------------------------------------------------

def get_policies(content, attributes=f' xmlns="{XCEP}" xmlns:i="{XSI}"'):
    return envelope(body=f"<GetPolicies{attributes}>{content}</GetPolicies>")


CLIENT = "<client><lastUpdate>2025-12-31T08:00:00Z</lastUpdate><preferredLanguage>en-US</preferredLanguage></client>"
NO_FILTER = '<requestFilter i:nil="true"/>'


def oids(num):
    return "<policyOIDs>" + "".join(f"<oid>1.3.6.1.4.1.32473.{i}</oid>" for i in range(num)) + "</policyOIDs>"


def filtered(content):
    return get_policies(CLIENT + f"<requestFilter>{content}</requestFilter>")


def xcep_valid():
    nil = f'a:nil="true" xmlns:a="{XSI}"'
    yield "windows", envelope(body=(
        f'<GetPolicies xmlns="{XCEP}"><client><lastUpdate {nil}/><preferredLanguage>en-US</preferredLanguage></client>'
        f"<requestFilter><policyOIDs {nil}/><clientVersion>6</clientVersion><serverVersion>0</serverVersion>"
        "</requestFilter></GetPolicies>"))
    yield "microsoft-year-one", get_policies(
        "<client>\n<lastUpdate>0001-01-01T00:00:00</lastUpdate>\n"
        '<preferredLanguage i:nil="true"></preferredLanguage>\n</client>\n<requestFilter i:nil="true"></requestFilter>')
    yield "opensuse-cepces", get_policies(
        '<client><lastUpdate i:nil="true"/><preferredLanguage i:nil="true"/></client><requestFilter>'
        '<policyOIDs i:nil="true"/><clientVersion>0</clientVersion><serverVersion>0</serverVersion></requestFilter>')
    yield "last-update", get_policies(CLIENT + NO_FILTER)
    yield "last-update-with-zone", get_policies(CLIENT.replace("Z<", ".5+01:00<") + NO_FILTER)
    yield "last-update-no-date", get_policies(CLIENT.replace("2025-12-31T08:00:00Z", "yesterday") + NO_FILTER)
    yield "any-order", get_policies(
        "<requestFilter><serverVersion>3</serverVersion><clientVersion>4</clientVersion>" + oids(2) +
        "</requestFilter><client><preferredLanguage> de-DE\n</preferredLanguage></client>")
    yield "unknown-elements", get_policies(
        '<q:w xmlns:q="urn:q"/>' + CLIENT.replace("</client>", '<q:x xmlns:q="urn:q"><q:y/></q:x></client>')
        + '<requestFilter>' + oids(1).replace("</policyOIDs>", '<oid xmlns="urn:q">9</oid></policyOIDs>')
        + '<clientVersion xmlns="urn:q">7</clientVersion></requestFilter>')
    yield "no-filter", get_policies(CLIENT)
    yield "empty-filter", filtered("")
    yield "nil-is-one", get_policies(CLIENT + '<requestFilter i:nil="1"><clientVersion>6</clientVersion></requestFilter>')
    yield "empty-oids", filtered("<policyOIDs/>")
    yield "most-oids", filtered(oids(512))
    yield "versions-no-numbers", filtered(
        "<clientVersion>six</clientVersion><serverVersion>-1</serverVersion>")
    yield "versions-too-large", filtered(
        "<clientVersion>2147483648</clientVersion><serverVersion>2147483647</serverVersion>")
    yield "versions-empty", filtered("<clientVersion/><serverVersion> </serverVersion>")
    yield "language-empty", get_policies(CLIENT.replace("en-US", " "))


def xcep_invalid():
    for name, content in (
            ("client-missing", NO_FILTER),
            ("client-nil", f'<client i:nil="true"/>{NO_FILTER}'),
            ("client-nil-with-content", CLIENT.replace("<client>", '<client i:nil="1">')),
            ("client-empty", f"<client/>{NO_FILTER}"),
            ("client-only-text", "<client>en-US</client>"),
            ("client-of-another-namespace", CLIENT.replace("<client>", '<client xmlns="urn:q">')),
            ("client-twice", CLIENT * 2),
            ("last-update-twice", CLIENT.replace("</client>", "<lastUpdate/></client>")),
            ("language-twice", CLIENT.replace("</client>", "<preferredLanguage/></client>")),
            ("filter-twice", CLIENT + NO_FILTER * 2),
            ("oids-twice", f"{CLIENT}<requestFilter>{oids(1) * 2}</requestFilter>"),
            ("client-version-twice", CLIENT + "<requestFilter><clientVersion>1</clientVersion>"
                                              "<clientVersion>1</clientVersion></requestFilter>")):
        yield "MALFORMED_BODY", name, get_policies(content)
    yield "MALFORMED_BODY", "another-element", get_policies(CLIENT).replace("GetPolicies", "GetPolicy")
    yield "MALFORMED_BODY", "another-namespace", get_policies(CLIENT, ' xmlns="urn:q"')
    yield "MESSAGE_LIMIT", "oids", filtered(oids(513))


def xcep_golden():
    open_response = (f'<GetPoliciesResponse xmlns="{XCEP}"><response>'
                     "<policyID>{7D7E1C8B-5E1F-4C43-9B1A-3B9B2C6F0A01}</policyID>"
                     "<policyFriendlyName>Example &amp; &lt;Sons&gt;</policyFriendlyName>"
                     "<nextUpdateHours>8</nextUpdateHours>")
    nothing = '<policies xsi:nil="true"/></response><cAs xsi:nil="true"/><oIDs xsi:nil="true"/></GetPoliciesResponse>'
    yield "not-changed", open_response + "<policiesNotChanged>true</policiesNotChanged>" + nothing
    yield "no-policies", open_response + '<policiesNotChanged xsi:nil="true"/>' + nothing

    # As little as a template can say: everything nillable is nil.
    yield "least", (
        "<policy><policyOIDReference>1</policyOIDReference>"
        '<cAs xsi:nil="true"/>'
        "<attributes>"
        "<commonName>Least</commonName><policySchema>1</policySchema>"
        "<certificateValidity><validityPeriodSeconds>31536000</validityPeriodSeconds>"
        "<renewalPeriodSeconds>3628800</renewalPeriodSeconds></certificateValidity>"
        "<permission><enroll>false</enroll><autoEnroll>false</autoEnroll></permission>"
        "<privateKeyAttributes><minimalKeyLength>2048</minimalKeyLength>"
        '<keySpec xsi:nil="true"/><keyUsageProperty xsi:nil="true"/><permissions xsi:nil="true"/>'
        '<algorithmOIDReference xsi:nil="true"/><cryptoProviders xsi:nil="true"/></privateKeyAttributes>'
        "<revision><majorRevision>100</majorRevision><minorRevision>0</minorRevision></revision>"
        '<supersededPolicies xsi:nil="true"/>'
        "<privateKeyFlags>0</privateKeyFlags><subjectNameFlags>0</subjectNameFlags>"
        "<enrollmentFlags>0</enrollmentFlags><generalFlags>0</generalFlags>"
        '<hashAlgorithmOIDReference xsi:nil="true"/><rARequirements xsi:nil="true"/>'
        '<keyArchivalAttributes xsi:nil="true"/><extensions xsi:nil="true"/>'
        "</attributes></policy>")

    # As much as it can say, in a whole response.
    yield "most", (
        open_response + '<policiesNotChanged xsi:nil="true"/><policies>'
        "<policy><policyOIDReference>1</policyOIDReference>"
        "<cAs><cAReference>0</cAReference><cAReference>7</cAReference></cAs>"
        "<attributes>"
        "<commonName>Most&quot;</commonName><policySchema>3</policySchema>"
        "<certificateValidity><validityPeriodSeconds>9999999999</validityPeriodSeconds>"
        "<renewalPeriodSeconds>5184000000</renewalPeriodSeconds></certificateValidity>"
        "<permission><enroll>true</enroll><autoEnroll>true</autoEnroll></permission>"
        "<privateKeyAttributes><minimalKeyLength>384</minimalKeyLength>"
        "<keySpec>2</keySpec><keyUsageProperty>16777215</keyUsageProperty><permissions>D:(A;;GA;;;SY)</permissions>"
        "<algorithmOIDReference>2</algorithmOIDReference><cryptoProviders>"
        "<provider>Microsoft Software Key Storage Provider</provider><provider>Microsoft Platform Crypto Provider</provider>"
        "</cryptoProviders></privateKeyAttributes>"
        "<revision><majorRevision>100</majorRevision><minorRevision>2</minorRevision></revision>"
        "<supersededPolicies><commonName>Old</commonName><commonName>Older</commonName></supersededPolicies>"
        "<privateKeyFlags>16842768</privateKeyFlags><subjectNameFlags>2785017856</subjectNameFlags>"
        "<enrollmentFlags>4294967295</enrollmentFlags><generalFlags>131642</generalFlags>"
        "<hashAlgorithmOIDReference>3</hashAlgorithmOIDReference>"
        "<rARequirements><rASignatures>1</rASignatures>"
        '<rAEKUs><oIDReference>4</oIDReference></rAEKUs><rAPolicies xsi:nil="true"/></rARequirements>'
        "<keyArchivalAttributes><symmetricAlgorithmOIDReference>5</symmetricAlgorithmOIDReference>"
        "<symmetricAlgorithmKeyLength>256</symmetricAlgorithmKeyLength></keyArchivalAttributes>"
        "<extensions>"
        "<extension><oIDReference>6</oIDReference><critical>true</critical><value>AwIFoA==</value></extension>"
        "<extension><oIDReference>7</oIDReference><critical>false</critical><value>MAoGCCsGAQUFBwMB</value></extension>"
        "</extensions></attributes></policy>"
        "</policies></response>"
        "<cAs><cA><uris>"
        "<cAURI><clientAuthentication>4</clientAuthentication>"
        "<uri>https://ca.example.test/A_CES_UsernamePassword/service.svc/CES?a=1&amp;b=2</uri>"
        "<priority>1</priority><renewalOnly>false</renewalOnly></cAURI>"
        "<cAURI><clientAuthentication>8</clientAuthentication>"
        "<uri>https://ca.example.test:49999/A_CES_Certificate/service.svc/CES</uri>"
        "<priority>10</priority><renewalOnly>true</renewalOnly></cAURI>"
        "</uris><certificate>MAMCAQE=</certificate><enrollPermission>true</enrollPermission>"
        "<cAReferenceID>0</cAReferenceID></cA></cAs>"
        "<oIDs><oID><value>1.3.6.1.4.1.32473.1</value><group>9</group><oIDReferenceID>1</oIDReferenceID>"
        "<defaultName>Most</defaultName></oID>"
        "<oID><value>1.3.132.0.34</value><group>3</group><oIDReferenceID>2</oIDReferenceID>"
        "<defaultName>ECDSA_P384</defaultName></oID></oIDs></GetPoliciesResponse>")


# --- wstep --------------------------------------------------------------------------------------------------------

DER = bytes([0x30, 0x82, 0x00, 0x60]) + bytes(range(96))
LINES = "&#xD;\n".join(base64.b64encode(DER).decode()[i:i + 64] for i in range(0, 136, 64)) + "&#xD;\n"
TOKEN_TYPE = f"<TokenType>{X509V3}</TokenType>"
ISSUE = f"<RequestType>{WST}/Issue</RequestType>"
QUERY = f"<RequestType>{WSTEP}/QueryTokenStatus</RequestType>"
KET = f"<RequestType>{WST}/KET</RequestType>"


def rst(content, action=RST, attributes=' PreferredLanguage="en-US"', element="RequestSecurityToken", ns=WST):
    header = (f'<a:Action s:mustUnderstand="1">{action}</a:Action>{ID}'
              '<a:To s:mustUnderstand="1">https://ca.example.test/A_CES_Kerberos/service.svc/CES</a:To>')
    return envelope(header, f'<{element}{attributes} xmlns="{ns}">{content}</{element}>')


def binary(text=LINES, encoding=BASE64, value_type=WSTEP + "#PKCS10"):
    kind = f' EncodingType="{encoding}"' if encoding is not None else ""
    return (f'<BinarySecurityToken ValueType="{value_type}"{kind} a:Id="" xmlns:a="{U}" xmlns="{O}">{text}'
            "</BinarySecurityToken>")


def context(*items):
    inside = "".join(f'<ContextItem Name="{n}"><Value>{v}</Value></ContextItem>' for n, v in items)
    return f'<AdditionalContext xmlns="{AUTH}">{inside}</AdditionalContext>'


def request_id(text):
    return f'<RequestID xmlns="{WSTEP}">{text}</RequestID>'


NIL_ID = f'<RequestID xsi:nil="true" xmlns:xsi="{XSI}" xmlns="{WSTEP}"/>'
PEM = ("-----BEGIN CERTIFICATE REQUEST-----\n" + base64.encodebytes(DER).decode() + "-----END CERTIFICATE REQUEST-----\n")


def wstep_valid():
    head = TOKEN_TYPE + ISSUE
    yield "windows-pkcs10", rst(head + binary() + context(("CertificateTemplate", "User"), ("ccm", "host.example.test")))
    yield "windows-cmc", rst(head + binary(value_type=O + "#PKCS7") + context(("ccm", "host.example.test")))
    yield "microsoft-example", rst(
        f"\n<TokenType>\n{X509V3}\n</TokenType>\n<RequestType>\n{WST}/Issue\n</RequestType>\n"
        + binary(value_type=O + "#PKCS7") + NIL_ID, attributes="")
    yield "opensuse-cepces-poll", rst(
        TOKEN_TYPE + QUERY + binary("", value_type=O + "#PKCS7") + request_id("42"), attributes="")
    yield "microsoft-poll", rst(TOKEN_TYPE + QUERY + request_id(" 42\n"))
    yield "poll-with-broken-token", rst(TOKEN_TYPE + QUERY + binary("!") + request_id("42"))
    yield "ket", rst(TOKEN_TYPE + KET + "<RequestKET/>" + NIL_ID, RST_KET)
    yield "any-order", rst(
        context(("CertificateTemplate", "User")) + binary() + "<KeySize>2048</KeySize>" + ISSUE + TOKEN_TYPE)
    yield "no-token-type", rst(ISSUE + binary())
    yield "request-id-with-issue", rst(head + binary() + request_id("7"))
    yield "language-as-specified", rst(head + binary(), attributes=f' w:PrefferedLanguage="de-DE" xmlns:w="{WSTEP}"')
    yield "no-encoding-type", rst(head + binary(encoding=None))
    yield "encoding-type-of-ws-security", rst(
        head + binary(encoding=WSS + "soap-message-security-1.0#Base64Binary"))
    yield "encoding-type-with-capitals", rst(head + binary(encoding=O + "#Base64Binary"))
    yield "token-on-one-line", rst(head + binary(base64.b64encode(DER).decode()))
    yield "token-with-armour", rst(head + binary(PEM))
    yield "token-with-armour-in-base64", rst(head + binary(base64.b64encode(PEM.encode()).decode()))
    yield "context-item-without-value", rst(head + binary() + context().replace(
        "</", '<ContextItem Name="ccm"/></'))
    yield "most-context-items", rst(head + binary() + context(*((f"n{i}", i) for i in range(32))))


def wstep_invalid():
    head = TOKEN_TYPE + ISSUE
    nil = f' xsi:nil="true" xmlns:xsi="{XSI}"'
    for name, message in (
            ("request-type-missing", rst(TOKEN_TYPE + binary())),
            ("request-type-nil", rst(TOKEN_TYPE + ISSUE.replace("Type>http", f"Type{nil}>http") + binary())),
            ("request-type-empty", rst(TOKEN_TYPE + "<RequestType/>" + binary())),
            ("request-type-unknown", rst(TOKEN_TYPE + ISSUE.replace("/Issue", "/Renew") + binary())),
            ("request-type-of-another-version",
             rst(TOKEN_TYPE + "<RequestType>http://schemas.xmlsoap.org/ws/2005/02/trust/Issue</RequestType>" + binary())),
            ("request-type-twice", rst(head + ISSUE + binary())),
            ("issue-with-action-ket", rst(head + binary(), RST_KET)),
            ("ket-with-action-rst", rst(TOKEN_TYPE + KET + "<RequestKET/>")),
            ("poll-with-action-ket", rst(TOKEN_TYPE + QUERY + request_id("42"), RST_KET)),
            ("action-unknown", rst(head + binary(), WST + "/RST/Issue")),
            ("token-type-other", rst(f"<TokenType>{WSS}saml</TokenType>" + ISSUE + binary())),
            ("token-type-empty", rst("<TokenType/>" + ISSUE + binary())),
            ("token-type-twice", rst(TOKEN_TYPE * 2 + ISSUE + binary())),
            ("token-missing", rst(head)),
            ("token-nil", rst(head + binary().replace(' a:Id=""', ' a:Id=""' + nil))),
            ("token-empty", rst(head + binary(" \n"))),
            ("token-only-comment", rst(head + binary("<!-- -->"))),
            ("token-twice", rst(head + binary() * 2)),
            ("token-of-another-namespace", rst(head + f"<BinarySecurityToken>{LINES}</BinarySecurityToken>")),
            ("encoding-type-hex", rst(head + binary(encoding=WSS + "soap-message-security-1.0#HexBinary"))),
            ("encoding-type-empty", rst(head + binary(encoding=""))),
            ("encoding-type-without-namespace", rst(head + binary(encoding="base64binary"))),
            ("poll-without-request-id", rst(TOKEN_TYPE + QUERY)),
            ("poll-with-nil-request-id", rst(TOKEN_TYPE + QUERY + NIL_ID)),
            ("poll-with-empty-request-id", rst(TOKEN_TYPE + QUERY + request_id(" "))),
            ("poll-with-two-request-ids", rst(TOKEN_TYPE + QUERY + request_id("1") + request_id("2"))),
            ("ket-without-request-ket", rst(TOKEN_TYPE + KET, RST_KET)),
            ("ket-with-nil-request-ket", rst(TOKEN_TYPE + KET + f"<RequestKET{nil}/>", RST_KET)),
            ("context-twice", rst(head + binary() + context(("a", "1")) + context(("b", "2")))),
            ("context-item-without-name", rst(head + binary() + context(("a", "1")).replace(' Name="a"', ""))),
            ("context-item-with-empty-name", rst(head + binary() + context(("", "1")))),
            ("context-item-with-two-values",
             rst(head + binary() + context(("a", "1")).replace("</Value>", "</Value><Value>2</Value>"))),
            ("two-context-items-of-one-name",
             rst(head + binary() + context(("CertificateTemplate", "User"), ("certificatetemplate", "Admin"))))):
        yield "INVALID_ARGUMENT", name, message
    for name, text in (("character", "MIIB*"), ("padding", "MIIBAAA"), ("after-padding", "MIIBAA==AAAA"),
                       ("spare-bits", "MIIBAB=="), ("url-alphabet", "MIIB-_AA"),
                       ("armour-without-end", "-----BEGIN X-----MIIB"),
                       ("armour-without-dashes", "-----BEGIN X"),
                       ("text-after-armour-in-base64",
                        base64.b64encode(b"-----BEGIN X-----\n!\n-----END X-----\n").decode()),
                       ("element-inside", "MIIB<x>*</x>")):
        yield "BAD_DATA", "base64-" + name, rst(head + binary(text))
    yield "MALFORMED_BODY", "another-element", rst(head + binary(), element="RequestSecurityTokenCollection")
    yield "MALFORMED_BODY", "another-namespace", rst(
        head + binary(), ns="http://schemas.xmlsoap.org/ws/2005/02/trust")
    yield "MESSAGE_LIMIT", "context-items", rst(head + binary() + context(*((f"n{i}", i) for i in range(33))))


def wstep_golden():
    def blob(value_type, content):
        return (f'<BinarySecurityToken ValueType="{value_type}" EncodingType="{BASE64}" xmlns="{O}">'
                + base64.b64encode(content).decode() + "</BinarySecurityToken>")

    def response(disposition, requested, number):
        return (f'<RequestSecurityTokenResponseCollection xmlns="{WST}"><RequestSecurityTokenResponse>'
                f"<TokenType>{X509V3}</TokenType>"
                f'<DispositionMessage xml:lang="en-US" xmlns="{WSTEP}">{disposition}</DispositionMessage>'
                + blob(O + "#PKCS7", b"full response")
                + f"<RequestedSecurityToken>{requested}</RequestedSecurityToken>"
                f'<RequestID xmlns="{WSTEP}">{number}</RequestID>'
                "</RequestSecurityTokenResponse></RequestSecurityTokenResponseCollection>")

    def detail(binary_response, code, invalid, number):
        return (f'<CertificateEnrollmentWSDetail xmlns="{WSTEP}" xmlns:xsi="{XSI}">'
                f"{binary_response}{code}<InvalidRequest>{invalid}</InvalidRequest>{number}"
                "</CertificateEnrollmentWSDetail>")

    yield "issued", response(escape("Issued <by> us"), blob(X509V3, b"leaf"), 41)
    yield "pending", response("Taken Under Submission", (
        f'<SecurityTokenReference xmlns="{O}"><Reference URI="https://ca.example.test/A&amp;B/CES"/>'
        "</SecurityTokenReference>"), 2147483647)
    yield "detail-denied", detail(
        "<BinaryResponse>" + base64.b64encode(b"failed").decode() + "</BinaryResponse>",
        "<ErrorCode>-2146875385</ErrorCode>", "true", "<RequestID>43</RequestID>")
    yield "detail-invalid", detail('<BinaryResponse xsi:nil="true"/>', "<ErrorCode>-2147024809</ErrorCode>", "false",
                                   '<RequestID xsi:nil="true"/>')
    yield "detail-empty", detail('<BinaryResponse xsi:nil="true"/>', '<ErrorCode xsi:nil="true"/>', "false",
                                 '<RequestID xsi:nil="true"/>')


def main():
    for room in ("soap", "xcep", "wstep"):
        shutil.rmtree(HERE / room, ignore_errors=True)
        for name, message in globals()[room + "_valid"]():
            put(f"{room}/valid/{name}.xml", message)
        for status, name, message in globals()[room + "_invalid"]():
            put(f"{room}/invalid/{status}/{name}.xml", message)
        if room != "soap":
            for name, message in globals()[room + "_golden"]():
                put(f"{room}/golden/{name}.xml", message)


if __name__ == "__main__":
    main()
