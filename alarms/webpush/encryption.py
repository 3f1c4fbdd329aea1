"""Encryption of a message for one browser: RFC 8291 (keys) over RFC 8188 (aes128gcm)."""

import os
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

#: Push services take 4096 bytes (RFC 8030 7.2); of these 103 are header, padding delimiter and tag.
LONGEST: Final = 4096 - 103
_RECORD: Final = 4096


def encrypt(
    plain: bytes,
    browser_key: ec.EllipticCurvePublicKey,
    auth: bytes,
    *,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return ``plain`` as one aes128gcm record for the browser. ``own`` and ``salt`` are new each time unless given.

    Raises ValueError for what is longer than LONGEST.
    """
    if len(plain) > LONGEST:
        raise ValueError(f"{len(plain)} bytes; a push message has at most {LONGEST}")
    own, salt = own or ec.generate_private_key(ec.SECP256R1()), salt or os.urandom(16)
    own_point, browser_point = point(own.public_key()), point(browser_key)
    shared = own.exchange(ec.ECDH(), browser_key)
    secret = _derive(shared, auth, b"WebPush: info\x00" + browser_point + own_point, 32)
    key = _derive(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
    nonce = _derive(secret, salt, b"Content-Encoding: nonce\x00", 12)
    header = salt + _RECORD.to_bytes(4) + len(own_point).to_bytes(1) + own_point
    # 2 ends the last record (RFC 8188 2).
    return header + AESGCM(key).encrypt(nonce, plain + b"\x02", None)


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as an uncompressed point: 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derive(material: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(material)
