"""What a run has shown: what the outside world has seen, held against what the database says."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bench.chaos.inspection import Account
from bench.chaos.pendants import Press


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What pendants, providers and people know, whatever the database says."""

    pressed: int
    repeats: int
    acked: Collection[Press]
    sos_acked: int
    #: How often some provider took each page, by its idempotency key.
    told: Counter[str]
    told_alarms: Collection[int]
    #: Alarms that a person was allowed to accept.
    helped: Collection[int]
    attempts: int
    #: Alarms that were found forgotten, and when.
    forgotten: Collection[str]
    #: What went wrong, and how often.
    done: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Result:
    """The table of a run. Everything in ``wrong`` must not be."""

    figures: dict[str, int]
    wrong: dict[str, list[str]]

    @property
    def lost(self) -> int:
        return sum(map(len, self.wrong.values()))


def judge(found: Account, seen: Seen) -> Result:
    """Account for every press, every alarm and every page. The same message twice is a double, never a loss."""
    never_acked = seen.pressed - len(seen.acked)
    figures = {
        "presses": seen.pressed,
        "repeats sent": seen.repeats,
        "acked": len(seen.acked),
        "SOS taken by the broker": seen.sos_acked,
        "alarms": found.alarms,
        "occurrences": found.occurrences,
        "presses heard twice": sum(count - 1 for count in found.heard.values()),
        "pages": found.pages.total(),
        "pages cancelled": found.pages["cancelled"],
        "attempts seen by providers": seen.attempts,
        "delivered": len(seen.told),
        "doubled (same key again)": seen.told.total() - len(seen.told),
        "accepted by people": len(seen.helped),
        "audit rows": found.audit_rows,
        **seen.done,
    }
    wrong = {
        "presses that were never acked": [str(never_acked)] if never_acked else [],
        "acked presses without an occurrence": [
            f"{device} {seq}" for device, seq in seen.acked if (device, seq) not in found.heard
        ],
        "SOS presses without an occurrence": ["?"] * max(0, seen.sos_acked - found.sos_heard),
        "life-safety alarms that reached nobody": [
            str(number) for number in sorted(found.life_safety.difference(seen.told_alarms, seen.helped))
        ],
        "pages sent that no provider took": sorted(found.sent_keys - seen.told.keys()),
        "pages never sent": [f"{found.pages[state]} {state}" for state in _UNSENT if found.pages[state]],
        "alarms forgotten (S4)": [*seen.forgotten, *(f"{number} at the end" for number in found.forgotten)],
        "breaks of the audit chain": [] if found.audit_broken_at is None else [f"at {found.audit_broken_at}"],
    }
    return Result(figures=figures, wrong=wrong)


_UNSENT = ("pending", "leased")
