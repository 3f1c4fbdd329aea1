"""Recorded homes as observations: TIHM (Scientific Data 2023;10:606), in a folder of ``Activity.csv.xz``."""

import csv
import lzma
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from devices.observation import Kind, Observation

ZONE = "Europe/London"
DOORS = frozenset({"front-door", "back-door"})
#: Days on which the platform was down for most homes (README of the data): no false alarm is counted on them.
OUTAGES = frozenset(date(2019, 6, day) for day in (14, 15, 16, 17)) | frozenset(date(2019, 4, day) for day in (1, 2, 3))


@dataclass(frozen=True)
class Home:
    """Activations of one home, in order. ``times`` are epoch seconds; ``days`` are wall dates with any activity."""

    name: str
    times: NDArray[np.float64]
    rooms: tuple[str, ...]
    days: frozenset[date]

    @property
    def begins(self) -> datetime:
        return datetime.fromtimestamp(float(self.times[0]), UTC)

    def after_may(self) -> "Home":
        """Return the part from June 2019 on: enough for the silence of that month."""
        first = int(np.searchsorted(self.times, datetime(2019, 6, 1, tzinfo=UTC).timestamp()))
        first = min(first, len(self.times) - 1)
        return Home(self.name, self.times[first:], self.rooms[first:], self.days)

    def observations(self) -> Iterator[Observation]:
        """Yield what a gateway would have heard: sensors that say only "activated", with no delay."""
        for index, (epoch, room) in enumerate(zip(self.times.tolist(), self.rooms, strict=True)):
            at = datetime.fromtimestamp(epoch, UTC)
            kind = Kind.DOOR if room.endswith("-door") else Kind.MOTION
            yield Observation(id=index, kind=kind, received_at=at, time=at, home=self.name, room=room, value=1.0)


def wall_date(epoch: float) -> date:
    """Return the date in the homes' own time."""
    return datetime.fromtimestamp(epoch, ZoneInfo(ZONE)).date()


def load(folder: Path) -> list[Home]:
    """Read all homes of a folder, by name."""
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    days: dict[str, set[date]] = defaultdict(set)
    zone = ZoneInfo(ZONE)
    with lzma.open(folder / "Activity.csv.xz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            wall = datetime.fromisoformat(row["date"])
            found[row["patient_id"]].append((wall.replace(tzinfo=zone).timestamp(), row["location_name"]))
            days[row["patient_id"]].add(wall.date())
    homes = []
    for name, events in sorted(found.items()):
        events.sort()
        times = np.array([epoch for epoch, _ in events])
        homes.append(Home(name, times, tuple(room for _, room in events), frozenset(days[name])))
    return homes
