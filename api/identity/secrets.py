"""Random secrets, and the only form in which they are stored."""

import hashlib
import secrets


def new() -> str:
    """Return 256 random bits as 43 characters that are safe in a URL fragment and a header."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 of a secret in hexadecimal. No salt: what is random in 256 bits is in no table."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
