"""Things that happen to Greta, run through the rules as the gateway would, so that pictures show real findings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from alarms.desk import record
from devices.observation import Acceleration, Kind, Observation
from gateway import journal
from gateway.rosters import load
from rules.base import Finding
from rules.registry import all_rules
from rules.replay import replay
from store import settings_versions
from store.database import Database
from tests.rules.fall.motions import fall

ZONE = "Europe/Stockholm"
UNITS = {
    Kind.SYSTOLIC: "mm[Hg]",
    Kind.DIASTOLIC: "mm[Hg]",
    Kind.PULSE: "/min",
    Kind.RESPIRATION: "/min",
    Kind.SPO2: "%",
    Kind.TEMPERATURE: "Cel",
    Kind.WEIGHT: "kg",
}


def said(number: int, at: datetime, kind: Kind, value: float = 1.0, **more: Any) -> Observation:
    fields: dict[str, Any] = {"device": "hub-1", "home": "home-1", "resident": "greta", "time": at} | more
    return Observation(id=number, kind=kind, received_at=at, value=value, unit=UNITS.get(kind, "1"), **fields)


def a_fall(now: datetime) -> list[Observation]:
    """Greta falls ten seconds before ``now``: windows of two seconds from her pendant."""
    counts = np.clip(np.round(fall(50.0, 3) / 0.004), -32768, 32767).astype("<i2")
    windows = [counts[start : start + 100] for start in range(0, len(counts), 100)]
    begin = now - timedelta(seconds=2 * len(windows))
    found = []
    for number, window in enumerate(windows, 1):
        at = begin + timedelta(seconds=2 * number)
        shaken = Acceleration(samples=window.tobytes(), rate_hz=50.0, range_g=8.0, scale_g=0.004, position="pendant")
        start = at - timedelta(seconds=len(window) / 50)
        found.append(said(number, at, Kind.ACCELERATION, device="pendant-1", time=start, acceleration=shaken))
    return found


def a_quiet_day(now: datetime, days: int = 15, room: str = "kitchen") -> list[Observation]:
    """Greta is up from 7 to 22 every day, and is not seen after 9 on the last one."""
    found: list[Observation] = []
    at = (now - timedelta(days=days)).replace(hour=6, minute=0)
    last = now.replace(hour=8, minute=0)
    while at < last:
        if 6 <= at.hour < 21:
            found.append(said(len(found) + 1, at, Kind.MOTION, device="pir-1", resident="", room=room))
        at += timedelta(minutes=20)
    return found


def a_door_at_night(now: datetime) -> list[Observation]:
    lived = a_quiet_day(now, 5)
    return [*lived, said(len(lived) + 1, now, Kind.DOOR, device="door-1", resident="", room="hall")]


def measured(now: datetime, kind: Kind, values: Sequence[float], **more: Any) -> list[Observation]:
    """One value a day, the last one now."""
    days = len(values)
    return [
        said(number, now - timedelta(days=days - number), kind, value, **more) for number, value in enumerate(values, 1)
    ]


def a_score(now: datetime) -> list[Observation]:
    taken = {
        Kind.RESPIRATION: 25.0,
        Kind.SPO2: 91.0,
        Kind.OXYGEN: 0.0,
        Kind.SYSTOLIC: 105.0,
        Kind.PULSE: 115.0,
        Kind.CONSCIOUSNESS: 1.0,
        Kind.TEMPERATURE: 38.6,
    }
    earlier = [said(number, now - timedelta(days=9 - number), Kind.PULSE, 70.0 + number) for number in range(1, 9)]
    return [*earlier, *(said(number, now, kind, value) for number, (kind, value) in enumerate(taken.items(), 9))]


def a_week_of_pressure(now: datetime) -> list[Observation]:
    found: list[Observation] = []
    for day in range(7):
        for hour in (7, 7.1, 19, 19.1):
            at = (now - timedelta(days=8 - day)).replace(hour=0, minute=0) + timedelta(hours=hour)
            for kind, value in ((Kind.SYSTOLIC, 141.0 + day % 3), (Kind.DIASTOLIC, 83.0)):
                found.append(said(len(found) + 1, at, kind, value))
    return found


def switch_on(database: Database, since: datetime, **rules: dict[str, Any]) -> None:
    rows = [
        {
            "rule": rule,
            "scope": "default",
            "subject": "",
            "settings": settings,
            "author": "test",
            "reason": "test",
            "valid_from": since,
        }
        for rule, settings in rules.items()
    ]
    database.write_now(lambda connection: settings_versions.add(connection, rows))


def happen(database: Database, observations: Sequence[Observation], now: datetime, rule: str) -> int:
    """Store ``observations`` and what ``rule`` finds in them; return the number of the alarm."""

    def found(connection: Any) -> list[Finding]:
        journal.write(connection, [], [(one, None) for one in observations])
        roster = load(connection, ZONE).roster
        findings = replay(observations, roster, [one for one in all_rules() if one.name == rule], now)
        return [one for one in findings if one.rule == rule]

    findings = database.write_now(found)
    assert findings, f"{rule} found nothing"
    done = database.write_now(lambda connection: record(connection, findings, now))
    return done.opened[0]
