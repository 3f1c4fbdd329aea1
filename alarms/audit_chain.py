"""The chain of the audit as mathematics: how a row is hashed, and how a chain is walked. No database.

A row's hash covers the hash of the row before it, so nobody changes, moves, adds or removes one without changing all
that came after it. Whoever can rewrite all of it still cannot change a copy that is elsewhere: keep exports, or the
newest number and hash, where the operators of the database cannot reach.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

GENESIS: Final = "0" * 64
#: How many rows are walked between two words about progress.
STRIDE: Final = 10_000


def silent(rows: int) -> None:
    """Hear how many rows were walked, and say nothing."""


class Mark(msgspec.Struct, frozen=True):
    """A place in the chain: the number of a row and its hash. ``Mark(0, GENESIS)`` is the place before the first."""

    seq: int
    hash: str


START: Final = Mark(0, GENESIS)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Result of a walk: rows that hold, the first number that does not and why, and where the chain ends."""

    rows: int
    broken_at: int | None = None
    #: number, previous_hash, hash, text, floor, head or mark; empty when nothing is broken.
    why: str = ""
    end: Mark = START
    #: Texts that were lawfully erased; their rows still hold.
    erased: int = 0


def digest(row: Mapping[Any, Any]) -> str:
    """Hash the row with the hash before it; over JSON with sorted keys, so both engines give the same bytes."""
    fields = [
        row["seq"],
        row["at"].isoformat(),
        row["actor_kind"],
        row["actor"],
        row["action"],
        row["alarm_id"],
        row["team_id"],
    ]
    document = json.dumps([*fields, row["detail"]], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256((row["previous_hash"] + document).encode()).hexdigest()


def walk(
    rows: Iterable[Mapping[Any, Any]],
    *,
    after: Mark = START,
    expect: Mapping[str, Mark] | None = None,
    progress: Callable[[int], None] = silent,
) -> Verdict:
    """Check rows in order from ``after`` on, and that those that the marks of ``expect`` name are there as they were.

    The name of a mark that is not met becomes the verdict's ``why``. ``progress`` hears how many rows were walked,
    every STRIDE rows.
    """
    end, count = after, 0
    missing = {name: mark for name, mark in (expect or {}).items() if mark != after}
    for row in rows:
        fault = _fault(row, end)
        if fault:
            return Verdict(rows=count, broken_at=end.seq + 1, why=fault, end=end)
        end, count = Mark(row["seq"], row["hash"]), count + 1
        for name in [name for name, mark in missing.items() if mark.seq == end.seq]:
            if missing.pop(name) != end:
                return Verdict(rows=count - 1, broken_at=end.seq, why=name, end=end)
        if count % STRIDE == 0:
            progress(count)
    for name, mark in missing.items():
        return Verdict(rows=count, broken_at=min(mark.seq, end.seq + 1), why=name, end=end)
    return Verdict(rows=count, end=end)


def _fault(row: Mapping[Any, Any], before: Mark) -> str:
    if row["seq"] != before.seq + 1:
        return "number"
    if row["previous_hash"] != before.hash:
        return "previous_hash"
    return "" if row["hash"] == digest(row) else "hash"
