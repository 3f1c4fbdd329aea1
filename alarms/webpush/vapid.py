"""Who sends: VAPID (RFC 8292). A push service hands a browser only what the key it subscribed with has signed."""

import base64
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from alarms.webpush.encryption import point
from store.errors import HemvaktError
from store.secret_files import read_secret

#: At most 24 hours (RFC 8292 2).
_LASTS: Final = timedelta(hours=12)


class BadPushKeyError(HemvaktError):
    """The key of web push must be a P-256 private key in PEM; `hemvakt contact push-key FILE` makes one."""


class Signer:
    """Signs for one key. ``contact`` is a mailto: or https: address at which the push service finds somebody."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, contact: str) -> None:
        self._key, self._contact = key, contact
        self.public = b64(point(key.public_key()))

    @classmethod
    def from_file(cls, path: Path, contact: str) -> "Signer":
        """Read the key. Raises BadPushKeyError, SecretFileError."""
        try:
            key = load_pem_private_key(read_secret(path).encode(), None)
        except (ValueError, TypeError) as error:
            raise BadPushKeyError(str(path)) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
            raise BadPushKeyError(str(path))
        return cls(key, contact)

    def header(self, endpoint: str, now: datetime) -> str:
        """Return the Authorization header for a message to ``endpoint``."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + _LASTS).timestamp()),
            "sub": self._contact,
        }
        signed = f"{_json({'typ': 'JWT', 'alg': 'ES256'})}.{_json(claims)}"
        r, s = decode_dss_signature(self._key.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"vapid t={signed}.{b64(r.to_bytes(32) + s.to_bytes(32))}, k={self.public}"


def new_key() -> bytes:
    """Return a new private key in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def b64(data: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    """Read base64url with or without padding. Raises ValueError."""
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)


def _json(value: object) -> str:
    return b64(json.dumps(value, separators=(",", ":")).encode())
