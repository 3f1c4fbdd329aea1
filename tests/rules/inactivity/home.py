"""A home on the real engine, and days that pass in it."""

from datetime import datetime, timedelta
from typing import Any

from devices.observation import Kind, Observation, Quality
from rules.base import Finding
from rules.engine import Engine
from rules.inactivity import RULE
from rules.roster import AssignmentEntry, DeviceEntry, Roster, SettingEntry

#: Kinds of sensor by room in these tests.
_DOORS = ("front door", "fridge")


class Home:
    """One home under watch from ``since``; times are given as aware datetimes and only go forward."""

    def __init__(self, since: datetime, zone: str = "Europe/Stockholm", **settings: Any) -> None:
        self.roster = Roster(
            devices=(DeviceEntry(id="pir", since=since),),
            assignments=(AssignmentEntry(device="pir", home="home-1", from_at=since),),
            settings=(SettingEntry(rule="inactivity", valid_from=since, settings=settings),),
            zone=zone,
        )
        self.engine = Engine([RULE], self.roster, since)
        assert self.engine.problems == ()
        self.said: list[Finding] = []

    def sign(self, at: datetime, room: str = "kitchen", **more: Any) -> list[Finding]:
        """Something happens in a room: a door for the rooms that are doors, else motion."""
        kind = more.pop("kind", Kind.DOOR if room in _DOORS else Kind.MOTION)
        more = {"value": 1.0, "time": at, **more}
        observation = Observation(
            id=self.engine.position + 1, kind=kind, received_at=at, device="pir", home="home-1", room=room, **more
        )
        return self._note(self.engine.feed(observation))

    def late(self, at: datetime, received_at: datetime) -> list[Finding]:
        """Motion that was kept back."""
        return self.sign(received_at, time=at, quality=frozenset({Quality.LATE}))

    def resumed(self, listened_until: datetime, at: datetime) -> list[Finding]:
        """The gateway takes up work again."""
        return self.sign(at, kind=Kind.RESUMED, time=listened_until)

    def quiet_until(self, at: datetime) -> list[Finding]:
        """Nothing is heard."""
        return self._note(self.engine.advance(at))

    def busy(self, start: datetime, until: datetime, every_min: float = 10, room: str = "kitchen") -> list[Finding]:
        """Somebody is up and about."""
        found, at = [], start
        while at <= until:
            found += self.sign(at, room)
            at += timedelta(minutes=every_min)
        return found

    def restart(self) -> None:
        """The process is killed and comes back from its snapshot."""
        self.engine = Engine.restore(self.engine.snapshot(), [RULE], self.roster)

    def _note(self, found: list[Finding]) -> list[Finding]:
        self.said += found
        return found


def live(home: Home, first: datetime, days: int, up: int = 7, to_bed: int = 22) -> datetime:
    """Let somebody live there by the clock; return the last sign of life."""
    last = first
    for day in range(days):
        morning = (first + timedelta(days=day)).replace(hour=up, minute=0)
        last = morning.replace(hour=to_bed)
        home.busy(morning, last)
    return last
