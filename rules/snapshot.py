"""The state of the engine as bytes."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import msgspec

from devices.observation import Kind
from rules.base import Finding, Rule, Scope
from rules.outage import Site
from rules.repeats import Told
from store.errors import HemvaktError

VERSION = 1


class SnapshotError(HemvaktError):
    """The snapshot cannot be used; replay the journal instead."""


class Row(msgspec.Struct, array_like=True):
    """One slot. ``since`` is set for a subject that the roster does not know. ``state`` is raw when read."""

    rule: str
    scope: Scope
    subject: str
    since: datetime | None
    fired: datetime | None
    failed_at: datetime | None
    state: Any


class Snapshot(msgspec.Struct, kw_only=True):
    """Everything that the engine knows beside rules and roster."""

    version: int = VERSION
    #: rule -> fingerprint of the shape of its state
    shapes: dict[str, str]
    #: id of the last observation folded in
    position: int
    now: datetime
    resumed_at: datetime
    unheard: tuple[tuple[datetime, datetime], ...]
    site: Site
    roster_at: datetime
    pending: list[Finding]
    rows: list[Row]
    #: What sensors told last. Snapshots of before have none: then the first word of each is news once more.
    told: dict[str, dict[Kind, Told]] = {}


class _RawRow(Row, array_like=True):
    state: msgspec.Raw


class _RawSnapshot(Snapshot, kw_only=True):
    rows: list[_RawRow]  # type: ignore[assignment]


class _Head(msgspec.Struct):
    version: int


def encode(snapshot: Snapshot) -> bytes:
    """Return ``snapshot`` as msgpack."""
    return msgspec.msgpack.encode(snapshot)


def decode(data: bytes, rules: Sequence[Rule]) -> Snapshot:
    """Read a snapshot, the states as their rules' types. Raises SnapshotError when any part does not fit.

    States of a rule that no longer exists are left out.
    """
    try:
        version = msgspec.msgpack.decode(data, type=_Head).version
        if version != VERSION:
            raise SnapshotError(f"It is of version {version}, this is version {VERSION}.")
        raw = msgspec.msgpack.decode(data, type=_RawSnapshot)
        decoders = {rule.name: msgspec.msgpack.Decoder(rule.State | None) for rule in rules}
        for rule in rules:
            if raw.shapes.get(rule.name, shape(rule)) != shape(rule):
                raise SnapshotError(f"The state of the rule {rule.name!r} has another shape now.")
        rows = list(_read(raw.rows, decoders))
    except msgspec.MsgspecError as error:
        raise SnapshotError("It does not decode.") from error
    return Snapshot(
        shapes=raw.shapes,
        position=raw.position,
        now=raw.now,
        resumed_at=raw.resumed_at,
        unheard=raw.unheard,
        site=raw.site,
        roster_at=raw.roster_at,
        pending=raw.pending,
        rows=rows,
        told=raw.told,
    )


def shape(rule: Rule) -> str:
    """Return a fingerprint of the fields of a rule's state: equal fingerprints decode each other's states."""
    return _fingerprint(rule.State)


@cache
def _fingerprint(state: type[msgspec.Struct]) -> str:
    # A class does not change; to look it through takes longer than to write a small snapshot.
    schema = _without_words(msgspec.json.schema(state))
    return hashlib.sha256(msgspec.json.encode(schema, order="sorted")).hexdigest()[:16]


def _without_words(schema: Any) -> Any:
    """Leave out docstrings: to word one better changes no state."""
    if isinstance(schema, dict):
        return {name: _without_words(part) for name, part in schema.items() if name != "description"}
    if isinstance(schema, list):
        return [_without_words(part) for part in schema]
    return schema


def _read(rows: Iterable[_RawRow], decoders: dict[str, Any]) -> Iterable[Row]:
    for row in rows:
        if (decoder := decoders.get(row.rule)) is not None:
            yield Row(row.rule, row.scope, row.subject, row.since, row.fired, row.failed_at, decoder.decode(row.state))
