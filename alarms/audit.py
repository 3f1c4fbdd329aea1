"""The audit: one row for each transition, numbered without a gap, chained by hash, never changed (triggers refuse it).

It names no resident: staff and devices stand in it by their ids, residents by a random word, and free text by its hash.

Whoever writes to the desk first takes the lock on the head of this chain and keeps it until commit. So a reader that
has seen number n has seen every lower one, every transition is decided on the newest state, and two writers cannot
deadlock.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alarms import audit_texts, tidy
from alarms.audit_chain import GENESIS, START, Mark, Verdict, digest, silent, walk
from alarms.audit_record import Record
from store.bell import ALARMS
from store.database import announce
from store.tables import audit, audit_floor, audit_text, meta

_HEAD: Final = "audit"
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


def lock(connection: Connection) -> tuple[int, str]:
    """Become the only writer until commit; return the last number and hash of the chain."""
    head = connection.execute(_LOCK[connection.dialect.name]).scalar()
    if head is None:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        first = dialect.insert(meta).values(name=_HEAD, value=f"0 {GENESIS}").on_conflict_do_nothing()
        connection.execute(first)
        return lock(connection)
    number, newest = head.split(" ")
    return int(number), newest


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
    seq, newest = head or lock(connection)
    rows: list[dict[str, Any]] = []
    texts: list[dict[str, Any]] = []
    for entry in entries:
        seq += 1
        detail = _plain(entry.detail)
        if text := audit_texts.split(seq, detail):
            texts.append(text)
        row = {
            "seq": seq,
            "at": entry.at.astimezone(UTC),
            "actor_kind": entry.actor_kind,
            "actor": entry.actor,
            "action": entry.action,
            "alarm_id": entry.alarm_id,
            "team_id": entry.team_id,
            "detail": detail,
            "previous_hash": newest,
        }
        newest = row["hash"] = digest(row)
        rows.append(row)
    if rows:
        connection.execute(insert(audit), rows)
        if texts:
            connection.execute(insert(audit_text), texts)
        connection.execute(update(meta).where(meta.c.name == _HEAD).values(value=f"{seq} {newest}"))
        announce(connection, ALARMS)
    return seq


def events_after(connection: Connection, seq: int, limit: int, teams: Sequence[str] | None = None) -> list[AuditEvent]:
    """Return up to ``limit`` rows after ``seq`` in order; only those of ``teams`` unless it is None."""
    query = select(audit).where(audit.c.seq > seq).order_by(audit.c.seq).limit(limit)
    if teams is not None:
        query = query.where(audit.c.team_id.in_(teams))
    return events(connection, connection.execute(query).mappings())


def events(connection: Connection, rows: Iterable[Mapping[Any, Any]]) -> list[AuditEvent]:
    """Return rows of the table as events, with what people wrote back in them."""
    return [AuditEvent(**row) for row in audit_texts.join(connection, rows)]


def last_seq(connection: Connection) -> int:
    """Return the number of the newest row, 0 when there is none."""
    newest = connection.execute(select(audit.c.seq).order_by(audit.c.seq.desc()).limit(1)).scalar()
    return newest or 0


def floor(connection: Connection) -> Mark:
    """Return where the chain begins: at its first row, or after what was culled when its time was over."""
    query = select(audit_floor.c.seq, audit_floor.c.hash).order_by(audit_floor.c.seq.desc()).limit(1)
    found = connection.execute(query).one_or_none()
    return START if found is None else Mark(found.seq, found.hash)


def verify(connection: Connection, *, expect: Mark | None = None, progress: Callable[[int], None] = silent) -> Verdict:
    """Recompute the chain from where it begins: against its own hashes, its head, and a ``Mark`` kept elsewhere.

    What people wrote is checked against its hash too; a text that is gone without an erasure breaks the chain.
    """
    # In this order, because a desk that runs goes on writing: a row that was there is below a head that is read later,
    # and a head that was read is among the rows that are read later.
    newest, head = last_seq(connection), _head(connection)
    if newest > head.seq:
        return Verdict(rows=head.seq, broken_at=head.seq + 1, why="head", end=head)
    after = floor(connection)
    query = select(audit, audit_text.c.salt, audit_text.c.text).outerjoin(audit_text, audit_text.c.seq == audit.c.seq)
    query = query.where(audit.c.seq > after.seq).order_by(audit.c.seq).execution_options(yield_per=1000)
    record = Record(after)
    marks = {"head": head} if expect is None else {"mark": expect, "head": head}
    with connection.execute(query) as rows:
        verdict = walk(record.watched(rows.mappings()), after=after, expect=marks, progress=progress)
    if verdict.broken_at is not None:
        return verdict
    if fault := record.fault():
        return msgspec.structs.replace(verdict, rows=fault[0] - 1 - after.seq, broken_at=fault[0], why=fault[1])
    return msgspec.structs.replace(verdict, erased=record.erased)


def _head(connection: Connection) -> Mark:
    head = connection.execute(select(meta.c.value).where(meta.c.name == _HEAD)).scalar()
    if head is None:
        return START
    number, newest = head.split(" ")
    return Mark(int(number), newest)


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
