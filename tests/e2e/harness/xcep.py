"""A GetPoliciesResponse read as the native Windows client reads it: by position, every element there, nil where
nothing is to be said, no collection empty, every reference resolving ([MS-XCEP] 3.1.4.1.3)."""

import base64
import re
from types import SimpleNamespace

from . import soap

NUMBER = re.compile(r"[0-9]+\Z")


def _integer(low, high):
    def read(text):
        assert NUMBER.match(text or ""), f"not a number: {text!r}"
        assert low <= int(text) <= high, text
        return int(text)
    return read


def _boolean(text):
    assert text in ("true", "false"), f"not a boolean: {text!r}"
    return text == "true"


def _binary(text):
    assert text, "empty base64"
    return base64.b64decode(text, validate=True)


def _string(text):
    return text or ""


UINT = _integer(0, 2**32 - 1)
INT = _integer(0, 2**31 - 1)
LONG = _integer(1, 2**63 - 1)

# Sequences: (element, type, nillable). A list of one row is a collection of one or more.
CA_URI = [("clientAuthentication", UINT, False), ("uri", _string, False), ("priority", UINT, True),
          ("renewalOnly", _boolean, False)]
CA = [("uris", ["cAURI", CA_URI], False), ("certificate", _binary, False), ("enrollPermission", _boolean, False),
      ("cAReferenceID", INT, False)]
OID = [("value", _string, False), ("group", UINT, False), ("oIDReferenceID", INT, False),
       ("defaultName", _string, False)]
EXTENSION = [("oIDReference", INT, False), ("critical", _boolean, False), ("value", _binary, True)]
ATTRIBUTES = [
    ("commonName", _string, False),
    ("policySchema", UINT, False),
    ("certificateValidity", [("validityPeriodSeconds", LONG, False), ("renewalPeriodSeconds", LONG, False)], False),
    ("permission", [("enroll", _boolean, False), ("autoEnroll", _boolean, False)], False),
    ("privateKeyAttributes", [
        ("minimalKeyLength", UINT, False), ("keySpec", UINT, True), ("keyUsageProperty", UINT, True),
        ("permissions", _string, True), ("algorithmOIDReference", INT, True),
        ("cryptoProviders", ["provider", _string], True)], False),
    ("revision", [("majorRevision", UINT, False), ("minorRevision", UINT, False)], False),
    ("supersededPolicies", ["commonName", _string], True),
    ("privateKeyFlags", UINT, True),
    ("subjectNameFlags", UINT, True),
    ("enrollmentFlags", UINT, True),
    ("generalFlags", UINT, True),
    ("hashAlgorithmOIDReference", INT, True),
    ("rARequirements", [("rASignatures", UINT, False), ("rAEKUs", ["oIDReference", INT], True),
                        ("rAPolicies", ["oIDReference", INT], True)], True),
    ("keyArchivalAttributes", [("symmetricAlgorithmOIDReference", INT, False),
                               ("symmetricAlgorithmKeyLength", UINT, False)], True),
    ("extensions", ["extension", EXTENSION], True),
]
POLICY = [("policyOIDReference", INT, False), ("cAs", ["cAReference", INT], True), ("attributes", ATTRIBUTES, False)]
RESPONSE = [("policyID", _string, False), ("policyFriendlyName", _string, True), ("nextUpdateHours", UINT, True),
            ("policiesNotChanged", _boolean, True), ("policies", ["policy", POLICY], True)]
TOP = [("response", RESPONSE, False), ("cAs", ["cA", CA], True), ("oIDs", ["oID", OID], True)]


def _is_collection(kind):
    return isinstance(kind, list) and isinstance(kind[0], str)


def _read(node, kind):
    assert not node.attrib, f"{soap.local(node)} has attributes {dict(node.attrib)}"
    if callable(kind):
        assert len(node) == 0
        return kind(node.text)
    assert not (node.text or "").strip(), f"text in {soap.local(node)}"
    if _is_collection(kind):
        name, child_kind = kind
        assert len(node) > 0, f"{soap.local(node)} is an empty collection"
        for child in node:
            assert child.tag == soap.q(soap.XCEP, name), child.tag
        return [_read(child, child_kind) for child in node]
    names = [c.tag for c in node]
    assert names == [soap.q(soap.XCEP, row[0]) for row in kind], \
        f"{soap.local(node)} holds {[soap.local(c) for c in node]}, wanted {[row[0] for row in kind]}"
    return SimpleNamespace(**{name: _nillable(child, type_, may) for child, (name, type_, may) in zip(node, kind)})


