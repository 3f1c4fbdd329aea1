"""L3: the loss of many devices of one bridge, area or transport at once is one technical alarm with its list.

Only silences of devices come here. A press, a fall, smoke, whatever may save a life, takes another way and is never
seen by this code, so a mass loss cannot hold it back (M3).
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from alarms.grouping import groups, roll
from alarms.grouping.groups import Bond, Group, Member
from alarms.lifecycle import machine
from alarms.lifecycle.guards import Move
from alarms.lifecycle.outcomes import Outcome
from alarms.lifecycle.states import ActorKind, Condition, Handling
from alarms.lifecycle.table import Event
from alarms.model import Actor, Alarm, Placement, Signal
from alarms.raising import raise_alarm
from alarms.repository import NOT_CLOSED
from alarms.unit import Unit
from rules.base import AlarmClass
from store.tables import alarm

RULE: Final = "mass_loss"
LOST: Final = "mass_lost"
_SILENCE: Final = "silence"
_ACTOR: Final = Actor(ActorKind.SYSTEM, RULE)


def gather(unit: Unit, silences: Sequence[Signal]) -> dict[str, int]:
    """Put silent devices on the list of a mass loss; return the alarm's number by the key of each signal it took.

    Signals that are not in the answer are alarms of their own. One that has an alarm of its own already goes on there.
    """
    if not silences:
        return {}
    fresh = {signal.place.device_id: signal for signal in silences if not _has_own(unit, signal)}
    known = groups.members(unit.connection, fresh)
    taken = _join(unit, fresh, known)
    rest = [known[name] for name, signal in fresh.items() if name in known and signal.key not in taken]
    return taken | (_open(unit, fresh, rest) if rest else {})


def heard(unit: Unit, device_id: str) -> None:
    """Mark a device that is heard again on the lists it is on; the alarm is restored when all of its devices are."""
    for number in roll.mark_restored(unit.connection, device_id, unit.now):
        found = unit.alarm(number)
        if found.handling is Handling.CLOSED:
            continue
        back, all_of_them = roll.count(unit.connection, number)
        found.facts = {**found.facts, "restored": back}
        everybody = back == all_of_them and found.condition is not Condition.RESTORED
        machine.apply(
            unit, found, Event.RESTORED if everybody else Event.DEVICE_HEARD, Move(actor=_ACTOR, to=device_id)
        )


def _has_own(unit: Unit, signal: Signal) -> bool:
    return bool(unit.open_alarms([signal.correlation_key]))


def _join(unit: Unit, fresh: Mapping[str, Signal], known: Mapping[str, Member]) -> dict[str, int]:
    """Put devices on the lists of mass losses that go on, or that they are on already."""
    by_key = {group.key: group for member in known.values() for group in member.groups}
    going_on = unit.open_alarms(list(by_key))
    if not going_on:
        return {}
    rolls = {number: roll.read(unit.connection, number) for number in {one.id for one in going_on.values()}}
    window = timedelta(seconds=unit.settings.mass_loss_window_s)
    joining: dict[Group, list[Member]] = {}
    for name, member in known.items():
        fitting = (
            group
            for group in member.groups
            if group.key in going_on and _fits(rolls[going_on[group.key].id], name, unit.now - window)
        )
        group = next(fitting, None)
        if group is not None:
            joining.setdefault(group, []).append(member)
    for group, more in joining.items():
        _add(unit, going_on[group.key], group, more, fresh)
    return {fresh[one.device_id].key: going_on[group.key].id for group, more in joining.items() for one in more}


def _fits(listed: Mapping[str, roll.Line], name: str, since: datetime) -> bool:
    """Tell whether a device is on the list already, or was lost while the loss still went on."""
    line = listed.get(name)
    if line is not None and line.restored_at is None:
        return True
    return any(one.lost_at >= since and one.restored_at is None for one in listed.values())


def _open(unit: Unit, fresh: Mapping[str, Signal], rest: Sequence[Member]) -> dict[str, int]:
    """Open an alarm for each group of which enough were lost within the window; those alarmed singly before join it."""
    since = unit.now - timedelta(seconds=unit.settings.mass_loss_window_s)
    lately = _lately(unit, since)
    lost = {member.device_id: member for member in (*groups.members(unit.connection, lately).values(), *rest)}
    if len(lost) < unit.settings.mass_loss_fewest:
        return {}
    sizes = groups.sizes(unit.connection, {member.team_id for member in rest})
    taken: dict[str, int] = {}
    left = set(lost)
    for group, _ in groups.widest(lost.values()):
        here = [lost[name] for name in sorted(left) if group in lost[name].groups]
        new = [member for member in here if member.device_id in fresh and member.device_id not in lately]
        enough = max(unit.settings.mass_loss_fewest, math.ceil(unit.settings.mass_loss_share * sizes[group]))
        if not new or len(here) < enough:
            continue
        left -= {member.device_id for member in here}
        number = _raise(unit, group, here, fresh, lately)
        taken |= {fresh[member.device_id].key: number for member in new}
    return taken


def _lately(unit: Unit, since: datetime) -> dict[str, int]:
    """Return the alarms about single devices that nobody has taken yet and that were opened within the window."""
    query = select(alarm.c.device_id, alarm.c.id).where(
        NOT_CLOSED,
        alarm.c.alarm_class == AlarmClass.TECHNICAL.value,
        alarm.c.rule == _SILENCE,
        alarm.c.handling == Handling.OPEN.value,
        alarm.c.condition != Condition.RESTORED.value,
        alarm.c.opened_at >= since,
    )
    return {row.device_id: row.id for row in unit.connection.execute(query)}


def _raise(
    unit: Unit, group: Group, here: Sequence[Member], fresh: Mapping[str, Signal], lately: Mapping[str, int]
) -> int:
    first = here[0]
    one_home = first.home_id if group.bond is Bond.BRIDGE and len({member.home_id for member in here}) == 1 else None
    place = Placement(area_id=first.area_id, team_id=group.team_id, home_id=one_home)
    newest = next(fresh[member.device_id] for member in reversed(here) if member.device_id in fresh)
    facts = _facts(group, len(here), 0, len({member.home_id for member in here}))
    signal = Signal(
        key=newest.key,
        correlation_key=group.key,
        alarm_class=AlarmClass.TECHNICAL,
        rule=RULE,
        code=LOST,
        facts=facts,
        time=newest.time,
        place=place,
        actor=_ACTOR,
    )
    found, _ = raise_alarm(unit, signal)
    roll.add(unit.connection, found.id, [member.device_id for member in here], unit.now, lately)
    unit.fetch([lately[member.device_id] for member in here if member.device_id in lately])
    for member in here:
        if member.device_id in lately:
            joined = Move(actor=_ACTOR, outcome=Outcome.JOINED, to=str(found.id))
            machine.apply(unit, unit.alarm(lately[member.device_id]), Event.JOINED, joined)
    return found.id


def _add(unit: Unit, found: Alarm, group: Group, more: Sequence[Member], fresh: Mapping[str, Signal]) -> None:
    roll.add(unit.connection, found.id, [member.device_id for member in more], unit.now, {})
    back, all_of_them = roll.count(unit.connection, found.id)
    homes = len({one.home_id for one in groups.members(unit.connection, roll.read(unit.connection, found.id)).values()})
    for member in more:
        signal = fresh[member.device_id]
        joined = Signal(
            key=signal.key,
            correlation_key=group.key,
            alarm_class=AlarmClass.TECHNICAL,
            rule=RULE,
            code=LOST,
            facts=_facts(group, all_of_them, back, homes),
            time=signal.time,
            place=signal.place,
            actor=_ACTOR,
        )
        raise_alarm(unit, joined)


def _facts(group: Group, lost: int, restored: int, homes: int) -> dict[str, Any]:
    return {"bond": group.bond.value, "name": group.name, "lost": lost, "restored": restored, "homes": homes}
