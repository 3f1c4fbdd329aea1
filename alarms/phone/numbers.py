"""Telephone numbers as they are compared and stored: + and digits (ITU-T E.164: at most 15)."""

import re
from typing import Final

_WRITTEN: Final = re.compile(r"[\s()./-]")
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")


def normal(written: str) -> str:
    """Return a number as + and digits, empty when it is no international number. ``00`` in front counts as +."""
    bare = _WRITTEN.sub("", written[:40])
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    return bare if _NUMBER.fullmatch(bare) else ""


def masked(number: str) -> str:
    """Return what a log may hold of a number: its last two digits."""
    return f"...{number[-2:]}" if len(number) > 6 else "..."
