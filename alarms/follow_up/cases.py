"""From rows of the audit to one case for each alarm. Pure: the same rows give the same cases, from wherever."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from alarms.lifecycle.outcomes import Outcome
from alarms.lifecycle.states import Overlay
from alarms.lifecycle.table import Event
from rules.canary import CanaryRule

UNKNOWN: Final = "unknown"


class Case(msgspec.Struct, kw_only=True):
    """What follow-up knows of one alarm. Times are those of the audit: when it was stored, not when the device says."""

    alarm_id: int
    team: str
    area: str
    alarm_class: str
    rule: str
    sex: str
    #: Random word that tells residents apart; empty when nobody is known.
    person: str
    test: bool
    #: Whether anybody at all could be told when it opened.
    told: bool
    opened_at: datetime
    accepted_at: datetime | None = None
    #: When somebody first said that they were on the way or there.
    attended_at: datetime | None = None
    #: When somebody first said that they were there.
    arrived_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = ""
    auto_closed: bool = False
    #: Steps of the chain after the first, each because nobody had accepted.
    escalations: int = 0
    #: Acceptances that ran out because their owner neither confirmed nor answered a new press.
    forgotten: int = 0
    #: Seconds in which everybody was rung, and since when that goes on.
    exhausted_s: float = 0.0
    exhausted_since: datetime | None = None

    def waited_s(self, until: datetime | None) -> float | None:
        """Return the seconds from its opening to ``until``, None when that has not happened."""
        return None if until is None else (until - self.opened_at).total_seconds()

    def rang_s(self, until: datetime) -> float:
        """Return the seconds in which everybody was rung, up to ``until`` where that has not ended."""
        since = self.exhausted_since
        return self.exhausted_s + (max(0.0, (until - since).total_seconds()) if since is not None else 0.0)


def fold(rows: Iterable[Mapping[str, Any]], begin: datetime, end: datetime) -> list[Case]:
    """Return the alarms that opened from ``begin`` until before ``end``, by number.

    ``rows`` are in order of their numbers; those of other alarms, and of none, are passed over, as are flights of the
    canary, which are nobody's alarms.
    """
    cases: dict[int, Case] = {}
    for row in rows:
        number, action = row["alarm_id"], row["action"]
        if action == Event.OPENED and begin <= row["at"] < end:
            if row["detail"]["rule"] != CanaryRule.name:
                cases[number] = _opened(row)
        elif number not in cases or action not in _NOTES:
            continue
        else:
            _NOTES[action](cases[number], row)
        if number in cases:
            _ring(cases[number], row)
    return [cases[number] for number in sorted(cases)]


def _opened(row: Mapping[str, Any]) -> Case:
    detail = row["detail"]
    return Case(
        alarm_id=row["alarm_id"],
        team=row["team_id"] or UNKNOWN,
        area=detail.get("area", UNKNOWN),
        alarm_class=detail["alarm_class"],
        rule=detail["rule"],
        sex=detail.get("sex", UNKNOWN),
        person=detail.get("person", ""),
        test=detail.get("overlay") == Overlay.TEST,
        told=bool(detail.get("told")),
        opened_at=row["at"],
    )


def _accepted(case: Case, row: Mapping[str, Any]) -> None:
    case.accepted_at = case.accepted_at or row["at"]


def _attended(case: Case, row: Mapping[str, Any]) -> None:
    case.attended_at = case.attended_at or row["at"]


def _arrived(case: Case, row: Mapping[str, Any]) -> None:
    case.arrived_at = case.arrived_at or row["at"]
    _attended(case, row)


def _graver(case: Case, row: Mapping[str, Any]) -> None:
    case.alarm_class = row["detail"].get("alarm_class", case.alarm_class)


def _step(case: Case, row: Mapping[str, Any]) -> None:
    # A chain that waits before its first step has not escalated when that fires.
    case.escalations += row["detail"].get("step", 1) > 0


def _forgot(case: Case, row: Mapping[str, Any]) -> None:  # noqa: ARG001 - notes share a signature
    case.forgotten += 1


def _closed(case: Case, row: Mapping[str, Any]) -> None:
    case.closed_at, case.outcome = row["at"], row["detail"].get("outcome", "")
    # One that was put on the list of a mass loss is answered there.
    case.auto_closed = row["action"] in {Event.AUTO_CLOSED, Event.JOINED}
    case.test = case.test or case.outcome == Outcome.TEST


def _nothing(case: Case, row: Mapping[str, Any]) -> None:
    """Only the ringing may have changed."""


def _ring(case: Case, row: Mapping[str, Any]) -> None:
    """Begin or end the time in which everybody is rung; rows that are older than the word ``exhausted`` show it too."""
    rings = row["detail"].get("exhausted")
    if rings is None:
        rings = True if row["action"] == Event.RING_DUE else False if row["action"] in _ENDS else None
    if rings:
        case.exhausted_since = case.exhausted_since or row["at"]
    elif rings is not None:
        case.exhausted_s, case.exhausted_since = case.rang_s(row["at"]), None


_ENDS: Final = frozenset({Event.ACCEPTED, Event.SHELVED, Event.CLOSED, Event.AUTO_CLOSED})
_NOTES: Final[Mapping[str, Callable[[Case, Mapping[str, Any]], None]]] = {
    Event.ACCEPTED: _accepted,
    Event.ATTENDED: _attended,
    Event.ARRIVED: _arrived,
    Event.GRAVER: _graver,
    Event.STEP_DUE: _step,
    Event.RING_DUE: _nothing,
    Event.LEASE_EXPIRED: _forgot,
    Event.CONFIRM_EXPIRED: _forgot,
    Event.RELEASED: _nothing,
    Event.SHELVED: _nothing,
    Event.OVERLAY_ENDED: _nothing,
    Event.CLOSED: _closed,
    Event.AUTO_CLOSED: _closed,
    Event.JOINED: _closed,
}
#: The actions that follow-up reads; the others tell it nothing.
ACTIONS: Final = (Event.OPENED, *_NOTES)
