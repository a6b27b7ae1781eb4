"""DER by hand: enough to write any request, also the wrong ones that a library would refuse to make."""


def tlv(tag, content):
    length = len(content)
    if length < 0x80:
        head = bytes([tag, length])
    else:
        size = length.to_bytes((length.bit_length() + 7) // 8, "big")
        head = bytes([tag, 0x80 | len(size)]) + size
    return head + content


def seq(*parts):
    return tlv(0x30, b"".join(parts))


def set_of(*parts):
    return tlv(0x31, b"".join(sorted(parts)))


def integer(value):
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def octets(value):
    return tlv(0x04, value)


def bits(value, unused=0):
    return tlv(0x03, bytes([unused]) + value)


def boolean(value):
    return tlv(0x01, b"\xff" if value else b"\x00")


def null():
    return b"\x05\x00"


def utf8(text):
    return tlv(0x0C, text.encode())


def printable(text):
    return tlv(0x13, text.encode("ascii"))


def ia5(text):
    return tlv(0x16, text.encode("ascii"))


def bmp(text):
    return tlv(0x1E, text.encode("utf-16-be"))


def context(number, content, constructed=True):
    """An implicit or explicit context tag around |content|."""
    return tlv(0x80 | (0x20 if constructed else 0) | number, content)


def oid(dotted):
    arcs = [int(a) for a in dotted.split(".")]
    out = bytearray()
    for arc in [arcs[0] * 40 + arcs[1], *arcs[2:]]:
        chunk = [arc & 0x7F]
        while arc >> 7:
            arc >>= 7
            chunk.append(0x80 | (arc & 0x7F))
        out += bytes(reversed(chunk))
    return tlv(0x06, bytes(out))


def indefinite(der):
    """The same constructed value with an indefinite length: BER, not DER."""
    assert der[0] & 0x20, "only constructed values can have an indefinite length"
    skip = 2 if der[1] < 0x80 else 2 + (der[1] & 0x7F)
    return bytes([der[0], 0x80]) + der[skip:] + b"\x00\x00"


def long_length(der):
    """The same value with one needless length octet: BER, not DER."""
    skip = 2 if der[1] < 0x80 else 2 + (der[1] & 0x7F)
    content = der[skip:]
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8 + 1, "big")
    return bytes([der[0], 0x80 | len(size)]) + size + content
