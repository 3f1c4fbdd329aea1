"""What other settings would have changed: the alarms of two runs over the same observations, matched."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from rules.base import Finding, Scope
from rules.roster import Roster

#: Without evidence to go by, two findings of one rule about one subject are the same if this close.
_SAME = timedelta(hours=1)


class Outcome(StrEnum):
    """What became of an alarm. ``KEPT`` may have come earlier or later than before."""

    GAINED = "gained"
    LOST = "lost"
    KEPT = "kept"


class Matched(NamedTuple):
    """One alarm: as it is, as it would be, or both. ``whose`` is a resident, else a home, else a device."""

    whose: tuple[Scope, str]
    before: Finding | None
    after: Finding | None

    @property
    def outcome(self) -> Outcome:
        if self.before is None:
            return Outcome.GAINED
        return Outcome.LOST if self.after is None else Outcome.KEPT

    @property
    def finding(self) -> Finding:
        """The finding as it would be; of a lost one, as it is."""
        found = self.after or self.before
        if found is None:
            raise AssertionError
        return found

    @property
    def moved(self) -> timedelta:
        """How much later it would have come."""
        return timedelta() if self.before is None or self.after is None else self.after.time - self.before.time


def compare(
    before: Iterable[Finding], after: Iterable[Finding], roster: Roster, since: datetime | None = None
) -> list[Matched]:
    """Match what calls somebody: findings that are neither on trial nor the end of something, from ``since`` on.

    Each of them is counted: whether the desk would have opened an alarm for it or counted an occurrence on an open one
    hangs on when people closed it, which no replay knows, and both call somebody.
    """
    mine, theirs = _alarms(before, since), _alarms(after, since)
    pairs = [(mine[key], theirs[key]) for key in mine if key in theirs]
    left = [found for key, found in mine.items() if key not in theirs]
    new = [found for key, found in theirs.items() if key not in mine]
    pairs += _same_under_other_keys(left, new)
    whose = _owners(roster)
    matched = [Matched(whose(one), one, other) for one, other in pairs]
    matched += [Matched(whose(one), one, None) for one in left]
    matched += [Matched(whose(one), None, one) for one in new]
    return sorted(matched, key=lambda one: (one.finding.time, one.finding.rule, one.finding.key))


def _alarms(findings: Iterable[Finding], since: datetime | None) -> dict[str, Finding]:
    kept: dict[str, Finding] = {}
    for found in findings:
        if not (found.shadow or found.restores) and (since is None or found.time >= since):
            kept.setdefault(found.key, found)
    return kept


def _same_under_other_keys(left: list[Finding], new: list[Finding]) -> Iterator[tuple[Finding, Finding]]:
    """Take out of both lists what is the same thing said otherwise, as graver or as at another moment."""
    for one in sorted(left, key=lambda found: (found.time, found.key)):
        like = [other for other in new if _is_same(one, other)]
        if like:
            nearest = min(like, key=lambda other: (abs(other.time - one.time), other.time, other.key))
            left.remove(one)
            new.remove(nearest)
            yield one, nearest


def _is_same(one: Finding, other: Finding) -> bool:
    if (one.rule, one.scope, one.subject) != (other.rule, other.scope, other.subject):
        return False
    if one.evidence or other.evidence:
        return not set(one.evidence).isdisjoint(other.evidence)
    return one.code == other.code and abs(one.time - other.time) <= _SAME


def _owners(roster: Roster) -> Callable[[Finding], tuple[Scope, str]]:
    """Return what tells whom a finding is about: the only resident of a home or of a device, else that itself."""
    by_device: dict[str, list[tuple[datetime, datetime | None, str, str]]] = {}
    living: dict[str, set[str]] = {}
    for stay in roster.assignments:
        by_device.setdefault(stay.device, []).append((stay.from_at, stay.to_at, stay.home, stay.resident))
        if stay.resident:
            living.setdefault(stay.home, set()).add(stay.resident)

    def whose(found: Finding) -> tuple[Scope, str]:
        home = found.subject if found.scope is Scope.HOME else ""
        if found.scope is Scope.DEVICE:
            stays: Sequence[tuple[datetime, datetime | None, str, str]] = by_device.get(found.subject, ())
            # A recording from elsewhere is older than any assignment here: the earliest one is the best guess.
            holding = [stay for stay in stays if stay[0] <= found.time and (stay[1] is None or found.time < stay[1])]
            stay = (holding or stays[:1] or ((found.time, None, "", ""),))[-1]
            if stay[3]:
                return Scope.RESIDENT, stay[3]
            home = stay[2]
        only = living.get(home, set())
        if len(only) == 1:
            return Scope.RESIDENT, next(iter(only))
        return (Scope.HOME, home) if home else (found.scope, found.subject)

    return whose
