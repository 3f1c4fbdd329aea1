"""Passwords: argon2id, a length rule, and the same work for a user that does not exist."""

from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api.errors import WeakPasswordError

#: NIST SP 800-63B-4 3.1.1.2: at least 15 characters where the password stands alone; 12 where guessing is slowed down
#: as it is here and people type with cold hands. No composition rules, for the reason given there.
SHORTEST = 12
#: Long enough for any sentence, short enough not to keep the hasher busy.
LONGEST = 200

_HASHER = PasswordHash((Argon2Hasher(),))


def hash_password(password: str, *, login: str) -> str:
    """Return the argon2id hash. Raises WeakPasswordError."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise WeakPasswordError(f"It must have {SHORTEST} to {LONGEST} characters.")
    if len(set(password)) < 5 or login.casefold() in password.casefold():
        raise WeakPasswordError("It must not repeat a few characters or hold the user name.")
    return _HASHER.hash(password)


def verify(password: str, stored: str | None) -> bool:
    """Compare in the same time whether or not there is such a user. Takes tens of ms: never in a loop's thread."""
    return _HASHER.verify(password[: LONGEST + 1], stored or _nobody()) and stored is not None


@cache
def _nobody() -> str:
    return _HASHER.hash("a password that nobody has")
