"""The follow-up of one month: figures by group, when alarms come, how long they wait, and each that waited too long."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from alarms.audit_chain import Mark
from alarms.follow_up.cases import Case
from alarms.follow_up.groups import FEWEST, Group, groups
from alarms.follow_up.months import Month
from alarms.follow_up.tally import LATE_S, set_aside
from rules.base import AlarmClass

#: Upper ends of the intervals in which waits are counted, in seconds; the last is open.
WAITS: Final = (30, 60, 120, 180, 300, 600)
_GRAVITY: Final = {member.value: place for place, member in enumerate(AlarmClass)}


class Late(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm that nobody had accepted after LATE_S. It names no resident: the alarm's own page does."""

    alarm_id: int
    team: str
    area: str
    alarm_class: str
    rule: str
    opened_at: datetime
    #: None: nobody ever has.
    accepted_after_s: float | None
    #: nobody_reached (nobody could be told at first), exhausted (everybody was rung), unanswered.
    cause: str
    escalations: int
    forgotten: int
    exhausted_minutes: float
    outcome: str


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """How many life-safety alarms waited so long; ``up_to_s`` is None for longer than all, or for ever."""

    up_to_s: int | None
    alarms: int


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """Life-safety alarms that opened in this hour of the local day, and those of them that waited over LATE_S."""

    hour: int
    alarms: int
    over_180_s: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One month. It is computed from the rows up to ``through`` and from nothing else, so anybody gets the same."""

    month: str
    zone: str
    begins_at: datetime
    ends_at: datetime
    through: Mark
    through_at: datetime | None
    #: Groups by sex that rest on fewer residents than this are hidden.
    fewest: int
    groups: list[Group]
    waits: list[Wait]
    hours: list[Hour]
    exceptions: list[Late]


def report(cases: Sequence[Case], month: Month, zone: str, through: Mark, through_at: datetime | None) -> Report:
    """Return the report of cases that all opened in ``month``."""
    begins_at, ends_at = month.bounds(zone)
    now = through_at or begins_at
    counted = [case for case in cases if set_aside(case, now) is None]
    grave = [case for case in counted if case.alarm_class == AlarmClass.LIFE_SAFETY.value]
    return Report(
        month=str(month),
        zone=zone,
        begins_at=begins_at,
        ends_at=ends_at,
        through=through,
        through_at=through_at,
        fewest=FEWEST,
        groups=groups(cases, now),
        waits=_waits(grave),
        hours=_hours(grave, ZoneInfo(zone)),
        exceptions=_exceptions(counted, now),
    )


def _exceptions(counted: Sequence[Case], now: datetime) -> list[Late]:
    late = [case for case in counted if _is_late(case)]
    late.sort(key=lambda case: (_GRAVITY.get(case.alarm_class, -1), case.opened_at, case.alarm_id))
    return [
        Late(
            alarm_id=case.alarm_id,
            team=case.team,
            area=case.area,
            alarm_class=case.alarm_class,
            rule=case.rule,
            opened_at=case.opened_at,
            accepted_after_s=case.waited_s(case.accepted_at),
            cause="nobody_reached" if not case.told else "exhausted" if case.rang_s(now) else "unanswered",
            escalations=case.escalations,
            forgotten=case.forgotten,
            exhausted_minutes=round(case.rang_s(now) / 60, 1),
            outcome=case.outcome,
        )
        for case in late
    ]


def _is_late(case: Case) -> bool:
    waited = case.waited_s(case.accepted_at)
    return waited is None or waited > LATE_S


def _waits(cases: Sequence[Case]) -> list[Wait]:
    counts = dict.fromkeys([*WAITS, None], 0)
    for case in cases:
        waited = case.waited_s(case.accepted_at)
        counts[next((end for end in WAITS if waited is not None and waited <= end), None)] += 1
    return [Wait(up_to_s=end, alarms=count) for end, count in counts.items()]


def _hours(cases: Sequence[Case], zone: ZoneInfo) -> list[Hour]:
    opened, late = [0] * 24, [0] * 24
    for case in cases:
        hour = case.opened_at.astimezone(zone).hour
        opened[hour] += 1
        late[hour] += _is_late(case)
    return [Hour(hour=hour, alarms=opened[hour], over_180_s=late[hour]) for hour in range(24)]
