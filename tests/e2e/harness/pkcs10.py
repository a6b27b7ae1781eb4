"""PKCS#10 requests as Windows makes them, and with any one thing wrong."""

from . import der, oids

# What the distinguished names of the tests are made of.
NAME_TYPES = {"CN": "2.5.4.3", "O": "2.5.4.10", "OU": "2.5.4.11", "C": "2.5.4.6", "L": "2.5.4.7", "ST": "2.5.4.8",
              "E": "1.2.840.113549.1.9.1", "DC": "0.9.2342.19200300.100.1.25", "SERIALNUMBER": "2.5.4.5",
              "UNKNOWN": "1.2.3.4.5"}


def name(*pairs):
    """A Name from (type, value) pairs, most significant first; a value may be bytes, already encoded."""
    rdns = []
    for kind, value in pairs:
        if isinstance(value, str):
            value = der.printable(value) if kind == "C" else der.ia5(value) if kind in ("E", "DC") else der.utf8(value)
        rdns.append(der.set_of(der.seq(der.oid(NAME_TYPES[kind]), value)))
    return der.seq(*rdns)


def extension(dotted, value, critical=False):
    return der.seq(der.oid(dotted), *([der.boolean(True)] if critical else []), der.octets(value))


def template_info(dotted, major=None, minor=None):
    """1.3.6.1.4.1.311.21.7, the template of schema 2 and later."""
    numbers = [der.integer(n) for n in (major, minor) if n is not None]
    return extension(oids.TEMPLATE_INFO, der.seq(der.oid(dotted), *numbers))


def template_name(cn):
    """1.3.6.1.4.1.311.20.2, the template of schema 1."""
    return extension(oids.TEMPLATE_NAME, der.bmp(cn))


def dns(text):
    return der.context(2, text.encode(), constructed=False)


def email(text):
    return der.context(1, text.encode(), constructed=False)


def uri(text):
    return der.context(6, text.encode(), constructed=False)


def ip(*octet_values):
    return der.context(7, bytes(octet_values), constructed=False)


def other_name(dotted, value):
    return der.context(0, der.oid(dotted) + der.context(0, value))


def upn(text):
    return other_name(oids.UPN, der.utf8(text))


def directory_name(encoded):
    return der.context(4, encoded)


def alt_names(*general_names, critical=False):
    return extension(oids.SUBJECT_ALT_NAME, der.seq(*general_names), critical)


def sid(text):
    """The security extension that only the server may decide on."""
    return extension(oids.SID_EXTENSION,
                     der.seq(der.context(0, der.oid(oids.SID_VALUE) + der.context(0, der.octets(text.encode())))))


def attribute(dotted, *values):
    return der.seq(der.oid(dotted), der.set_of(*values))


def client_info(client_id=5, machine="host1.example.test", user="EXAMPLE\\HOST1$", process="taskhostw.exe"):
    return der.seq(der.integer(client_id), der.utf8(machine), der.utf8(user), der.utf8(process))


def name_value(key, value):
    return attribute(oids.NAME_VALUE_PAIR, der.seq(der.bmp(key), der.bmp(value)))


def windows_attributes(extensions, extra=()):
    """The attributes of a Windows 11 request, around |extensions|."""
    provider = der.seq(der.integer(1), der.bmp("Microsoft Software Key Storage Provider"), der.bits(b""))
    return [attribute(oids.OS_VERSION, der.ia5("10.0.26100.2")),
            attribute(oids.CLIENT_INFO, client_info()),
            attribute(oids.CSP_PROVIDER, provider),
            *([attribute(oids.EXTENSION_REQUEST, der.seq(*extensions))] if extensions else []),
            *extra]


def windows_extensions(key, template=None, extra=()):
    """What Windows asks for: the template's extensions and the key identifier."""
    return [*([template] if template else []),
            extension(oids.EXTENDED_KEY_USAGE, der.seq(der.oid(oids.CLIENT_AUTH))),
            extension(oids.KEY_USAGE, b"\x03\x02\x07\x80", critical=True),
            extension(oids.SUBJECT_KEY_IDENTIFIER, der.octets(key.ski)),
            *extra]


def info(key, subject=b"\x30\x00", attributes=(), version=0, spki=None):
    """The CertificationRequestInfo."""
    return der.seq(der.integer(version), subject, spki or key.spki,
                   der.context(0, b"".join(sorted(attributes))))


def signed(key, request_info, digest="sha256", algorithm=None, signature=None):
    """A CertificationRequest; |signature| replaces the right one."""
    return der.seq(request_info, algorithm or key.signature_algorithm(digest),
                   der.bits(key.sign(request_info, digest) if signature is None else signature))


def request(key, template=None, subject=b"\x30\x00", extensions=(), attributes=(), digest="sha256"):
    """A well-formed request as Windows writes it. |template| is an extension of template_info or template_name."""
    wanted = windows_extensions(key, template, extensions)
    return signed(key, info(key, subject, windows_attributes(wanted, attributes)), digest)


def plain(key, template=None, subject=b"\x30\x00", extensions=(), attributes=(), digest="sha256"):
    """A request with only the named extensions and attributes: what other programs send."""
    wanted = [*([template] if template else []), *extensions]
    listed = [*([attribute(oids.EXTENSION_REQUEST, der.seq(*wanted))] if wanted else []), *attributes]
    return signed(key, info(key, subject, listed), digest)
