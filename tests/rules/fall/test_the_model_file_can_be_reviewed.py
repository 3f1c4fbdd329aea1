"""The shipped weights are plain curves over known features, for every wearing position."""

import json
from pathlib import Path

import numpy as np
import pytest

from rules.fall import features
from rules.fall.features import LENGTH
from rules.fall.model import Model, for_position, probability, shipped
from rules.fall.ring import windows_of
from tests.rules.fall.motions import fall

POSITIONS = ("waist", "wrist", "pendant")


@pytest.mark.parametrize("position", POSITIONS)
def test_every_curve_is_over_a_feature_that_is_computed(position: str) -> None:
    computed = features.compute(np.zeros((1, LENGTH, 3)))
    assert set(shipped()[position].curves) == set(computed)


@pytest.mark.parametrize("position", POSITIONS)
def test_curves_are_sound(position: str) -> None:
    for curve in shipped()[position].curves.values():
        assert len(curve.at) == len(curve.adds) >= 2
        assert list(curve.at) == sorted(set(curve.at))
        # No feature alone may decide: the bias of every position is below -7.
        assert max(np.abs(curve.adds)) < 6


@pytest.mark.parametrize("position", POSITIONS)
def test_a_harder_hit_never_speaks_less_for_a_fall(position: str) -> None:
    adds = shipped()[position].curves["impact"].adds
    assert list(adds) == sorted(adds)


def test_the_file_says_how_it_was_made_and_from_whom() -> None:
    content = json.loads(Path("rules/fall/model.json").read_text(encoding="utf-8"))
    assert content["made_by"] == "python -m bench.detection.train_falls"
    assert all(subjects for subjects in content["fitted_on"].values())


def test_an_unknown_position_is_judged_as_a_wrist() -> None:
    assert for_position("ankle") is shipped()["wrist"]


def test_evidence_and_bias_add_up_to_the_log_odds() -> None:
    computed = features.compute(windows_of(resampled := fall(25.0)))
    model: Model = shipped()["waist"]
    total = model.bias + sum(model.evidence(computed).values())
    assert len(resampled)
    np.testing.assert_allclose(model.log_odds(computed), total)


@pytest.mark.parametrize("log_odds", [-1e9, -3.0, 0.0, 3.0, 1e9])
def test_confidence_stays_between_nothing_and_one(log_odds: float) -> None:
    assert 0.0 < probability(log_odds) <= 1.0


def test_a_window_is_judged_alike_alone_and_in_a_crowd() -> None:
    windows = np.concatenate([windows_of(fall(25.0, seed)) for seed in range(20)])
    together = features.compute(windows)
    for number in range(len(windows)):
        alone = features.compute(windows[number : number + 1])
        assert {name: values[0] for name, values in alone.items()} == {
            name: values[number] for name, values in together.items()
        }
