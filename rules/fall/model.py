"""How much each number about an impact speaks for a fall.

The model is a sum of curves, one per feature: each gives log-odds over the value of that feature alone, straight lines
between a few points, so that a person can read the file, and a finding can say what decided.
`bench/detection/train_falls.py` makes it.
"""

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib import resources

import msgspec
import numpy as np

from rules.fall.features import Array


class Curve(msgspec.Struct, frozen=True):
    """Log-odds ``adds`` at the values ``at`` (growing); the ends go on level."""

    at: tuple[float, ...]
    adds: tuple[float, ...]


class Model(msgspec.Struct, frozen=True):
    """The curves of one wearing position. ``bias`` is the log-odds of an impact that no curve speaks about."""

    bias: float
    curves: dict[str, Curve]

    def evidence(self, features: Mapping[str, Array]) -> dict[str, Array]:
        """Return the log-odds (b,) that each feature (b,) adds."""
        return {name: np.interp(features[name], curve.at, curve.adds) for name, curve in self.curves.items()}

    def log_odds(self, features: Mapping[str, Array]) -> Array:
        """Return the log-odds (b,) of a fall, on data where about every second impact is one."""
        # One by one: numpy's sum adds in an order that depends on how many windows there are.
        total = np.full_like(features[next(iter(self.curves))], self.bias)
        for added in self.evidence(features).values():
            total = total + added
        return total


def probability(log_odds: float) -> float:
    """Turn log-odds into 0..1; how sure the model is, not how often falls happen in homes."""
    return 1.0 / (1.0 + math.exp(-min(max(log_odds, -30.0), 30.0)))


@cache
def shipped() -> dict[str, Model]:
    """Return the reviewed models by wearing position."""
    text = resources.files(__package__ or "rules.fall").joinpath("model.json").read_text(encoding="utf-8")
    return msgspec.convert(json.loads(text)["positions"], dict[str, Model])


def for_position(position: str) -> Model:
    """Return the model of a wearing position; one we do not know is treated as a wrist, where anything may turn."""
    models = shipped()
    return models.get(position, models["wrist"])
