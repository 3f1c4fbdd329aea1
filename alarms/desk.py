"""The door of the desk: findings come in, inside the transaction that stores what they were concluded from."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from alarms import tidy
from alarms.canary import keeper
from alarms.grouping import mass_loss
from alarms.lifecycle import machine
from alarms.lifecycle.guards import Move
from alarms.lifecycle.states import ActorKind
from alarms.lifecycle.table import Event
from alarms.model import Actor, Signal
from alarms.placement import place
from alarms.raising import part_ways, raise_alarm, restore, settle
from alarms.repository import chunks
from alarms.settings import DeskSettings
from alarms.unit import Unit
from rules.base import AlarmClass, Finding, Scope
from rules.canary import CanaryRule
from store.tables import finding as finding_table

#: The rule whose finding says that a device is not heard: what the device last said of itself is then unknown.
_SILENCE: Final = "silence"
#: The rule whose alarms page nobody but the sink.
_DEFAULTS: Final = DeskSettings()
_KNOWN: Final = select(finding_table.c.key).where(finding_table.c.key.in_(bindparam("keys", expanding=True)))


class Recorded(msgspec.Struct, frozen=True):
    """Numbers of the alarms that were opened, occurred again, and restored; ``known`` counts findings seen before."""

    opened: tuple[int, ...] = ()
    occurred: tuple[int, ...] = ()
    restored: tuple[int, ...] = ()
    known: int = 0


def record(
    connection: Connection, findings: Sequence[Finding], now: datetime, settings: DeskSettings = _DEFAULTS
) -> Recorded:
    """Store findings and make alarms of them, in order, in the caller's transaction.

    A key that is stored already is passed over, so a replay raises nothing twice. Call it once in a transaction.
    """
    if not findings:
        return Recorded()
    unit = Unit(connection, now, settings)
    fresh = _unknown(connection, findings)
    signals = [(one, _signal(connection, one, now)) for one in fresh]
    _store(connection, signals, now)
    raising = [(one, signal) for one, signal in signals if not one.shadow and one.asks is None]
    unit.open_alarms({signal.correlation_key for _, signal in raising})
    silences = [signal for one, signal in raising if _is_silence(one) and not one.restores]
    gathered = mass_loss.gather(unit, silences)
    opened: list[int] = []
    occurred: list[int] = []
    restored: list[int] = []
    for one, signal in signals:
        if one.shadow or one.asks is not None:
            continue
        if one.restores:
            restored += [alarm.id for alarm in restore(unit, [signal])]
            if _is_silence(one):
                mass_loss.heard(unit, signal.place.device_id)
            continue
        if signal.key in gathered:
            occurred.append(gathered[signal.key])
        else:
            part_ways(unit, signal)
            alarm, is_new = raise_alarm(unit, signal)
            (opened if is_new else occurred).append(alarm.id)
        if _is_silence(one):
            _device_lost(unit, signal)
    settle(unit)
    return Recorded(tuple(opened), tuple(occurred), tuple(restored), len(findings) - len(fresh))


def _is_silence(one: Finding) -> bool:
    return one.rule == _SILENCE and one.scope is Scope.DEVICE and one.alarm_class is AlarmClass.TECHNICAL


def _unknown(connection: Connection, findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings whose key is new; the desk's lock makes sure that it still is when they are stored."""
    by_key: dict[str, Finding] = {}
    for one in findings:
        by_key.setdefault(tidy.key(one.key, 160), one)
    known: set[str] = set()
    for some in chunks(list(by_key)):
        known |= set(connection.execute(_KNOWN, {"keys": some}).scalars())
    return [one for key, one in by_key.items() if key not in known]


def _signal(connection: Connection, found: Finding, now: datetime) -> Signal:
    subject = tidy.key(found.subject, 64)
    tidied = msgspec.structs.replace(found, subject=subject)
    return Signal(
        key=tidy.key(found.key, 160),
        correlation_key=tidy.key(f"{found.rule}:{found.scope.value}:{subject}", 160),
        alarm_class=found.alarm_class,
        rule=tidy.key(found.rule, 32),
        code=tidy.key(found.code, 48),
        facts=tidy.facts(found.facts),
        time=found.time,
        place=place(connection, tidied, now),
        policy=keeper.POLICY if found.rule == CanaryRule.name else None,
        actor=Actor(ActorKind.DEVICE, subject if found.scope is Scope.DEVICE else tidy.key(f"rule:{found.rule}", 64)),
    )


def _store(connection: Connection, signals: Collection[tuple[Finding, Signal]], now: datetime) -> None:
    rows: list[dict[str, Any]] = [
        {
            "key": signal.key,
            "rule": signal.rule,
            "code": signal.code,
            "alarm_class": signal.alarm_class.value,
            "scope": one.scope.value,
            "subject": tidy.key(one.subject, 64),
            "home_id": signal.place.home_id or "",
            "resident_id": signal.place.resident_id or "",
            "device_id": signal.place.device_id,
            "time": signal.time,
            "recorded_at": now,
            "facts": signal.facts,
            "evidence": list(one.evidence),
            "restores": one.restores,
            "shadow": one.shadow,
            "settings_versions": list(one.versions),
        }
        for one, signal in signals
    ]
    if rows:
        connection.execute(insert(finding_table), rows)


def _device_lost(unit: Unit, signal: Signal) -> None:
    """A lost device clears nothing: its alarms stay, and say that their condition is not known any more."""
    for alarm in unit.alarms_of_device(signal.place.device_id):
        if alarm.correlation_key != signal.correlation_key:
            machine.apply(unit, alarm, Event.DEVICE_LOST, Move(actor=signal.actor))