def _nillable(node, kind, may_be_nil):
    if node.get(soap.q(soap.XSI, "nil")) is not None:
        assert may_be_nil, f"{soap.local(node)} must not be nil"
        assert node.get(soap.q(soap.XSI, "nil")) == "true" and len(node) == 0 and not node.text
        return None
    return _read(node, kind)


class Policies:
    """A read response, with the references resolved."""

    def __init__(self, message):
        assert message.action == soap.GET_POLICIES_RESPONSE
        assert message.body.tag == soap.q(soap.XCEP, "GetPoliciesResponse")
        top = _read(message.body, TOP)
        self.response = top.response
        self.relates_to = message.relates_to
        self.cas = _unique({}, top.cAs or [], "cAReferenceID")
        self.oids = _unique({}, top.oIDs or [], "oIDReferenceID")
        self.has_cas, self.has_oids = top.cAs is not None, top.oIDs is not None
        self.policies = self.response.policies or []
        self._check_references()

    def __getitem__(self, name):
        """The attributes of the template called |name|."""
        found = [p for p in self.policies if p.attributes.commonName == name]
        assert len(found) == 1, f"{name} is {len(found)} times among {self.names}"
        return found[0].attributes

    def __contains__(self, name):
        return name in self.names

    @property
    def names(self):
        return [p.attributes.commonName for p in self.policies]

    def policy(self, name):
        return next(p for p in self.policies if p.attributes.commonName == name)

    def oid(self, reference, group):
        entry = self.oids[reference]
        assert entry.group == group, f"{entry.value} is in group {entry.group}, not {group}"
        return entry

    def template_oid(self, name):
        return self.oid(self.policy(name).policyOIDReference, 9).value

    def extensions(self, name):
        """{oid: extension} of the template called |name|."""
        return {self.oid(e.oIDReference, 6).value: e for e in self[name].extensions or []}

    def _check_references(self):
        assert len(set(self.names)) == len(self.names), "a template stands twice"
        pairs = [(o.value, o.group) for o in self.oids.values()]
        assert len(set(pairs)) == len(pairs), "an OID stands twice in a group"
        used_cas = set()
        for policy in self.policies:
            self.oid(policy.policyOIDReference, 9)
            for reference in policy.cAs or []:
                used_cas.add(self.cas[reference].cAReferenceID)
            assert len(set(policy.cAs or [])) == len(policy.cAs or [])
            self._check_attributes(policy.attributes)
        for ca in self.cas.values():
            for uri in ca.uris:
                assert uri.clientAuthentication in (1, 2, 4, 8) and uri.uri.startswith("https://")
        for oid in self.oids.values():
            assert all(int(arc) < 2**31 for arc in oid.value.split(".")), oid.value
            assert oid.defaultName

    def _check_attributes(self, a):
        key = a.privateKeyAttributes
        if a.hashAlgorithmOIDReference is not None:
            self.oid(a.hashAlgorithmOIDReference, 1)
            assert a.policySchema >= 3
        if key.algorithmOIDReference is not None:
            self.oid(key.algorithmOIDReference, 3)
        if a.rARequirements:
            for reference in a.rARequirements.rAEKUs or []:
                self.oid(reference, 7)
            for reference in a.rARequirements.rAPolicies or []:
                self.oid(reference, 8)
        if a.keyArchivalAttributes:
            self.oid(a.keyArchivalAttributes.symmetricAlgorithmOIDReference, 2)
        for extension in a.extensions or []:
            self.oid(extension.oIDReference, 6)
        assert a.revision.majorRevision >= 1 and " " not in a.commonName
        assert key.minimalKeyLength > 0


def _unique(found, items, key):
    for item in items:
        assert getattr(item, key) not in found, f"{key} {getattr(item, key)} stands twice"
        found[getattr(item, key)] = item
    return found
