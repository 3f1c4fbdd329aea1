"""Alarms in the words of the console."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from alarms.lifecycle.states import Handling, Overlay
from alarms.views import AlarmView
from api.identity.caller import Caller
from api.pages.words import Words
from api.reads.alarms import Person, Seen
from api.sentences import explain
from rules.base import AlarmClass

#: Rules that have an icon of their own; the others show that of the class.
RULE_ICONS = frozenset({"press", "fall", "inactivity", "smoke_leak", "limits", "silence", "battery"})


@dataclass(frozen=True, kw_only=True)
class Card:
    """One alarm as a person reads it. ``stamp`` changes with everything that is shown except the time that passes."""

    id: int
    alarm_class: str
    class_name: str
    icon: str
    who: str
    born: str
    where: str
    why: str
    opened_at: datetime
    occurrences: int
    insistent: bool
    handling: str
    state: str
    condition: str
    condition_name: str
    overlay: str
    overlay_until: datetime | None
    mine: bool
    owned: bool
    asked: bool
    rings: bool
    aged: int
    repeat_of: int | None
    lease_until: datetime | None
    first: bool
    stamp: str

    @property
    def spoken(self) -> str:
        """The alarm in one sentence, for those who listen to the page."""
        return f"{self.class_name}. {self.who}, {self.where}. {self.why}"


def cards(seen: Seen, caller: Caller, words: Words) -> list[Card]:
    """Return the alarms of a list; the first that waits for somebody is marked."""
    waiting = next((view.id for view in seen.alarms if view.handling is Handling.OPEN), None)
    return [
        card(view, seen.people[view.id], caller, words, first=view.id == waiting, asked=view.id in seen.asked)
        for view in seen.alarms
    ]


def card(
    view: AlarmView,
    people: list[Person],
    caller: Caller,
    words: Words,
    *,
    first: bool = False,
    asked: bool = False,
) -> Card:
    """Return one alarm in words. ``asked``: its owner must answer a new occurrence."""
    mine = view.owner_id is not None and view.owner_id == caller.responder_id
    owned = view.handling in {Handling.ACCEPTED, Handling.ATTENDING}
    shows_icon = view.rule if view.rule in RULE_ICONS else view.alarm_class.value
    return Card(
        id=view.id,
        alarm_class=view.alarm_class.value,
        class_name=words("class.test" if view.overlay is Overlay.TEST else f"class.{view.alarm_class.value}"),
        icon=shows_icon,
        who=" · ".join(one.name for one in people) or words("alarm.unknown_person"),
        born=", ".join(words("alarm.born", year=one.birth_year) for one in people if one.birth_year),
        where=view.address or view.device_id or words("alarm.unknown_home"),
        why=explain(view.rule, view.code, view.facts, words.language),
        opened_at=view.opened_at,
        occurrences=view.occurrences,
        insistent=view.insistent and view.handling is not Handling.CLOSED,
        handling=view.handling.value,
        state=_state(view, words, mine=mine),
        condition=view.condition.value,
        condition_name=words(f"condition.{view.condition.value}"),
        overlay=view.overlay.value,
        overlay_until=view.overlay_until,
        mine=mine,
        owned=owned,
        asked=asked,
        aged=view.aged if view.handling is not Handling.CLOSED else 0,
        rings=_rings(view) or (mine and asked),
        repeat_of=view.repeat_of,
        lease_until=view.lease_until,
        first=first,
        stamp=f"{view.version}.{view.aged}.{view.exhausted:d}.{first:d}.{asked:d}",
    )


def _state(view: AlarmView, words: Words, *, mine: bool) -> str:
    if view.handling is Handling.OPEN:
        return words("handling.exhausted" if view.exhausted else "handling.open")
    if view.handling is Handling.CLOSED:
        return words("handling.closed")
    key = f"handling.{view.handling.value}"
    return words(f"{key}_you") if mine else words(key, owner=view.owner_name or view.owner_id)


def _rings(view: AlarmView) -> bool:
    """Whether consoles ring again and again: danger to life, nobody has taken it, and it is no test."""
    waits = view.handling is Handling.OPEN and view.overlay is Overlay.NONE
    return waits and view.alarm_class is AlarmClass.LIFE_SAFETY


def measured(rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Return the newest value of each kind, newest first; a diastolic pressure joins its systolic one."""
    newest: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row.value is not None:
            newest.setdefault(row.kind, row._asdict())
    upper, lower = newest.get("systolic"), newest.get("diastolic")
    if upper and lower and upper["received_at"] == lower["received_at"]:
        upper["second"] = newest.pop("diastolic")["value"]
    return list(newest.values())
