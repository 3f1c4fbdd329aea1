"""The roster as of one moment: every subject under watch, by scope."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from rules.base import Scope
from rules.roster import AssignmentEntry, DeviceEntry, Roster

#: Where settings can be made for a subject, weakest first: ("home", "home-7").
Layers = tuple[tuple[str, str], ...]


class Watched(msgspec.Struct, frozen=True, gc=False):
    """One subject under watch. ``home`` and ``resident`` say whose settings reach it; empty where none do.

    ``shared``: the home has a device that serves nobody in particular.
    """

    since: datetime
    device_kind: str = ""
    interval_s: float = 0.0
    home: str = ""
    resident: str = ""
    shared: bool = False

    def layers(self, scope: Scope, subject: str) -> Layers:
        """Return the places whose settings apply, weakest first."""
        own = (("device", subject),) if scope is Scope.DEVICE else ()
        home = (("home", self.home),) if self.home else ()
        resident = (("resident", self.resident),) if self.resident else ()
        return (("default", ""), *home, *resident, *own)


Watch = Mapping[Scope, Mapping[str, Watched]]


def watch_at(roster: Roster, at: datetime) -> Watch:
    """Return who is under watch at ``at``.

    A home is watched while a device serves it, and since the earliest of the assignments that hold. The settings of a
    resident who is the only one assigned in a home reach the rules of the home too.
    """
    devices = {device.id: device for device in roster.devices if _holds(device.since, device.until, at)}
    serving = _serving(roster, devices, at)
    residents_of: dict[str, set[str]] = {}
    for assignment in serving.values():
        residents_of.setdefault(assignment.home, set()).add(assignment.resident)
    watched: dict[Scope, dict[str, Watched]] = {scope: {} for scope in Scope}
    for device in devices.values():
        watched[Scope.DEVICE][device.id] = _device(device, serving.get(device.id))
    for scope, subject, fresh in _served(serving, devices, residents_of):
        known = watched[scope].get(subject)
        if known is None or fresh.since < known.since:
            watched[scope][subject] = fresh
    return watched


def _holds(start: datetime, end: datetime | None, at: datetime) -> bool:
    return start <= at and (end is None or at < end)


def _serving(roster: Roster, devices: Mapping[str, DeviceEntry], at: datetime) -> dict[str, AssignmentEntry]:
    """Return the assignment of each device; the later one where two overlap."""
    serving: dict[str, AssignmentEntry] = {}
    for assignment in roster.assignments:
        if assignment.device not in devices or not _holds(assignment.from_at, assignment.to_at, at):
            continue
        rival = serving.get(assignment.device)
        if rival is None or rival.from_at < assignment.from_at:
            serving[assignment.device] = assignment
    return serving


def _device(device: DeviceEntry, assignment: AssignmentEntry | None) -> Watched:
    home, resident = (assignment.home, assignment.resident) if assignment is not None else ("", "")
    return Watched(device.since, device.kind, device.interval_s, home, resident)


def _served(
    serving: Mapping[str, AssignmentEntry], devices: Mapping[str, DeviceEntry], residents_of: Mapping[str, set[str]]
) -> Iterator[tuple[Scope, str, Watched]]:
    for assignment in serving.values():
        since = max(assignment.from_at, devices[assignment.device].since)
        living = residents_of[assignment.home] - {""}
        sole = next(iter(living)) if len(living) == 1 else ""
        shared = "" in residents_of[assignment.home]
        yield Scope.HOME, assignment.home, Watched(since, home=assignment.home, resident=sole, shared=shared)
        if resident := assignment.resident:
            yield Scope.RESIDENT, resident, Watched(since, home=assignment.home, resident=resident)
