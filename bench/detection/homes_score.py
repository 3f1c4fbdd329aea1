"""How soon a collapse would be found, and how often nothing was wrong.

A collapse is a random moment after which nothing more is heard from the home; its delay runs until the finding. The
rule is asked with a copy of the state that it has in that moment, so one pass over a home serves every collapse and
every setting. False alarms are quiets of the untouched recording that were raised before they ended.
"""

import copy
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from bench.detection.homes_data import DOORS, OUTAGES, ZONE, Home, wall_date
from rules.base import Enrolment, Moment, Scope
from rules.inactivity import RULE, InactivitySettings
from rules.inactivity.state import InactivityState

COLLAPSES = 200
#: A pause shorter than this is raised by no setting.
_SHORTEST_S = 3600.0


@dataclass
class Score:
    """Of one home: days watched, false alarms (epoch seconds), delays in hours, hours of quiet at the alarm."""

    home: str
    days: int
    false_alarms: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)


def collapses(home: Home, seed: int, count: int = COLLAPSES) -> list[tuple[float, int]]:
    """Return moments with the index of the last activation before each.

    Somebody is at home: not in a quiet of more than an hour that began at a door to the outside.
    """
    random = np.random.default_rng([seed, *home.name.encode()])
    drawn: list[tuple[float, int]] = []
    while len(drawn) < count:
        moment = float(random.uniform(home.times[0], home.times[-1]))
        index = int(np.searchsorted(home.times, moment, side="right")) - 1
        away = home.rooms[index] in DOORS and home.times[index + 1] - home.times[index] > 3600
        if wall_date(moment) not in OUTAGES and not away:
            drawn.append((moment, index))
    return drawn


def score(home: Home, variants: Mapping[str, InactivitySettings], seed: int = 1) -> dict[str, Score]:
    """Stream a home once and score every variant on it."""
    moments: dict[int, list[float]] = defaultdict(list)
    for moment, index in collapses(home, seed):
        moments[index].append(moment)
    enrolments = {name: _enrolment(home, settings) for name, settings in variants.items()}
    listening = Moment(resumed_at=home.begins)
    scores = {name: Score(home.name, len(home.days - OUTAGES)) for name in variants}
    state = RULE.begin(enrolments[next(iter(variants))])
    learner = _enrolment(home, InactivitySettings())
    ends = [*home.times[1:].tolist(), None]
    for index, observation in enumerate(home.observations()):
        RULE.observe(state, observation, learner)
        end = ends[index]
        quiet = end is not None and end - home.times[index] > _SHORTEST_S
        if not quiet and index not in moments:
            continue
        for name, enrolment in enrolments.items():
            alarm = raised_at(state, enrolment, listening)
            if quiet and end is not None and alarm < end and wall_date(alarm) not in OUTAGES:
                scores[name].false_alarms.append(alarm)
            scores[name].delays += [max(alarm - moment, 0.0) / 3600 for moment in moments[index]]
    return scores


def raised_at(state: InactivityState, enrolment: Enrolment, moment: Moment) -> float:
    """Return when a home in ``state`` is raised (epoch seconds) if nothing more is heard from it."""
    state = copy.deepcopy(state)
    while (due := RULE.deadline(state, enrolment, moment)) is not None:
        for finding in RULE.expire(state, max(due, datetime.fromtimestamp(state.seen, UTC)), enrolment, moment):
            return finding.time.timestamp()
    return float("inf")


def _enrolment(home: Home, settings: InactivitySettings) -> Enrolment:
    return Enrolment(scope=Scope.HOME, subject=home.name, since=home.begins, zone=ZONE, settings=settings)


@dataclass(frozen=True)
class Summary:
    """Over all homes; the intervals are 95 % by bootstrap over homes."""

    per_day: float
    per_day_interval: tuple[float, float]
    mean_h: float
    mean_interval: tuple[float, float]
    p90_h: float


def summarise(scores: Sequence[Score], seed: int = 1, rounds: int = 2000) -> Summary:
    """Pool homes: false alarms per home-day and the delay of a collapse in a home taken at random."""
    alarms = np.array([len(one.false_alarms) for one in scores], dtype=float)
    days = np.array([one.days for one in scores], dtype=float)
    means = np.array([np.mean(one.delays) for one in scores])
    picks = np.random.default_rng(seed).integers(0, len(scores), (rounds, len(scores)))
    return Summary(
        per_day=float(alarms.sum() / days.sum()),
        per_day_interval=_interval(alarms[picks].sum(1) / days[picks].sum(1)),
        mean_h=float(means.mean()),
        mean_interval=_interval(means[picks].mean(1)),
        p90_h=float(np.percentile(np.concatenate([one.delays for one in scores]), 90)),
    )


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
