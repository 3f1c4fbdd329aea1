"""Where the gateway's HTTP API is, and as whom it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from hemvakt_sim.errors import DeskError

_LONGEST_TOKEN = 512
_HERE = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True)
class Access:
    """``reader`` is the token that alarms are read with, ``people`` those of the accounts that act, by login."""

    url: str
    reader: str = field(repr=False)
    people: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def in_the_clear(self) -> bool:
        """Whether tokens would cross a network unencrypted."""
        parts = urlsplit(self.url)
        return parts.scheme == "http" and parts.hostname not in _HERE


def access(url: str | None, token_file: Path | None, people: Mapping[str, Path]) -> Access | None:
    """Return the access that options give, None without an address. Raises DeskError.

    Without ``token_file`` the first of ``people`` reads too.
    """
    if url is None:
        if token_file is not None or people:
            raise DeskError("Give the address of the gateway with its tokens: --hemvakt-url http://127.0.0.1:8080")
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise DeskError("Give the address of the gateway as http://host:port or https://host.")
    tokens = {login: _token(path) for login, path in people.items()}
    if token_file is not None:
        return Access(url.rstrip("/"), _token(token_file), tokens)
    if not tokens:
        raise DeskError("A token is needed to read alarms: --token-file FILE (hemvakt token create LOGIN NAME > FILE).")
    return Access(url.rstrip("/"), next(iter(tokens.values())), tokens)


def pairs(given: list[str], option: str) -> dict[str, str]:
    """Read options of the form NAME=VALUE. Raises DeskError."""
    found: dict[str, str] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not (name and sign and value) or name in found:
            raise DeskError(f"{option} is given as NAME=VALUE, each name once.")
        found[name] = value
    return found


def _token(path: Path) -> str:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise DeskError(f"{path}: {getattr(error, 'strerror', None) or 'not a token'}") from None
    # What is in the file is never quoted: it is a secret, or somebody's other file.
    if not text or len(text) > _LONGEST_TOKEN or not text.isprintable() or " " in text:
        raise DeskError(f"{path}: not a token")
    return text
