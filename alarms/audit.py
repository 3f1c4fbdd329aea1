"""The audit: one row for each transition, numbered without a gap, chained by hash, never changed.

Whoever writes to the desk first takes the lock on the head of this chain and keeps it until commit. So a reader that
has seen number n has seen every lower one, every transition is decided on the newest state, and two writers cannot
deadlock.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alarms import tidy
from store.bell import ALARMS
from store.database import announce
from store.tables import audit, meta

_HEAD: Final = "audit"
_GENESIS: Final = "0" * 64
#: PostgreSQL ends a writer that holds the lock and does nothing for this long: its machine is gone.
_IDLE: Final = func.set_config("idle_in_transaction_session_timeout", "20s", literal(value=True))
_LOCK: Final = {
    "sqlite": select(meta.c.value).where(meta.c.name == _HEAD),
    "postgresql": select(meta.c.value, _IDLE).where(meta.c.name == _HEAD).with_for_update(),
}


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What happened: who did what to which alarm. ``detail`` is JSON and holds no measured value."""

    at: datetime
    actor_kind: str
    actor: str
    action: str
    alarm_id: int | None = None
    team_id: str | None = None
    detail: Mapping[str, Any] = {}


class AuditEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as it stands in the chain. ``seq`` is also the event id of the console's stream."""

    seq: int
    at: datetime
    actor_kind: str
    actor: str
    action: str
    alarm_id: int | None
    team_id: str | None
    detail: dict[str, Any]
    previous_hash: str
    hash: str


class Verdict(msgspec.Struct, frozen=True):
    """Result of a check of the whole chain: rows that hold, and the first number that does not."""

    rows: int
    broken_at: int | None


def lock(connection: Connection) -> tuple[int, str]:
    """Become the only writer until commit; return the last number and hash of the chain."""
    head = connection.execute(_LOCK[connection.dialect.name]).scalar()
    if head is None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        first = dialect.insert(meta).values(name=_HEAD, value=f"0 {_GENESIS}").on_conflict_do_nothing()
        connection.execute(first)
        return lock(connection)
    number, digest = head.split(" ")
    return int(number), digest


def append(
    connection: Connection,
    *,
    at: datetime,
    actor_kind: str,
    actor: str,
    action: str,
    alarm_id: int | None = None,
    team_id: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> int:
    """Write one row and return its number."""
    entry = Entry(
        at=at,
        actor_kind=actor_kind,
        actor=actor,
        action=action,
        alarm_id=alarm_id,
        team_id=team_id,
        detail=detail or {},
    )
    return append_all(connection, [entry])


def append_all(connection: Connection, entries: Iterable[Entry], head: tuple[int, str] | None = None) -> int:
    """Write rows in order and return the last number. ``head`` is what :func:`lock` returned, if it was taken."""
    seq, digest = head or lock(connection)
    rows: list[dict[str, Any]] = []
    for entry in entries:
        seq += 1
        row = {
            "seq": seq,
            "at": entry.at.astimezone(UTC),
            "actor_kind": entry.actor_kind,
            "actor": entry.actor,
            "action": entry.action,
            "alarm_id": entry.alarm_id,
            "team_id": entry.team_id,
            "detail": _plain(entry.detail),
            "previous_hash": digest,
        }
        digest = row["hash"] = _digest(row)
        rows.append(row)
    if rows:
        connection.execute(insert(audit), rows)
        connection.execute(update(meta).where(meta.c.name == _HEAD).values(value=f"{seq} {digest}"))
        announce(connection, ALARMS)
    return seq


def events_after(connection: Connection, seq: int, limit: int, teams: Sequence[str] | None = None) -> list[AuditEvent]:
    """Return up to ``limit`` rows after ``seq`` in order; only those of ``teams`` unless it is None."""
    query = select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(limit)
    if teams is not None:
        query = query.where(audit.c.team_id.in_(teams))
    return [AuditEvent(**row) for row in connection.execute(query).mappings()]


def last_seq(connection: Connection) -> int:
    """Return the number of the newest row, 0 when there is none."""
    newest = connection.execute(select(audit.c.seq).order_by(audit.c.seq.desc()).limit(1)).scalar()
    return newest or 0


def verify(connection: Connection) -> Verdict:
    """Recompute the chain from its first row, against its own hashes and against the head."""
    expected, digest = 0, _GENESIS
    query = select(audit).order_by(audit.c.seq).execution_options(yield_per=1000)
    with connection.execute(query) as rows:
        for found in rows.mappings():
            expected += 1
            if found["seq"] != expected or found["previous_hash"] != digest or found["hash"] != _digest(found):
                return Verdict(expected - 1, expected)
            digest = found["hash"]
    head = connection.execute(select(meta.c.value).where(meta.c.name == _HEAD)).scalar()
    if head is not None and head != f"{expected} {digest}":
        return Verdict(expected, expected + 1)
    return Verdict(expected, None)


def _digest(row: Mapping[Any, Any]) -> str:
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


def _plain(value: Any) -> Any:
    """Return JSON that survives a round trip through both engines unchanged.

    PostgreSQL writes floats its own way, so they become text; it refuses NUL and half characters, so those go.
    """
    if isinstance(value, Mapping):
        return {tidy.text(str(name)): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, bool | int | None):
        return value
    return tidy.text(str(value))
