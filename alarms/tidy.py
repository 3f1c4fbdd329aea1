"""Makes text from outside fit to be stored: bounded, valid Unicode, and without what PostgreSQL refuses."""

import hashlib
import math
from collections.abc import Mapping
from typing import Any


def text(value: str, longest: int = 4000) -> str:
    """Return ``value`` without NUL and lone surrogates, cut to ``longest`` characters."""
    return value.replace("\x00", "").encode(errors="replace").decode()[:longest]


def key(value: str, longest: int) -> str:
    """Return ``value`` fit for a key column; one that is not keeps its start and gets a digest: keys stay distinct."""
    tidy = text(value, len(value))
    if tidy == value and len(value) <= longest:
        return value
    digest = hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[: longest // 2]
    return f"{tidy[: longest - len(digest) - 1]}#{digest}"


def facts(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a finding as JSON that both engines take: text tidied, numbers that are none as text."""
    tidy: dict[str, Any] = {}
    for name, value in found.items():
        if isinstance(value, float) and not math.isfinite(value):
            tidy[text(name, 64)] = str(value)
        else:
            tidy[text(name, 64)] = text(value, 500) if isinstance(value, str) else value
    return tidy
