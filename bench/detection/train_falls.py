"""Fit the fall model and write it: ``python -m bench.detection.train_falls --data DIR``.

Logistic regression by Newton's method on straight-line pieces of each feature. Positives are the highest impact of each
fall; negatives are every impact of every daily activity, a recording counting by the square root of how many it has:
thirty hops are not thirty activities. Each recording also counts as it would look from other
devices: lower rate (with and without averaging), narrower range, a biased and noisy sensor, cut before and after.
Nothing is chosen per dataset; all recordings of one wearing position are pooled.
"""

import argparse
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from bench.detection.falls_data import Trial, load_folder
from rules.fall import features
from rules.fall.features import Array
from rules.fall.model import Curve, Model
from rules.fall.ring import windows_of
from rules.fall.signal import Signal, drain, push

MODEL = Path("rules/fall/model.json")
SEED = 1
VARIANTS = 3
RIDGE = 8.0
KNOTS = 7
# The neck has no recordings of its own: the chest's are pooled with the waist's.
POOLED = {"waist": ("waist",), "wrist": ("wrist",), "pendant": ("pendant", "waist")}
# Added to the log-odds, one number per position and not per dataset: where a fall is as clear as at the waist, a missed
# one costs more than a false alarm; a wrist would raise too many.
LEANING = {"waist": 0.2, "wrist": -0.15, "pendant": 0.2}

NAMES = (
    "impact",
    "jolt",
    "push",
    "weightless",
    "lightest",
    "drop_s",
    "restless_before",
    "steps_before",
    "spread_after",
    "restless_at_end",
    "still",
    "steps_after",
    "turned",
    "turned_at_once",
    "rolled",
    "fastest_turn",
    "turning_before",
)


@dataclass(frozen=True, slots=True)
class Impacts:
    """Features (n, len(NAMES)) of the impacts of one trial, in several variants, and whether each is a fall."""

    position: str
    subject: str
    rows: Array
    fall: bool


def impacts(trials: Iterable[Trial]) -> list[Impacts]:
    """Return what the model learns from."""
    found = []
    for trial in trials:
        rng = np.random.default_rng([SEED, len(trial.samples), abs(int(trial.samples.sum() * 1000))])
        windows = []
        for samples, rate_hz, range_g in _variants(trial, rng):
            candidates = _windows(samples, rate_hz, range_g)
            if len(candidates) and trial.fall:
                height = np.nansum(candidates[:, features.PEAK] ** 2, axis=1)
                candidates = candidates[[int(height.argmax())]]
            windows.append(candidates)
        computed = features.compute(np.concatenate(windows))
        rows = np.stack([computed[name] for name in NAMES], axis=1)
        found.append(Impacts(trial.position, f"{trial.dataset}/{trial.subject}", rows, trial.fall))
    return found


def fit(examples: Iterable[Impacts], position: str, without: str = "") -> Model:
    """Fit the model of one position on every subject but ``without``."""
    used = [one for one in examples if one.position in POOLED[position] and one.subject != without]
    rows = np.concatenate([one.rows for one in used])
    fall = np.concatenate([np.full(len(one.rows), one.fall) for one in used]).astype(np.float64)
    knots = [_knots(rows[:, column]) for column in range(len(NAMES))]
    pieces = [_pieces(rows[:, column], knots[column]) for column in range(len(NAMES))]
    counts = np.concatenate([np.full(len(one.rows), max(len(one.rows), 1) ** -0.5) for one in used])
    weights, bias = _newton(np.concatenate(pieces, axis=1), fall, counts / counts.mean())
    curves, start = {}, 0
    for name, at, piece in zip(NAMES, knots, pieces, strict=True):
        adds = np.concatenate(([0.0], np.cumsum(weights[start : start + piece.shape[1]])))
        start += piece.shape[1]
        # Zero is what the usual impact of a daily activity adds, so that the evidence of a finding reads by itself.
        usual = float(np.interp(rows[fall == 0, NAMES.index(name)], at, adds).mean())
        bias += usual
        curves[name] = Curve(_rounded(at), _rounded(adds - usual))
    return Model(round(bias + LEANING[position], 4), curves)


