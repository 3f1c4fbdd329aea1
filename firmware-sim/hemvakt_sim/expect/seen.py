"""Alarms as the gateway's HTTP API tells of them, and which of them is meant."""

from collections.abc import Collection
from dataclasses import dataclass

import msgspec

from hemvakt_sim.expect.steps import Wanted


class Told(msgspec.Struct, frozen=True):
    """One page to one person; ``sent_at`` is None while no provider has taken it."""

    responder_id: str
    responder_name: str
    channel: str
    created_at: str
    state: str
    sent_at: str | None = None

    def is_to(self, person: str) -> bool:
        return person in {"", self.responder_id, self.responder_name}


class Alarm(msgspec.Struct, frozen=True):
    """What a scenario may ask of an alarm."""

    id: int
    version: int
    alarm_class: str
    rule: str
    code: str
    handling: str
    condition: str
    occurrences: int
    team_id: str
    device_id: str
    home_id: str | None = None
    owner_id: str | None = None
    owner_name: str | None = None
    told: tuple[Told, ...] = ()

    def __str__(self) -> str:
        what = self.rule if self.code == self.rule else f"{self.rule}/{self.code}"
        where = f"from {self.device_id}" + (f" in {self.home_id}" if self.home_id else "")
        owner = f" by {self.owner_id}" if self.owner_id else ""
        many = "" if self.occurrences == 1 else f", {self.occurrences} occurrences"
        return f"#{self.id} {self.alarm_class} {what} {where} on team {self.team_id}, {self.handling}{owner}{many}"


@dataclass(frozen=True)
class Scope:
    """The homes and devices of a scenario: alarms of others are somebody else's."""

    homes: frozenset[str]
    devices: frozenset[str]

    def holds(self, alarm: Alarm) -> bool:
        # A device that is not registered is known to the gateway by family and name: hemvakt:pendant-9.
        name = alarm.device_id.partition(":")[2] or alarm.device_id
        return alarm.home_id in self.homes or name in self.devices or alarm.device_id in self.devices


def fits(alarm: Alarm, wanted: Wanted, scope: Scope) -> bool:
    """Say whether this alarm is one that is meant."""
    source = alarm.device_id.partition(":")[2] or alarm.device_id
    return (
        (wanted.anywhere or scope.holds(alarm))
        and wanted.alarm_class in {None, alarm.alarm_class}
        and wanted.about in {None, alarm.rule, alarm.code}
        and wanted.team in {None, alarm.team_id}
        and wanted.home in {None, alarm.home_id}
        and wanted.source in {None, source, alarm.device_id}
        and wanted.occurrences in {None, alarm.occurrences}
        and _stands(alarm, wanted.standing)
        and wanted.by in {None, alarm.owner_id, alarm.owner_name}
    )


def _stands(alarm: Alarm, standing: str | None) -> bool:
    if standing is None:
        return True
    return alarm.condition == standing if standing == "restored" else alarm.handling == standing


@dataclass(frozen=True)
class Mark:
    """How things stood when something was made to happen; what is different now is news."""

    alarms: dict[int, Alarm]

    def is_news(self, alarm: Alarm, wanted: Wanted) -> bool:
        """Say whether this alarm has come or been raised again since; any change counts where a standing is asked."""
        before = self.alarms.get(alarm.id)
        if before is None or alarm.occurrences > before.occurrences:
            return True
        return wanted.standing is not None and alarm.version > before.version

    def new_pages(self, alarm: Alarm) -> list[Told]:
        before = self.alarms.get(alarm.id)
        known = set() if before is None else {_key(told) for told in before.told if told.sent_at}
        return [told for told in alarm.told if _key(told) not in known]


def _key(told: Told) -> tuple[str, str, str]:
    return told.responder_id, told.channel, told.created_at


def in_words(alarms: Collection[Alarm], limit: int = 5) -> str:
    """Return alarms in words, the first few of many."""
    if not alarms:
        return "no alarm at all"
    shown = "; ".join(str(alarm) for alarm in list(alarms)[:limit])
    return shown if len(alarms) <= limit else f"{shown}; and {len(alarms) - limit} more"
