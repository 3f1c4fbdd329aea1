"""Run the gateway's own fall detector over recordings and count."""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields

import numpy as np

from bench.detection.falls_data import Trial
from rules.fall import detector
from rules.fall.detector import Event, Judge

JudgeOf = Callable[[Trial], Judge]
_WHOLE_S = 60.0
CURVE = tuple(round(-4 + 0.25 * step, 2) for step in range(33))


@dataclass(slots=True)
class Tally:
    """What happened on one dataset and wearing position. ``highest`` are (log-odds, fall, elder) per trial."""

    true: int = 0
    falls: int = 0
    quiet: int = 0
    dailies: int = 0
    elderly_quiet: int = 0
    elderly_dailies: int = 0
    false_alarms: int = 0
    taken_back: int = 0
    daily_hours: float = 0.0
    samples: int = 0
    seconds: float = 0.0
    delays_s: list[float] = field(default_factory=list)
    highest: list[tuple[float, bool, bool]] = field(default_factory=list)

    def add(self, trial: Trial, events: list[Event], seconds: float, highest: float) -> None:
        """Count one trial. A fall is found by any event; every event in a daily activity is false."""
        told = [event for event in events if not event.recovered]
        self.samples += len(trial.samples)
        self.seconds += seconds
        self.highest.append((highest, trial.fall, trial.elder))
        if trial.fall:
            self.falls += 1
            self.true += bool(told)
            self.taken_back += len(events) > len(told)
            self.delays_s += [event.decided_s - _highest_s(trial) for event in told[:1]]
            return
        self.dailies += 1
        self.quiet += not told
        self.elderly_dailies += trial.elder
        self.elderly_quiet += trial.elder and not told
        self.false_alarms += len(told)
        self.daily_hours += trial.hours

    def join(self, other: "Tally") -> None:
        """Count what another one has counted as well."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))

    def figures(self) -> dict[str, float | list[float] | None]:
        """Return rates in per cent with 95 % intervals, false alarms per hour, delay in s, samples/s."""
        return {
            "falls": self.falls,
            "dailies": self.dailies,
            "sensitivity": _percent(self.true, self.falls),
            "sensitivity_95": wilson(self.true, self.falls),
            "specificity": _percent(self.quiet, self.dailies),
            "specificity_95": wilson(self.quiet, self.dailies),
            "elderly_dailies": self.elderly_dailies,
            "elderly_specificity": _percent(self.elderly_quiet, self.elderly_dailies),
            "elderly_specificity_95": wilson(self.elderly_quiet, self.elderly_dailies),
            "false_alarms_per_hour": round(self.false_alarms / self.daily_hours, 3) if self.daily_hours else None,
            "daily_hours": round(self.daily_hours, 2),
            "median_delay_s": round(float(np.median(self.delays_s)), 2) if self.delays_s else None,
            "taken_back": self.taken_back,
            "samples_per_second": round(self.samples / self.seconds) if self.seconds else None,
        }

    def curve(self) -> list[tuple[float, float, float]]:
        """Return (threshold in log-odds, sensitivity, specificity) in per cent."""
        scores = np.array([highest for highest, _, _ in self.highest])
        fall = np.array([fall for _, fall, _ in self.highest], dtype=bool)
        return [
            (limit, 100 * float((scores[fall] > limit).mean()), 100 * float((scores[~fall] <= limit).mean()))
            for limit in CURVE
            if fall.any() and not fall.all()
        ]


def score(
    trials: Iterable[Trial], judge_of: JudgeOf, *, curve: bool = False, chunk_s: float = 1.0
) -> dict[tuple[str, str], Tally]:
    """Stream every trial, chunk by chunk, through a fresh detector; return tallies by dataset and position."""
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for trial in trials:
        judge = judge_of(trial)
        began = time.process_time()
        events = stream(trial, judge, chunk_s)
        seconds = time.process_time() - began
        highest = _highest_odds(trial, judge) if curve else -math.inf
        tallies[trial.dataset, trial.position].add(trial, events, seconds, highest)
    return dict(tallies)


def by_position(tallies: Mapping[tuple[str, str], Tally]) -> dict[tuple[str, str], Tally]:
    """Return a tally over all datasets for each position of which there are several."""
    joined: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for (_, position), tally in sorted(tallies.items()):
        joined["all", position].join(tally)
    count = Counter(position for _, position in tallies)
    return {key: tally for key, tally in joined.items() if count[key[1]] > 1}


def stream(trial: Trial, judge: Judge, chunk_s: float) -> list[Event]:
    """Feed one trial as a device would send it, and end it."""
    state = detector.begin(trial.position, trial.rate_hz, trial.range_g)
    chunk = max(1, round(chunk_s * trial.rate_hz))
    events: list[Event] = []
    for start in range(0, len(trial.samples), chunk):
        events += detector.feed(state, trial.samples[start : start + chunk], judge)
    return events + detector.finish(state, judge)


def wilson(hits: int, count: int) -> list[float] | None:
    """Return the 95 % interval of a share in per cent (Wilson 1927, J. Am. Stat. Assoc. 22:209), None of nothing."""
    if not count:
        return None
    z = 1.959964
    share = hits / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return [round(100 * max(0.0, (middle - spread) / whole), 1), round(100 * min(1.0, (middle + spread) / whole), 1)]


def _percent(hits: int, count: int) -> float | None:
    return round(100 * hits / count, 1) if count else None


def _highest_s(trial: Trial) -> float:
    squared = np.square(trial.samples, dtype=np.float64).sum(axis=1)
    possible = (np.abs(trial.samples) <= 1.25 * trial.range_g).all(axis=1)
    return float(np.where(possible, squared, 0.0).argmax()) / trial.rate_hz


def _highest_odds(trial: Trial, judge: Judge) -> float:
    """Return the highest log-odds in a trial: above which threshold it would stay quiet."""
    events = stream(trial, Judge(judge.model, -math.inf, hold_off_s=0.0), _WHOLE_S)
    chances = [min(max(event.confidence, 1e-12), 1 - 1e-12) for event in events if not event.recovered]
    return max((math.log(chance / (1 - chance)) for chance in chances), default=-math.inf)
