"""Counting cases: what is counted, what is left out, and the shares that follow."""

from datetime import datetime
from typing import Final

import msgspec

from alarms.follow_up.cases import Case
from alarms.lifecycle.outcomes import Outcome

#: Seconds to an acceptance: the service figures of TSA / the TEC Quality monitoring module, 97.5 % of calls within 60 s
#: and 99 % within 180 s in a calendar month.
PROMPT_S: Final = 60.0
LATE_S: Final = 180.0
GOAL_PROMPT: Final = 0.975
GOAL_LATE: Final = 0.99
#: Seconds until somebody is there: Swedish municipalities promise 20 to 60 minutes, many 45 (Sigtuna) or 60 (Vetlanda,
#: Arvika); senioren.se 2017 and their own pages.
ON_SITE_S: Final = (45 * 60.0, 60 * 60.0)


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one group. Shares lie between 0 and 1 and are None where there is nothing to have a share of."""

    #: All that opened, and what of them is not counted below: tests, those that closed themselves before anybody took
    #: them, and those that nobody has taken yet and that opened less than LATE_S before the newest row.
    alarms: int
    tests: int
    auto_closed: int
    waiting: int
    #: The rest: alarms that somebody should have answered.
    counted: int
    accepted: int
    within_60_s: int
    within_180_s: int
    share_60_s: float | None
    share_180_s: float | None
    median_s: float | None
    over_180_s: int
    #: Alarms to which somebody went, those of them with a recorded arrival, and shares of the latter.
    visits: int
    arrivals: int
    on_site_45_min: int
    on_site_60_min: int
    share_45_min: float | None
    share_60_min: float | None
    #: Closed by a person, and shares of those.
    closed: int
    false_alarms: int
    no_help_needed: int
    share_false: float | None
    share_no_help: float | None
    escalated: int
    escalations: int
    forgotten: int
    exhausted_minutes: float


class Tally:
    """Counts cases, and joins with other counts."""

    def __init__(self) -> None:
        self.persons: set[str] = set()
        self.counts = dict.fromkeys(_COUNTED, 0)
        self.waits: list[float] = []
        self.exhausted_s = 0.0

    def add(self, case: Case, through_at: datetime) -> None:
        """Count one case."""
        count = self.counts
        count["alarms"] += 1
        if case.person:
            self.persons.add(case.person)
        if (left_out := set_aside(case, through_at)) is not None:
            count[left_out] += 1
            return
        count["counted"] += 1
        waited = case.waited_s(case.accepted_at)
        if waited is not None:
            self.waits.append(waited)
            count["within_60_s"] += waited <= PROMPT_S
            count["within_180_s"] += waited <= LATE_S
        count["over_180_s"] += waited is None or waited > LATE_S
        arrived = case.waited_s(case.arrived_at)
        count["visits"] += case.attended_at is not None
        if arrived is not None:
            count["arrivals"] += 1
            count["on_site_45_min"] += arrived <= ON_SITE_S[0]
            count["on_site_60_min"] += arrived <= ON_SITE_S[1]
        if case.closed_at is not None and not case.auto_closed:
            count["closed"] += 1
            count["false_alarms"] += case.outcome == Outcome.FALSE_ALARM
            count["no_help_needed"] += case.outcome == Outcome.NO_HELP_NEEDED
        count["escalated"] += case.escalations > 0
        count["escalations"] += case.escalations
        count["forgotten"] += case.forgotten
        self.exhausted_s += case.rang_s(through_at)

    def join(self, other: "Tally") -> None:
        """Add what another has counted."""
        self.persons |= other.persons
        for name, number in other.counts.items():
            self.counts[name] += number
        self.waits += other.waits
        self.exhausted_s += other.exhausted_s

    def figures(self) -> Figures:
        count = self.counts
        return Figures(
            **count,
            accepted=len(self.waits),
            share_60_s=_share(count["within_60_s"], count["counted"]),
            share_180_s=_share(count["within_180_s"], count["counted"]),
            median_s=_median(self.waits),
            share_45_min=_share(count["on_site_45_min"], count["arrivals"]),
            share_60_min=_share(count["on_site_60_min"], count["arrivals"]),
            share_false=_share(count["false_alarms"], count["closed"]),
            share_no_help=_share(count["no_help_needed"], count["closed"]),
            exhausted_minutes=round(self.exhausted_s / 60, 1),
        )


def set_aside(case: Case, through_at: datetime) -> str | None:
    """Return why a case is not counted, as the name of the figure that tells how many those are; None when it is."""
    if case.test:
        return "tests"
    if case.accepted_at is not None:
        return None
    if case.auto_closed:
        return "auto_closed"
    young = (through_at - case.opened_at).total_seconds() <= LATE_S
    return "waiting" if young and case.closed_at is None else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _median(values: list[float]) -> float | None:
    """Return the lower median, in tenths of a second, so that it is a wait that somebody had."""
    return round(sorted(values)[(len(values) - 1) // 2], 1) if values else None


_COUNTED: Final = tuple(name for name, kind in Figures.__annotations__.items() if kind is int and name != "accepted")
