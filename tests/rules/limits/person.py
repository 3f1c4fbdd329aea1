"""A person who measures at home, on the real engine."""

from datetime import UTC, datetime, timedelta
from typing import Any

from devices.observation import Kind, Observation
from rules.base import Finding, Rule
from rules.engine import Engine
from rules.limits import RULE
from rules.roster import AssignmentEntry, DeviceEntry, Roster, SettingEntry

MONDAY = datetime(2026, 1, 12, tzinfo=UTC)
UNITS = {
    Kind.SYSTOLIC: "mm[Hg]",
    Kind.DIASTOLIC: "mm[Hg]",
    Kind.PULSE: "/min",
    Kind.SPO2: "%",
    Kind.TEMPERATURE: "Cel",
    Kind.GLUCOSE: "mmol/L",
    Kind.WEIGHT: "kg",
    Kind.BODY_WATER: "%",
    Kind.RESPIRATION: "/min",
    Kind.OXYGEN: "1",
    Kind.CONSCIOUSNESS: "1",
    Kind.ROOM_TEMPERATURE: "Cel",
    Kind.DOOR: "1",
    Kind.MOTION: "1",
    Kind.AWAY: "1",
}


class Person:
    """One resident under watch of ``rule`` from ``since``, with personal ``settings``."""

    def __init__(self, rule: Rule = RULE, *, since: datetime = MONDAY, zone: str = "UTC", **settings: Any) -> None:
        self.rule = rule
        self.roster = Roster(
            devices=(DeviceEntry(id="hub", since=since),),
            assignments=(AssignmentEntry(device="hub", home="home-1", resident="anna", from_at=since),),
            settings=(
                SettingEntry(rule=rule.name, valid_from=since, settings=settings, scope="resident", subject="anna"),
            ),
            zone=zone,
        )
        self.engine = Engine([rule], self.roster, since)
        assert self.engine.problems == ()

    def measures(self, kind: Kind, value: float | None, at: datetime, **more: Any) -> list[Finding]:
        """Take one measurement."""
        more = {"unit": UNITS.get(kind, "1"), "time": at, "received_at": at, "device": "hub", **more}
        return self.engine.feed(
            Observation(
                id=self.engine.position + 1,
                kind=kind,
                home="home-1",
                resident="anna",
                value=value,
                **more,
            )
        )

    def resumes(self, listened_until: datetime, at: datetime) -> list[Finding]:
        """The gateway takes up work again."""
        position = self.engine.position + 1
        return self.engine.feed(Observation(id=position, kind=Kind.RESUMED, received_at=at, time=listened_until))

    def waits(self, until: datetime) -> list[Finding]:
        """Nothing is measured."""
        return self.engine.advance(until)

    def restart(self) -> None:
        """The process is killed and comes back from its snapshot."""
        self.engine = Engine.restore(self.engine.snapshot(), [self.rule], self.roster)


def codes(found: list[Finding]) -> list[str]:
    return [one.code for one in found]


def days(count: float) -> datetime:
    """Return a moment some days after Monday midnight."""
    return MONDAY + timedelta(days=count)