def _variants(trial: Trial, rng: np.random.Generator) -> Iterator[tuple[Array, float, float]]:
    samples = trial.samples.astype(np.float64)
    yield samples, trial.rate_hz, trial.range_g
    for _ in range(VARIANTS):
        every = int(rng.integers(1, max(2, int(trial.rate_hz // 20) + 1)))
        rate_hz = trial.rate_hz / every
        if rng.random() < 0.5:
            changed = samples[int(rng.integers(every)) :: every]
        else:
            changed = samples[: len(samples) // every * every].reshape(-1, every, 3).mean(axis=1)
        range_g = float(rng.choice([2, 4, 8, 16]))
        changed = changed * rng.uniform(0.97, 1.03) + rng.normal(0, 0.03, 3) + rng.normal(0, 0.01, changed.shape)
        peak = int(np.argmax((changed * changed).sum(axis=1))) if trial.fall else len(changed)
        start = min(int(rng.integers(0, int(4 * rate_hz) + 1)), max(0, peak - int(rate_hz * rng.uniform(0.8, 2))))
        stop = peak + int(rate_hz * rng.choice([1.5, 2.5, 3.5, 9, 9])) if trial.fall else len(changed)
        yield np.clip(changed, -range_g, range_g)[start:stop], rate_hz, range_g


def _windows(samples: Array, rate_hz: float, range_g: float) -> Array:
    signal = Signal(rate_hz=rate_hz, range_g=max(range_g, 16.0))
    clean = np.concatenate((push(signal, samples), drain(signal)))
    return windows_of(clean)


def _knots(values: Array) -> Array:
    return np.unique(np.round(np.quantile(values, np.linspace(0.02, 0.98, KNOTS)), 4))


def _pieces(values: Array, knots: Array) -> Array:
    return np.clip((values[:, None] - knots[:-1]) / np.diff(knots), 0.0, 1.0)


def _newton(pieces: Array, fall: Array, counts: Array) -> tuple[Array, float]:
    """Fit to ``fall`` (n,), each row counting ``counts`` (n,) times."""
    design = np.concatenate((pieces, np.ones((len(pieces), 1))), axis=1)
    ridge = np.diag(np.append(np.full(pieces.shape[1], RIDGE), 1e-6))
    weights = np.zeros(design.shape[1])
    for _ in range(40):
        chance = 1.0 / (1.0 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (counts * (chance - fall)) + ridge @ weights
        bend = (design * (counts * np.maximum(chance * (1 - chance), 1e-6))[:, None]).T @ design + ridge
        step = np.linalg.solve(bend, slope)
        weights = weights - step
        if np.abs(step).max() < 1e-6:
            break
    return weights[:-1], float(weights[-1])


def _rounded(values: NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(value), 4) for value in values)


def _readable(content: Mapping[str, object]) -> str:
    """Return JSON with one line per list, so that a change of a curve is a change of a line."""
    text = json.dumps(content, indent=1)
    return (
        re.sub(
            r"\[[^\[\]]*\]",
            lambda match: re.sub(r"\s*\n\s*", " ", match[0]).replace("[ ", "[").replace(" ]", "]"),
            text,
        )
        + "\n"
    )


def main() -> None:
    """Fit one model per wearing position on all recordings and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--output", type=Path, default=MODEL)
    arguments = parser.parse_args()
    examples = impacts(load_folder(arguments.data))
    subjects: dict[str, set[str]] = defaultdict(set)
    for one in examples:
        dataset, subject = one.subject.split("/")
        subjects[dataset].add(subject)
    content = {
        "made_by": "python -m bench.detection.train_falls",
        "reads": "log-odds that each feature adds, over its value; the features are in rules/fall/features.py",
        "fitted_on": {dataset: sorted(names) for dataset, names in sorted(subjects.items())},
        "positions": {position: msgspec.to_builtins(fit(examples, position)) for position in POOLED},
    }
    arguments.output.write_text(_readable(content), encoding="utf-8")


if __name__ == "__main__":
    main()
