"""Keys of the tests, and signatures with exactly the algorithm that a test wants."""

import hashlib
from functools import lru_cache

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from . import der, oids

HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384, "md5": hashes.MD5}
RSA_SIGNATURES = {"sha1": oids.SHA1_RSA, "sha256": oids.SHA256_RSA, "md5": "1.2.840.113549.1.1.4"}
EC_SIGNATURES = {"sha1": oids.ECDSA_SHA1, "sha256": oids.ECDSA_SHA256, "sha384": oids.ECDSA_SHA384}
CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1, "p224": ec.SECP224R1,
          "k256": ec.SECP256K1}


class Key:
    """A private key with the encodings that requests need."""

    def __init__(self, private):
        self.private = private
        self.spki = private.public_key().public_bytes(serialization.Encoding.DER,
                                                      serialization.PublicFormat.SubjectPublicKeyInfo)

    @property
    def is_rsa(self):
        return isinstance(self.private, rsa.RSAPrivateKey)

    @property
    def ski(self):
        """SHA-1 of the public key's bits: what Windows puts into the request and names the CMC signer with."""
        public = self.private.public_key()
        if self.is_rsa:
            raw = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
        else:
            raw = public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        return hashlib.sha1(raw).digest()

    def sign(self, data, digest="sha256"):
        algorithm = HASHES[digest]()
        if self.is_rsa:
            return self.private.sign(data, padding.PKCS1v15(), algorithm)
        return self.private.sign(data, ec.ECDSA(algorithm))

    def signature_algorithm(self, digest="sha256"):
        """AlgorithmIdentifier of a PKCS#10 signature."""
        if self.is_rsa:
            return der.seq(der.oid(RSA_SIGNATURES[digest]), der.null())
        return der.seq(der.oid(EC_SIGNATURES[digest]))

    def cms_signature_algorithm(self, digest="sha256"):
        """AlgorithmIdentifier of a SignerInfo: Windows writes rsaEncryption there."""
        if self.is_rsa:
            return der.seq(der.oid(oids.RSA), der.null())
        return der.seq(der.oid(EC_SIGNATURES[digest]))

    def pem(self):
        return self.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                          serialization.NoEncryption())


def ecc(curve="p256"):
    return Key(ec.generate_private_key(CURVES[curve]()))


def rsa_key(bits=2048, exponent=65537):
    return Key(rsa.generate_private_key(exponent, bits))


@lru_cache(maxsize=None)
def shared_rsa(bits=2048, number=0):
    """A key that tests may share when nothing depends on its being new: RSA keys take long to make."""
    return rsa_key(bits)
