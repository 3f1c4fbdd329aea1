"""On recorded homes of people with dementia the learned rhythm beats every fixed limit. Skips without the data."""

import os
from pathlib import Path

import pytest

from bench.detection import homes_outage
from bench.detection.homes import run
from bench.detection.homes_data import Home, load

DATA = Path(os.environ.get("HEMVAKT_DATA", Path(__file__).parents[3] / "../shared/data")) / "tihm"

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not (DATA / "Activity.csv.xz").exists(), reason="the TIHM recordings are not at HEMVAKT_DATA"),
]


@pytest.fixture(scope="module")
def homes() -> list[Home]:
    return load(DATA)


def test_the_learned_rhythm_is_sooner_and_calmer_than_fixed_limits(homes: list[Home]) -> None:
    # Every second home: half the time, and the bar has room for it.
    results = run(homes[::2], names=("6 h day, 10 h night, 24 h after a door", "learned, 50 days between"))
    fixed, learned = results.values()
    assert learned.per_day < 0.75 * fixed.per_day
    assert learned.mean_h < fixed.mean_h
    assert learned.per_day < 0.09
    assert learned.mean_h < 7.0


def test_a_site_wide_silence_raises_no_home(homes: list[Home]) -> None:
    findings = homes_outage.run([home.after_may() for home in homes])
    assert homes_outage.raised_in_silence(findings) == 0
    assert homes_outage.silences(findings) == ["2019-06-15T03:04+00:00"]
