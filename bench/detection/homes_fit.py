"""How ``rules/inactivity/typical.py`` was made, and what it is worth on homes that it was not made from.

python -m bench.detection.homes_fit --data DIR

Rates are counted over all homes with each home's own liveliness taken out (gamma frailty, a few rounds of estimation),
by day and night. The second part fits on one half of the homes and scores on the other, both ways.
"""

import argparse
from pathlib import Path
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from bench.detection.homes_data import OUTAGES, ZONE, Home, load, wall_date
from bench.detection.homes_score import Score, score, summarise
from rules.base import Enrolment, Scope
from rules.inactivity import RULE, InactivitySettings, rhythm
from rules.inactivity.typical import BINS_H, NIGHT_HOURS, PRIOR_ENDS

BINS = len(BINS_H)
ROUNDS = 8
Counts = NDArray[np.float64]


def count(home: Home) -> Counts:
    """Return what a home shows, without fading: (place, slot, kind) as in ``rules/inactivity/rhythm.py``."""
    enrolment = Enrolment(scope=Scope.HOME, subject=home.name, since=home.begins, zone=ZONE)
    state = RULE.begin(enrolment)
    with mock.patch.object(rhythm, "FADE_PER_DAY", 1.0):
        for observation in home.observations():
            if wall_date(observation.received_at.timestamp()) in OUTAGES:
                state.broken = True
            RULE.observe(state, observation, enrolment)
    table = np.frombuffer(bytes(state.rhythm), dtype=np.float32)
    return table.reshape(2, rhythm.SLOTS, -1).astype(float)


def fit(counted: list[Counts]) -> tuple[Counts, Counts]:
    """Return starts per hour (place, night) and ends per hour (place, night, bin)."""
    night = np.array([slot * rhythm.SLOT_H in NIGHT_HOURS for slot in range(rhythm.SLOTS)])
    starts, ends = np.zeros((2, 2)), np.zeros((2, 2, BINS))
    total = np.sum(counted, axis=0)
    lively = [np.ones((2, rhythm.SLOTS)) for _ in counted]
    for _ in range(ROUNDS):
        pairs = zip(counted, lively, strict=True)
        exposed = np.sum([table[:, :, 2 : 2 + BINS] * own[:, :, None] for table, own in pairs], axis=0)
        for index, part in enumerate((~night, night)):
            starts[:, index] = total[:, part, 1].sum(1) / total[:, part, 0].sum(1)
            ends[:, index] = (total[:, part, 2 + BINS :].sum(1) + 0.3) / (exposed[:, part].sum(1) + 0.6)
        rates = np.where(night[None, :, None], ends[:, 1][:, None], ends[:, 0][:, None])
        for own, table in zip(lively, counted, strict=True):
            foreseen = _around((table[:, :, 2 : 2 + BINS] * rates).sum(2))
            own[:] = (PRIOR_ENDS + _around(table[:, :, 2 + BINS :].sum(2))) / (PRIOR_ENDS + foreseen)
    return starts, ends


def _around(values: Counts) -> Counts:
    return np.asarray(values + 0.5 * (np.roll(values, 1, axis=1) + np.roll(values, -1, axis=1)))


def across(homes: list[Home], counted: list[Counts]) -> list[Score]:
    """Fit on every second home, score the others, and the other way round."""
    settings = {"ours": InactivitySettings()}
    scores = []
    for half in (0, 1):
        starts, ends = fit(counted[1 - half :: 2])
        patched = {"STARTS_PER_H": starts.tolist(), "ENDS_PER_H": ends.tolist()}
        with mock.patch.multiple(rhythm, **patched):
            scores += [score(home, settings)["ours"] for home in homes[half::2]]
    return scores


def main() -> None:
    """Print the fitted rates and the score across halves."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds tihm/Activity.csv.xz")
    homes = load(parser.parse_args().data / "tihm")
    counted = [count(home) for home in homes]
    starts, ends = fit(counted)
    with np.printoptions(precision=2, suppress=True):
        print(f"starts per hour [inside, door][day, night]\n{starts}\nends per hour, by {BINS_H}\n{ends}")
    one = summarise(across(homes, counted))
    title = "fitted on one half, scored on the other"
    print(f"{title}: {one.per_day:.3f} per home-day, {one.mean_h:.2f} h, {one.p90_h:.1f} h")


if __name__ == "__main__":
    main()
